// Neighbors as the datapath sees them: how a frame to (interface, address) is to be rewritten.
//
// The control thread owns the table; any thread may look up while it changes. An adjacency has a
// number that stays its own until nobody refers to it *and* every reader has left, so a route may hold
// the number and the datapath needs no search. Its MAC address and whether it is known at all are one
// word, written and read at once. What state the neighbor is in belongs to modules/neighbor.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ADJACENCY_KNOWN (UINT64_C(1) << 63)

struct adjacency {
	_Atomic uint64_t link; // MAC as in memory, in the first six bytes; ADJACENCY_KNOWN
	_Atomic uint32_t used; // set by the datapath, cleared by who wants to know
	uint32_t interface; // id
	uint8_t address[16];
	uint8_t family; // 0: not in use
	uint8_t pad[3];
	_Atomic uint32_t next; // in its bucket
	uint32_t refs;
	uint32_t pad2[5];
};
_Static_assert(sizeof(struct adjacency) == 64, "one cache line");

// Runs fn(argument) when every reader of today has left.
typedef void (*adjacency_defer_fn)(void (*fn)(void *argument), void *argument);

#define ADJACENCIES 65536 // in a worker

// There is one table. Called again it does nothing. -ENOMEM.
int adjacency_start(uint32_t max, adjacency_defer_fn defer);
void adjacency_stop(void);

extern struct adjacency *adjacencies; // by number, 1 .. adjacency_high()
uint32_t adjacency_high(void);
uint32_t adjacency_count(void);
uint32_t adjacency_max(void);

// Any thread. 0: none.
uint32_t adjacency_find(uint32_t interface, uint8_t family, const uint8_t *address);

// Control thread: finds or makes, and takes a reference. 0: the table is full.
uint32_t adjacency_get(uint32_t interface, uint8_t family, const uint8_t *address);
void adjacency_put(uint32_t number);

static inline uint64_t adjacency_link(const uint8_t *mac) {
	uint64_t link = 0;
	memcpy(&link, mac, 6);
	return link | ADJACENCY_KNOWN;
}

static inline void adjacency_set(uint32_t number, uint64_t link) {
	atomic_store_explicit(&adjacencies[number].link, link, memory_order_release);
}

// Writes the destination; false if it is not known.
static inline bool adjacency_mac(struct adjacency *a, uint8_t *mac) {
	uint64_t link = atomic_load_explicit(&a->link, memory_order_relaxed);
	if ((link & ADJACENCY_KNOWN) == 0)
		return false;
	memcpy(mac, &link, 6);
	// Only the first use dirties the line.
	if (atomic_load_explicit(&a->used, memory_order_relaxed) == 0)
		atomic_store_explicit(&a->used, 1, memory_order_relaxed);
	return true;
}
