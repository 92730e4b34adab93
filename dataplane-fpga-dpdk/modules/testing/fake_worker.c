#include "fake_worker.h"
#include "route/route.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_arp.h>
#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_udp.h>

#define POOL 8191
#define SLOTS 32

struct thread *fake_thread;
struct draft fake_draft;
struct failure fake_failure;
struct sent fake_sent[FAKE_SENT_MAX];
unsigned fake_sent_count;

static struct rte_mempool *pool;
static struct counter_block *counters;
static const struct feature *const *used;
static unsigned used_count;
static node_fn nodes[NODE_COUNT];
static punt_fn punts[PUNT_COUNT];
static struct config running;
// What owner.c looks through.
const struct feature *const features[] = {&route_feature};
const unsigned feature_count = 1;
static struct face *current, *next;
static struct timer *timers[8192];
static uint64_t clock_millis = 1000; // never goes back

static struct { enum punt_class class; struct rte_mbuf *m; } punted[4096];
static unsigned punted_count;
static struct { enum node_id node; struct rte_mbuf *m; } injected[4096];
static unsigned injected_count;
static struct { void (*fn)(void *); void *argument; } deferred[65536];
static unsigned deferred_count;

// --- what runtime.h promises ---------------------------------------------------------------------

void drop_flush(struct thread *t) {
	rte_pktmbuf_free_bulk(t->dropped, t->dropped_count);
	t->dropped_count = 0;
}

void drop_many(struct thread *t, struct rte_mbuf **pkts, uint16_t n, enum drop_reason reason) {
	t->counters->drops[reason] += n;
	rte_pktmbuf_free_bulk(pkts, n);
}

void tx_flush(struct thread *t, uint16_t port) {
	struct tx_buffer *b = &t->tx[port];

	for (unsigned i = 0; i < b->count; i++) {
		struct sent *s = &fake_sent[fake_sent_count % FAKE_SENT_MAX];
		const void *bytes = rte_pktmbuf_read(b->pkts[i], 0, b->pkts[i]->pkt_len, s->bytes);

		s->port = port;
		s->length = b->pkts[i]->pkt_len;
		if (bytes != s->bytes)
			memcpy(s->bytes, bytes, s->length);
		fake_sent_count++;
		rte_pktmbuf_free(b->pkts[i]);
	}
	b->count = 0;
}

void punt(struct thread *t, enum punt_class class, struct rte_mbuf *m) {
	assert_true(punted_count < RTE_DIM(punted));
	punted[punted_count].class = class;
	punted[punted_count++].m = m;
}

void punt_register(enum punt_class class, punt_fn fn) {
	punts[class] = fn;
}

void node_register(enum node_id node, node_fn fn) {
	nodes[node] = fn;
}

const struct face *face_current(void) {
	return current;
}

bool inject(enum node_id node, struct rte_mbuf *m) {
	assert_true(injected_count < RTE_DIM(injected));
	injected[injected_count].node = node;
	injected[injected_count++].m = m;
	return true;
}

struct rte_mbuf *packet_new(void) {
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	memset(packet_of(m), 0, sizeof(struct packet));
	return m;
}

void drop_control(struct rte_mbuf *m, enum drop_reason reason) {
	counters->drops[reason]++;
	rte_pktmbuf_free(m);
}

uint64_t now_millis(void) {
	return clock_millis;
}

uint64_t random_u64(void) {
	static uint64_t seed = 1;
	return seed = seed * UINT64_C(6364136223846793005) + 1;
}

void timer_start(struct timer *timer, uint64_t delay, void (*fn)(struct timer *timer)) {
	unsigned at = timer->heap;

	for (unsigned i = 1; at == 0 && i < RTE_DIM(timers); i++)
		if (timers[i] == NULL)
			at = i;
	assert_int_not_equal(at, 0);
	timers[at] = timer;
	timer->heap = at;
	timer->due = clock_millis + delay;
	timer->fn = fn;
}

void timer_stop(struct timer *timer) {
	if (timer->heap != 0)
		timers[timer->heap] = NULL;
	timer->heap = 0;
}

static void grace(void) {
	for (unsigned i = 0; i < deferred_count; i++)
		deferred[i].fn(deferred[i].argument);
	deferred_count = 0;
}

void rcu_synchronize(void) {}

void rcu_defer(void (*fn)(void *argument), void *argument) {
	assert_true(deferred_count < RTE_DIM(deferred));
	deferred[deferred_count].fn = fn;
	deferred[deferred_count++].argument = argument;
}

void log_line(int level, const char *format, ...) {}

const struct face_interface *face_interface_by_id(const struct face *face, uint32_t id) {
	for (unsigned i = 1; i < face->interface_count; i++)
		if (face->interfaces[i].kind != 0 && face->interfaces[i].id == id)
			return &face->interfaces[i];
	return NULL;
}

const struct face_instance *face_instance_by_id(const struct face *face, uint32_t id) {
	for (unsigned i = 1; i < face->instance_count; i++)
		if (face->instances[i].kind != 0 && face->instances[i].id == id)
			return &face->instances[i];
	return NULL;
}

bool face_interface_has(const struct face_interface *i, uint8_t family, const uint8_t *address) {
	for (unsigned n = 0; n < i->address_count; n++)
		if (i->addresses[n].family == family
		    && memcmp(i->addresses[n].bytes, address, family == 4 ? 4 : 16) == 0)
			return true;
	return false;
}

struct object *object_find(const struct object_list *list, uint32_t id) {
	for (uint32_t i = 0; i < list->count; i++)
		if (list->by_id[i]->id == id)
			return list->by_id[i];
	return NULL;
}

int fail(
	struct failure *f, uint8_t error, uint8_t object, uint64_t object_id, const char *format, ...
) {
	va_list arguments;

	f->error = error;
	f->object = object;
	f->object_id = object_id;
	va_start(arguments, format);
	vsnprintf(f->text, sizeof(f->text), format, arguments);
	va_end(arguments);
	return -1;
}

struct reply {
	uint8_t (*rows)[512];
	unsigned count, most, part;
};

bool reply_row(struct reply *reply, struct ring_header *row) {
	if (reply->part == 3 || reply->count == reply->most)
		return false;
	reply->part++;
	assert_true(row->length <= 512);
	memcpy(reply->rows[reply->count++], row, row->length);
	return true;
}

unsigned
fake_dump(const struct feature *feature, uint32_t instance, uint8_t rows[][512], unsigned most) {
	struct reply reply = {rows, 0, most, 0};
	uint64_t position = 0;
	struct wanted wanted = {.table = feature->tables[0], .instance = instance};

	while (feature->dump(&wanted, &reply, &position) == 1 && reply.count < most)
		reply.part = 0;
	return reply.count;
}

// --- configuration -------------------------------------------------------------------------------

// Objects are never freed before the end: tests are short.
static void *objects[4096];
static unsigned object_count;

static void *keep(void *p) {
	assert_true(object_count < RTE_DIM(objects));
	objects[object_count++] = p;
	return p;
}

static void put(struct object_list *list, struct object *o) {
	struct object **by_id = keep(calloc(list->count + 1, sizeof(*by_id)));
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->count; i++)
		if (list->by_id[i]->id < o->id)
			by_id[n++] = list->by_id[i];
	by_id[n++] = o;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->by_id[i]->id > o->id)
			by_id[n++] = list->by_id[i];
	list->by_id = by_id;
	list->count = n;
}

void fake_interface_remove(uint32_t id) {
	struct object_list *list = &fake_draft.next.interfaces;
	struct object **by_id = keep(calloc(list->count + 1, sizeof(*by_id)));
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->count; i++)
		if (list->by_id[i]->id != id)
			by_id[n++] = list->by_id[i];
	list->by_id = by_id;
	list->count = n;
}

struct config_interface *fake_interface(uint32_t id) {
	struct config_interface *i = keep(calloc(1, sizeof(*i)));
	const struct config_interface *old = config_interface(&fake_draft.next, id);

	if (old != NULL)
		*i = *old;
	i->o.id = id;
	put(&fake_draft.next.interfaces, &i->o);
	return i;
}

void fake_address(struct config_interface *i, const char *text, uint8_t length) {
	struct address *addresses = keep(calloc(i->address_count + 1, sizeof(*addresses)));

	if (i->address_count > 0)
		memcpy(addresses, i->addresses, i->address_count * sizeof(*addresses));
	fake_parse(text, &addresses[i->address_count].family, addresses[i->address_count].bytes);
	addresses[i->address_count++].prefix_length = length;
	i->addresses = addresses;
}

static void port(uint32_t id) {
	struct config_port *p = keep(calloc(1, sizeof(*p)));

	p->o.id = p->o.slot = id;
	p->enabled = true;
	p->mtu = 1500;
	p->mac = (struct rte_ether_addr) {{2, 0, 0, 0, 0, id}};
	put(&fake_draft.next.ports, &p->o);
}

static void instance(uint32_t id) {
	struct config_instance *i = keep(calloc(1, sizeof(*i)));

	i->o.id = i->o.slot = id;
	i->kind = RING_INSTANCE_KIND_L3;
	put(&fake_draft.next.instances, &i->o);
}

static struct config_interface *routed(uint32_t id, uint32_t port_id, uint16_t vlan, uint32_t in) {
	struct config_interface *i = fake_interface(id);

	i->o.slot = id - 10;
	i->port = port_id;
	i->vlan = vlan;
	i->instance = in;
	i->kind = RING_INTERFACE_KIND_ROUTED;
	i->enabled = true;
	snprintf(i->name, sizeof(i->name), "p%u.%u", port_id, vlan);
	return i;
}

static struct face *fake_face_new(const struct config *c) {
	struct face *f = calloc(1, sizeof(*f));

	memcpy(f->nodes, nodes, sizeof(nodes));
	f->interfaces = calloc(SLOTS, sizeof(*f->interfaces));
	f->instances = calloc(SLOTS, sizeof(*f->instances));
	f->interface_count = f->instance_count = SLOTS;
	for (uint32_t n = 0; n < c->instances.count; n++) {
		const struct config_instance *i = (const void *)c->instances.by_id[n];

		f->instances[i->o.slot] = (struct face_instance) {
			.slot = i->o.slot, .kind = i->kind, .id = i->o.id, .config = i
		};
	}
	for (uint32_t n = 0; n < c->interfaces.count; n++) {
		const struct config_interface *i = (const void *)c->interfaces.by_id[n];
		const struct config_port *p = config_port(c, i->port);

		f->interfaces[i->o.slot] = (struct face_interface) {
			.slot = i->o.slot,
			.id = i->o.id,
			.port = p->o.slot,
			.instance = config_instance(c, i->instance)->o.slot,
			.vlan = i->vlan,
			.kind = i->kind,
			.enabled = i->enabled,
			.mac = p->mac,
			.mtu4 = i->mtu4 != 0 ? i->mtu4 : p->mtu,
			.mtu6 = i->mtu6 != 0 ? i->mtu6 : p->mtu,
			.address_count = i->address_count,
			.addresses = i->addresses,
			.config = i,
		};
	}
	f->config = *c;
	return f;
}

static void fake_face_free(struct face *f) {
	if (f == NULL)
		return;
	free(f->interfaces);
	free(f->instances);
	free(f);
}

void fake_begin(bool replace) {
	memset(&fake_draft, 0, sizeof(fake_draft));
	memset(&fake_failure, 0, sizeof(fake_failure));
	fake_draft.running = &running;
	fake_draft.replace = replace;
	fake_draft.next = running;
	for (unsigned i = 0; i < used_count; i++)
		if (used[i]->begin != NULL)
			assert_int_equal(used[i]->begin(&fake_draft, i, &fake_failure), 0);
}

int fake_message(const void *message) {
	const struct ring_header *header = message;

	for (unsigned i = 0; i < used_count; i++)
		for (const uint16_t *type = used[i]->messages; type != NULL && *type != 0; type++)
			if (*type == header->type)
				return used[i]->message(&fake_draft, i, header, &fake_failure);
	fail_msg("nobody takes message %u", header->type);
	return -1;
}

int fake_prepare(void) {
	for (unsigned i = 0; i < used_count; i++)
		if (used[i]->check != NULL && used[i]->check(&fake_draft, i, &fake_failure) < 0)
			return -1;
	next = fake_face_new(&fake_draft.next);
	for (unsigned i = 0; i < used_count; i++)
		if (used[i]->build != NULL
		    && used[i]->build(&fake_draft, i, next, &fake_failure) < 0)
			return -1;
	return 0;
}

void fake_abort(void) {
	for (unsigned i = used_count; i-- > 0;)
		if (used[i]->abort != NULL)
			used[i]->abort(&fake_draft, i);
	fake_face_free(next);
	next = NULL;
	grace();
}

void fake_commit(void) {
	struct face *before = current;

	if (fake_prepare() < 0)
		fail_msg("refused: %s", fake_failure.text);
	current = next;
	next = NULL;
	running = fake_draft.next;
	for (unsigned i = 0; i < used_count; i++)
		if (used[i]->flip != NULL)
			used[i]->flip(&fake_draft, i, before, current);
	for (unsigned i = 0; i < used_count; i++)
		if (used[i]->finish != NULL)
			used[i]->finish(&fake_draft, i);
	fake_face_free(before);
	grace();
	fake_run();
	fake_sent_count = 0;
}

int fake_route(
	uint32_t in, const char *prefix, uint8_t length, uint8_t kind, const char *gateway,
	uint32_t interface
) {
	struct {
		struct ring_route_set set;
		struct ring_next_hop hop;
	} m = {
		.set = {
			.header = {.type = RING_ROUTE_SET, .length = sizeof(m)},
			.instance = in,
			.prefix_length = length,
			.source = RING_ROUTE_SOURCE_STATIC,
			.preference = 1,
			.next_hops_count = 1,
		},
		.hop = {.kind = kind, .interface = interface, .weight = 1},
	};

	fake_parse(prefix, &m.set.family, m.set.prefix);
	if (gateway != NULL)
		fake_parse(gateway, &m.hop.family, m.hop.address);
	return fake_message(&m);
}

int fake_route_delete(uint32_t in, const char *prefix, uint8_t length) {
	struct ring_route_delete m = {
		.header = {.type = RING_ROUTE_DELETE, .length = sizeof(m)},
		.instance = in,
		.prefix_length = length,
		.source = RING_ROUTE_SOURCE_STATIC,
	};

	fake_parse(prefix, &m.family, m.prefix);
	return fake_message(&m);
}

// --- running -------------------------------------------------------------------------------------

static void interface_output_node(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	for (unsigned i = 0; i < n; i++)
		interface_output(t, &face->interfaces[packet_of(pkts[i])->out_interface], pkts[i]);
}

static void round_of_nodes(struct thread *t) {
	t->face = current;
	t->now_millis = clock_millis;
	while (t->pending != 0) {
		unsigned node = __builtin_ctzll(t->pending);
		struct node_vector *v = &t->nodes[node];
		struct rte_mbuf **pkts = v->pkts[v->side];
		uint16_t n = v->count;

		t->pending &= ~(UINT64_C(1) << node);
		t->current = node;
		v->count = 0;
		v->side ^= 1;
		assert_non_null(nodes[node]);
		nodes[node](t, current, pkts, n);
	}
	for (unsigned p = 0; p < MAX_PORT_SLOTS; p++)
		if (t->tx[p].count > 0)
			tx_flush(t, p);
	t->tx_pending = 0;
	drop_flush(t);
}

void fake_run(void) {
	do {
		for (unsigned i = 0; i < injected_count; i++) {
			struct node_vector *v = &fake_thread->nodes[injected[i].node];

			v->pkts[v->side][v->count++] = injected[i].m;
			fake_thread->pending |= UINT64_C(1) << injected[i].node;
		}
		injected_count = 0;
		round_of_nodes(fake_thread);
		unsigned n = punted_count;
		punted_count = 0;
		for (unsigned i = 0; i < n; i++) {
			assert_non_null(punts[punted[i].class]);
			punts[punted[i].class](current, punted[i].m);
		}
	} while (injected_count + punted_count > 0);
	grace();
}

void fake_advance(uint64_t millis) {
	uint64_t until = clock_millis + millis;

	fake_sent_count = 0;
	for (;;) {
		struct timer *first = NULL;

		for (unsigned i = 1; i < RTE_DIM(timers); i++)
			if (timers[i] != NULL && (first == NULL || timers[i]->due < first->due))
				first = timers[i];
		if (first == NULL || first->due > until)
			break;
		clock_millis = first->due;
		timer_stop(first);
		first->fn(first);
		fake_run();
	}
	clock_millis = until;
}

void fake_receive_flags(uint32_t interface, const void *frame, uint16_t length, uint8_t flags) {
	const struct face_interface *in = face_interface_by_id(current, interface);
	struct rte_mbuf *m = packet_new();
	struct packet *p = packet_of(m);
	uint16_t type = ((const uint8_t *)frame)[12] << 8 | ((const uint8_t *)frame)[13];
	enum node_id node = type == RTE_ETHER_TYPE_ARP ? NODE_ARP_INPUT
		: type == RTE_ETHER_TYPE_IPV6	       ? NODE_IP6_INPUT
						       : NODE_IP4_INPUT;
	struct node_vector *v = &fake_thread->nodes[node];

	assert_non_null(in);
	memcpy(rte_pktmbuf_append(m, length), frame, length);
	p->in_port = in->port;
	p->in_interface = in->slot;
	p->instance = in->instance;
	p->l3_offset = ETHER_BYTES;
	p->flags = flags;
	v->pkts[v->side][v->count++] = m;
	fake_thread->pending |= UINT64_C(1) << node;
	fake_sent_count = 0;
	fake_run();
}

void fake_receive(uint32_t interface, const void *frame, uint16_t length) {
	uint8_t first = *(const uint8_t *)frame;

	fake_receive_flags(
		interface, frame, length,
		first == 0xff ? PACKET_MULTICAST | PACKET_BROADCAST : first & 1 ? PACKET_MULTICAST : 0
	);
}

uint64_t fake_drops(enum drop_reason reason) {
	return counters->drops[reason];
}

uint64_t fake_drops_all(void) {
	uint64_t sum = 0;

	for (unsigned i = 0; i < DROP_COUNT; i++)
		sum += counters->drops[i];
	return sum;
}

int fake_group_start(void **state) {
	char prefix[64];
	char *arguments[] = {
		(char *)"test", (char *)"--no-huge", (char *)"--no-pci", (char *)"--no-shconf",
		(char *)"--no-telemetry", (char *)"-m", (char *)"128", (char *)"--iova-mode=va",
		(char *)"--log-level=4", prefix, NULL
	};

	snprintf(prefix, sizeof(prefix), "--file-prefix=lagopus-test-%d", (int)getpid());
	if (rte_eal_init(RTE_DIM(arguments) - 1, arguments) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("test", POOL, 0, sizeof(struct packet), 2176 + 128, SOCKET_ID_ANY);
	fake_thread = rte_zmalloc(NULL, sizeof(*fake_thread), 64);
	counters = rte_zmalloc(NULL, sizeof(*counters), 128);
	return pool == NULL || fake_thread == NULL || counters == NULL ? -1 : 0;
}

int fake_group_stop(void **state) {
	rte_free(fake_thread);
	rte_free(counters);
	rte_mempool_free(pool);
	return rte_eal_cleanup();
}

int fake_start(const struct feature *const *modules, unsigned count) {
	used = modules;
	used_count = count;
	memset(fake_thread, 0, sizeof(*fake_thread));
	memset(counters, 0, sizeof(*counters));
	fake_thread->counters = counters;
	memset(&running, 0, sizeof(running));
	nodes[NODE_INTERFACE_OUTPUT] = interface_output_node;
	for (unsigned i = 0; i < count; i++)
		if (modules[i]->start != NULL && modules[i]->start() < 0)
			return -1;
	current = fake_face_new(&running);
	fake_begin(true);
	for (unsigned i = 1; i <= 4; i++)
		port(i);
	instance(1);
	instance(2);
	struct config_interface *i = routed(11, 1, 0, 1);
	fake_address(i, "10.1.0.1", 24);
	fake_address(i, "2001:db8:1::1", 64);
	i = routed(12, 2, 0, 1);
	fake_address(i, "10.2.0.1", 24);
	fake_address(i, "2001:db8:2::1", 64);
	i = routed(13, 2, 100, 1);
	fake_address(i, "10.3.0.1", 24);
	fake_address(i, "2001:db8:3::1", 64);
	i = routed(14, 3, 0, 2);
	fake_address(i, "10.1.0.1", 24);
	fake_address(i, "2001:db8:1::1", 64);
	i = routed(15, 4, 0, 2);
	fake_address(i, "10.5.0.1", 24);
	fake_commit();
	return 0;
}

int fake_stop(void) {
	grace(); // what is deferred may belong to a module
	for (unsigned i = used_count; i-- > 0;)
		if (used[i]->stop != NULL)
			used[i]->stop();
	grace();
	fake_face_free(current);
	current = NULL;
	memset(timers, 0, sizeof(timers));
	while (object_count > 0)
		free(objects[--object_count]);
	unsigned lost = rte_mempool_in_use_count(pool);

	if (lost != 0)
		print_error("%u packets are lost\n", lost);
	return lost != 0;
}

// --- frames --------------------------------------------------------------------------------------

void fake_parse(const char *text, uint8_t *family, uint8_t *address) {
	bool six = strchr(text, ':') != NULL;

	*family = six ? 6 : 4;
	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, text, address), 1);
}

void fake_mac(uint8_t *mac, uint8_t host) {
	const uint8_t bytes[6] = {2, 0, 0, 0, 1, host};
	memcpy(mac, bytes, 6);
}

void frame_bytes(struct frame *f, const void *bytes, uint16_t length) {
	assert_true(f->length + length <= sizeof(f->bytes));
	memcpy(f->bytes + f->length, bytes, length);
	f->length += length;
}

void frame_ether(struct frame *f, uint8_t to_port, uint8_t from_host, uint16_t type) {
	struct rte_ether_addr to = {{2, 0, 0, 0, 0, to_port}}, from;

	fake_mac(from.addr_bytes, from_host);
	ether_write(f->bytes, &to, &from, type);
	f->length = ETHER_BYTES;
}

void frame_ip4(
	struct frame *f, const char *from, const char *to, uint8_t ttl, uint8_t protocol,
	uint16_t payload
) {
	struct rte_ipv4_hdr ip;
	uint8_t family, source[4], destination[4];

	fake_parse(from, &family, source);
	fake_parse(to, &family, destination);
	ip4_write(&ip, 0, protocol, sizeof(ip) + payload, 7, source, destination);
	ip.time_to_live = ttl;
	ip.hdr_checksum = 0;
	ip.hdr_checksum = rte_ipv4_cksum(&ip);
	frame_bytes(f, &ip, sizeof(ip));
}

void frame_ip6(
	struct frame *f, const char *from, const char *to, uint8_t hop_limit, uint8_t protocol,
	uint16_t payload
) {
	struct rte_ipv6_hdr ip;
	uint8_t family, source[16], destination[16];

	fake_parse(from, &family, source);
	fake_parse(to, &family, destination);
	ip6_write(&ip, protocol, payload, hop_limit, source, destination);
	frame_bytes(f, &ip, sizeof(ip));
}

static void frame_udp(struct frame *f, uint16_t data) {
	struct rte_udp_hdr udp = {
		.src_port = rte_cpu_to_be_16(4000),
		.dst_port = rte_cpu_to_be_16(33434),
		.dgram_len = rte_cpu_to_be_16(sizeof(udp) + data),
	};

	frame_bytes(f, &udp, sizeof(udp));
	for (unsigned i = 0; i < data; i++)
		f->bytes[f->length++] = i;
}

struct frame frame_udp4(uint8_t to_port, const char *from, const char *to, uint8_t ttl, uint16_t data) {
	struct frame f;

	frame_ether(&f, to_port, 99, RTE_ETHER_TYPE_IPV4);
	frame_ip4(&f, from, to, ttl, IPPROTO_UDP, sizeof(struct rte_udp_hdr) + data);
	frame_udp(&f, data);
	return f;
}

struct frame
frame_udp6(uint8_t to_port, const char *from, const char *to, uint8_t hop_limit, uint16_t data) {
	struct frame f;

	frame_ether(&f, to_port, 99, RTE_ETHER_TYPE_IPV6);
	frame_ip6(&f, from, to, hop_limit, IPPROTO_UDP, sizeof(struct rte_udp_hdr) + data);
	frame_udp(&f, data);
	return f;
}

// What the neighbor would send when it speaks first: an ARP request, or a solicitation, for us.
void fake_know(uint32_t interface, const char *address, uint8_t host) {
	const struct face_interface *in = face_interface_by_id(current, interface);
	uint8_t family, bytes[16], own[16] = {0};
	struct frame f;

	fake_parse(address, &family, bytes);
	for (unsigned n = 0; n < in->address_count; n++)
		if (in->addresses[n].family == family)
			memcpy(own, in->addresses[n].bytes, 16);
	if (family == 4) {
		struct rte_arp_hdr arp = {
			.arp_hardware = rte_cpu_to_be_16(1),
			.arp_protocol = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4),
			.arp_hlen = 6,
			.arp_plen = 4,
			.arp_opcode = rte_cpu_to_be_16(RTE_ARP_OP_REQUEST),
		};

		frame_ether(&f, in->port, host, RTE_ETHER_TYPE_ARP);
		fake_mac(arp.arp_data.arp_sha.addr_bytes, host);
		memcpy(&arp.arp_data.arp_sip, bytes, 4);
		memcpy(&arp.arp_data.arp_tip, own, 4);
		frame_bytes(&f, &arp, sizeof(arp));
	} else {
		char text[INET6_ADDRSTRLEN];
		uint8_t message[32] = {ICMP6_SOLICITATION, [24] = 1, 1};
		uint16_t checksum;

		inet_ntop(AF_INET6, own, text, sizeof(text));
		memcpy(message + 8, own, 16);
		fake_mac(message + 26, host);
		checksum = ip6_checksum(bytes, own, IPPROTO_ICMPV6, message, sizeof(message));
		memcpy(message + 2, &checksum, 2);
		frame_ether(&f, in->port, host, RTE_ETHER_TYPE_IPV6);
		frame_ip6(&f, address, text, 255, IPPROTO_ICMPV6, sizeof(message));
		frame_bytes(&f, message, sizeof(message));
	}
	fake_receive(interface, f.bytes, f.length);
}
