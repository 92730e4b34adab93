// L2 instances: learning bridges, each VLAN of an instance a domain of its own.
//
// What a bridge has learned does not belong to a face: it is volatile and outlives flips. Datapath
// threads learn by themselves, without a lock and without asking the control thread, which only ages
// and clears entries.
//
// The table: buckets of four entries, one cache line each; a key has two buckets to be in, so that a
// table at most half full always finds room. An entry is two words:
//
//     key    MAC and VLAN (fdb_key), 0 free, BUSY being filled, GONE removed a moment ago
//     value  interface slot and the second it was last seen
//
// A thread takes a free entry by exchanging its key for BUSY, stores the value, then the key. The control
// thread removes by storing GONE, and frees the entry a grace period later, so that a thread which
// has just found it cannot write into its successor.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "face.h"

#define FDB_WAYS 4
#define FDB_DEFAULT_LIMIT 32768
#define FDB_MAX_LIMIT (1u << 20)

struct fdb_entry {
	uint64_t key, value; // __atomic
};

struct fdb_bucket {
	struct fdb_entry entries[FDB_WAYS];
} __rte_cache_aligned;

struct bridge {
	uint32_t instance; // id
	uint32_t mask;	   // buckets - 1
	uint64_t seed;
	uint64_t token; // of the last sweep that removed something
	bool swept;
	uint32_t count; // __atomic
	struct fdb_bucket *buckets;
};

// Of one face.
struct bridge_face {
	uint32_t limit;
	uint32_t ageing; // seconds, 0: for ever
	uint32_t static_mask; // slots - 1, 0: no static entries
	struct {
		uint64_t key;
		uint16_t slot;
	} statics[];
};

struct bridge *bridge_create(uint32_t instance, uint32_t limit);
void bridge_free(struct bridge *b);

// A frame of `key` came in by an interface.
void bridge_learn(
	struct bridge *b, uint32_t limit, uint64_t key, uint16_t slot, uint32_t now_seconds
);

static inline uint16_t bridge_slot(uint64_t value) {
	return value & 0xffff;
}

static inline uint32_t bridge_seen(uint64_t value) {
	return value >> 16 & UINT32_MAX;
}

static inline uint64_t bridge_hash(uint64_t seed, uint64_t key) {
	uint64_t h = (key ^ seed) * UINT64_C(0x9e3779b97f4a7c15);

	return (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
}

static inline struct fdb_bucket *
bridge_bucket(const struct bridge *b, uint64_t hash, unsigned choice) {
	return &b->buckets[(choice == 0 ? hash >> 40 : hash >> 16) & b->mask];
}

static inline struct fdb_entry *
bridge_entry(const struct bridge *b, uint64_t key, uint64_t *value) {
	uint64_t hash = bridge_hash(b->seed, key);

	for (unsigned choice = 0; choice < 2; choice++) {
		struct fdb_bucket *in = bridge_bucket(b, hash, choice);

		for (unsigned w = 0; w < FDB_WAYS; w++) {
			struct fdb_entry *e = &in->entries[w];

			if (__atomic_load_n(&e->key, __ATOMIC_ACQUIRE) != key)
				continue;
			*value = __atomic_load_n(&e->value, __ATOMIC_RELAXED);
			return e;
		}
	}
	return NULL;
}

// Value of a key: bridge_slot() and bridge_seen() read it; 0 if it is not known.
static inline uint64_t bridge_find(const struct bridge *b, uint64_t key) {
	uint64_t value = 0;

	bridge_entry(b, key, &value);
	return value;
}

// Control thread: removes what `gone` says.
unsigned bridge_sweep(
	struct bridge *b,
	bool (*gone)(uint64_t key, uint64_t value, const void *argument),
	const void *argument
);

// Slot of a static entry, 0: none.
uint16_t bridge_static(const struct bridge_face *f, uint64_t key);
// Enters one in a face that has room for it.
void bridge_static_put(struct bridge_face *f, uint64_t key, uint16_t slot);
// True if frames of the VLAN go in and out of the interface.
bool bridge_carries(const struct face_interface *i, uint16_t vlan);

extern const struct feature bridge_feature;
void bridge_process(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
);
