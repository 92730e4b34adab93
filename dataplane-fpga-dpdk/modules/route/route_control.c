#include "route.h"

#include <errno.h>
#include <stdlib.h>

#include "adjacency/adjacency.h"
#include "fib/rib.h"
#include "ip/ip.h"
#include "messages.h"
#include "owner.h"

// Full tables of both families with room to spare; the trie's memory is reserved, not taken.
static const struct rib_limits limits = {
	.routes = 4000000,
	.groups = 1000000,
	.fib_bytes = (size_t)4 << 30,
};

static struct rib *rib;

// --- interfaces, as routes see them --------------------------------------------------------------

// Packets can leave by it as far as configuration goes. The state of the link is not asked: a route
// over a link that is down loses its packets, as a static route does.
static bool interface_usable(const struct config *c, const struct config_interface *i) {
	const struct config_port *port = config_port(c, i->port);
	const struct config_instance *instance = config_instance(c, i->instance);

	return i->enabled && i->kind == RING_INTERFACE_KIND_ROUTED && port != NULL && port->enabled
		&& instance != NULL && instance->kind == RING_INSTANCE_KIND_L3;
}

// The context is the configuration that the routes go with.
static bool hook_interface(void *context, uint32_t id, struct rib_interface *found) {
	const struct config *c = context;
	const struct config_interface *i = config_interface(c, id);

	if (i == NULL)
		return false;
	*found = (struct rib_interface) {interface_usable(c, i), i->o.slot, i->instance};
	return true;
}

static uint32_t
hook_pin(void *context, uint32_t interface, uint8_t family, const uint8_t *address) {
	return adjacency_get(interface, family, address);
}

static void hook_unpin(void *context, uint32_t adjacency) {
	adjacency_put(adjacency);
}

static const struct rib_hooks hooks = {hook_interface, hook_pin, hook_unpin};

// --- connected and local routes ------------------------------------------------------------------

// Where a network's own addresses would collide with those of the box: a number of their own.
#define EDGE UINT32_C(0x80000000)

enum { PREFERENCE_OWN, PREFERENCE_EDGE };

// What one address of an interface gives: its network, itself, and the two addresses of an IPv4
// network that belong to nobody (RFC 1812 §5.3.5).
struct derived {
	struct rib_key key;
	uint8_t source;
	uint8_t preference;
	uint32_t discriminator;
	struct rib_hop hop;
};

static unsigned derive(
	const struct config_interface *i, const struct address *a, struct derived derived[static 4]
) {
	unsigned bits = a->family == 4 ? 32 : 128, n = 0;
	struct derived network = {
		.key = {i->instance, a->family, a->prefix_length, {0}},
		.source = RIB_CONNECTED,
		.discriminator = i->o.id,
		.hop = {.kind = RIB_ON_LINK, .interface = i->o.id},
	};

	if (a->family == 6 && ip6_is_link_local(a->bytes))
		return 0; // every link has these
	memcpy(network.key.address, a->bytes, bits / 8);
	struct derived own = network;
	own.key.length = bits;
	own.source = RIB_LOCAL;
	own.preference = PREFERENCE_OWN;
	own.hop.kind = RIB_TO_BOX;
	derived[n++] = own;
	rib_key_mask(&network.key);
	if (a->prefix_length < bits)
		derived[n++] = network;
	if (a->family == 4 && a->prefix_length <= 30) {
		uint32_t first = ip4_host(network.key.address);
		uint32_t last = first | (uint32_t)(UINT64_C(0xffffffff) >> a->prefix_length);

		own.preference = PREFERENCE_EDGE;
		own.discriminator |= EDGE;
		own.hop.kind = RIB_BROADCAST;
		ip4_bytes(own.key.address, first);
		derived[n++] = own;
		ip4_bytes(own.key.address, last);
		derived[n++] = own;
	}
	return n;
}

static int derive_all(const struct config_interface *i, bool add) {
	struct derived derived[4];

	for (unsigned a = 0; a < i->address_count; a++) {
		unsigned n = derive(i, &i->addresses[a], derived);

		for (unsigned r = 0; r < n; r++) {
			const struct derived *x = &derived[r];
			int ret;

			if (add)
				ret = rib_set(
					rib,
					&x->key,
					x->source,
					x->discriminator,
					x->preference,
					0,
					&x->hop,
					1
				);
			else
				ret = rib_unset(rib, &x->key, x->source, x->discriminator);
			// Two addresses of one network give it once.
			if (ret < 0 && !(ret == -ENOENT && !add))
				return ret;
		}
	}
	return 0;
}

static bool same_for_routes(
	const struct config *before,
	const struct config_interface *old,
	const struct config *after,
	const struct config_interface *new
) {
	return old == new && interface_usable(before, old) == interface_usable(after, new);
}

// Brings the derived routes from the running interfaces to the next ones.
static int derive_changes(const struct draft *d) {
	const struct object_list *before = &d->running->interfaces, *after = &d->next.interfaces;
	bool changed = false;
	int ret;

	for (uint32_t n = 0; n < before->count; n++) {
		const struct config_interface *old = (const void *)before->by_id[n];
		const struct config_interface *new = config_interface(&d->next, old->o.id);

		if (new != NULL && same_for_routes(d->running, old, &d->next, new))
			continue;
		changed = true;
		if (interface_usable(d->running, old) && (ret = derive_all(old, false)) < 0)
			return ret;
	}
	for (uint32_t n = 0; n < after->count; n++) {
		const struct config_interface *new = (const void *)after->by_id[n];
		const struct config_interface *old = config_interface(d->running, new->o.id);

		if (old != NULL && same_for_routes(d->running, old, &d->next, new))
			continue;
		changed = true;
		if (interface_usable(&d->next, new) && (ret = derive_all(new, true)) < 0)
			return ret;
	}
	return changed ? rib_interfaces_changed(rib) : 0;
}

// --- transaction ---------------------------------------------------------------------------------

static int refuse(struct failure *f, uint32_t instance, int error) {
	switch (error) {
	case -ENOSPC:
		return fail(
			f, RING_ERROR_NO_RESOURCE, RING_OBJECT_ROUTE, instance, "the route tables are full"
		);
	case -ENOMEM:
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_ROUTE, instance, "out of memory");
	default:
		return fail(
			f,
			RING_ERROR_MALFORMED,
			RING_OBJECT_ROUTE,
			instance,
			"not a route: %s",
			strerror(-error)
		);
	}
}

static int route_begin(struct draft *d, unsigned self, struct failure *f) {
	int ret = rib_begin(rib, &d->next);

	return ret < 0 ? refuse(f, 0, ret) : 0;
}

// A prefix has one route of the configuration, and one of each owner and source.
static uint32_t discriminator(uint32_t owner) {
	return owner == OWNER_CONFIGURATION ? 0 : owner;
}

static bool gateway_valid(uint8_t family, const uint8_t *address) {
	if (family == 4)
		return ip4_is_host(ip4_host(address));
	return !ip6_is_multicast(address) && !ip6_is_unspecified(address) && !ip6_is_loopback(address);
}

// Connected and local routes come from addresses, static ones from the configuration, all others from
// owners.
static int check_source(uint32_t owner, uint32_t instance, uint8_t source, struct failure *f) {
	bool allowed = owner == OWNER_CONFIGURATION ? source == RING_ROUTE_SOURCE_STATIC
						    : rib_source_is_volatile(source);

	return allowed ? 0
		       : fail(
				 f,
				 RING_ERROR_MALFORMED,
				 RING_OBJECT_ROUTE,
				 instance,
				 "%s is no source of routes for this ring",
				 ring_route_source_name(source)
			 );
}

static int route_set(uint32_t owner, const struct ring_route_set *m, struct failure *f) {
	struct rib_key key = {m->instance, m->family, m->prefix_length, {0}};
	struct rib_hop hops[RIB_MAX_HOPS];

	if (check_source(owner, m->instance, m->source, f) < 0)
		return -1;
	if ((m->family != 4 && m->family != 6) || m->next_hops_count == 0)
		return refuse(f, m->instance, -EINVAL);
	if (m->next_hops_count > RIB_MAX_HOPS)
		return fail(
			f,
			RING_ERROR_NO_RESOURCE,
			RING_OBJECT_ROUTE,
			m->instance,
			"more than %d next hops",
			RIB_MAX_HOPS
		);
	memcpy(key.address, m->prefix, m->family == 4 ? 4 : 16);
	for (unsigned i = 0; i < m->next_hops_count; i++) {
		const struct ring_next_hop *hop = &m->next_hops[i];

		if (hop->kind < RING_NEXT_HOP_KIND_GATEWAY || hop->kind > RING_NEXT_HOP_KIND_REJECT
		    || hop->weight > 255
		    || (hop->kind == RING_NEXT_HOP_KIND_CONNECTED && hop->interface == 0))
			return refuse(f, m->instance, -EINVAL);
		hops[i] = (struct rib_hop) {
			.kind = hop->kind,
			.weight = hop->weight,
			.interface = hop->interface,
		};
		if (hop->kind != RING_NEXT_HOP_KIND_GATEWAY)
			continue;
		// RFC 5549 next hops are not there yet.
		if ((hop->family != 0 && hop->family != m->family)
		    || !gateway_valid(m->family, hop->address))
			return fail(
				f,
				RING_ERROR_MALFORMED,
				RING_OBJECT_ROUTE,
				m->instance,
				"next hop %u is not a host of the route's family",
				i
			);
		if (m->family == 6 && hop->interface == 0 && ip6_is_link_local(hop->address))
			return fail(
				f,
				RING_ERROR_MALFORMED,
				RING_OBJECT_ROUTE,
				m->instance,
				"next hop %u is link-local and needs an interface",
				i
			);
		memcpy(hops[i].address, hop->address, m->family == 4 ? 4 : 16);
	}
	bool strict = (m->header.flags & RING_FLAG_STRICT) != 0;

	if (strict && rib_has(rib, &key, m->source, discriminator(owner)))
		return fail(
			f, RING_ERROR_EXISTS, RING_OBJECT_ROUTE, m->instance, "the route is there already"
		);
	int ret = rib_set(
		rib,
		&key,
		m->source,
		discriminator(owner),
		m->preference,
		m->metric,
		hops,
		m->next_hops_count
	);
	return ret < 0 ? refuse(f, m->instance, ret) : 0;
}

static int route_delete(uint32_t owner, const struct ring_route_delete *m, struct failure *f) {
	struct rib_key key = {m->instance, m->family, m->prefix_length, {0}};

	if (check_source(owner, m->instance, m->source, f) < 0)
		return -1;
	if (m->family != 4 && m->family != 6)
		return refuse(f, m->instance, -EINVAL);
	memcpy(key.address, m->prefix, m->family == 4 ? 4 : 16);
	int ret = rib_unset(rib, &key, m->source, discriminator(owner));
	// Deleting what is not there is what a replay does.
	if (ret == -ENOENT && (m->header.flags & RING_FLAG_STRICT) == 0)
		return 0;
	if (ret == -ENOENT)
		return fail(
			f, RING_ERROR_MISSING, RING_OBJECT_ROUTE, m->instance, "there is no such route"
		);
	return ret < 0 ? refuse(f, m->instance, ret) : 0;
}

static int route_message(
	struct draft *d, unsigned self, const struct ring_header *message, struct failure *f
) {
	if (message->type == RING_ROUTE_SET)
		return route_set(OWNER_CONFIGURATION, (const struct ring_route_set *)message, f);
	return route_delete(OWNER_CONFIGURATION, (const struct ring_route_delete *)message, f);
}

struct reference {
	const struct config *config;
	struct failure *failure;
};

static bool
check_route(void *argument, const struct rib_key *key, const struct rib_hop *hops, unsigned n) {
	const struct reference *r = argument;
	const struct config_instance *instance = config_instance(r->config, key->instance);

	if (instance == NULL || instance->kind != RING_INSTANCE_KIND_L3) {
		fail(
			r->failure,
			RING_ERROR_UNKNOWN_OBJECT,
			RING_OBJECT_ROUTE,
			key->instance,
			"a route in instance %u, which is not there or does not route",
			key->instance
		);
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct config_interface *out =
			config_interface(r->config, hops[i].interface);

		if (hops[i].interface == 0)
			continue;
		if (out == NULL || out->instance != key->instance) {
			fail(
				r->failure,
				RING_ERROR_UNKNOWN_OBJECT,
				RING_OBJECT_ROUTE,
				key->instance,
				"a route by interface %u, which is not in its instance",
				hops[i].interface
			);
			return false;
		}
	}
	return true;
}

// An instance that is gone takes its routes with it.
static int drop_instances(const struct draft *d) {
	const struct object_list *before = &d->running->instances;

	for (uint32_t n = 0; n < before->count; n++) {
		uint32_t id = before->by_id[n]->id;
		int ret = config_instance(&d->next, id) == NULL ? rib_drop_instance(rib, id) : 0;

		if (ret < 0)
			return ret;
	}
	return 0;
}

static bool instance_gone(const struct draft *d, uint32_t id) {
	const struct config_instance *old = config_instance(d->running, id);
	const struct config_instance *new = config_instance(&d->next, id);

	return new == NULL || (old != NULL && !config_instance_same(old, new));
}

static bool interface_gone(const struct draft *d, uint32_t id) {
	const struct config_interface *old = config_interface(d->running, id);
	const struct config_interface *new = config_interface(&d->next, id);

	return new == NULL || (old != NULL && !config_interface_same(old, new));
}

// What an owner's route names is gone, or its number means something else now.
static bool
volatile_gone(void *argument, const struct rib_key *key, const struct rib_hop *hops, unsigned n) {
	const struct draft *d = argument;

	if (instance_gone(d, key->instance))
		return true;
	for (unsigned i = 0; i < n; i++)
		if (hops[i].interface != 0 && interface_gone(d, hops[i].interface))
			return true;
	return false;
}

// An interface that routes may name is gone, or in another instance.
static bool interfaces_moved(const struct draft *d) {
	const struct object_list *before = &d->running->interfaces;

	for (uint32_t n = 0; n < before->count; n++) {
		const struct config_interface *old = (const void *)before->by_id[n];
		const struct config_interface *new = config_interface(&d->next, old->o.id);

		if (new == NULL || new->instance != old->instance)
			return true;
	}
	return false;
}

static int route_check(struct draft *d, unsigned self, struct failure *f) {
	struct reference reference = {&d->next, f};
	int ret = 0;

	if (d->replace)
		ret = rib_sweep(rib, RIB_STATIC);
	if (ret == 0 && interfaces_moved(d))
		ret = rib_interfaces_changed(rib);
	if (ret == 0)
		ret = drop_instances(d);
	if (ret == 0 && !config_same_names(d->running, &d->next))
		ret = rib_drop_volatile(rib, volatile_gone, d);
	if (ret < 0)
		return refuse(f, 0, ret);
	return rib_changed_routes(rib, RIB_STATIC, check_route, &reference) ? 0 : -1;
}

static int route_build(struct draft *d, unsigned self, struct face *next, struct failure *f) {
	int ret = derive_changes(d);

	if (ret == 0)
		ret = rib_settle(rib);
	if (ret < 0)
		return refuse(f, 0, ret);
	next->fib = rib_pool(rib);
	next->groups = rib_groups(rib);
	for (unsigned i = 0; i < next->instance_count; i++) {
		struct face_instance *instance = &next->instances[i];

		if (instance->kind != RING_INSTANCE_KIND_L3)
			continue;
		instance->fib4 = rib_tree(rib, instance->id, FIB_IP4);
		instance->fib6 = rib_tree(rib, instance->id, FIB_IP6);
	}
	return 0;
}

static void route_finish(struct draft *d, unsigned self) {
	rib_reclaim(rib, rib_commit(rib));
}

static void route_abort(struct draft *d, unsigned self) {
	if (rib_is_open(rib))
		rib_abort(rib);
}

// --- volatile routes -----------------------------------------------------------------------------

static int volatile_begin(struct failure *f) {
	int ret = rib_begin(rib, (void *)(uintptr_t)&face_current()->config);

	return ret < 0 ? refuse(f, 0, ret) : 0;
}

// What a route names has to be there when it is set, and takes it along when it goes.
static int check_names(const struct ring_route_set *m, struct failure *f) {
	struct reference reference = {&face_current()->config, f};
	struct rib_key key = {.instance = m->instance};

	for (unsigned i = 0; i < m->next_hops_count; i++) {
		struct rib_hop hop = {.interface = m->next_hops[i].interface};

		if (!check_route(&reference, &key, &hop, 1))
			return -1;
	}
	return 0;
}

static int
volatile_message(uint32_t owner, const struct ring_header *message, struct failure *f) {
	if (message->type == RING_ROUTE_DELETE)
		return route_delete(owner, (const struct ring_route_delete *)message, f);
	const struct ring_route_set *set = (const struct ring_route_set *)message;
	return check_names(set, f) < 0 ? -1 : route_set(owner, set, f);
}

static void
publish_tree(void *argument, uint32_t instance, enum fib_family family, struct fib_tree tree) {
	face_set_tree(argument, instance, family, tree);
}

static void reclaim(void *garbage) {
	rib_reclaim(rib, garbage);
}

// No new face: the trees of the one that forwards are exchanged. Costs what changed.
static int volatile_publish(struct failure *f) {
	int ret = rib_settle(rib);

	if (ret < 0) {
		rib_abort(rib);
		return refuse(f, 0, ret);
	}
	rib_changed_trees(rib, publish_tree, (void *)(uintptr_t)face_current());
	rcu_defer(reclaim, rib_commit(rib));
	return 0;
}

static void volatile_abort(void) {
	rib_abort(rib);
}

static uint64_t volatile_count(uint32_t owner) {
	return rib_owned(rib, owner);
}

static uint64_t volatile_current(void) {
	return rib_mark(rib);
}

static int volatile_sweep_some(struct rib_sweep *sweep, unsigned quantum) {
	struct failure f = {0};
	struct rib_sweep before = *sweep;

	if (volatile_begin(&f) < 0)
		return -EBUSY;
	int more = rib_sweep_some(rib, sweep, quantum);
	if (more < 0)
		rib_abort(rib);
	else if (volatile_publish(&f) < 0)
		more = -ENOMEM;
	if (more < 0)
		*sweep = before;
	return more;
}

static const uint16_t route_messages[] = {RING_ROUTE_SET, RING_ROUTE_DELETE, 0};

static const struct volatile_objects volatile_routes = {
	.messages = route_messages,
	.begin = volatile_begin,
	.message = volatile_message,
	.publish = volatile_publish,
	.abort = volatile_abort,
	.count = volatile_count,
	.mark = volatile_current,
	.sweep = volatile_sweep_some,
};

// --- reading -------------------------------------------------------------------------------------

struct listing {
	const struct wanted *wanted;
	struct reply *reply;
};

static uint32_t owner_of(const struct rib_route *route) {
	return rib_source_is_volatile(route->source) ? route->discriminator : OWNER_CONFIGURATION;
}

static bool is_wanted(const struct wanted *wanted, const struct rib_route *route) {
	if ((wanted->instance != 0 && route->key.instance != wanted->instance)
	    || (wanted->owner != 0 && wanted->owner != owner_of(route)))
		return false;
	if (wanted->table == RING_TABLE_ROUTE_TABLE && !route->active)
		return false;
	// The two addresses of a network that belong to nobody are no routes to show.
	return route->hops[0].kind != RIB_BROADCAST;
}

// What is forwarded by is told with the hops that were found for it, what is offered as it was offered.
static void list_hop(
	const struct rib_route *route, bool resolved, unsigned i, struct ring_next_hop *row
) {
	if (resolved) {
		const struct rib_next_hop *hop = &route->group->hops[i];

		row->kind = hop->kind;
		row->interface = hop->interface;
		row->weight = hop->weight;
		memcpy(row->address, hop->address, sizeof(hop->address));
	} else {
		const struct rib_hop *hop = &route->hops[i];

		row->kind = hop->kind;
		row->interface = hop->interface;
		row->weight = hop->weight != 0 ? hop->weight : 1;
		memcpy(row->address, hop->address, sizeof(hop->address));
	}
	row->family = route->key.family;
	if (row->kind == RIB_TO_BOX)
		row->kind = RIB_ON_LINK;
}

static bool list_route(void *argument, const struct rib_route *route) {
	const struct listing *listing = argument;
	uint32_t owner = owner_of(route);
	bool resolved = listing->wanted->table == RING_TABLE_ROUTE_TABLE;
	unsigned n = resolved && route->active ? route->group->n : route->n;
	struct {
		struct ring_route_entry entry;
		struct ring_next_hop hops[RIB_MAX_HOPS];
	} row;

	if (!is_wanted(listing->wanted, route))
		return true;
	memset(&row, 0, sizeof(row.entry) + n * sizeof(row.hops[0]));
	row.entry.instance = route->key.instance;
	row.entry.family = route->key.family;
	row.entry.prefix_length = route->key.length;
	row.entry.source = route->source;
	row.entry.preference = route->preference;
	row.entry.metric = route->metric;
	row.entry.active = route->active;
	row.entry.owner = owner;
	row.entry.stale = owner != OWNER_CONFIGURATION && owner_is_stale(owner, route->named);
	row.entry.next_hops_count = n;
	memcpy(row.entry.prefix, route->key.address, sizeof(route->key.address));
	for (unsigned i = 0; i < n; i++)
		list_hop(route, resolved && route->active, i, &row.hops[i]);
	row.entry.header.type = RING_ROUTE_ENTRY;
	row.entry.header.length = sizeof(row.entry) + n * sizeof(row.hops[0]);
	return reply_row(listing->reply, &row.entry.header);
}

static int route_dump(const struct wanted *wanted, struct reply *reply, uint64_t *position) {
	struct listing listing = {wanted, reply};
	struct rib_key key = {wanted->instance, wanted->family, wanted->prefix_length, {0}};

	if (wanted->family == 0)
		return rib_walk(rib, position, list_route, &listing);
	memcpy(key.address, wanted->prefix, sizeof(key.address));
	return rib_walk_prefix(rib, &key, position, list_route, &listing);
}

static int route_start(void) {
	int ret = adjacency_start(ADJACENCIES, rcu_defer);

	if (ret < 0)
		return ret;
	rib = rib_new(&limits, &hooks);
	if (rib == NULL)
		return -ENOMEM;
	node_register(NODE_IP4_INPUT, route_ip4_input);
	node_register(NODE_IP4_FORWARD, route_ip4_forward);
	node_register(NODE_IP4_OUTPUT, route_ip4_output);
	node_register(NODE_IP6_INPUT, route_ip6_input);
	node_register(NODE_IP6_FORWARD, route_ip6_forward);
	node_register(NODE_IP6_OUTPUT, route_ip6_output);
	return 0;
}

static void route_stop(void) {
	rib_free(rib);
	rib = NULL;
}

const struct feature route_feature = {
	.name = "route",
	.start = route_start,
	.stop = route_stop,
	.begin = route_begin,
	.message = route_message,
	.check = route_check,
	.build = route_build,
	.finish = route_finish,
	.abort = route_abort,
	.dump = route_dump,
	.tables = {RING_TABLE_ROUTE_TABLE, RING_TABLE_RIB_TABLE},
	.messages = route_messages,
	.objects = &volatile_routes,
};
