// Which route wins, what it resolves to, and that a transaction taken back leaves no trace.
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rib.h"

#define VRF 3
#define INTERFACES 8

static struct rib_interface interfaces[INTERFACES]; // by id; 0 is nobody's
static unsigned pins;
static uint32_t pins_left;

static bool find_interface(void *context, uint32_t id, struct rib_interface *found) {
	if (id == 0 || id >= INTERFACES || interfaces[id].slot == 0)
		return false;
	*found = interfaces[id];
	return true;
}

static uint32_t pin(void *context, uint32_t interface, uint8_t family, const uint8_t *address) {
	if (pins_left == 0)
		return 0;
	pins_left--;
	return 100 + pins++;
}

static void unpin(void *context, uint32_t adjacency) {
	pins--;
	pins_left++;
}

static const struct rib_hooks hooks = {find_interface, pin, unpin};
static struct rib *rib;

static int set_up(void **state) {
	struct rib_limits limits = {.routes = 5000, .groups = 2000, .fib_bytes = 64 << 20};
	for (unsigned i = 1; i < INTERFACES; i++)
		interfaces[i] = (struct rib_interface) {true, 10 + i, VRF};
	pins = 0;
	pins_left = 10000;
	rib = rib_new(&limits, &hooks);
	return rib == NULL;
}

static int tear_down(void **state) {
	rib_free(rib);
	return pins != 0; // every neighbor was let go
}

static struct rib_key key_of(const char *text, unsigned length) {
	struct rib_key key = {.instance = VRF, .length = length};
	key.family = strchr(text, ':') != NULL ? FIB_IP6 : FIB_IP4;
	assert_int_equal(inet_pton(key.family == FIB_IP6 ? AF_INET6 : AF_INET, text, key.address), 1);
	return key;
}

static struct rib_hop gateway(const char *address, uint32_t interface) {
	struct rib_hop hop = {.kind = RIB_GATEWAY, .interface = interface};
	assert_int_equal(
		inet_pton(strchr(address, ':') ? AF_INET6 : AF_INET, address, hop.address), 1
	);
	return hop;
}

static int set(const char *text, unsigned length, uint8_t preference, struct rib_hop hop) {
	struct rib_key key = key_of(text, length);
	return rib_set(rib, &key, RIB_STATIC, 0, preference, 0, &hop, 1);
}

static void attach(const char *text, unsigned length, uint32_t interface) {
	struct rib_key key = key_of(text, length);
	struct rib_hop hop = {.kind = RIB_ON_LINK, .interface = interface};
	assert_int_equal(rib_set(rib, &key, RIB_CONNECTED, interface, 0, 0, &hop, 1), 0);
}

static void detach(const char *text, unsigned length, uint32_t interface) {
	struct rib_key key = key_of(text, length);
	assert_int_equal(rib_unset(rib, &key, RIB_CONNECTED, interface), 0);
}

static int unset(const char *text, unsigned length) {
	struct rib_key key = key_of(text, length);
	return rib_unset(rib, &key, RIB_STATIC, 0);
}

static void begin(void) {
	assert_int_equal(rib_begin(rib, NULL), 0);
}

static void commit(void) {
	assert_int_equal(rib_settle(rib), 0);
	rib_reclaim(rib, rib_commit(rib));
}

static const struct rib_group *look(const char *address) {
	struct rib_key key = key_of(address, 0);
	struct fib_tree tree = rib_tree(rib, VRF, key.family);
	uint32_t id = fib_lookup(rib_pool(rib), key.family, &tree, key.address);
	return id != FIB_NO_ROUTE ? rib_groups(rib)[id] : NULL;
}

static void assert_gateway(const char *destination, const char *address, uint32_t interface) {
	const struct rib_group *group = look(destination);
	uint8_t bytes[16] = {0};
	assert_non_null(group);
	assert_int_equal(group->hops[0].kind, RIB_GATEWAY);
	inet_pton(strchr(address, ':') ? AF_INET6 : AF_INET, address, bytes);
	assert_memory_equal(group->hops[0].address, bytes, 16);
	assert_int_equal(group->hops[0].interface, interface);
	assert_int_equal(group->hops[0].slot, 10 + interface);
	assert_int_not_equal(group->hops[0].adjacency, 0);
}

/* R40 */
static void the_best_route_changes_when_its_source_withdraws(void **state) {
	struct rib_key key = key_of("203.0.113.0", 24);
	struct rib_hop first = gateway("10.0.0.1", 0), second = gateway("10.0.0.2", 0);

	begin();
	attach("10.0.0.0", 24, 1);
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 5, 0, &first, 1), 0);
	assert_int_equal(rib_set(rib, &key, 7, 0, 110, 0, &second, 1), 0);
	commit();
	assert_gateway("203.0.113.9", "10.0.0.1", 1);

	begin();
	assert_int_equal(rib_unset(rib, &key, RIB_STATIC, 0), 0);
	assert_int_equal(rib_unset(rib, &key, RIB_STATIC, 0), -ENOENT);
	commit();
	assert_gateway("203.0.113.9", "10.0.0.2", 1);

	begin(); // equal preference: the metric decides
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 110, 1, &first, 1), 0);
	commit();
	assert_gateway("203.0.113.9", "10.0.0.2", 1);
	begin();
	assert_int_equal(rib_set(rib, &key, 7, 0, 110, 2, &second, 1), 0);
	commit();
	assert_gateway("203.0.113.9", "10.0.0.1", 1);
}

/* R40 */
static void a_gateway_follows_the_connected_prefix_that_holds_it(void **state) {
	begin();
	assert_int_equal(set("2001:db8:9::", 48, 1, gateway("2001:db8:1::7", 0)), 0);
	commit();
	assert_null(look("2001:db8:9::1")); // nothing leads to the gateway yet

	begin();
	attach("2001:db8::", 32, 2);
	commit();
	assert_gateway("2001:db8:9::1", "2001:db8:1::7", 2);
	begin();
	attach("2001:db8:1::", 64, 3); // more specific
	commit();
	assert_gateway("2001:db8:9::1", "2001:db8:1::7", 3);
	begin();
	detach("2001:db8:1::", 64, 3);
	detach("2001:db8::", 32, 2);
	commit();
	assert_null(look("2001:db8:9::1"));
}

/* R40 */
static void a_route_over_an_unusable_interface_gives_way(void **state) {
	begin();
	assert_int_equal(set("198.51.100.0", 24, 1, gateway("10.0.0.1", 4)), 0);
	assert_int_equal(set("0.0.0.0", 0, 1, (struct rib_hop) {.kind = RIB_REJECT}), 0);
	commit();
	assert_gateway("198.51.100.1", "10.0.0.1", 4);

	interfaces[4].usable = false;
	begin();
	assert_int_equal(rib_interfaces_changed(rib), 0);
	commit();
	assert_int_equal(look("198.51.100.1")->hops[0].kind, RIB_REJECT);

	interfaces[4].usable = true;
	interfaces[4].instance = VRF + 1; // never into another instance
	begin();
	assert_int_equal(rib_interfaces_changed(rib), 0);
	commit();
	assert_int_equal(look("198.51.100.1")->hops[0].kind, RIB_REJECT);
}

/* R40 */
static void several_hops_share_by_weight(void **state) {
	struct rib_key key = key_of("192.0.2.0", 24);
	struct rib_hop hops[3] = {
		gateway("10.0.0.1", 1), gateway("10.0.0.2", 1), gateway("10.9.0.1", 0)
	};
	unsigned shares[3] = {0};

	hops[1].weight = 3;
	begin();
	attach("10.0.0.0", 24, 1);
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, hops, 3), 0);
	commit();
	const struct rib_group *group = look("192.0.2.1");
	assert_int_equal(group->n, 2); // nothing leads to the third
	for (unsigned i = 0; i < RIB_SPREAD; i++)
		shares[group->spread[i]]++;
	assert_int_equal(shares[0], 64);
	assert_int_equal(shares[1], 192);

	// Extreme weights leave nobody out.
	for (unsigned i = 0; i < 3; i++)
		hops[i].weight = i == 1 ? 255 : 1;
	begin();
	attach("10.9.0.0", 24, 2);
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, hops, 3), 0);
	commit();
	group = look("192.0.2.1");
	memset(shares, 0, sizeof(shares));
	for (unsigned i = 0; i < RIB_SPREAD; i++)
		shares[group->spread[i]]++;
	assert_int_equal(shares[0], 1);
	assert_int_equal(shares[1], 254);
	assert_int_equal(shares[2], 1);
}

/* R40 */
static void an_address_of_ours_wins_over_everything(void **state) {
	struct rib_key key = key_of("10.0.0.1", 32);
	struct rib_hop box = {.kind = RIB_TO_BOX, .interface = 1};
	begin();
	assert_int_equal(set("10.0.0.1", 32, 0, gateway("10.0.0.2", 1)), 0);
	attach("10.0.0.1", 32, 1);
	assert_int_equal(rib_set(rib, &key, RIB_LOCAL, 1, 255, 9, &box, 1), 0);
	commit();
	assert_int_equal(look("10.0.0.1")->hops[0].kind, RIB_TO_BOX);
}

/* R40 */
static void the_same_hops_are_one_group(void **state) {
	struct rib_stats stats;
	begin();
	assert_int_equal(set("198.51.100.0", 24, 1, gateway("10.0.0.1", 1)), 0);
	assert_int_equal(set("203.0.113.0", 24, 1, gateway("10.0.0.1", 1)), 0);
	commit();
	assert_ptr_equal(look("198.51.100.1"), look("203.0.113.1"));
	rib_stats(rib, &stats);
	assert_int_equal(stats.groups, 1);
	assert_int_equal(pins, 1);
	begin();
	assert_int_equal(unset("198.51.100.0", 24), 0);
	assert_int_equal(unset("203.0.113.0", 24), 0);
	commit();
	rib_stats(rib, &stats);
	assert_int_equal(stats.groups, 0);
	assert_int_equal(stats.prefixes, 0);
	assert_int_equal(pins, 0);
}

/* R40 R65 */
static void an_abort_leaves_no_trace(void **state) {
	begin();
	attach("10.0.0.0", 24, 1);
	assert_int_equal(set("198.51.100.0", 24, 1, gateway("10.0.0.1", 0)), 0);
	commit();
	struct fib_tree before = rib_tree(rib, VRF, FIB_IP4), after;
	const struct rib_group *group = look("198.51.100.1");

	begin();
	assert_int_equal(set("198.51.100.0", 24, 1, gateway("10.0.0.7", 0)), 0);
	assert_int_equal(set("198.51.100.0", 24, 1, gateway("10.0.0.8", 0)), 0);
	assert_int_equal(set("203.0.113.0", 24, 1, gateway("10.0.0.9", 0)), 0);
	detach("10.0.0.0", 24, 1);
	assert_int_equal(rib_settle(rib), 0);
	assert_null(look("198.51.100.1"));
	rib_abort(rib);

	after = rib_tree(rib, VRF, FIB_IP4);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_ptr_equal(look("198.51.100.1"), group);
	assert_int_equal(pins, 1);
	begin();
	assert_int_equal(unset("203.0.113.0", 24), -ENOENT);
	detach("10.0.0.0", 24, 1); // recursion still knows what hangs on it
	commit();
	assert_null(look("198.51.100.1"));
}

/* R40 */
static void a_sweep_removes_what_was_not_named(void **state) {
	begin();
	assert_int_equal(set("198.51.100.0", 24, 1, gateway("10.0.0.1", 1)), 0);
	assert_int_equal(set("203.0.113.0", 24, 1, gateway("10.0.0.1", 1)), 0);
	commit();
	begin();
	assert_int_equal(set("203.0.113.0", 24, 1, gateway("10.0.0.1", 1)), 0);
	assert_int_equal(rib_sweep(rib, RIB_STATIC), 0);
	commit();
	assert_null(look("198.51.100.1"));
	assert_non_null(look("203.0.113.1"));
	begin();
	assert_int_equal(rib_drop_instance(rib, VRF), 0);
	commit();
	assert_null(look("203.0.113.1"));
}

/* R40 */
static void limits_are_refused_and_the_rest_stays(void **state) {
	struct rib_key key = key_of("198.51.100.0", 24);
	struct rib_hop hop = gateway("10.0.0.1", 1);

	assert_int_equal(rib_begin(rib, NULL), 0);
	assert_int_equal(rib_begin(rib, NULL), -EBUSY);
	key.address[3] = 1; // bits behind the length
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, &hop, 1), -EINVAL);
	key = key_of("198.51.100.0", 24);
	key.length = 33;
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, &hop, 1), -EINVAL);
	key.length = 24;
	key.instance = 0;
	assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, &hop, 1), -EINVAL);
	pins_left = 0;
	assert_int_equal(set("198.51.100.0", 24, 1, hop), 0);
	assert_int_equal(rib_settle(rib), -ENOSPC); // no room for the neighbor
	rib_abort(rib);
	assert_null(look("198.51.100.1"));

	begin();
	for (uint32_t i = 0; i < 5000; i++) {
		uint8_t address[16] = {100, i >> 8, i};
		key = key_of("198.51.100.0", 24);
		memcpy(key.address, address, 16);
		hop.kind = RIB_BLACKHOLE;
		assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, &hop, 1), 0);
	}
	assert_int_equal(set("203.0.113.0", 24, 1, hop), -ENOSPC);
	rib_abort(rib);
}

struct seen {
	unsigned n, most;
};

static bool count_route(void *argument, const struct rib_route *route) {
	struct seen *seen = argument;
	if (seen->most-- == 0)
		return false;
	assert_int_equal(route->group->hops[0].kind, RIB_BLACKHOLE);
	assert_int_equal(route->source, RIB_STATIC);
	assert_true(route->active);
	seen->n++;
	return true;
}

/* R40 */
static void a_walk_in_parts_sees_every_route_once(void **state) {
	begin();
	for (unsigned i = 0; i < 3000; i++) {
		struct rib_key key = {VRF, FIB_IP4, 24, {10, i >> 8, i}};
		struct rib_hop hop = {.kind = RIB_BLACKHOLE};
		assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 1, 0, &hop, 1), 0);
	}
	commit();
	struct seen seen = {0};
	uint64_t position = 0;
	do {
		seen.most = 7;
	} while (rib_walk(rib, &position, count_route, &seen));
	assert_int_equal(seen.n, 3000);
}

#define BGP 6
#define OSPF 5

static int offer(uint32_t owner, uint8_t source, const char *text, unsigned length, uint8_t preference) {
	struct rib_key key = key_of(text, length);
	struct rib_hop hop = {.kind = RIB_BLACKHOLE};
	return rib_set(rib, &key, source, owner, preference, 0, &hop, 1);
}

struct offers {
	unsigned n, active;
	uint32_t owner; // of the last active one
};

static bool count_offer(void *argument, const struct rib_route *route) {
	struct offers *offers = argument;
	offers->n++;
	if (route->active) {
		offers->active++;
		offers->owner = route->discriminator;
	}
	return true;
}

static struct offers offers(void) {
	struct offers found = {0};
	uint64_t position = 0;
	assert_false(rib_walk(rib, &position, count_offer, &found));
	return found;
}

/* R36 R40 */
static void routes_of_owners_compete_and_each_is_kept(void **state) {
	begin();
	assert_int_equal(offer(2, BGP, "203.0.113.0", 24, 20), 0);
	assert_int_equal(offer(2, OSPF, "203.0.113.0", 24, 110), 0);
	assert_int_equal(offer(3, BGP, "203.0.113.0", 24, 15), 0);
	assert_int_equal(set("203.0.113.0", 24, 200, gateway("10.0.0.1", 1)), 0);
	commit();
	struct offers found = offers();
	assert_int_equal(found.n, 4);
	assert_int_equal(found.active, 1);
	assert_int_equal(found.owner, 3);
	assert_int_equal(rib_owned(rib, 2), 2);
	assert_int_equal(rib_owned(rib, 3), 1);

	begin();
	struct rib_key key = key_of("203.0.113.0", 24);
	assert_int_equal(rib_unset(rib, &key, BGP, 3), 0);
	rib_abort(rib);
	assert_int_equal(rib_owned(rib, 3), 1);

	begin();
	assert_int_equal(rib_unset(rib, &key, BGP, 3), 0);
	assert_int_equal(rib_unset(rib, &key, BGP, 3), -ENOENT);
	commit();
	assert_int_equal(rib_owned(rib, 3), 0);
	assert_int_equal(offers().owner, 2);
}

static int sweep_parts(struct rib_sweep *sweep, unsigned quantum, unsigned grow) {
	unsigned parts = 0;
	int more;
	do {
		begin();
		// What comes in the middle of a sweep stays, also when the buckets double under it.
		for (unsigned i = 0; i < grow; i++) {
			struct rib_key key = {VRF, FIB_IP4, 32, {172, parts >> 8, parts, i}};
			struct rib_hop hop = {.kind = RIB_BLACKHOLE};
			assert_int_equal(rib_set(rib, &key, BGP, 2, 1, 0, &hop, 1), 0);
		}
		more = rib_sweep_some(rib, sweep, quantum);
		assert_true(more >= 0);
		commit();
		parts++;
	} while (more == 1);
	return parts;
}

/* R36 R63 */
static void a_sweep_in_parts_takes_what_was_not_told_again(void **state) {
	begin();
	for (unsigned i = 0; i < 1000; i++) {
		struct rib_key key = {VRF, FIB_IP4, 24, {10, i >> 8, i}};
		struct rib_hop hop = {.kind = RIB_BLACKHOLE};
		assert_int_equal(rib_set(rib, &key, BGP, 2, 1, 0, &hop, 1), 0);
		assert_int_equal(rib_set(rib, &key, BGP, 3, 2, 0, &hop, 1), 0);
		if (i % 2 == 0)
			assert_int_equal(rib_set(rib, &key, RIB_STATIC, 0, 3, 0, &hop, 1), 0);
	}
	commit();
	struct rib_sweep sweep = {.owner = 2, .mark = rib_mark(rib)};
	begin();
	for (unsigned i = 0; i < 1000; i += 3) {
		struct rib_key key = {VRF, FIB_IP4, 24, {10, i >> 8, i}};
		struct rib_hop hop = {.kind = RIB_BLACKHOLE};
		assert_int_equal(rib_set(rib, &key, BGP, 2, 1, 0, &hop, 1), 0);
	}
	commit();
	int parts = sweep_parts(&sweep, 16, 20);
	assert_true(parts > 20);
	assert_int_equal(sweep.removed, 666);
	assert_int_equal(rib_owned(rib, 2), 334 + 20 * parts);
	assert_int_equal(rib_owned(rib, 3), 1000);

	// And of one instance, or everything.
	struct rib_sweep other = {.owner = 3, .instance = VRF + 1, .mark = rib_mark(rib)};
	sweep_parts(&other, 64, 0);
	assert_int_equal(rib_owned(rib, 3), 1000);
	struct rib_sweep all = {.owner = 3, .instance = VRF, .mark = rib_mark(rib)};
	sweep_parts(&all, 64, 0);
	assert_int_equal(rib_owned(rib, 3), 0);
	struct rib_stats stats;
	rib_stats(rib, &stats);
	assert_int_equal(stats.routes, 500 + 334 + 20 * parts);
}

/* R40 R43 */
static void random_transactions_agree_with_a_plain_table(void **state) {
	// 64 prefixes 10.x.0.0/n that nest; for each, the hop's last byte of two sources, 0: none.
	static struct { uint8_t hop[2]; } now[64], next[64];
	uint64_t seed = 4711;

	begin();
	attach("172.16.0.0", 24, 1);
	commit();
	for (unsigned round = 0; round < 3000; round++) {
		begin();
		memcpy(next, now, sizeof(now));
		for (unsigned i = 0; i < 8; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			unsigned which = (seed >> 33) % 64, source = (seed >> 40) % 2;
			uint8_t hop = (seed >> 45) % 4 * ((seed >> 50) % 2);
			struct rib_key key = {
				VRF, FIB_IP4, 9 + which % 16, {10, which / 16 * 64 + which % 16}
			};
			rib_key_mask(&key);
			which = which / 16 * 16 + which % 16;
			if (hop == 0) {
				int ret = rib_unset(rib, &key, 1 + source, which);
				assert_int_equal(ret, next[which].hop[source] ? 0 : -ENOENT);
			} else {
				struct rib_hop via = {.kind = RIB_GATEWAY, .address = {172, 16, 0, hop}};
				assert_int_equal(
					rib_set(rib, &key, 1 + source, which, source, 0, &via, 1), 0
				);
			}
			next[which].hop[source] = hop;
		}
		assert_int_equal(rib_settle(rib), 0);
		if (seed >> 60 < 5) {
			rib_abort(rib);
		} else {
			rib_reclaim(rib, rib_commit(rib));
			memcpy(now, next, sizeof(now));
		}
		for (unsigned probe = 0; probe < 256; probe++) {
			uint8_t address[16] = {10, probe, probe * 7};
			int best = -1, length = -1;
			for (unsigned which = 0; which < 64; which++) {
				struct rib_key key = {
					VRF,
					FIB_IP4,
					9 + which % 16,
					{10, which / 16 * 64 + which % 16},
				};
				struct rib_key hit = key;
				rib_key_mask(&key);
				memcpy(hit.address, address, 16);
				rib_key_mask(&hit);
				if (memcmp(hit.address, key.address, 16) != 0
				    || (now[which].hop[0] | now[which].hop[1]) == 0)
					continue;
				if (key.length < length)
					continue;
				// Same prefix from different `which`: preference, then number.
				int candidate = now[which].hop[0] ? which : 64 + which;
				if (key.length > length || candidate < best) {
					best = candidate;
					length = key.length;
				}
			}
			struct fib_tree tree = rib_tree(rib, VRF, FIB_IP4);
			uint32_t id = fib_lookup(rib_pool(rib), FIB_IP4, &tree, address);
			if (best < 0) {
				assert_int_equal(id, FIB_NO_ROUTE);
				continue;
			}
			uint8_t hop = best < 64 ? now[best].hop[0] : now[best - 64].hop[1];
			assert_int_not_equal(id, FIB_NO_ROUTE);
			assert_int_equal(rib_groups(rib)[id]->hops[0].address[3], hop);
		}
	}
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_best_route_changes_when_its_source_withdraws),
		TEST(a_gateway_follows_the_connected_prefix_that_holds_it),
		TEST(a_route_over_an_unusable_interface_gives_way),
		TEST(several_hops_share_by_weight),
		TEST(an_address_of_ours_wins_over_everything),
		TEST(the_same_hops_are_one_group),
		TEST(an_abort_leaves_no_trace),
		TEST(a_sweep_removes_what_was_not_named),
		TEST(limits_are_refused_and_the_rest_stays),
		TEST(a_walk_in_parts_sees_every_route_once),
		TEST(routes_of_owners_compete_and_each_is_kept),
		TEST(a_sweep_in_parts_takes_what_was_not_told_again),
		TEST(random_transactions_agree_with_a_plain_table),
	};
	return cmocka_run_group_tests_name("rib", tests, NULL, NULL);
}
