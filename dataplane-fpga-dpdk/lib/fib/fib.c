#include "fib.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define UNIT 64u // a cache line: blocks are whole numbers of them
#define FANOUT 256u

// What a lookup finds for one value of a node's byte.
struct entry {
	uint32_t hop; // next hop, and in the top 4 bits how many bits of this byte its prefix has (1-8)
	uint32_t child; // 0: none
};

#define DEPTH_SHIFT 28
#define HOP(hop) ((hop) & FIB_NEXTHOP_MAX)
#define DEPTH(hop) ((hop) >> DEPTH_SHIFT)

struct node {
	uint64_t starts[4]; // bit b: the entry of b differs from that of b - 1; bit 0 is always set
	uint8_t key[16]; // the bytes that lead here: level of them, then zeros
	uint8_t before[4]; // bits set in the words before
	uint8_t level; // which byte of the address this node looks at
	uint8_t pad;
	uint16_t children;
	uint32_t owner; // transaction that made it
	uint32_t at; // its place in that transaction's list
	struct entry entries[];
};
_Static_assert(sizeof(struct node) == UNIT, "a node's header is one cache line");

#define UNITS(entries) (1 + ((entries) * sizeof(struct entry) + UNIT - 1) / UNIT)
#define FULL_UNITS UNITS(FANOUT)

struct fib_pool {
	uint8_t *base;
	size_t reserved;
	uint32_t units; // bound
	uint32_t next; // first unit never used; 0 is never given out
	uint32_t used;
	uint32_t nodes;
	uint32_t generation;
	uint32_t free[FULL_UNITS + 1]; // first free block of each size
	uint32_t free_count[FULL_UNITS + 1];
	struct fib_txn *open;
};

struct list {
	uint32_t *refs;
	uint32_t n, capacity;
};

struct fib_txn {
	struct fib_pool *pool;
	uint32_t generation;
	struct list made; // nodes of this transaction that are still alive
	struct list retired; // nodes of the former trees that are no longer in the new ones
};

struct fib_garbage {
	struct list retired;
};

static inline struct node *node_at(const struct fib_pool *pool, uint32_t ref) {
	return (struct node *)(pool->base + (size_t)ref * UNIT);
}

static inline unsigned entry_count(const struct node *node) {
	return node->before[3] + __builtin_popcountll(node->starts[3]);
}

static inline unsigned entry_index(const struct node *node, uint8_t byte) {
	unsigned word = byte >> 6;
	uint64_t upto = ~UINT64_C(0) >> (63 - (byte & 63));
	return node->before[word] + __builtin_popcountll(node->starts[word] & upto) - 1;
}

static inline bool unpacked(const struct node *node) {
	return entry_count(node) == FANOUT;
}

// Memory: blocks of 1 to 33 units out of one reserved range, a free list for each size.

struct fib_pool *fib_pool_new(size_t max_bytes) {
	struct fib_pool *pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return NULL;
	size_t units = max_bytes / UNIT;
	if (units > UINT32_MAX - FULL_UNITS)
		units = UINT32_MAX - FULL_UNITS;
	pool->units = units;
	pool->next = 1;
	pool->reserved = (units + 1) * UNIT;
	pool->base = mmap(
		NULL,
		pool->reserved,
		PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		-1,
		0
	);
	if (pool->base == MAP_FAILED) {
		free(pool);
		errno = ENOMEM;
		return NULL;
	}
	madvise(pool->base, pool->reserved, MADV_HUGEPAGE);
	return pool;
}

void fib_pool_free(struct fib_pool *pool) {
	if (pool == NULL)
		return;
	if (pool->open != NULL)
		fib_txn_abort(pool->open);
	UNPOISON(pool->base, pool->reserved);
	munmap(pool->base, pool->reserved);
	free(pool);
}

void fib_pool_stats(const struct fib_pool *pool, struct fib_pool_stats *stats) {
	stats->used_bytes = (size_t)pool->used * UNIT;
	stats->peak_bytes = (size_t)pool->next * UNIT;
	stats->nodes = pool->nodes;
}

static void block_free(struct fib_pool *pool, uint32_t ref, unsigned units) {
	uint32_t *link = (uint32_t *)(pool->base + (size_t)ref * UNIT);
	*link = pool->free[units];
	pool->free[units] = ref;
	pool->free_count[units]++;
	POISON(link, (size_t)units * UNIT);
}

static uint32_t block_take(struct fib_pool *pool, unsigned units) {
	uint32_t ref = pool->free[units];
	uint32_t *link = (uint32_t *)(pool->base + (size_t)ref * UNIT);
	UNPOISON(link, (size_t)units * UNIT);
	pool->free[units] = *link;
	pool->free_count[units]--;
	return ref;
}

// 0: none left.
static uint32_t block_new(struct fib_pool *pool, unsigned units) {
	uint32_t ref = 0;
	if (pool->free_count[units] > 0) {
		ref = block_take(pool, units);
	} else if (pool->units + 1 - pool->next >= units) {
		ref = pool->next;
		pool->next += units;
	} else {
		for (unsigned larger = units + 1; larger <= FULL_UNITS; larger++) {
			if (pool->free_count[larger] == 0)
				continue;
			ref = block_take(pool, larger);
			block_free(pool, ref + units, larger - units);
			break;
		}
	}
	if (ref != 0) {
		pool->used += units;
		pool->nodes++;
	}
	return ref;
}

static void node_free(struct fib_pool *pool, uint32_t ref) {
	unsigned units = UNITS(entry_count(node_at(pool, ref)));
	pool->used -= units;
	pool->nodes--;
	block_free(pool, ref, units);
}

static int list_reserve(struct list *list, uint32_t more) {
	if (list->capacity - list->n >= more)
		return 0;
	uint32_t capacity = list->capacity * 2 + more;
	uint32_t *refs = realloc(list->refs, capacity * sizeof(*refs));
	if (refs == NULL)
		return -ENOMEM;
	list->refs = refs;
	list->capacity = capacity;
	return 0;
}

// Transactions.

struct fib_txn *fib_txn_begin(struct fib_pool *pool) {
	if (pool->open != NULL) {
		errno = EBUSY;
		return NULL;
	}
	struct fib_txn *txn = calloc(1, sizeof(*txn));
	if (txn == NULL)
		return NULL;
	txn->pool = pool;
	txn->generation = ++pool->generation;
	pool->open = txn;
	return txn;
}

static void txn_end(struct fib_txn *txn) {
	txn->pool->open = NULL;
	free(txn->made.refs);
	free(txn);
}

struct fib_garbage *fib_txn_commit(struct fib_txn *txn) {
	struct fib_garbage *garbage = NULL;
	if (txn->retired.n > 0)
		garbage = calloc(1, sizeof(*garbage));
	// Without memory for the list's head the nodes are lost, not reused under a reader.
	if (garbage != NULL)
		garbage->retired = txn->retired;
	else
		free(txn->retired.refs);
	// Their owner must never be equal to a later transaction's number.
	for (uint32_t i = 0; i < txn->made.n; i++)
		node_at(txn->pool, txn->made.refs[i])->owner = 0;
	txn_end(txn);
	return garbage;
}

void fib_reclaim(struct fib_pool *pool, struct fib_garbage *garbage) {
	if (garbage == NULL)
		return;
	for (uint32_t i = 0; i < garbage->retired.n; i++)
		node_free(pool, garbage->retired.refs[i]);
	free(garbage->retired.refs);
	free(garbage);
}

void fib_txn_abort(struct fib_txn *txn) {
	for (uint32_t i = 0; i < txn->made.n; i++)
		node_free(txn->pool, txn->made.refs[i]);
	free(txn->retired.refs);
	txn_end(txn);
}

// The deepest change copies a node for each level, and adds a branch and a leaf.
static int txn_reserve(struct fib_txn *txn, enum fib_family family) {
	struct fib_pool *pool = txn->pool;
	unsigned most = fib_bits(family) / 8 + 2;
	uint32_t left = (pool->units + 1 - pool->next) / FULL_UNITS + pool->free_count[FULL_UNITS];
	if (left < most)
		return -ENOSPC;
	if (list_reserve(&txn->made, most) < 0 || list_reserve(&txn->retired, most) < 0)
		return -ENOMEM;
	return 0;
}

// Room was reserved: cannot fail.
static uint32_t node_new(struct fib_txn *txn, const uint8_t *key, unsigned level) {
	uint32_t ref = block_new(txn->pool, FULL_UNITS);
	struct node *node = node_at(txn->pool, ref);
	memset(node, 0, FULL_UNITS * UNIT);
	memset(node->starts, 0xff, sizeof(node->starts));
	for (unsigned i = 0; i < 4; i++)
		node->before[i] = 64 * i;
	memcpy(node->key, key, level);
	node->level = level;
	node->owner = txn->generation;
	node->at = txn->made.n;
	txn->made.refs[txn->made.n++] = ref;
	return ref;
}

static void made_remove(struct fib_txn *txn, const struct node *node) {
	uint32_t last = txn->made.refs[--txn->made.n];
	txn->made.refs[node->at] = last;
	node_at(txn->pool, last)->at = node->at;
}

// The node is no longer in the new tree.
static void node_drop(struct fib_txn *txn, uint32_t ref) {
	struct node *node = node_at(txn->pool, ref);
	if (node->owner == txn->generation) {
		made_remove(txn, node);
		node_free(txn->pool, ref);
	} else {
		txn->retired.refs[txn->retired.n++] = ref;
	}
}

// The node itself if it is this transaction's, else an unpacked copy that is.
static uint32_t node_own(struct fib_txn *txn, uint32_t ref) {
	struct node *node = node_at(txn->pool, ref);
	if (node->owner == txn->generation && unpacked(node))
		return ref;
	uint32_t mine = node_new(txn, node->key, node->level);
	struct node *copy = node_at(txn->pool, mine);
	copy->children = node->children;
	for (unsigned byte = 0; byte < FANOUT; byte++)
		copy->entries[byte] = node->entries[entry_index(node, byte)];
	node_drop(txn, ref);
	return mine;
}

static void child_set(struct node *node, uint8_t byte, uint32_t child) {
	struct entry *entry = &node->entries[byte];
	node->children += (child != 0) - (entry->child != 0);
	entry->child = child;
}

// The entries of an unpacked node that a prefix of that many bits in its byte covers.
static inline void covered(uint8_t byte, unsigned depth, unsigned *first, unsigned *n) {
	*n = FANOUT >> depth;
	*first = byte & ~(*n - 1);
}

static void hop_set(struct node *node, uint8_t byte, unsigned depth, uint32_t hop) {
	unsigned first, n;
	covered(byte, depth, &first, &n);
	for (unsigned i = first; i < first + n; i++)
		if (DEPTH(node->entries[i].hop) <= depth)
			node->entries[i].hop = hop;
}

static void hop_unset(struct node *node, uint8_t byte, unsigned depth, uint32_t cover) {
	unsigned first, n;
	covered(byte, depth, &first, &n);
	for (unsigned i = first; i < first + n; i++)
		if (DEPTH(node->entries[i].hop) == depth)
			node->entries[i].hop = cover;
}

struct change {
	struct fib_txn *txn;
	const uint8_t *key;
	unsigned level; // of the node the prefix belongs to
	unsigned depth; // 1 to 8, bits of it in that node
	uint32_t hop; // with its depth
};

static uint32_t leaf_new(const struct change *c) {
	uint32_t ref = node_new(c->txn, c->key, c->level);
	hop_set(node_at(c->txn->pool, ref), c->key[c->level], c->depth, c->hop);
	return ref;
}

// The subtree with the prefix in it; from is the first byte that may still differ.
static uint32_t subtree_set(const struct change *c, uint32_t ref, unsigned from) {
	struct fib_pool *pool = c->txn->pool;
	if (ref == 0)
		return leaf_new(c);
	const struct node *here = node_at(pool, ref);
	unsigned level = here->level < c->level ? here->level : c->level;
	while (from < level && here->key[from] == c->key[from])
		from++;
	if (from < level || c->level < here->level) {
		// Paths part here, or the prefix ends above this node: a new node in between.
		uint32_t between = node_new(c->txn, c->key, from);
		struct node *node = node_at(pool, between);
		child_set(node, here->key[from], ref);
		if (from < level)
			child_set(node, c->key[from], leaf_new(c));
		else
			hop_set(node, c->key[from], c->depth, c->hop);
		return between;
	}
	ref = node_own(c->txn, ref);
	struct node *node = node_at(pool, ref);
	uint8_t byte = c->key[level];
	if (c->level == level)
		hop_set(node, byte, c->depth, c->hop);
	else
		child_set(node, byte, subtree_set(c, node->entries[byte].child, level + 1));
	return ref;
}

// What stands in the place of a node that lost something: itself, its only child, or nothing.
static uint32_t node_shrink(struct fib_txn *txn, uint32_t ref) {
	const struct node *node = node_at(txn->pool, ref);
	if (node->children > 1)
		return ref;
	uint32_t child = 0;
	for (unsigned i = 0; i < FANOUT; i++) {
		if (node->entries[i].hop != 0)
			return ref;
		if (node->entries[i].child != 0)
			child = node->entries[i].child;
	}
	node_drop(txn, ref);
	return child;
}

static uint32_t subtree_unset(const struct change *c, uint32_t ref) {
	struct fib_pool *pool = c->txn->pool;
	if (ref == 0)
		return 0;
	const struct node *here = node_at(pool, ref);
	if (here->level > c->level || memcmp(here->key, c->key, here->level) != 0)
		return ref;
	ref = node_own(c->txn, ref);
	struct node *node = node_at(pool, ref);
	uint8_t byte = c->key[node->level];
	if (node->level == c->level)
		hop_unset(node, byte, c->depth, c->hop);
	else
		child_set(node, byte, subtree_unset(c, node->entries[byte].child));
	return node_shrink(c->txn, ref);
}

int fib_set(
	struct fib_txn *txn,
	enum fib_family family,
	struct fib_tree *tree,
	const uint8_t *prefix,
	unsigned length,
	uint32_t nexthop
) {
	if (length > fib_bits(family) || nexthop == FIB_NO_ROUTE || nexthop > FIB_NEXTHOP_MAX)
		return -EINVAL;
	if (length == 0) {
		tree->fallback = nexthop;
		return 0;
	}
	int ret = txn_reserve(txn, family);
	if (ret < 0)
		return ret;
	unsigned level = (length - 1) / 8, depth = length - level * 8;
	struct change change = {txn, prefix, level, depth, nexthop | depth << DEPTH_SHIFT};
	tree->root = subtree_set(&change, tree->root, 0);
	return 0;
}

int fib_unset(
	struct fib_txn *txn,
	enum fib_family family,
	struct fib_tree *tree,
	const uint8_t *prefix,
	unsigned length,
	uint32_t cover_nexthop,
	unsigned cover_length
) {
	if (length > fib_bits(family))
		return -EINVAL;
	if (length == 0) {
		tree->fallback = FIB_NO_ROUTE;
		return 0;
	}
	int ret = txn_reserve(txn, family);
	if (ret < 0)
		return ret;
	unsigned level = (length - 1) / 8, depth = length - level * 8;
	// A cover that ends above this node is found on the way down to it.
	uint32_t cover = 0;
	if (cover_nexthop != FIB_NO_ROUTE && cover_length > level * 8)
		cover = cover_nexthop | (cover_length - level * 8) << DEPTH_SHIFT;
	struct change change = {txn, prefix, level, depth, cover};
	tree->root = subtree_unset(&change, tree->root);
	return 0;
}

static uint32_t subtree_count(const struct fib_pool *pool, uint32_t ref) {
	if (ref == 0)
		return 0;
	const struct node *node = node_at(pool, ref);
	uint32_t n = 1;
	for (unsigned i = 0, last = entry_count(node); i < last; i++)
		n += subtree_count(pool, node->entries[i].child);
	return n;
}

static void subtree_drop(struct fib_txn *txn, uint32_t ref) {
	if (ref == 0)
		return;
	const struct node *node = node_at(txn->pool, ref);
	for (unsigned i = 0, last = entry_count(node); i < last; i++)
		subtree_drop(txn, node->entries[i].child);
	node_drop(txn, ref);
}

int fib_clear(struct fib_txn *txn, struct fib_tree *tree) {
	if (list_reserve(&txn->retired, subtree_count(txn->pool, tree->root)) < 0)
		return -ENOMEM;
	subtree_drop(txn, tree->root);
	*tree = (struct fib_tree) {0};
	return 0;
}

static inline bool entry_equal(struct entry a, struct entry b) {
	return a.hop == b.hop && a.child == b.child;
}

static uint32_t node_pack(struct fib_txn *txn, uint32_t ref) {
	struct fib_pool *pool = txn->pool;
	struct node *wide = node_at(pool, ref);
	unsigned runs = 1;
	for (unsigned i = 1; i < FANOUT; i++)
		runs += !entry_equal(wide->entries[i], wide->entries[i - 1]);
	if (UNITS(runs) == FULL_UNITS)
		return ref;
	uint32_t packed = block_new(pool, UNITS(runs));
	if (packed == 0)
		return ref; // as good, only larger
	struct node *node = node_at(pool, packed);
	memcpy(node, wide, sizeof(*node));
	memset(node->starts, 0, sizeof(node->starts));
	unsigned n = 0;
	for (unsigned i = 0; i < FANOUT; i++) {
		if (i % 64 == 0)
			node->before[i / 64] = n;
		if (i > 0 && entry_equal(wide->entries[i], wide->entries[i - 1]))
			continue;
		node->starts[i / 64] |= UINT64_C(1) << (i % 64);
		node->entries[n++] = wide->entries[i];
	}
	txn->made.refs[node->at] = packed;
	node_free(pool, ref);
	return packed;
}

static uint32_t subtree_seal(struct fib_txn *txn, uint32_t ref) {
	if (ref == 0)
		return 0;
	struct node *node = node_at(txn->pool, ref);
	if (node->owner != txn->generation || !unpacked(node))
		return ref;
	for (unsigned i = 0; i < FANOUT && node->children > 0; i++)
		if (node->entries[i].child != 0)
			node->entries[i].child = subtree_seal(txn, node->entries[i].child);
	return node_pack(txn, ref);
}

void fib_txn_seal(struct fib_txn *txn, struct fib_tree *tree) {
	tree->root = subtree_seal(txn, tree->root);
}

// Lookups go level by level over the whole burst, so that the misses of all its packets overlap.

static inline const struct entry *entry_of(const struct node *node, uint8_t byte) {
	return &node->entries[entry_index(node, byte)];
}

void fib_lookup4(
	const struct fib_pool *pool,
	const struct fib_tree *tree,
	const uint32_t *addresses,
	uint32_t *nexthops,
	unsigned n
) {
	const struct node *nodes[FIB_BURST];
	const struct entry *entries[FIB_BURST];
	uint8_t who[FIB_BURST];
	unsigned active = 0;

	for (unsigned i = 0; i < n; i++)
		nexthops[i] = tree->fallback;
	if (tree->root != 0) {
		const struct node *root = node_at(pool, tree->root);
		for (active = 0; active < n; active++) {
			nodes[active] = root;
			who[active] = active;
		}
	}
	while (active > 0) {
		unsigned found = 0;
		for (unsigned j = 0; j < active; j++) {
			const struct node *node = nodes[j];
			uint32_t address = addresses[who[j]];
			uint32_t key;
			memcpy(&key, node->key, sizeof(key));
			// Shifted as 64 bits, for at level 0 there is nothing to compare.
			if (((uint64_t)(address ^ __builtin_bswap32(key)) >> (32 - 8 * node->level)) != 0)
				continue;
			entries[found] = entry_of(node, address >> (24 - 8 * node->level));
			__builtin_prefetch(entries[found]);
			who[found++] = who[j];
		}
		active = 0;
		for (unsigned j = 0; j < found; j++) {
			struct entry entry = *entries[j];
			uint32_t hop = HOP(entry.hop);
			nexthops[who[j]] = hop != 0 ? hop : nexthops[who[j]];
			if (entry.child == 0)
				continue;
			nodes[active] = node_at(pool, entry.child);
			__builtin_prefetch(nodes[active]);
			who[active++] = who[j];
		}
	}
}

#define ONES(n) ((n) >= 8 ? ~UINT64_C(0) : (UINT64_C(1) << (8 * (n))) - 1)

// As loaded from memory on a little-endian machine: the first byte is the lowest.
static const uint64_t masks[16][2] = {
	{ONES(0), 0}, {ONES(1), 0}, {ONES(2), 0}, {ONES(3), 0},
	{ONES(4), 0}, {ONES(5), 0}, {ONES(6), 0}, {ONES(7), 0},
	{ONES(8), ONES(0)}, {ONES(8), ONES(1)}, {ONES(8), ONES(2)}, {ONES(8), ONES(3)},
	{ONES(8), ONES(4)}, {ONES(8), ONES(5)}, {ONES(8), ONES(6)}, {ONES(8), ONES(7)},
};
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "masks are for little-endian machines");

static inline bool leads_to6(const struct node *node, const uint8_t *address) {
	uint64_t a[2], k[2];
	memcpy(a, address, sizeof(a));
	memcpy(k, node->key, sizeof(k));
	const uint64_t *mask = masks[node->level & 15];
	return (((a[0] ^ k[0]) & mask[0]) | ((a[1] ^ k[1]) & mask[1])) == 0;
}

void fib_lookup6(
	const struct fib_pool *pool,
	const struct fib_tree *tree,
	const uint8_t *const *addresses,
	uint32_t *nexthops,
	unsigned n
) {
	const struct node *nodes[FIB_BURST];
	const struct entry *entries[FIB_BURST];
	uint8_t who[FIB_BURST];
	unsigned active = 0;

	for (unsigned i = 0; i < n; i++)
		nexthops[i] = tree->fallback;
	if (tree->root != 0) {
		const struct node *root = node_at(pool, tree->root);
		for (active = 0; active < n; active++) {
			nodes[active] = root;
			who[active] = active;
		}
	}
	while (active > 0) {
		unsigned found = 0;
		for (unsigned j = 0; j < active; j++) {
			const struct node *node = nodes[j];
			const uint8_t *address = addresses[who[j]];
			if (!leads_to6(node, address))
				continue;
			entries[found] = entry_of(node, address[node->level]);
			__builtin_prefetch(entries[found]);
			who[found++] = who[j];
		}
		active = 0;
		for (unsigned j = 0; j < found; j++) {
			struct entry entry = *entries[j];
			uint32_t hop = HOP(entry.hop);
			nexthops[who[j]] = hop != 0 ? hop : nexthops[who[j]];
			if (entry.child == 0)
				continue;
			nodes[active] = node_at(pool, entry.child);
			__builtin_prefetch(nodes[active]);
			who[active++] = who[j];
		}
	}
}

uint32_t fib_lookup(
	const struct fib_pool *pool,
	enum fib_family family,
	const struct fib_tree *tree,
	const uint8_t *address
) {
	uint32_t nexthop;
	if (family == FIB_IP4) {
		uint32_t host;
		memcpy(&host, address, sizeof(host));
		host = __builtin_bswap32(host);
		fib_lookup4(pool, tree, &host, &nexthop, 1);
	} else {
		fib_lookup6(pool, tree, &address, &nexthop, 1);
	}
	return nexthop;
}
