// The routes of all network instances, and the FIB trees made from them.
//
// Every prefix keeps the routes that its sources offer, best first. Changes happen inside one open
// transaction: they go into the store at once, with a journal to take them back, and `rib_settle`
// then chooses and resolves the best route of each touched prefix and brings the next trees to it.
// The trees of the running configuration stay as they are until the transaction commits, and nobody
// notices an abort. All calls belong to the control thread; the datapath reads trees and groups.
//
// What a FIB entry leads to is a group: one or more resolved next hops, found by number and shared by
// all prefixes with the same. Groups never change; a number is given to another group only after
// rib_reclaim.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fib.h"

#define RIB_MAX_HOPS 64
#define RIB_MAX_INSTANCE 65535

// Sources as ring.msg numbers them (enum route-source).
enum rib_source {
	RIB_CONNECTED = 0,
	RIB_STATIC = 1,
	// Between these: volatile, the discriminator is the owner.
	RIB_LOCAL = 255,
};

static inline bool rib_source_is_volatile(uint8_t source) {
	return source != RIB_CONNECTED && source != RIB_STATIC && source != RIB_LOCAL;
}

// The first four as ring.msg numbers them (enum next-hop-kind).
enum rib_kind {
	RIB_GATEWAY = 1,
	RIB_ON_LINK = 2, // the destination itself is on the interface
	RIB_BLACKHOLE = 3,
	RIB_REJECT = 4,
	RIB_TO_BOX = 5, // an address of ours
	RIB_BROADCAST = 6, // of a connected network
};

// As a source offers it.
struct rib_hop {
	uint8_t kind;
	uint8_t weight; // 0 counts as 1
	uint8_t pad[2];
	uint32_t interface; // 0: the connected prefix that holds the gateway tells
	uint8_t address[16]; // gateway, of the family of the prefix
};

// As the datapath uses it.
struct rib_next_hop {
	uint8_t kind;
	uint8_t family;
	uint8_t weight;
	uint8_t pad;
	uint16_t slot; // of the interface
	uint16_t pad2;
	uint32_t interface; // id
	uint32_t adjacency; // gateway: from the pin hook
	uint8_t address[16];
};
_Static_assert(sizeof(struct rib_next_hop) == 32, "half a cache line");

#define RIB_SPREAD 256

struct rib_group {
	uint32_t id;
	uint32_t refs;
	uint16_t n;
	uint16_t pad[3];
	const uint8_t *spread; // RIB_SPREAD places, each the index of a hop, by weight; n > 1
	uint64_t hash;
	struct rib_next_hop hops[];
};

struct rib_interface {
	bool usable; // packets can leave by it
	uint16_t slot;
	uint32_t instance;
};

// What the store needs to know of the world.
struct rib_hooks {
	// An interface as the next configuration has it; false: there is none.
	bool (*interface)(void *context, uint32_t id, struct rib_interface *found);
	// A neighbor that routes lead to: the number the datapath finds it by, 0 if the table is full.
	uint32_t (*pin)(void *context, uint32_t interface, uint8_t family, const uint8_t *address);
	void (*unpin)(void *context, uint32_t adjacency);
};

struct rib_limits {
	uint32_t routes;
	uint32_t groups;
	size_t fib_bytes;
};

struct rib;

struct rib *rib_new(const struct rib_limits *limits, const struct rib_hooks *hooks);
void rib_free(struct rib *rib);

// The context is what the hooks get until the transaction ends. -EBUSY: one is open.
int rib_begin(struct rib *rib, void *context);
bool rib_is_open(const struct rib *rib);

struct rib_key {
	uint32_t instance; // 1 .. RIB_MAX_INSTANCE
	uint8_t family; // 4 or 6
	uint8_t length;
	uint8_t address[16]; // bits behind the length are zero
};

// Zeroes the bits behind the length.
void rib_key_mask(struct rib_key *key);

// Sets or replaces the route of a source; discriminator tells several routes of one source apart
// (connected: the interface). -ENOSPC when full, -EINVAL, -ENOMEM.
int rib_set(
	struct rib *rib,
	const struct rib_key *key,
	uint8_t source,
	uint32_t discriminator,
	uint8_t preference,
	uint32_t metric,
	const struct rib_hop *hops,
	unsigned n
);
// -ENOENT if it is not there.
int rib_unset(
	struct rib *rib, const struct rib_key *key, uint8_t source, uint32_t discriminator
);
// Removes every route of a source that no rib_set of this transaction named.
int rib_sweep(struct rib *rib, uint8_t source);
// A mark: what was set before it can be told from what is set afterwards.
uint64_t rib_mark(const struct rib *rib);
struct rib_sweep {
	uint32_t owner;
	uint32_t instance; // 0: all
	uint64_t mark; // routes not named since; UINT64_MAX: all
	uint64_t position; // begins as 0
	uint64_t removed;
};
// Removes volatile routes of an owner, at most about `quantum` of them or 16 times as many prefixes looked
// at: 1 while there is more, 0 when done. What is set between two calls counts as named. The cost of a
// whole sweep follows the number of all prefixes, not that of the owner's.
int rib_sweep_some(struct rib *rib, struct rib_sweep *sweep, unsigned quantum);
// Removes every route of an instance.
int rib_drop_instance(struct rib *rib, uint32_t instance);
// Removes the volatile routes of which `gone` says so. Looks at all prefixes.
int rib_drop_volatile(
	struct rib *rib,
	bool (*gone)(
		void *argument, const struct rib_key *key, const struct rib_hop *hops, unsigned n
	),
	void *argument
);
// True if a source offers a route to the prefix, by what the open transaction has done so far.
bool rib_has(
	const struct rib *rib, const struct rib_key *key, uint8_t source, uint32_t discriminator
);
// Interfaces changed: whatever is resolved over them is resolved again.
int rib_interfaces_changed(struct rib *rib);

// Calls fn for the routes that the open transaction set or replaced, until it returns false; then that.
bool rib_changed_routes(
	const struct rib *rib,
	uint8_t source,
	bool (*fn)(
		void *argument, const struct rib_key *key, const struct rib_hop *hops, unsigned n
	),
	void *argument
);

// Chooses, resolves and writes the next trees; once, at the end of the transaction.
int rib_settle(struct rib *rib);

// The tree that settle made (or left), for the next face.
struct fib_tree rib_tree(const struct rib *rib, uint32_t instance, enum fib_family family);

// Calls fn for each tree that settle changed, or may have.
void rib_changed_trees(
	const struct rib *rib,
	void (*fn)(void *argument, uint32_t instance, enum fib_family family, struct fib_tree tree),
	void *argument
);

struct rib_garbage;

// Ends the transaction. What is returned goes to rib_reclaim when the former trees have no reader.
struct rib_garbage *rib_commit(struct rib *rib);
void rib_reclaim(struct rib *rib, struct rib_garbage *garbage);
void rib_abort(struct rib *rib);

const struct fib_pool *rib_pool(const struct rib *rib);
// Indexed by what a lookup returns; valid as long as the rib.
const struct rib_group *const *rib_groups(const struct rib *rib);

struct rib_stats {
	uint32_t prefixes, routes, groups;
};
void rib_stats(const struct rib *rib, struct rib_stats *stats);

// Volatile routes of an owner below RIB_MAX_OWNER.
#define RIB_MAX_OWNER 64
uint64_t rib_owned(const struct rib *rib, uint32_t owner);

// A route as it was offered, and what became of it.
struct rib_route {
	struct rib_key key;
	uint8_t source;
	uint8_t preference;
	bool active; // the FIB leads where this one does
	uint32_t metric;
	uint32_t discriminator; // the owner, of a volatile one
	uint64_t named; // rib_mark is higher from the next transaction on
	const struct rib_hop *hops;
	unsigned n;
	const struct rib_group *group; // of the FIB; NULL: the prefix is not in it
};

// Routes of the running configuration, a few at a time: calls fn for those at *position and moves it on.
// False when all were seen. fn returns false to stop before the route (it comes again).
bool rib_walk(
	const struct rib *rib,
	uint64_t *position,
	bool (*fn)(void *argument, const struct rib_route *route),
	void *argument
);
// The same for one prefix.
bool rib_walk_prefix(
	const struct rib *rib,
	const struct rib_key *key,
	uint64_t *position,
	bool (*fn)(void *argument, const struct rib_route *route),
	void *argument
);
