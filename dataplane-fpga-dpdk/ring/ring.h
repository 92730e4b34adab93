// A ring of messages between two processes: one producer, one consumer, in memory they share.
//
// The memory is a memfd that can neither shrink nor grow, made by the worker and handed to its client
// (handover.h). It begins with `struct ring_area`, then come `capacity` slots of `slot_size` bytes. A
// message takes as many slots in a row as it needs, from the last slot on to the first one if need be: a word
// with its length, then its bytes.
//
//     head   the producer's: slots filled so far, stored with release after they were written
//     tail   the consumer's: slots given back so far, stored with release after they were read
//
// Both only grow; `index & (capacity - 1)` finds the slot. What is written but not published does not
// exist for the consumer, so a producer may die at any instant. Each side keeps its own index, the
// geometry and the last index it saw of the other in private memory, and believes nothing else:
// an index of the other side outside 0..capacity slots from its own, or a length outside the slots
// that were published, ends the ring (-EPROTO, for good).
//
// Waiting: a side that wants to block says so in its waiting word and looks once more (ring_sleep);
// publish and release tell the caller when the other side is to be woken, which is done with a byte
// on the socket that the ring came over.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RING_MAGIC UINT64_C(0x474e49524f47414c) // "LAGORING"
#define RING_VERSION 1
#define RING_SLOTS_AT 4096
#define RING_MESSAGE_MAX 65536 // bytes, also never more than half the ring

#define RING_CONTROL_SLOT 256
#define RING_CONTROL_CAPACITY 1024

struct ring_area {
	_Atomic uint64_t magic;
	uint32_t version;
	uint32_t slot_size;  // bytes, a power of two, 64 or more
	uint64_t capacity;   // slots, a power of two
	uint64_t generation; // of the worker's hand-over: never the same twice in one worker
	_Alignas(128) _Atomic uint64_t head;
	_Alignas(128) _Atomic uint64_t tail;
	_Alignas(128) _Atomic uint64_t producer_heartbeat; // CLOCK_MONOTONIC, nanoseconds
	_Atomic uint64_t producer_waiting;
	_Alignas(128) _Atomic uint64_t consumer_heartbeat;
	_Atomic uint64_t consumer_waiting;
};

enum ring_end { RING_PRODUCER, RING_CONSUMER };

// One side of a ring, in this process's own memory. Belongs to one thread.
struct ring {
	struct ring_area *area;
	uint8_t *slots;
	size_t mapped;
	uint32_t slot_size;
	uint64_t capacity;
	uint64_t position;  // own index, ahead of the stored one until published or released
	uint64_t published; // own index as stored
	uint64_t other;     // last value read of the other index, checked
	uint64_t refused;   // messages that found the ring full
	enum ring_end end;
	bool broken;
};

// Makes a ring in a sealed memfd and maps one side of it. Returns its descriptor, or -errno.
int ring_create(
	struct ring *r,
	const char *name,
	uint32_t slot_size,
	uint64_t capacity,
	uint64_t generation,
	enum ring_end end
);

// Maps a side of a ring that came from elsewhere; -EPROTO if it is none, or not sealed.
int ring_open(struct ring *r, int fd, enum ring_end end);

void ring_close(struct ring *r);

// Producer: copies a message in; the consumer sees it after ring_publish. 0, -EAGAIN when the ring is
// full (counted), -EMSGSIZE, -EPROTO.
int ring_offer(struct ring *r, const void *message, size_t bytes);

// Producer: true if a message of so many bytes would be taken now.
bool ring_has_room(struct ring *r, size_t bytes);

// Producer: shows what was offered. True: the consumer sleeps, wake it.
bool ring_publish(struct ring *r);

// Consumer: copies the next message out. Its length, 0 if there is none, -EMSGSIZE if it is larger
// than `room` (it stays), -EPROTO.
ssize_t ring_poll(struct ring *r, void *message, size_t room);

// Consumer: gives back what was polled. True: the producer sleeps, wake it.
bool ring_release(struct ring *r);

// Says that this side is about to block: the consumer for a message, the producer for room. False if
// there is no reason to (any more): do not block. Cancelled by the other side's wake or by ring_awake.
bool ring_sleep(struct ring *r);
void ring_awake(struct ring *r);

// This side lives. The other side's stamp stands still when it hangs.
void ring_beat(struct ring *r, uint64_t now_nanos);
uint64_t ring_other_beat(const struct ring *r);
