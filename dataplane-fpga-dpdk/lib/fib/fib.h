// Longest prefix match for IPv4 and IPv6, as a persistent trie.
//
// A tree is a value of two words. A transaction makes the next tree out of the present one by
// copying only the nodes between the root and what it changes; everything else is shared, so a
// change of one route costs a handful of nodes whatever the size of the table, and two faces of a
// worker hold two complete tables for the price of their difference. Readers need no lock: nodes
// that a reader can see never change. What a commit replaced is handed back as a list, to be freed
// when no reader can be inside it any more.
//
// The shape: 8 bits a level, paths without a branch left out (a node says where it stands and what
// leads to it, and a lookup compares), and a node keeps a bitmap with the runs of equal entries
// stored once. An entry holds the next hop of the longest prefix that ends in this node *and* the
// child, if there is one; the lookup carries the best next hop seen so far downwards. Hence nothing
// is pushed from a short prefix into the nodes below it: a new default route is one store.
//
// A transaction's own nodes are kept unpacked (all 256 entries) while it lasts; fib_txn_seal packs
// them. One transaction is open at a time in a pool, in one thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// 0 is "no route"; next hops are 1 .. FIB_NEXTHOP_MAX.
#define FIB_NO_ROUTE 0u
#define FIB_NEXTHOP_MAX ((1u << 28) - 1)

struct fib_pool;
struct fib_txn;

// A table of one address family. All zero is the empty table.
struct fib_tree {
	_Alignas(8) uint32_t root; // both are read and written as one word
	uint32_t fallback; // next hop of the prefix of length 0
};

enum fib_family {
	FIB_IP4 = 4,
	FIB_IP6 = 6,
};

static inline unsigned fib_bits(enum fib_family family) {
	return family == FIB_IP4 ? 32 : 128;
}

// max_bytes bounds the memory of all nodes; it is reserved, and used only when needed.
struct fib_pool *fib_pool_new(size_t max_bytes);
void fib_pool_free(struct fib_pool *pool);

struct fib_pool_stats {
	size_t used_bytes; // of nodes alive, in transactions and retired ones too
	size_t peak_bytes; // ever taken from the system
	uint64_t nodes;
};
void fib_pool_stats(const struct fib_pool *pool, struct fib_pool_stats *stats);

// NULL with errno EBUSY while another one is open, or ENOMEM.
struct fib_txn *fib_txn_begin(struct fib_pool *pool);

// Sets the next hop of a prefix, or replaces it. -ENOSPC: no node left, the tree is as before.
int fib_set(
	struct fib_txn *txn,
	enum fib_family family,
	struct fib_tree *tree,
	const uint8_t *prefix,
	unsigned length,
	uint32_t nexthop
);

// Removes a prefix that is in the tree. cover is the longest other prefix in the tree that covers it
// (cover_length < length), or cover_nexthop is FIB_NO_ROUTE.
int fib_unset(
	struct fib_txn *txn,
	enum fib_family family,
	struct fib_tree *tree,
	const uint8_t *prefix,
	unsigned length,
	uint32_t cover_nexthop,
	unsigned cover_length
);

// Drops a whole tree: its nodes are retired (or freed at once, those of this transaction).
// May fail with -ENOMEM only before anything was done.
int fib_clear(struct fib_txn *txn, struct fib_tree *tree);

// Packs the nodes this transaction made. Call once for each tree it changed, before readers see it.
void fib_txn_seal(struct fib_txn *txn, struct fib_tree *tree);

// Nodes that only readers of the former trees can still be in.
struct fib_garbage;

// Ends the transaction: its trees are what is valid now. The garbage (NULL if there is none) is to
// be given to fib_reclaim once every reader has left the former trees.
struct fib_garbage *fib_txn_commit(struct fib_txn *txn);
void fib_reclaim(struct fib_pool *pool, struct fib_garbage *garbage);

// Ends the transaction: its nodes are freed, the trees it started from are untouched.
void fib_txn_abort(struct fib_txn *txn);

// Lookups. Any thread, against any tree that was committed (or by the owner of the transaction, its
// own). n is at most FIB_BURST.
#define FIB_BURST 64
// Addresses in host order.
void fib_lookup4(
	const struct fib_pool *pool,
	const struct fib_tree *tree,
	const uint32_t *addresses,
	uint32_t *nexthops,
	unsigned n
);
void fib_lookup6(
	const struct fib_pool *pool,
	const struct fib_tree *tree,
	const uint8_t *const *addresses,
	uint32_t *nexthops,
	unsigned n
);
// One address in network order, for the control side.
uint32_t fib_lookup(
	const struct fib_pool *pool,
	enum fib_family family,
	const struct fib_tree *tree,
	const uint8_t *address
);
