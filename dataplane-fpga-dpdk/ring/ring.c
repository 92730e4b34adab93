#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(offsetof(struct ring_area, version) == 8, "layout");
_Static_assert(offsetof(struct ring_area, slot_size) == 12, "layout");
_Static_assert(offsetof(struct ring_area, capacity) == 16, "layout");
_Static_assert(offsetof(struct ring_area, generation) == 24, "layout");
_Static_assert(offsetof(struct ring_area, head) == 128, "layout");
_Static_assert(offsetof(struct ring_area, tail) == 256, "layout");
_Static_assert(offsetof(struct ring_area, producer_heartbeat) == 384, "layout");
_Static_assert(offsetof(struct ring_area, producer_waiting) == 392, "layout");
_Static_assert(offsetof(struct ring_area, consumer_heartbeat) == 512, "layout");
_Static_assert(offsetof(struct ring_area, consumer_waiting) == 520, "layout");
_Static_assert(sizeof(struct ring_area) <= RING_SLOTS_AT, "layout");

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define LENGTH_WORD sizeof(uint64_t)
#define LARGEST_SLOT 65536
#define LARGEST_CAPACITY (UINT64_C(1) << 24)

static bool power_of_two(uint64_t n) {
	return n != 0 && (n & (n - 1)) == 0;
}

static bool legal(uint32_t slot_size, uint64_t capacity) {
	return power_of_two(slot_size) && slot_size >= 64 && slot_size <= LARGEST_SLOT
		&& power_of_two(capacity) && capacity >= 2 && capacity <= LARGEST_CAPACITY;
}

static _Atomic uint64_t *own_index(const struct ring *r) {
	return r->end == RING_PRODUCER ? &r->area->head : &r->area->tail;
}

static _Atomic uint64_t *other_index(const struct ring *r) {
	return r->end == RING_PRODUCER ? &r->area->tail : &r->area->head;
}

static _Atomic uint64_t *own_waiting(const struct ring *r) {
	return r->end == RING_PRODUCER ? &r->area->producer_waiting : &r->area->consumer_waiting;
}

static _Atomic uint64_t *other_waiting(const struct ring *r) {
	return r->end == RING_PRODUCER ? &r->area->consumer_waiting : &r->area->producer_waiting;
}

// Reads the other index anew. How far it may be off its own side: the producer is at most `capacity`
// slots ahead of the consumer, the consumer never ahead of what was published.
static bool look(struct ring *r) {
	uint64_t other = atomic_load_explicit(other_index(r), memory_order_acquire);
	uint64_t filled = r->end == RING_PRODUCER ? r->published - other : other - r->position;

	// Neither index ever goes back.
	if (filled > r->capacity || other - r->other > r->capacity) {
		r->broken = true;
		return false;
	}
	r->other = other;
	return true;
}

static uint64_t slots_of(const struct ring *r, uint64_t bytes) {
	return (LENGTH_WORD + bytes + r->slot_size - 1) / r->slot_size;
}

static size_t largest(const struct ring *r) {
	uint64_t half = r->capacity / 2 * r->slot_size - LENGTH_WORD;
	return half < RING_MESSAGE_MAX ? half : RING_MESSAGE_MAX;
}

int ring_create(
	struct ring *r,
	const char *name,
	uint32_t slot_size,
	uint64_t capacity,
	uint64_t generation,
	enum ring_end end
) {
	if (!legal(slot_size, capacity))
		return -EINVAL;

	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;

	size_t size = RING_SLOTS_AT + slot_size * capacity;
	struct ring_area *area = MAP_FAILED;
	int error = 0;
	if (ftruncate(fd, (off_t)size) < 0)
		error = -errno;
	if (error == 0)
		area = mmap(NULL, RING_SLOTS_AT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (error == 0 && area == MAP_FAILED)
		error = -errno;
	if (error == 0) {
		area->version = RING_VERSION;
		area->slot_size = slot_size;
		area->capacity = capacity;
		area->generation = generation;
		// Last, so that a ring that was made by half is refused.
		atomic_store_explicit(&area->magic, RING_MAGIC, memory_order_release);
		munmap(area, RING_SLOTS_AT);
		if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
			error = -errno;
	}
	if (error == 0)
		error = ring_open(r, fd, end);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

int ring_open(struct ring *r, int fd, enum ring_end end) {
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) < 0
	    || st.st_size < RING_SLOTS_AT)
		return -EPROTO;

	size_t size = (size_t)st.st_size;
	struct ring_area *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area == MAP_FAILED)
		return -errno;

	// The other side could change these words at any time: read once.
	uint32_t slot_size = *(volatile uint32_t *)&area->slot_size;
	uint64_t capacity = *(volatile uint64_t *)&area->capacity;
	*r = (struct ring){
		.area = area,
		.slots = (uint8_t *)area + RING_SLOTS_AT,
		.mapped = size,
		.slot_size = slot_size,
		.capacity = capacity,
		.end = end,
	};
	if (atomic_load_explicit(&area->magic, memory_order_acquire) != RING_MAGIC
	    || area->version != RING_VERSION || !legal(slot_size, capacity)
	    || size - RING_SLOTS_AT < slot_size * capacity) {
		ring_close(r);
		return -EPROTO;
	}
	r->position = r->published = atomic_load_explicit(own_index(r), memory_order_acquire);
	r->other = atomic_load_explicit(other_index(r), memory_order_acquire);
	if (!look(r)) {
		ring_close(r);
		return -EPROTO;
	}
	return 0;
}

void ring_close(struct ring *r) {
	if (r->area != NULL)
		munmap(r->area, r->mapped);
	*r = (struct ring){.broken = true};
}

// Copies between private memory and the slots from byte `at` of the ring on, around its end.
static void copy_in(struct ring *r, uint64_t at, const void *from, size_t bytes) {
	size_t first = r->slot_size * r->capacity - at;
	if (bytes <= first) {
		memcpy(r->slots + at, from, bytes);
	} else {
		memcpy(r->slots + at, from, first);
		memcpy(r->slots, (const uint8_t *)from + first, bytes - first);
	}
}

static void copy_out(const struct ring *r, uint64_t at, void *to, size_t bytes) {
	size_t first = r->slot_size * r->capacity - at;
	if (bytes <= first) {
		memcpy(to, r->slots + at, bytes);
	} else {
		memcpy(to, r->slots + at, first);
		memcpy((uint8_t *)to + first, r->slots, bytes - first);
	}
}

static uint64_t byte_at(const struct ring *r, uint64_t index) {
	return (index & (r->capacity - 1)) * r->slot_size;
}

bool ring_has_room(struct ring *r, size_t bytes) {
	uint64_t slots = slots_of(r, bytes);

	if (r->broken || bytes > largest(r))
		return false;
	if (r->position + slots - r->other <= r->capacity)
		return true;
	return look(r) && r->position + slots - r->other <= r->capacity;
}

int ring_offer(struct ring *r, const void *message, size_t bytes) {
	if (r->broken)
		return -EPROTO;
	if (bytes == 0 || bytes > largest(r))
		return -EMSGSIZE;
	if (!ring_has_room(r, bytes)) {
		if (r->broken)
			return -EPROTO;
		r->refused++;
		return -EAGAIN;
	}
	uint64_t at = byte_at(r, r->position);
	*(uint64_t *)(r->slots + at) = bytes;
	// The first slot holds the length word and more, so only what follows may wrap.
	copy_in(r, at + LENGTH_WORD, message, bytes);
	r->position += slots_of(r, bytes);
	return 0;
}

static bool store_own(struct ring *r) {
	if (r->broken || r->position == r->published)
		return false;
	r->published = r->position;
	atomic_store_explicit(own_index(r), r->position, memory_order_release);
	// Pairs with ring_sleep: either it sees the index, or this sees the flag.
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(other_waiting(r), memory_order_relaxed) == 0)
		return false;
	return atomic_exchange_explicit(other_waiting(r), 0, memory_order_relaxed) != 0;
}

bool ring_publish(struct ring *r) {
	return store_own(r);
}

ssize_t ring_poll(struct ring *r, void *message, size_t room) {
	if (r->broken)
		return -EPROTO;
	if (r->position == r->other && !look(r))
		return -EPROTO;
	if (r->position == r->other)
		return 0;

	uint64_t at = byte_at(r, r->position);
	uint64_t bytes = *(volatile uint64_t *)(r->slots + at);
	if (bytes == 0 || bytes > largest(r) || slots_of(r, bytes) > r->other - r->position) {
		r->broken = true;
		return -EPROTO;
	}
	if (bytes > room)
		return -EMSGSIZE;
	copy_out(r, at + LENGTH_WORD, message, bytes);
	r->position += slots_of(r, bytes);
	return (ssize_t)bytes;
}

bool ring_release(struct ring *r) {
	return store_own(r);
}

bool ring_sleep(struct ring *r) {
	if (r->broken)
		return false;
	atomic_store_explicit(own_waiting(r), 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	uint64_t seen = r->other;
	bool nothing = look(r)
		&& (r->end == RING_PRODUCER ? r->other == seen : r->other == r->position);
	if (!nothing)
		ring_awake(r);
	return nothing;
}

void ring_awake(struct ring *r) {
	if (!r->broken)
		atomic_store_explicit(own_waiting(r), 0, memory_order_relaxed);
}

void ring_beat(struct ring *r, uint64_t now_nanos) {
	if (!r->broken)
		atomic_store_explicit(
			r->end == RING_PRODUCER ? &r->area->producer_heartbeat : &r->area->consumer_heartbeat,
			now_nanos,
			memory_order_relaxed
		);
}

uint64_t ring_other_beat(const struct ring *r) {
	if (r->area == NULL)
		return 0;
	return atomic_load_explicit(
		r->end == RING_PRODUCER ? &r->area->consumer_heartbeat : &r->area->producer_heartbeat,
		memory_order_relaxed
	);
}
