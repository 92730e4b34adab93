#include "rib.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// A route as offered: never changed, counted, for the journal keeps the old ones.
struct route {
	uint32_t refs;
	uint32_t discriminator;
	uint32_t metric;
	uint8_t source;
	uint8_t preference;
	uint16_t n;
	uint64_t seen; // transaction that last named it
	struct rib_hop hops[];
};

// Best first. A list is replaced, never changed.
struct routes {
	uint32_t n;
	struct route *route[];
};

struct table;

struct prefix {
	struct rib_key key;
	uint32_t in_tree; // group, as the next tree has it
	uint32_t journal; // its entry in the open transaction + 1
	struct table *table;
	struct routes *routes; // NULL: none
	struct prefix *chain; // in the hash table
	// All prefixes with a route that depends on interfaces.
	struct prefix *next_dependent, **link_dependent;
};

// One family of one instance.
struct table {
	struct fib_tree now, next;
	uint32_t connected[129]; // prefixes of each length with a connected route
	uint32_t prefixes;
	uint32_t instance;
	bool touched;
	struct prefix *dependents;
	struct table *next_touched;
};

struct instance {
	struct table table[2];
};

struct entry {
	struct prefix *prefix;
	struct routes *routes; // before
	uint32_t in_tree;
};

struct rib {
	struct rib_limits limits;
	struct rib_hooks hooks;
	void *context;
	struct fib_pool *pool;
	struct instance *instances[RIB_MAX_INSTANCE + 1];

	struct prefix **buckets;
	uint32_t bucket_count; // a power of two
	uint32_t prefixes, routes;
	uint64_t owned[RIB_MAX_OWNER];

	const struct rib_group **groups; // by id
	uint32_t *group_free; // stack of ids
	uint32_t group_free_count, group_next, group_count;
	uint32_t *group_buckets; // ids, chained through group_chain
	uint32_t *group_chain;
	uint32_t group_bucket_count;

	uint64_t transaction;
	struct fib_txn *txn;
	bool settled;
	struct entry *journal;
	uint32_t journal_count, journal_room;
	struct table *touched;
};

struct rib_garbage {
	struct fib_garbage *nodes;
	uint32_t n;
	uint32_t groups[];
};

static inline unsigned index_of(uint8_t family) {
	return family == FIB_IP6;
}

static inline unsigned address_bytes(uint8_t family) {
	return family == FIB_IP6 ? 16 : 4;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n) {
	const uint8_t *p = bytes;
	while (n > 0) {
		uint64_t word = 0;
		size_t part = n < 8 ? n : 8;
		memcpy(&word, p, part);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
		p += part;
		n -= part;
	}
	return hash;
}

// --- groups ---------------------------------------------------------------------------------------

// What makes two hops the same: not the number the pin gave.
static bool hop_equal(const struct rib_next_hop *a, const struct rib_next_hop *b) {
	return a->kind == b->kind && a->family == b->family && a->weight == b->weight
		&& a->slot == b->slot && a->interface == b->interface
		&& memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static uint64_t hops_hash(const struct rib_next_hop *hops, unsigned n) {
	uint64_t hash = n;
	for (unsigned i = 0; i < n; i++) {
		struct rib_next_hop hop = hops[i];
		hop.adjacency = 0;
		hash = hash_bytes(hash, &hop, sizeof(hop));
	}
	return hash;
}

static struct rib_group *group_at(const struct rib *rib, uint32_t id) {
	return (struct rib_group *)(uintptr_t)rib->groups[id];
}

static void group_release(struct rib *rib, struct rib_group *group) {
	for (unsigned i = 0; i < group->n; i++)
		if (group->hops[i].adjacency != 0)
			rib->hooks.unpin(rib->context, group->hops[i].adjacency);
	free((void *)(uintptr_t)group->spread);
	free(group);
}

// Places in proportion to the weights, at least one each.
static uint8_t *spread_new(const struct rib_next_hop *hops, unsigned n) {
	uint8_t *spread = malloc(RIB_SPREAD);
	unsigned total = 0, sum = 0, place = 0;
	if (spread == NULL)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		total += hops[i].weight;
	for (unsigned i = 0; i < n; i++) {
		sum += hops[i].weight;
		unsigned end = sum * RIB_SPREAD / total, most = RIB_SPREAD - (n - 1 - i);
		if (end <= place)
			end = place + 1;
		if (end > most)
			end = most;
		while (place < end)
			spread[place++] = i;
	}
	return spread;
}

static struct rib_group *
group_new(struct rib *rib, const struct rib_next_hop *hops, unsigned n, int *ret) {
	struct rib_group *group = calloc(1, sizeof(*group) + n * sizeof(*hops));
	*ret = -ENOMEM;
	if (group == NULL)
		return NULL;
	memcpy(group->hops, hops, n * sizeof(*hops));
	if (n > 1 && (group->spread = spread_new(hops, n)) == NULL) {
		free(group);
		return NULL;
	}
	for (group->n = 0; group->n < n; group->n++) {
		struct rib_next_hop *hop = &group->hops[group->n];
		hop->adjacency = 0;
		if (hop->kind != RIB_GATEWAY)
			continue;
		hop->adjacency =
			rib->hooks.pin(rib->context, hop->interface, hop->family, hop->address);
		if (hop->adjacency == 0) {
			group_release(rib, group);
			*ret = -ENOSPC;
			return NULL;
		}
	}
	*ret = 0;
	return group;
}

// The group of these hops, with a reference for the caller.
static int group_get(struct rib *rib, const struct rib_next_hop *hops, unsigned n, uint32_t *id) {
	uint64_t hash = hops_hash(hops, n);
	uint32_t *bucket = &rib->group_buckets[hash & (rib->group_bucket_count - 1)];
	int ret;

	for (*id = *bucket; *id != 0; *id = rib->group_chain[*id]) {
		struct rib_group *group = group_at(rib, *id);
		bool same = group->hash == hash && group->n == n;
		for (unsigned i = 0; same && i < n; i++)
			same = hop_equal(&group->hops[i], &hops[i]);
		if (same) {
			group->refs++;
			return 0;
		}
	}
	if (rib->group_free_count == 0 && rib->group_next > rib->limits.groups)
		return -ENOSPC;
	struct rib_group *group = group_new(rib, hops, n, &ret);
	if (group == NULL)
		return ret;
	*id = rib->group_free_count > 0 ? rib->group_free[--rib->group_free_count]
					: rib->group_next++;
	group->id = *id;
	group->refs = 1;
	group->hash = hash;
	rib->groups[*id] = group;
	rib->group_chain[*id] = *bucket;
	*bucket = *id;
	rib->group_count++;
	return 0;
}

// Without references a group is found by nobody new; true: the caller is to free it in time.
static bool group_put(struct rib *rib, uint32_t id) {
	struct rib_group *group = group_at(rib, id);
	if (--group->refs > 0)
		return false;
	uint32_t *link = &rib->group_buckets[group->hash & (rib->group_bucket_count - 1)];
	while (*link != id)
		link = &rib->group_chain[*link];
	*link = rib->group_chain[id];
	return true;
}

static void group_free(struct rib *rib, uint32_t id) {
	group_release(rib, group_at(rib, id));
	rib->groups[id] = NULL;
	rib->group_free[rib->group_free_count++] = id;
	rib->group_count--;
}

// --- prefixes -------------------------------------------------------------------------------------

void rib_key_mask(struct rib_key *key) {
	for (unsigned i = 0; i < sizeof(key->address); i++) {
		int bits = (int)key->length - (int)i * 8;
		if (bits <= 0)
			key->address[i] = 0;
		else if (bits < 8)
			key->address[i] &= 0xff << (8 - bits);
	}
}

static inline bool key_equal(const struct rib_key *a, const struct rib_key *b) {
	return a->instance == b->instance && a->family == b->family && a->length == b->length
		&& memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static inline uint64_t key_hash(const struct rib_key *key) {
	uint64_t hash = key->instance | (uint64_t)key->family << 32 | (uint64_t)key->length << 40;
	hash = hash_bytes(hash, key->address, address_bytes(key->family));
	return hash ^ hash >> 32;
}

static struct prefix *prefix_find(const struct rib *rib, const struct rib_key *key) {
	struct prefix *p = rib->buckets[key_hash(key) & (rib->bucket_count - 1)];
	while (p != NULL && !key_equal(&p->key, key))
		p = p->chain;
	return p;
}

// Failing to grow only makes chains longer.
static void buckets_grow(struct rib *rib) {
	uint32_t count = rib->bucket_count * 2;
	struct prefix **buckets = calloc(count, sizeof(*buckets));
	if (buckets == NULL)
		return;
	for (uint32_t i = 0; i < rib->bucket_count; i++) {
		for (struct prefix *p = rib->buckets[i], *next; p != NULL; p = next) {
			struct prefix **bucket = &buckets[key_hash(&p->key) & (count - 1)];
			next = p->chain;
			p->chain = *bucket;
			*bucket = p;
		}
	}
	free(rib->buckets);
	rib->buckets = buckets;
	rib->bucket_count = count;
}

static struct prefix *prefix_new(struct rib *rib, const struct rib_key *key) {
	struct instance **instance = &rib->instances[key->instance];
	if (*instance == NULL) {
		*instance = calloc(1, sizeof(**instance));
		if (*instance == NULL)
			return NULL;
		for (unsigned f = 0; f < 2; f++)
			(*instance)->table[f].instance = key->instance;
	}
	struct prefix *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	if (rib->prefixes >= rib->bucket_count)
		buckets_grow(rib);
	struct prefix **bucket = &rib->buckets[key_hash(key) & (rib->bucket_count - 1)];
	p->key = *key;
	p->table = &(*instance)->table[index_of(key->family)];
	p->chain = *bucket;
	*bucket = p;
	p->table->prefixes++;
	rib->prefixes++;
	return p;
}

static void prefix_free(struct rib *rib, struct prefix *p) {
	struct prefix **link = &rib->buckets[key_hash(&p->key) & (rib->bucket_count - 1)];
	while (*link != p)
		link = &(*link)->chain;
	*link = p->chain;
	p->table->prefixes--;
	rib->prefixes--;
	free(p);
}

static bool route_depends(const struct route *r) {
	for (unsigned i = 0; i < r->n; i++)
		if (r->hops[i].kind == RIB_GATEWAY || r->hops[i].kind == RIB_ON_LINK)
			return true;
	return false;
}

static bool routes_connected(const struct routes *routes) {
	for (unsigned i = 0; routes != NULL && i < routes->n; i++)
		if (routes->route[i]->source == RIB_CONNECTED)
			return true;
	return false;
}

static void count_owned(struct rib *rib, const struct routes *routes, int by) {
	for (unsigned i = 0; routes != NULL && i < routes->n; i++) {
		const struct route *r = routes->route[i];
		if (rib_source_is_volatile(r->source) && r->discriminator < RIB_MAX_OWNER)
			rib->owned[r->discriminator] += by;
	}
}

// Gives a prefix another list, and keeps what is derived from the lists.
static void prefix_assign(struct rib *rib, struct prefix *p, struct routes *routes) {
	struct table *table = p->table;
	bool depends = false;

	table->connected[p->key.length] += routes_connected(routes) - routes_connected(p->routes);
	for (unsigned i = 0; routes != NULL && i < routes->n; i++)
		depends |= route_depends(routes->route[i]);
	if (depends && p->link_dependent == NULL) {
		p->next_dependent = table->dependents;
		p->link_dependent = &table->dependents;
		if (p->next_dependent != NULL)
			p->next_dependent->link_dependent = &p->next_dependent;
		table->dependents = p;
	} else if (!depends && p->link_dependent != NULL) {
		*p->link_dependent = p->next_dependent;
		if (p->next_dependent != NULL)
			p->next_dependent->link_dependent = p->link_dependent;
		p->link_dependent = NULL;
	}
	rib->routes += (routes != NULL ? routes->n : 0) - (p->routes != NULL ? p->routes->n : 0);
	count_owned(rib, p->routes, -1);
	count_owned(rib, routes, 1);
	p->routes = routes;
}

static void routes_free(struct routes *routes) {
	for (unsigned i = 0; routes != NULL && i < routes->n; i++)
		if (--routes->route[i]->refs == 0)
			free(routes->route[i]);
	free(routes);
}

// --- transaction ----------------------------------------------------------------------------------

int rib_begin(struct rib *rib, void *context) {
	if (rib->txn != NULL)
		return -EBUSY;
	rib->txn = fib_txn_begin(rib->pool);
	if (rib->txn == NULL)
		return -errno;
	rib->transaction++;
	rib->context = context;
	rib->settled = false;
	return 0;
}

bool rib_is_open(const struct rib *rib) {
	return rib->txn != NULL;
}

bool rib_changed_routes(
	const struct rib *rib,
	uint8_t source,
	bool (*fn)(
		void *argument, const struct rib_key *key, const struct rib_hop *hops, unsigned n
	),
	void *argument
) {
	for (uint32_t i = 0; i < rib->journal_count; i++) {
		const struct prefix *p = rib->journal[i].prefix;
		for (unsigned r = 0; p->routes != NULL && r < p->routes->n; r++) {
			const struct route *route = p->routes->route[r];
			if (route->source == source && !fn(argument, &p->key, route->hops, route->n))
				return false;
		}
	}
	return true;
}

// Enters a prefix in the journal, with what it had.
static int touch(struct rib *rib, struct prefix *p) {
	if (p->journal != 0)
		return 0;
	if (rib->journal_count == rib->journal_room) {
		uint32_t room = rib->journal_room * 2 + 64;
		struct entry *journal = realloc(rib->journal, room * sizeof(*journal));
		if (journal == NULL)
			return -ENOMEM;
		rib->journal = journal;
		rib->journal_room = room;
	}
	rib->journal[rib->journal_count++] = (struct entry) {p, p->routes, p->in_tree};
	p->journal = rib->journal_count;
	if (!p->table->touched) {
		p->table->touched = true;
		p->table->next_touched = rib->touched;
		rib->touched = p->table;
	}
	return 0;
}

// The list the journal keeps is left alone, one made in this transaction is freed.
static void replace_routes(struct rib *rib, struct prefix *p, struct routes *routes) {
	struct routes *old = p->routes;
	prefix_assign(rib, p, routes);
	if (old != rib->journal[p->journal - 1].routes)
		routes_free(old);
}

static bool better(const struct route *a, const struct route *b) {
	if ((a->source == RIB_LOCAL) != (b->source == RIB_LOCAL))
		return a->source == RIB_LOCAL;
	if (a->preference != b->preference)
		return a->preference < b->preference;
	if (a->metric != b->metric)
		return a->metric < b->metric;
	if (a->source != b->source)
		return a->source < b->source;
	return a->discriminator < b->discriminator;
}

static inline bool
is_from(const struct route *r, uint8_t source, uint32_t discriminator) {
	return r->source == source && r->discriminator == discriminator;
}

// The list without the route of a source, with another one in its place if given.
static struct routes *routes_with(
	const struct routes *old, uint8_t source, uint32_t discriminator, struct route *added
) {
	unsigned most = (old != NULL ? old->n : 0) + 1;
	struct routes *routes = malloc(sizeof(*routes) + most * sizeof(routes->route[0]));
	if (routes == NULL)
		return NULL;
	routes->n = 0;
	for (unsigned i = 0; old != NULL && i < old->n; i++) {
		struct route *r = old->route[i];
		if (is_from(r, source, discriminator))
			continue;
		if (added != NULL && better(added, r)) {
			routes->route[routes->n++] = added;
			added = NULL;
		}
		r->refs++;
		routes->route[routes->n++] = r;
	}
	if (added != NULL)
		routes->route[routes->n++] = added;
	return routes;
}

static struct route *
route_of(const struct prefix *p, uint8_t source, uint32_t discriminator) {
	for (unsigned i = 0; p->routes != NULL && i < p->routes->n; i++)
		if (is_from(p->routes->route[i], source, discriminator))
			return p->routes->route[i];
	return NULL;
}

static bool key_valid(const struct rib_key *key) {
	struct rib_key masked = *key;
	if (key->family != FIB_IP4 && key->family != FIB_IP6)
		return false;
	if (key->length > fib_bits(key->family))
		return false;
	if (key->instance == 0 || key->instance > RIB_MAX_INSTANCE)
		return false;
	rib_key_mask(&masked);
	return memcmp(masked.address, key->address, sizeof(masked.address)) == 0;
}

int rib_set(
	struct rib *rib,
	const struct rib_key *key,
	uint8_t source,
	uint32_t discriminator,
	uint8_t preference,
	uint32_t metric,
	const struct rib_hop *hops,
	unsigned n
) {
	if (!key_valid(key) || n == 0 || n > RIB_MAX_HOPS)
		return -EINVAL;
	struct prefix *p = prefix_find(rib, key);
	struct route *old = p != NULL ? route_of(p, source, discriminator) : NULL;
	if (old != NULL && old->preference == preference && old->metric == metric && old->n == n
	    && memcmp(old->hops, hops, n * sizeof(*hops)) == 0) {
		old->seen = rib->transaction;
		return 0;
	}
	if (old == NULL && rib->routes >= rib->limits.routes)
		return -ENOSPC;
	struct route *route = malloc(sizeof(*route) + n * sizeof(*hops));
	if (route == NULL)
		return -ENOMEM;
	*route = (struct route) {
		.refs = 1,
		.discriminator = discriminator,
		.metric = metric,
		.source = source,
		.preference = preference,
		.n = n,
		.seen = rib->transaction,
	};
	memcpy(route->hops, hops, n * sizeof(*hops));
	struct routes *routes =
		routes_with(p != NULL ? p->routes : NULL, source, discriminator, route);
	if (routes == NULL) {
		free(route);
		return -ENOMEM;
	}
	bool is_new = p == NULL;
	if (is_new)
		p = prefix_new(rib, key);
	if (p == NULL || touch(rib, p) < 0) {
		routes_free(routes);
		if (is_new && p != NULL)
			prefix_free(rib, p);
		return -ENOMEM;
	}
	replace_routes(rib, p, routes);
	return 0;
}

static int prefix_remove_route(
	struct rib *rib, struct prefix *p, uint8_t source, uint32_t discriminator
) {
	struct routes *routes = NULL;
	if (p->routes->n > 1) {
		routes = routes_with(p->routes, source, discriminator, NULL);
		if (routes == NULL)
			return -ENOMEM;
	}
	int ret = touch(rib, p);
	if (ret < 0) {
		routes_free(routes);
		return ret;
	}
	replace_routes(rib, p, routes);
	return 0;
}

int rib_unset(
	struct rib *rib, const struct rib_key *key, uint8_t source, uint32_t discriminator
) {
	struct prefix *p = prefix_find(rib, key);
	if (p == NULL || route_of(p, source, discriminator) == NULL)
		return -ENOENT;
	return prefix_remove_route(rib, p, source, discriminator);
}

int rib_sweep(struct rib *rib, uint8_t source) {
	for (uint32_t b = 0; b < rib->bucket_count; b++) {
		for (struct prefix *p = rib->buckets[b]; p != NULL; p = p->chain) {
			for (unsigned i = 0; p->routes != NULL && i < p->routes->n;) {
				const struct route *r = p->routes->route[i];
				if (r->source != source || r->seen == rib->transaction) {
					i++;
					continue;
				}
				int ret = prefix_remove_route(rib, p, source, r->discriminator);
				if (ret < 0)
					return ret;
				i = 0;
			}
		}
	}
	return 0;
}

uint64_t rib_mark(const struct rib *rib) {
	return rib->transaction;
}

static const struct route *route_to_sweep(const struct prefix *p, const struct rib_sweep *sweep) {
	if (sweep->instance != 0 && sweep->instance != p->key.instance)
		return NULL;
	for (unsigned i = 0; p->routes != NULL && i < p->routes->n; i++) {
		const struct route *r = p->routes->route[i];
		if (rib_source_is_volatile(r->source) && r->discriminator == sweep->owner
		    && r->seen <= sweep->mark)
			return r;
	}
	return NULL;
}

// The position is a bucket. When the buckets double meanwhile, those behind it come to lie behind it, and
// some of those before it are only looked at again.
int rib_sweep_some(struct rib *rib, struct rib_sweep *sweep, unsigned quantum) {
	uint64_t removed = 0;
	unsigned looked = 0;

	for (; sweep->position < rib->bucket_count; sweep->position++, looked++) {
		if (removed >= quantum || looked >= quantum * 16) {
			sweep->removed += removed;
			return 1;
		}
		for (struct prefix *p = rib->buckets[sweep->position]; p != NULL; p = p->chain, looked++) {
			const struct route *r;
			while ((r = route_to_sweep(p, sweep)) != NULL) {
				int ret = prefix_remove_route(rib, p, r->source, r->discriminator);
				if (ret < 0)
					return ret;
				removed++;
			}
		}
	}
	sweep->removed += removed;
	return 0;
}

int rib_drop_instance(struct rib *rib, uint32_t instance) {
	const struct instance *found = instance <= RIB_MAX_INSTANCE ? rib->instances[instance] : NULL;
	if (found == NULL || found->table[0].prefixes + found->table[1].prefixes == 0)
		return 0;
	for (uint32_t b = 0; b < rib->bucket_count; b++) {
		for (struct prefix *p = rib->buckets[b]; p != NULL; p = p->chain) {
			if (p->key.instance != instance || p->routes == NULL)
				continue;
			int ret = touch(rib, p);
			if (ret < 0)
				return ret;
			replace_routes(rib, p, NULL);
		}
	}
	return 0;
}

int rib_drop_volatile(
	struct rib *rib,
	bool (*gone)(
		void *argument, const struct rib_key *key, const struct rib_hop *hops, unsigned n
	),
	void *argument
) {
	for (uint32_t b = 0; b < rib->bucket_count; b++) {
		for (struct prefix *p = rib->buckets[b]; p != NULL; p = p->chain) {
			for (unsigned i = 0; p->routes != NULL && i < p->routes->n;) {
				const struct route *r = p->routes->route[i];
				if (!rib_source_is_volatile(r->source)
				    || !gone(argument, &p->key, r->hops, r->n)) {
					i++;
					continue;
				}
				int ret = prefix_remove_route(rib, p, r->source, r->discriminator);
				if (ret < 0)
					return ret;
				i = 0;
			}
		}
	}
	return 0;
}

bool rib_has(
	const struct rib *rib, const struct rib_key *key, uint8_t source, uint32_t discriminator
) {
	const struct prefix *p = key_valid(key) ? prefix_find(rib, key) : NULL;
	return p != NULL && route_of(p, source, discriminator) != NULL;
}

static int touch_dependents(struct rib *rib, struct table *table) {
	for (struct prefix *p = table->dependents; p != NULL; p = p->next_dependent) {
		int ret = touch(rib, p);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int rib_interfaces_changed(struct rib *rib) {
	for (unsigned i = 1; i <= RIB_MAX_INSTANCE; i++) {
		struct instance *instance = rib->instances[i];
		for (unsigned f = 0; instance != NULL && f < 2; f++) {
			int ret = touch_dependents(rib, &instance->table[f]);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

// --- choosing -------------------------------------------------------------------------------------

// The connected route with the longest prefix that holds an address.
static const struct route *
connected_of(const struct rib *rib, const struct prefix *p, const uint8_t *address) {
	for (int length = fib_bits(p->key.family); length >= 0; length--) {
		if (p->table->connected[length] == 0)
			continue;
		struct rib_key key = {
			.instance = p->key.instance,
			.family = p->key.family,
			.length = length,
		};
		memcpy(key.address, address, address_bytes(key.family));
		rib_key_mask(&key);
		const struct prefix *found = prefix_find(rib, &key);
		for (unsigned i = 0; found != NULL && found->routes != NULL && i < found->routes->n; i++)
			if (found->routes->route[i]->source == RIB_CONNECTED)
				return found->routes->route[i];
	}
	return NULL;
}

// True if packets can be sent by this hop now.
static bool hop_resolve(
	struct rib *rib, const struct prefix *p, const struct rib_hop *hop, struct rib_next_hop *out
) {
	struct rib_interface interface;

	*out = (struct rib_next_hop) {
		.kind = hop->kind,
		.family = p->key.family,
		.weight = hop->weight != 0 ? hop->weight : 1,
		.interface = hop->interface,
	};
	switch (hop->kind) {
	case RIB_GATEWAY:
		memcpy(out->address, hop->address, sizeof(out->address));
		if (out->interface == 0) {
			const struct route *connected = connected_of(rib, p, hop->address);
			if (connected == NULL)
				return false;
			out->interface = connected->hops[0].interface;
		}
		break;
	case RIB_BLACKHOLE:
	case RIB_REJECT:
		out->interface = 0;
		return true;
	}
	if (!rib->hooks.interface(rib->context, out->interface, &interface) || !interface.usable)
		return false;
	out->slot = interface.slot;
	return interface.instance == p->key.instance;
}

// The group of the best route that has a usable hop; 0 if none has.
static int choose(struct rib *rib, const struct prefix *p, uint32_t *group) {
	struct rib_next_hop hops[RIB_MAX_HOPS];

	*group = FIB_NO_ROUTE;
	for (unsigned i = 0; p->routes != NULL && i < p->routes->n; i++) {
		const struct route *r = p->routes->route[i];
		unsigned n = 0;
		for (unsigned h = 0; h < r->n; h++)
			n += hop_resolve(rib, p, &r->hops[h], &hops[n]);
		if (n > 0)
			return group_get(rib, hops, n, group);
	}
	return 0;
}

// The longest prefix of the tree that covers this one within its node of the trie; what is further up
// the lookup has seen before it comes there.
static const struct prefix *cover_of(const struct rib *rib, const struct prefix *p) {
	struct rib_key key = p->key;
	int above = ((int)p->key.length - 1) / 8 * 8;
	for (int length = (int)p->key.length - 1; length > above; length--) {
		key.length = length;
		rib_key_mask(&key);
		const struct prefix *cover = prefix_find(rib, &key);
		if (cover != NULL && cover->in_tree != 0)
			return cover;
	}
	return NULL;
}

static int settle_prefix(struct rib *rib, struct prefix *p) {
	const struct entry *entry = &rib->journal[p->journal - 1];
	uint32_t group;
	int ret = choose(rib, p, &group);

	if (ret < 0)
		return ret;
	if (group == entry->in_tree) {
		if (group != 0)
			group_put(rib, group);
		return 0;
	}
	if (group != 0) {
		ret = fib_set(
			rib->txn, p->key.family, &p->table->next, p->key.address, p->key.length, group
		);
	} else {
		const struct prefix *cover = cover_of(rib, p);
		ret = fib_unset(
			rib->txn,
			p->key.family,
			&p->table->next,
			p->key.address,
			p->key.length,
			cover != NULL ? cover->in_tree : FIB_NO_ROUTE,
			cover != NULL ? cover->key.length : 0
		);
	}
	if (ret < 0) {
		if (group != 0 && group_put(rib, group))
			group_free(rib, group);
		return ret;
	}
	p->in_tree = group;
	return 0;
}

static bool connected_changed(const struct rib *rib, const struct table *table) {
	for (uint32_t i = 0; i < rib->journal_count; i++) {
		const struct entry *entry = &rib->journal[i];
		if (entry->prefix->table == table && entry->routes != entry->prefix->routes
		    && (routes_connected(entry->routes) || routes_connected(entry->prefix->routes)))
			return true;
	}
	return false;
}

int rib_settle(struct rib *rib) {
	int ret;
	rib->settled = true;
	for (struct table *table = rib->touched; table != NULL; table = table->next_touched)
		if (connected_changed(rib, table) && (ret = touch_dependents(rib, table)) < 0)
			return ret;
	for (uint32_t i = 0; i < rib->journal_count; i++) {
		ret = settle_prefix(rib, rib->journal[i].prefix);
		if (ret < 0)
			return ret;
	}
	for (struct table *table = rib->touched; table != NULL; table = table->next_touched)
		fib_txn_seal(rib->txn, &table->next);
	return 0;
}

struct fib_tree rib_tree(const struct rib *rib, uint32_t instance, enum fib_family family) {
	if (instance > RIB_MAX_INSTANCE || rib->instances[instance] == NULL)
		return (struct fib_tree) {0};
	return rib->instances[instance]->table[index_of(family)].next;
}

void rib_changed_trees(
	const struct rib *rib,
	void (*fn)(void *argument, uint32_t instance, enum fib_family family, struct fib_tree tree),
	void *argument
) {
	for (const struct table *table = rib->touched; table != NULL; table = table->next_touched) {
		bool is_ip6 = table == &rib->instances[table->instance]->table[index_of(FIB_IP6)];
		fn(argument, table->instance, is_ip6 ? FIB_IP6 : FIB_IP4, table->next);
	}
}

static void transaction_end(struct rib *rib) {
	for (struct table *table = rib->touched; table != NULL; table = table->next_touched)
		table->touched = false;
	rib->touched = NULL;
	rib->journal_count = 0;
	rib->txn = NULL;
	rib->context = NULL;
}

struct rib_garbage *rib_commit(struct rib *rib) {
	struct rib_garbage *garbage =
		malloc(sizeof(*garbage) + rib->journal_count * sizeof(garbage->groups[0]));
	struct fib_garbage *nodes = fib_txn_commit(rib->txn);

	if (garbage != NULL)
		*garbage = (struct rib_garbage) {.nodes = nodes};
	for (struct table *table = rib->touched; table != NULL; table = table->next_touched)
		table->now = table->next;
	for (uint32_t i = 0; i < rib->journal_count; i++) {
		struct entry *entry = &rib->journal[i];
		struct prefix *p = entry->prefix;
		if (entry->in_tree != p->in_tree && entry->in_tree != 0
		    && group_put(rib, entry->in_tree) && garbage != NULL)
			garbage->groups[garbage->n++] = entry->in_tree;
		if (entry->routes != p->routes)
			routes_free(entry->routes);
		p->journal = 0;
		if (p->routes == NULL)
			prefix_free(rib, p);
	}
	transaction_end(rib);
	return garbage;
}

void rib_reclaim(struct rib *rib, struct rib_garbage *garbage) {
	if (garbage == NULL)
		return;
	fib_reclaim(rib->pool, garbage->nodes);
	for (uint32_t i = 0; i < garbage->n; i++)
		group_free(rib, garbage->groups[i]);
	free(garbage);
}

void rib_abort(struct rib *rib) {
	for (uint32_t i = rib->journal_count; i-- > 0;) {
		struct entry *entry = &rib->journal[i];
		struct prefix *p = entry->prefix;
		if (entry->in_tree != p->in_tree && p->in_tree != 0 && group_put(rib, p->in_tree))
			group_free(rib, p->in_tree);
		p->in_tree = entry->in_tree;
		if (entry->routes != p->routes)
			replace_routes(rib, p, entry->routes);
		p->journal = 0;
		if (p->routes == NULL)
			prefix_free(rib, p);
	}
	for (struct table *table = rib->touched; table != NULL; table = table->next_touched)
		table->next = table->now;
	fib_txn_abort(rib->txn);
	transaction_end(rib);
}

// --- the rest -------------------------------------------------------------------------------------

struct rib *rib_new(const struct rib_limits *limits, const struct rib_hooks *hooks) {
	struct rib *rib = calloc(1, sizeof(*rib));
	if (rib == NULL)
		return NULL;
	rib->limits = *limits;
	rib->hooks = *hooks;
	rib->bucket_count = 1024;
	rib->group_bucket_count = 1024;
	while (rib->group_bucket_count < limits->groups)
		rib->group_bucket_count *= 2;
	rib->group_next = 1;
	rib->pool = fib_pool_new(limits->fib_bytes);
	rib->buckets = calloc(rib->bucket_count, sizeof(*rib->buckets));
	rib->groups = calloc((size_t)limits->groups + 1, sizeof(*rib->groups));
	rib->group_free = calloc((size_t)limits->groups + 1, sizeof(*rib->group_free));
	rib->group_chain = calloc((size_t)limits->groups + 1, sizeof(*rib->group_chain));
	rib->group_buckets = calloc(rib->group_bucket_count, sizeof(*rib->group_buckets));
	if (rib->pool == NULL || rib->buckets == NULL || rib->groups == NULL
	    || rib->group_free == NULL || rib->group_chain == NULL || rib->group_buckets == NULL) {
		rib_free(rib);
		errno = ENOMEM;
		return NULL;
	}
	return rib;
}

void rib_free(struct rib *rib) {
	if (rib == NULL)
		return;
	if (rib->txn != NULL)
		rib_abort(rib);
	for (uint32_t b = 0; rib->buckets != NULL && b < rib->bucket_count; b++) {
		while (rib->buckets[b] != NULL) {
			struct prefix *p = rib->buckets[b];
			if (p->in_tree != 0 && group_put(rib, p->in_tree))
				group_free(rib, p->in_tree);
			routes_free(p->routes);
			prefix_free(rib, p);
		}
	}
	for (unsigned i = 0; i <= RIB_MAX_INSTANCE; i++)
		free(rib->instances[i]);
	free(rib->journal);
	free(rib->buckets);
	free(rib->groups);
	free(rib->group_free);
	free(rib->group_chain);
	free(rib->group_buckets);
	fib_pool_free(rib->pool);
	free(rib);
}

const struct fib_pool *rib_pool(const struct rib *rib) {
	return rib->pool;
}

const struct rib_group *const *rib_groups(const struct rib *rib) {
	return rib->groups;
}

void rib_stats(const struct rib *rib, struct rib_stats *stats) {
	stats->prefixes = rib->prefixes;
	stats->routes = rib->routes;
	stats->groups = rib->group_count;
}

uint64_t rib_owned(const struct rib *rib, uint32_t owner) {
	return owner < RIB_MAX_OWNER ? rib->owned[owner] : 0;
}

static bool leads_to(const struct route *r, const struct rib_next_hop *to) {
	for (unsigned h = 0; h < r->n; h++) {
		const struct rib_hop *hop = &r->hops[h];
		if (hop->kind == to->kind && (hop->interface == 0 || hop->interface == to->interface)
		    && (hop->kind != RIB_GATEWAY
			|| memcmp(hop->address, to->address, sizeof(hop->address)) == 0))
			return true;
	}
	return false;
}

// The route that the tree has: the first with a usable hop was chosen.
static unsigned chosen(const struct routes *routes, const struct rib_group *group) {
	for (unsigned i = 0; i < routes->n; i++)
		if (leads_to(routes->route[i], &group->hops[0]))
			return i;
	return 0;
}

// Calls fn for the routes of a prefix, the first of which is at place *at, from `place` on. False if fn
// stopped before the one at *at.
static bool walk_prefix(
	const struct rib *rib,
	const struct prefix *p,
	uint32_t place,
	uint32_t *at,
	bool (*fn)(void *argument, const struct rib_route *route),
	void *argument
) {
	// What an open transaction changed is shown as it was.
	const struct entry *before = p->journal != 0 ? &rib->journal[p->journal - 1] : NULL;
	uint32_t in_tree = before != NULL ? before->in_tree : p->in_tree;
	const struct routes *routes = before != NULL ? before->routes : p->routes;
	const struct rib_group *group = in_tree != 0 ? rib->groups[in_tree] : NULL;
	unsigned n = routes != NULL ? routes->n : 0;
	unsigned active = n > 0 && group != NULL ? chosen(routes, group) : n;

	for (unsigned i = 0; i < n; i++, ++*at) {
		const struct route *r = routes->route[i];
		struct rib_route route = {
			.key = p->key,
			.source = r->source,
			.preference = r->preference,
			.active = i == active,
			.metric = r->metric,
			.discriminator = r->discriminator,
			.named = r->seen,
			.hops = r->hops,
			.n = r->n,
			.group = group,
		};
		if (*at >= place && !fn(argument, &route))
			return false;
	}
	return true;
}

bool rib_walk(
	const struct rib *rib,
	uint64_t *position,
	bool (*fn)(void *argument, const struct rib_route *route),
	void *argument
) {
	// Bucket and place among the routes of its chain.
	uint32_t bucket = *position >> 32, place = (uint32_t)*position;

	for (; bucket < rib->bucket_count; bucket++, place = 0) {
		uint32_t at = 0;
		for (const struct prefix *p = rib->buckets[bucket]; p != NULL; p = p->chain) {
			if (walk_prefix(rib, p, place, &at, fn, argument))
				continue;
			*position = (uint64_t)bucket << 32 | at;
			return true;
		}
	}
	*position = (uint64_t)bucket << 32;
	return false;
}

bool rib_walk_prefix(
	const struct rib *rib,
	const struct rib_key *key,
	uint64_t *position,
	bool (*fn)(void *argument, const struct rib_route *route),
	void *argument
) {
	const struct prefix *p = key_valid(key) ? prefix_find(rib, key) : NULL;
	uint32_t at = 0;

	if (p == NULL || walk_prefix(rib, p, *position, &at, fn, argument))
		return false;
	*position = at;
	return true;
}
