#include "draft.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"
#include "runtime.h"

#define MAX_STATIC_FDB 16384
#define MAX_VLAN 4094

static const uint16_t slot_limit[] = {
	[OBJECT_PORT] = MAX_PORT_SLOTS,
	[OBJECT_INSTANCE] = MAX_INSTANCES,
	[OBJECT_INTERFACE] = MAX_INTERFACES,
};

static const size_t object_size[] = {
	[OBJECT_PORT] = sizeof(struct config_port),
	[OBJECT_INSTANCE] = sizeof(struct config_instance),
	[OBJECT_INTERFACE] = sizeof(struct config_interface),
};

static struct object_list *list_in(const struct config *c, enum object_kind kind) {
	const struct object_list *list = kind == OBJECT_PORT ? &c->ports
		: kind == OBJECT_INSTANCE		     ? &c->instances
							     : &c->interfaces;

	return (struct object_list *)list;
}

static void slot_mark(struct draft *d, enum object_kind kind, uint16_t slot) {
	d->slots[kind][slot / 64] |= UINT64_C(1) << slot % 64;
}

int draft_init(struct draft *d, const struct config *running, bool replace) {
	*d = (struct draft){.running = running, .replace = replace};
	for (enum object_kind k = OBJECT_PORT; k <= OBJECT_INTERFACE; k++) {
		const struct object_list *list = list_in(running, k);

		slot_mark(d, k, 0);
		for (uint32_t i = 0; i < list->count; i++)
			slot_mark(d, k, list->by_id[i]->slot);
	}
	return replace ? 0 : config_copy(&d->next, running);
}

static uint16_t slot_take(struct draft *d, enum object_kind kind) {
	for (uint16_t word = 0; word * 64 < slot_limit[kind]; word++) {
		uint64_t free_bits = ~d->slots[kind][word];

		if (free_bits != 0) {
			uint16_t slot = word * 64 + __builtin_ctzll(free_bits);

			slot_mark(d, kind, slot);
			return slot;
		}
	}
	return 0;
}

static int no_memory(struct failure *f, uint8_t object, uint64_t id) {
	return fail(f, RING_ERROR_NO_RESOURCE, object, id, "out of memory");
}

static void *copy_of(const void *array, uint32_t count, size_t size) {
	void *copy;

	if (count == 0)
		return NULL;
	copy = malloc(count * size);
	if (copy != NULL)
		memcpy(copy, array, count * size);
	return copy;
}

static struct object *object_clone(enum object_kind kind, const struct object *from) {
	struct object *to = malloc(object_size[kind]);

	if (to == NULL)
		return NULL;
	memcpy(to, from, object_size[kind]);
	to->refs = 1;
	if (kind == OBJECT_INTERFACE) {
		struct config_interface *i = (struct config_interface *)to;

		i->ranges = copy_of(i->ranges, i->range_count, sizeof(*i->ranges));
		i->addresses = copy_of(i->addresses, i->address_count, sizeof(*i->addresses));
		i->neighbors = copy_of(i->neighbors, i->neighbor_count, sizeof(*i->neighbors));
	} else if (kind == OBJECT_INSTANCE) {
		struct config_instance *i = (struct config_instance *)to;

		i->statics = copy_of(i->statics, i->static_count, sizeof(*i->statics));
	}
	return to;
}

// The draft's own object of that number, free to be written: the one it has, a copy of the one it
// shares, or with `create` a new one.
static void *
writable(struct draft *d, enum object_kind kind, uint32_t id, bool create, struct failure *f) {
	static const uint8_t names[] = {
		[OBJECT_PORT] = RING_OBJECT_PORT,
		[OBJECT_INSTANCE] = RING_OBJECT_INSTANCE,
		[OBJECT_INTERFACE] = RING_OBJECT_INTERFACE,
	};
	struct object *mine = object_find(list_in(&d->next, kind), id);
	struct object *o;

	if (mine != NULL && mine->refs == 1)
		return mine;
	if (mine != NULL) {
		o = object_clone(kind, mine);
	} else if (!create) {
		fail(f, RING_ERROR_UNKNOWN_OBJECT, names[kind], id, "%s %u does not exist",
		     ring_object_name(names[kind]), id);
		return NULL;
	} else {
		const struct object *running = object_find(list_in(d->running, kind), id);
		uint16_t slot = running != NULL ? running->slot : slot_take(d, kind);

		if (slot == 0) {
			fail(f, RING_ERROR_NO_RESOURCE, names[kind], id,
			     "more than %u objects of this kind", slot_limit[kind] - 1);
			return NULL;
		}
		o = calloc(1, object_size[kind]);
		if (o != NULL)
			*o = (struct object){.refs = 1, .id = id, .slot = slot};
	}
	if (o == NULL || config_put(&d->next, kind, o) < 0) {
		free(o);
		no_memory(f, names[kind], id);
		return NULL;
	}
	return o;
}

// --- sorted arrays inside objects ----------------------------------------------------------------

typedef int (*compare_fn)(const void *a, const void *b);

static uint32_t
array_find(const void *array, uint32_t count, size_t size, const void *key, compare_fn compare, bool *found) {
	uint32_t low = 0, high = count;

	*found = false;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare((const char *)array + middle * size, key);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

// Puts an element in its place; returns the array, NULL without memory (the old one is untouched).
static void *
array_put(void *array, uint32_t *count, size_t size, const void *element, compare_fn compare) {
	bool found;
	uint32_t at = array_find(array, *count, size, element, compare, &found);

	if (!found) {
		array = realloc(array, (*count + 1) * size);
		if (array == NULL)
			return NULL;
		memmove((char *)array + (at + 1) * size, (char *)array + at * size,
			(*count - at) * size);
		++*count;
	}
	memcpy((char *)array + at * size, element, size);
	return array;
}

static void
array_remove(void *array, uint32_t *count, size_t size, const void *key, compare_fn compare) {
	bool found;
	uint32_t at = array_find(array, *count, size, key, compare, &found);

	if (!found)
		return;
	memmove((char *)array + at * size, (char *)array + (at + 1) * size,
		(*count - at - 1) * size);
	--*count;
}

static int compare_ranges(const void *a, const void *b) {
	const struct vlan_range *x = a, *y = b;

	return x->first != y->first ? x->first - y->first : x->last - y->last;
}

// An address is one object whatever its prefix length.
static int compare_addresses(const void *a, const void *b) {
	const struct address *x = a, *y = b;

	return x->family != y->family ? x->family - y->family : memcmp(x->bytes, y->bytes, 16);
}

static int compare_neighbors(const void *a, const void *b) {
	const struct static_neighbor *x = a, *y = b;

	return x->family != y->family ? x->family - y->family
				      : memcmp(x->address, y->address, 16);
}

static int compare_statics(const void *a, const void *b) {
	const struct static_fdb *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

// --- messages ------------------------------------------------------------------------------------

static bool zero(const uint8_t *bytes, size_t n) {
	while (n-- > 0)
		if (bytes[n] != 0)
			return false;
	return true;
}

static bool mac_unicast(const uint8_t *mac) {
	return (mac[0] & 1) == 0 && !zero(mac, 6);
}

// A host's address: what an interface or a neighbor can have.
static bool address_unicast(uint8_t family, const uint8_t *a) {
	if (family == 4)
		return a[0] != 0 && a[0] < 224 && a[0] != 127 && zero(a + 4, 12);
	if (family != 6 || a[0] == 0xff)
		return false;
	return !zero(a, 15) || a[15] > 1;
}

static int port_set(struct draft *d, const struct ring_port_set *m, struct failure *f) {
	const uint8_t *mac = m->mac;
	struct config_port *p;

	if (m->port < 1 || m->port > UINT16_MAX)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_PORT, m->port,
			    "port numbers are 1 to 65535");
	if (m->mtu < 68 || m->mtu > 65535)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_PORT, m->port,
			    "an mtu of %u; 68 to 65535 can be", m->mtu);
	if (!zero(mac, 6) && !mac_unicast(mac))
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_PORT, m->port,
			    "the mac address is a group address");
	p = writable(d, OBJECT_PORT, m->port, true, f);
	if (p == NULL)
		return -1;
	p->driver = m->driver;
	p->enabled = m->enabled;
	p->promiscuous = m->promiscuous;
	p->mtu = m->mtu;
	p->rx_queues = m->rx_queues;
	p->tx_queues = m->tx_queues;
	p->rx_descriptors = m->rx_descriptors;
	p->tx_descriptors = m->tx_descriptors;
	memcpy(p->mac.addr_bytes, mac, 6);
	p->cores = m->cores;
	memset(p->name, 0, sizeof(p->name));
	memset(p->device, 0, sizeof(p->device));
	memset(p->arguments, 0, sizeof(p->arguments));
	snprintf(p->name, sizeof(p->name), "%s", m->name);
	snprintf(p->device, sizeof(p->device), "%s", m->device);
	snprintf(p->arguments, sizeof(p->arguments), "%s", m->arguments);
	return 0;
}

static void port_delete(struct draft *d, uint32_t id) {
	const struct object_list *list = &d->next.interfaces;

	config_remove(&d->next, OBJECT_PORT, id);
	for (uint32_t i = list->count; i-- > 0;)
		if (((const struct config_interface *)list->by_id[i])->port == id)
			config_remove(&d->next, OBJECT_INTERFACE, list->by_id[i]->id);
}

static int instance_set(struct draft *d, const struct ring_instance_set *m, struct failure *f) {
	struct config_instance *i;

	if (m->instance < 1 || m->instance > UINT16_MAX)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INSTANCE, m->instance,
			    "instance numbers are 1 to 65535");
	i = writable(d, OBJECT_INSTANCE, m->instance, true, f);
	if (i == NULL)
		return -1;
	i->kind = m->kind;
	i->mac_learning = m->mac_learning;
	i->mac_ageing = m->mac_ageing;
	i->mac_limit = m->mac_limit;
	memset(i->name, 0, sizeof(i->name));
	snprintf(i->name, sizeof(i->name), "%s", m->name);
	return 0;
}

static int interface_set(struct draft *d, const struct ring_interface_set *m, struct failure *f) {
	struct config_interface *i;

	if (m->interface < 1 || m->interface > 1048575)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, m->interface,
			    "interface numbers are 1 to 1048575");
	if (m->vlan > MAX_VLAN)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, m->interface,
			    "a VLAN of %u; 0 to 4094 can be", m->vlan);
	i = writable(d, OBJECT_INTERFACE, m->interface, true, f);
	if (i == NULL)
		return -1;
	i->port = m->port;
	i->instance = m->instance;
	i->kind = m->kind;
	i->enabled = m->enabled;
	i->vlan_mode = m->kind == RING_INTERFACE_KIND_BRIDGED ? m->vlan_mode : 0;
	i->vlan = m->vlan;
	i->mtu4 = m->mtu4;
	i->mtu6 = m->mtu6;
	memset(i->name, 0, sizeof(i->name));
	snprintf(i->name, sizeof(i->name), "%s", m->name);
	return 0;
}

static int vlan_member_set(struct draft *d, const struct ring_vlan_member_set *m, struct failure *f) {
	struct vlan_range range = {m->first, m->last};
	struct config_interface *i;
	uint32_t count;
	void *array;

	if (m->first < 1 || m->last > MAX_VLAN || m->first > m->last)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_VLAN_MEMBER, m->interface,
			    "VLANs %u to %u are no range", m->first, m->last);
	i = writable(d, OBJECT_INTERFACE, m->interface, false, f);
	if (i == NULL)
		return -1;
	count = i->range_count;
	array = array_put(i->ranges, &count, sizeof(range), &range, compare_ranges);
	if (array == NULL)
		return no_memory(f, RING_OBJECT_VLAN_MEMBER, m->interface);
	i->ranges = array;
	i->range_count = count;
	return 0;
}

static int
vlan_member_delete(struct draft *d, const struct ring_vlan_member_delete *m, struct failure *f) {
	struct vlan_range range = {m->first, m->last};
	struct config_interface *i;
	uint32_t count;

	if (config_interface(&d->next, m->interface) == NULL)
		return 0;
	i = writable(d, OBJECT_INTERFACE, m->interface, false, f);
	if (i == NULL)
		return -1;
	count = i->range_count;
	array_remove(i->ranges, &count, sizeof(range), &range, compare_ranges);
	i->range_count = count;
	return 0;
}

static int address_set(struct draft *d, const struct ring_address_set *m, struct failure *f) {
	struct address address = {m->family, m->prefix_length, {0}};
	struct config_interface *i;
	uint32_t count;
	void *array;

	memcpy(address.bytes, m->address, m->family == 4 ? 4 : 16);
	if (!address_unicast(m->family, address.bytes) ||
	    m->prefix_length > (m->family == 4 ? 32 : 128) || m->prefix_length == 0)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_ADDRESS, m->interface,
			    "not an address an interface can have");
	i = writable(d, OBJECT_INTERFACE, m->interface, false, f);
	if (i == NULL)
		return -1;
	count = i->address_count;
	if (count == UINT16_MAX)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_ADDRESS, m->interface,
			    "too many addresses");
	array = array_put(i->addresses, &count, sizeof(address), &address, compare_addresses);
	if (array == NULL)
		return no_memory(f, RING_OBJECT_ADDRESS, m->interface);
	i->addresses = array;
	i->address_count = count;
	return 0;
}

static int address_delete(struct draft *d, const struct ring_address_delete *m, struct failure *f) {
	struct address address = {m->family, m->prefix_length, {0}};
	const struct config_interface *present = config_interface(&d->next, m->interface);
	struct config_interface *i;
	uint32_t count, at;
	bool found;

	if (present == NULL)
		return 0;
	memcpy(address.bytes, m->address, m->family == 4 ? 4 : 16);
	at = array_find(present->addresses, present->address_count, sizeof(address), &address,
			compare_addresses, &found);
	// The same address may have come again with another length: that one stays.
	if (!found || present->addresses[at].prefix_length != m->prefix_length)
		return 0;
	i = writable(d, OBJECT_INTERFACE, m->interface, false, f);
	if (i == NULL)
		return -1;
	count = i->address_count;
	array_remove(i->addresses, &count, sizeof(address), &address, compare_addresses);
	i->address_count = count;
	return 0;
}

static int
neighbor_set(struct draft *d, const struct ring_static_neighbor_set *m, struct failure *f) {
	struct static_neighbor neighbor = {.family = m->family};
	struct config_interface *i;
	uint32_t count;
	void *array;

	memcpy(neighbor.mac.addr_bytes, m->mac, 6);
	memcpy(neighbor.address, m->address, m->family == 4 ? 4 : 16);
	if (!address_unicast(m->family, neighbor.address) || !mac_unicast(m->mac))
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_STATIC_NEIGHBOR, m->interface,
			    "not an address or MAC a neighbor can have");
	i = writable(d, OBJECT_INTERFACE, m->interface, false, f);
	if (i == NULL)
		return -1;
	count = i->neighbor_count;
	if (count == UINT16_MAX)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_STATIC_NEIGHBOR, m->interface,
			    "too many static neighbors");
	array = array_put(i->neighbors, &count, sizeof(neighbor), &neighbor, compare_neighbors);
	if (array == NULL)
		return no_memory(f, RING_OBJECT_STATIC_NEIGHBOR, m->interface);
	i->neighbors = array;
	i->neighbor_count = count;
	return 0;
}

static int
neighbor_delete(struct draft *d, const struct ring_static_neighbor_delete *m, struct failure *f) {
	struct static_neighbor neighbor = {.family = m->family};
	struct config_interface *i;
	uint32_t count;

	if (config_interface(&d->next, m->interface) == NULL)
		return 0;
	memcpy(neighbor.address, m->address, m->family == 4 ? 4 : 16);
	i = writable(d, OBJECT_INTERFACE, m->interface, false, f);
	if (i == NULL)
		return -1;
	count = i->neighbor_count;
	array_remove(i->neighbors, &count, sizeof(neighbor), &neighbor, compare_neighbors);
	i->neighbor_count = count;
	return 0;
}

static int fdb_set(struct draft *d, const struct ring_static_fdb_set *m, struct failure *f) {
	struct static_fdb entry = {.key = fdb_key(m->mac, m->vlan), .interface = m->interface};
	struct config_instance *i;
	void *array;

	if (m->vlan > MAX_VLAN || !mac_unicast(m->mac))
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_STATIC_FDB, m->instance,
			    "not a VLAN and MAC a static entry can have");
	i = writable(d, OBJECT_INSTANCE, m->instance, false, f);
	if (i == NULL)
		return -1;
	if (i->static_count == MAX_STATIC_FDB)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_STATIC_FDB, m->instance,
			    "more than %u static entries", MAX_STATIC_FDB);
	array = array_put(i->statics, &i->static_count, sizeof(entry), &entry, compare_statics);
	if (array == NULL)
		return no_memory(f, RING_OBJECT_STATIC_FDB, m->instance);
	i->statics = array;
	return 0;
}

static int fdb_delete(struct draft *d, const struct ring_static_fdb_delete *m, struct failure *f) {
	struct static_fdb entry = {.key = fdb_key(m->mac, m->vlan & 0xfff)};
	struct config_instance *i;

	if (config_instance(&d->next, m->instance) == NULL)
		return 0;
	i = writable(d, OBJECT_INSTANCE, m->instance, false, f);
	if (i == NULL)
		return -1;
	array_remove(i->statics, &i->static_count, sizeof(entry), &entry, compare_statics);
	return 0;
}

#define TOUCHED(object) (d->touched |= 1u << (object))

int draft_message(struct draft *d, const struct ring_header *message, struct failure *f) {
	const void *m = message;

	switch (message->type) {
	case RING_PORT_SET:
		TOUCHED(RING_OBJECT_PORT);
		return port_set(d, m, f);
	case RING_PORT_DELETE:
		TOUCHED(RING_OBJECT_PORT);
		port_delete(d, ((const struct ring_port_delete *)m)->port);
		return 0;
	case RING_INSTANCE_SET:
		TOUCHED(RING_OBJECT_INSTANCE);
		return instance_set(d, m, f);
	case RING_INSTANCE_DELETE:
		TOUCHED(RING_OBJECT_INSTANCE);
		config_remove(&d->next, OBJECT_INSTANCE,
			      ((const struct ring_instance_delete *)m)->instance);
		return 0;
	case RING_INTERFACE_SET:
		TOUCHED(RING_OBJECT_INTERFACE);
		return interface_set(d, m, f);
	case RING_INTERFACE_DELETE:
		TOUCHED(RING_OBJECT_INTERFACE);
		config_remove(&d->next, OBJECT_INTERFACE,
			      ((const struct ring_interface_delete *)m)->interface);
		return 0;
	case RING_VLAN_MEMBER_SET:
		TOUCHED(RING_OBJECT_VLAN_MEMBER);
		return vlan_member_set(d, m, f);
	case RING_VLAN_MEMBER_DELETE:
		TOUCHED(RING_OBJECT_VLAN_MEMBER);
		return vlan_member_delete(d, m, f);
	case RING_ADDRESS_SET:
		TOUCHED(RING_OBJECT_ADDRESS);
		return address_set(d, m, f);
	case RING_ADDRESS_DELETE:
		TOUCHED(RING_OBJECT_ADDRESS);
		return address_delete(d, m, f);
	case RING_STATIC_NEIGHBOR_SET:
		TOUCHED(RING_OBJECT_STATIC_NEIGHBOR);
		return neighbor_set(d, m, f);
	case RING_STATIC_NEIGHBOR_DELETE:
		TOUCHED(RING_OBJECT_STATIC_NEIGHBOR);
		return neighbor_delete(d, m, f);
	case RING_STATIC_FDB_SET:
		TOUCHED(RING_OBJECT_STATIC_FDB);
		return fdb_set(d, m, f);
	case RING_STATIC_FDB_DELETE:
		TOUCHED(RING_OBJECT_STATIC_FDB);
		return fdb_delete(d, m, f);
	default:
		return fail(f, RING_ERROR_UNKNOWN_MESSAGE, RING_OBJECT_NONE, message->type,
			    "message %u changes no configuration", message->type);
	}
}

// --- the whole draft -----------------------------------------------------------------------------

static int check_ports(const struct config *c, struct failure *f) {
	if (c->ports.count > RTE_MAX_ETHPORTS)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT,
			    c->ports.by_id[RTE_MAX_ETHPORTS]->id,
			    "%u ports, but this DPDK is built for %u; build it with "
			    "-Dmax_ethports=%u",
			    c->ports.count, RTE_MAX_ETHPORTS, 256);
	for (uint32_t i = 0; i < c->ports.count; i++) {
		const struct config_port *p = (const void *)c->ports.by_id[i];
		char mine[PORT_KEY], other[PORT_KEY];

		if (port_check(p, f) < 0)
			return -1;
		if (p->cores >> thread_count() != 0)
			return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, p->o.id,
				    "a core beyond the %u that the worker has", thread_count());
		if (!port_key(p, mine))
			continue;
		for (uint32_t j = 0; j < i; j++) {
			const struct config_port *q = (const void *)c->ports.by_id[j];

			if (port_key(q, other) && strcmp(mine, other) == 0)
				return fail(f, RING_ERROR_IN_USE, RING_OBJECT_PORT, p->o.id,
					    "device %s is already port %u (%s)",
					    p->device[0] != 0 ? p->device : p->arguments, q->o.id,
					    q->name);
		}
	}
	return 0;
}

static int check_instances(const struct config *c, struct failure *f) {
	for (uint32_t n = 0; n < c->instances.count; n++) {
		const struct config_instance *i = (const void *)c->instances.by_id[n];

		for (uint32_t s = 0; s < i->static_count; s++) {
			const struct config_interface *to =
				config_interface(c, i->statics[s].interface);

			if (to == NULL)
				return fail(f, RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_STATIC_FDB,
					    i->o.id, "interface %u of a static entry does not exist",
					    i->statics[s].interface);
			if (to->instance != i->o.id || to->kind != RING_INTERFACE_KIND_BRIDGED)
				return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_STATIC_FDB,
					    i->o.id, "interface %s is not in this instance",
					    to->name);
		}
	}
	return 0;
}

// Which interface of a port takes which tag; 0 is the untagged frame.
struct tag_owners {
	uint32_t port;
	uint32_t any;
	uint32_t owner[MAX_VLAN + 1];
};

static int take_tag(
	struct tag_owners *t, uint16_t tag, const struct config_interface *i, struct failure *f
) {
	if (t->owner[tag] == i->o.id)
		return 0;
	if (t->owner[tag] == 0) {
		t->owner[tag] = i->o.id;
		return 0;
	}
	if (tag == 0)
		return fail(f, RING_ERROR_IN_USE, RING_OBJECT_INTERFACE, i->o.id,
			    "untagged frames of port %u belong to interface %u already", i->port,
			    t->owner[tag]);
	return fail(f, RING_ERROR_IN_USE, RING_OBJECT_INTERFACE, i->o.id,
		    "VLAN %u of port %u belongs to interface %u already", tag, i->port,
		    t->owner[tag]);
}

static int take_tags(struct tag_owners *t, const struct config_interface *i, struct failure *f) {
	if (i->kind == RING_INTERFACE_KIND_ROUTED)
		return take_tag(t, i->vlan, i, f);
	switch ((enum ring_vlan_mode)i->vlan_mode) {
	case RING_VLAN_MODE_ANY:
		for (uint16_t tag = 0; tag <= MAX_VLAN; tag++)
			if (take_tag(t, tag, i, f) < 0)
				return -1;
		return 0;
	case RING_VLAN_MODE_ACCESS:
		if (i->vlan == 0)
			return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, i->o.id,
				    "an access interface needs a VLAN");
		return take_tag(t, 0, i, f);
	case RING_VLAN_MODE_TRUNK:
		if (i->vlan != 0 && (take_tag(t, 0, i, f) < 0 || take_tag(t, i->vlan, i, f) < 0))
			return -1;
		for (uint16_t r = 0; r < i->range_count; r++)
			for (uint16_t tag = i->ranges[r].first; tag <= i->ranges[r].last; tag++)
				if (take_tag(t, tag, i, f) < 0)
					return -1;
		return 0;
	}
	return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, i->o.id, "VLAN mode %u",
		    i->vlan_mode);
}

static int check_interface(const struct config *c, const struct config_interface *i, struct failure *f) {
	const struct config_port *port = config_port(c, i->port);
	const struct config_instance *instance = config_instance(c, i->instance);
	bool routed = i->kind == RING_INTERFACE_KIND_ROUTED;

	if (port == NULL)
		return fail(f, RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_INTERFACE, i->o.id,
			    "port %u of interface %s does not exist", i->port, i->name);
	if (i->instance != 0 && instance == NULL)
		return fail(f, RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_INTERFACE, i->o.id,
			    "instance %u of interface %s does not exist", i->instance, i->name);
	if (instance != NULL && routed != (instance->kind == RING_INSTANCE_KIND_L3))
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, i->o.id,
			    "a %s interface in instance %s, which is %s",
			    ring_interface_kind_name(i->kind), instance->name,
			    ring_instance_kind_name(instance->kind));
	if (i->mtu4 > port->mtu || i->mtu6 > port->mtu)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, i->o.id,
			    "the port's mtu is %u, no IP packet can be larger", port->mtu);
	if (i->mtu6 != 0 && i->mtu6 < 1280)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_INTERFACE, i->o.id,
			    "IPv6 needs an mtu of 1280");
	if (!routed && i->address_count + i->neighbor_count > 0)
		return fail(f, RING_ERROR_MALFORMED, RING_OBJECT_ADDRESS, i->o.id,
			    "interface %s is bridged and can have no address or neighbor", i->name);
	return 0;
}

struct instance_address {
	uint32_t instance, interface;
	struct address address;
};

static int compare_instance_addresses(const void *a, const void *b) {
	const struct instance_address *x = a, *y = b;

	if (x->instance != y->instance)
		return x->instance < y->instance ? -1 : 1;
	return compare_addresses(&x->address, &y->address);
}

// IPv6 link-local addresses may repeat: they belong to their link.
static bool link_local(const struct address *a) {
	return a->family == 6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static int check_addresses(const struct config *c, struct failure *f) {
	struct instance_address *all;
	uint32_t count = 0, n = 0;
	int result = 0;

	for (uint32_t k = 0; k < c->interfaces.count; k++)
		count += ((const struct config_interface *)c->interfaces.by_id[k])->address_count;
	if (count == 0)
		return 0;
	all = malloc(count * sizeof(*all));
	if (all == NULL)
		return no_memory(f, RING_OBJECT_ADDRESS, 0);
	for (uint32_t k = 0; k < c->interfaces.count; k++) {
		const struct config_interface *i = (const void *)c->interfaces.by_id[k];

		for (uint16_t a = 0; a < i->address_count && i->instance != 0; a++)
			if (!link_local(&i->addresses[a]))
				all[n++] = (struct instance_address){
					i->instance, i->o.id, i->addresses[a]};
	}
	qsort(all, n, sizeof(*all), compare_instance_addresses);
	for (uint32_t k = 1; k < n && result == 0; k++) {
		char text[INET6_ADDRSTRLEN];

		if (compare_instance_addresses(&all[k - 1], &all[k]) != 0)
			continue;
		inet_ntop(all[k].address.family == 4 ? AF_INET : AF_INET6, all[k].address.bytes,
			  text, sizeof(text));
		result = fail(f, RING_ERROR_IN_USE, RING_OBJECT_ADDRESS, all[k].interface,
			      "%s is also an address of interface %u", text,
			      all[k - 1].interface);
	}
	free(all);
	return result;
}

static int by_port(const void *a, const void *b) {
	const struct config_interface *const *x = a, *const *y = b;

	if ((*x)->port != (*y)->port)
		return (*x)->port < (*y)->port ? -1 : 1;
	return (*x)->o.id < (*y)->o.id ? -1 : 1;
}

static int check_interfaces(const struct config *c, struct failure *f) {
	uint32_t count = c->interfaces.count;
	const struct config_interface **sorted;
	struct tag_owners *owners;
	int result = 0;

	if (count == 0)
		return 0;
	sorted = malloc(count * sizeof(*sorted));
	owners = calloc(1, sizeof(*owners));
	if (sorted == NULL || owners == NULL) {
		result = no_memory(f, RING_OBJECT_INTERFACE, 0);
		goto end;
	}
	memcpy(sorted, c->interfaces.by_id, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_port);
	for (uint32_t k = 0; k < count && result == 0; k++) {
		if (owners->port != sorted[k]->port)
			*owners = (struct tag_owners){.port = sorted[k]->port};
		result = check_interface(c, sorted[k], f);
		if (result == 0)
			result = take_tags(owners, sorted[k], f);
	}
end:
	free(sorted);
	free(owners);
	return result;
}

int draft_check(struct draft *d, struct failure *f) {
	const struct config *c = &d->next;

	if (check_ports(c, f) < 0 || check_instances(c, f) < 0 || check_interfaces(c, f) < 0 ||
	    check_addresses(c, f) < 0)
		return -1;
	return 0;
}
