#include "adjacency.h"

#include <errno.h>
#include <stdlib.h>

struct adjacency *adjacencies;

static struct {
	uint32_t max, high, count;
	uint32_t bucket_count; // a power of two
	_Atomic uint32_t *buckets;
	uint32_t *free;
	uint32_t free_count;
	adjacency_defer_fn defer;
} table;

int adjacency_start(uint32_t max, adjacency_defer_fn defer) {
	if (adjacencies != NULL)
		return 0;
	table.max = max;
	table.high = table.count = table.free_count = 0;
	table.defer = defer;
	table.bucket_count = 64;
	while (table.bucket_count < max)
		table.bucket_count *= 2;
	size_t bytes = ((size_t)max + 1) * sizeof(*adjacencies);
	adjacencies = aligned_alloc(64, bytes);
	table.buckets = calloc(table.bucket_count, sizeof(*table.buckets));
	table.free = calloc(max, sizeof(*table.free));
	if (adjacencies == NULL || table.buckets == NULL || table.free == NULL) {
		adjacency_stop();
		return -ENOMEM;
	}
	memset(adjacencies, 0, bytes);
	return 0;
}

void adjacency_stop(void) {
	free(adjacencies);
	free((void *)table.buckets);
	free(table.free);
	table.high = 0;
	adjacencies = NULL;
	table.buckets = NULL;
	table.free = NULL;
}

uint32_t adjacency_high(void) {
	return table.high;
}

uint32_t adjacency_count(void) {
	return table.count;
}

uint32_t adjacency_max(void) {
	return table.max;
}

static inline _Atomic uint32_t *
bucket_of(uint32_t interface, uint8_t family, const uint8_t *address) {
	uint64_t words[2] = {0, 0};
	memcpy(words, address, family == 4 ? 4 : 16);
	uint64_t hash = (words[0] ^ interface) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32 ^ words[1]) * UINT64_C(0xff51afd7ed558ccd);
	return &table.buckets[(hash ^ hash >> 32) & (table.bucket_count - 1)];
}

static inline bool
is_for(const struct adjacency *a, uint32_t interface, uint8_t family, const uint8_t *address) {
	return a->interface == interface && a->family == family
		&& memcmp(a->address, address, family == 4 ? 4 : 16) == 0;
}

uint32_t adjacency_find(uint32_t interface, uint8_t family, const uint8_t *address) {
	uint32_t number = atomic_load_explicit(
		bucket_of(interface, family, address), memory_order_acquire
	);
	// Removed entries keep their link until every reader has left, so the walk ends.
	while (number != 0 && !is_for(&adjacencies[number], interface, family, address))
		number = atomic_load_explicit(&adjacencies[number].next, memory_order_acquire);
	return number;
}

uint32_t adjacency_get(uint32_t interface, uint8_t family, const uint8_t *address) {
	uint32_t number = adjacency_find(interface, family, address);
	if (number != 0) {
		adjacencies[number].refs++;
		return number;
	}
	if (table.free_count > 0)
		number = table.free[--table.free_count];
	else if (table.high < table.max)
		number = ++table.high;
	else
		return 0;
	_Atomic uint32_t *bucket = bucket_of(interface, family, address);
	struct adjacency *a = &adjacencies[number];
	memset(a, 0, sizeof(*a));
	a->interface = interface;
	a->family = family;
	memcpy(a->address, address, family == 4 ? 4 : 16);
	a->refs = 1;
	atomic_store_explicit(
		&a->next, atomic_load_explicit(bucket, memory_order_relaxed), memory_order_relaxed
	);
	atomic_store_explicit(bucket, number, memory_order_release);
	table.count++;
	return number;
}

static void number_release(void *argument) {
	uint32_t number = (uintptr_t)argument;
	if (table.free == NULL) // the table is gone
		return;
	adjacencies[number].family = 0;
	table.free[table.free_count++] = number;
}

void adjacency_put(uint32_t number) {
	struct adjacency *a = &adjacencies[number];
	if (--a->refs > 0)
		return;
	_Atomic uint32_t *link = bucket_of(a->interface, a->family, a->address);
	while (atomic_load_explicit(link, memory_order_relaxed) != number)
		link = &adjacencies[atomic_load_explicit(link, memory_order_relaxed)].next;
	atomic_store_explicit(
		link, atomic_load_explicit(&a->next, memory_order_relaxed), memory_order_release
	);
	atomic_store_explicit(&a->link, 0, memory_order_relaxed);
	table.count--;
	table.defer(number_release, (void *)(uintptr_t)number);
}
