// The table of learned addresses; see bridge.h.

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "bridge.h"
#include "runtime.h"

#define FREE UINT64_C(0)
#define BUSY UINT64_C(1)
#define GONE UINT64_C(2)
#define VALID (UINT64_C(1) << 63)

struct bridge *bridge_create(uint32_t instance, uint32_t limit) {
	uint32_t buckets = rte_align32pow2(RTE_MAX(limit / (FDB_WAYS / 2), 16u));
	struct bridge *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->buckets = rte_zmalloc("fdb", buckets * sizeof(*b->buckets), RTE_CACHE_LINE_SIZE);
	if (b->buckets == NULL) {
		free(b);
		return NULL;
	}
	b->instance = instance;
	b->mask = buckets - 1;
	b->seed = random_u64();
	return b;
}

void bridge_free(struct bridge *b) {
	if (b == NULL)
		return;
	rte_free(b->buckets);
	free(b);
}

static void insert(struct bridge *b, uint64_t key, uint64_t value) {
	uint64_t hash = bridge_hash(b->seed, key);

	for (unsigned choice = 0; choice < 2; choice++) {
		struct fdb_bucket *in = bridge_bucket(b, hash, choice);

		for (unsigned w = 0; w < FDB_WAYS; w++) {
			struct fdb_entry *e = &in->entries[w];
			uint64_t expected = FREE;

			if (__atomic_load_n(&e->key, __ATOMIC_RELAXED) != FREE ||
			    !__atomic_compare_exchange_n(&e->key, &expected, BUSY, false,
							 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
				continue;
			__atomic_store_n(&e->value, value, __ATOMIC_RELAXED);
			__atomic_store_n(&e->key, key, __ATOMIC_RELEASE);
			return;
		}
	}
	// Both buckets are full, by chance: the address stays unknown and its frames are flooded.
	__atomic_fetch_sub(&b->count, 1, __ATOMIC_RELAXED);
}

void bridge_learn(
	struct bridge *b, uint32_t limit, uint64_t key, uint16_t slot, uint32_t now_seconds
) {
	uint64_t fresh = VALID | (uint64_t)now_seconds << 16 | slot, value;
	struct fdb_entry *e = bridge_entry(b, key, &value);

	if (likely(e != NULL)) {
		// Seen in this second already: nothing to write.
		if (unlikely(value != fresh))
			__atomic_store_n(&e->value, fresh, __ATOMIC_RELAXED);
		return;
	}
	if (__atomic_load_n(&b->count, __ATOMIC_RELAXED) >= limit)
		return;
	// Two threads may take the last place at once; one of them gives it back.
	if (__atomic_add_fetch(&b->count, 1, __ATOMIC_RELAXED) > limit)
		__atomic_fetch_sub(&b->count, 1, __ATOMIC_RELAXED);
	else
		insert(b, key, fresh);
}

// Entries that were removed before the last grace period become free.
static void release_gone(struct bridge *b) {
	if (!b->swept || rte_rcu_qsbr_check(rcu_variable(), b->token, false) == 0)
		return;
	b->swept = false;
	for (uint32_t i = 0; i <= b->mask; i++)
		for (unsigned w = 0; w < FDB_WAYS; w++) {
			struct fdb_entry *e = &b->buckets[i].entries[w];

			if (__atomic_load_n(&e->key, __ATOMIC_RELAXED) == GONE)
				__atomic_store_n(&e->key, FREE, __ATOMIC_RELEASE);
		}
}

unsigned bridge_sweep(
	struct bridge *b,
	bool (*gone)(uint64_t key, uint64_t value, const void *argument),
	const void *argument
) {
	unsigned removed = 0;

	release_gone(b);
	if (__atomic_load_n(&b->count, __ATOMIC_RELAXED) == 0)
		return 0;
	for (uint32_t i = 0; i <= b->mask; i++)
		for (unsigned w = 0; w < FDB_WAYS; w++) {
			struct fdb_entry *e = &b->buckets[i].entries[w];
			uint64_t key = __atomic_load_n(&e->key, __ATOMIC_ACQUIRE);
			uint64_t value = __atomic_load_n(&e->value, __ATOMIC_RELAXED);

			if (key <= GONE || !gone(key, value, argument))
				continue;
			__atomic_store_n(&e->key, GONE, __ATOMIC_RELEASE);
			__atomic_fetch_sub(&b->count, 1, __ATOMIC_RELAXED);
			removed++;
		}
	if (removed > 0) {
		b->swept = true;
		b->token = rte_rcu_qsbr_start(rcu_variable());
	}
	return removed;
}

// Where a key is, or would be put.
static uint32_t static_place(const struct bridge_face *f, uint64_t key) {
	uint32_t at = bridge_hash(0, key) >> 32 & f->static_mask;

	while (f->statics[at].key != 0 && f->statics[at].key != key)
		at = (at + 1) & f->static_mask;
	return at;
}

uint16_t bridge_static(const struct bridge_face *f, uint64_t key) {
	if (likely(f->static_mask == 0))
		return 0;
	return f->statics[static_place(f, key)].slot;
}

void bridge_static_put(struct bridge_face *f, uint64_t key, uint16_t slot) {
	uint32_t at = static_place(f, key);

	f->statics[at].key = key;
	f->statics[at].slot = slot;
}
