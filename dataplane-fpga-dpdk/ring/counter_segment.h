// Counters that other processes read without asking: one shared segment, written by the worker, which
// its clients can only map read-only. A directory at its start tells what is where, so that a new kind
// of counter is no new format.
//
//     header, entries, names and keys          written by the control thread
//     block 0, block 1, ...                    one for each thread that counts
//
// A counter is a u64 that only one thread writes. All blocks look the same: of kind `e`, field f of the
// object with index i is at `e.offset + i * e.stride + f * 8` of each block, and its value is the
// sum over the blocks. An object is known by its key (a port's configured number), 0 where the index
// is not in use; kinds without keys have a name for each index instead.
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <stddef.h>

#define COUNTER_SEGMENT_MAGIC UINT64_C(0x544e554f4347414c) // "LAGCOUNT"
#define COUNTER_SEGMENT_VERSION 1
#define COUNTER_NAME 32

enum counter_kind {
	COUNTER_PORT = 1,
	COUNTER_INTERFACE = 2,
	COUNTER_DROP = 3,
	COUNTER_NODE = 4,
};

struct counter_segment_header {
	_Atomic uint64_t magic; // stored last
	uint32_t version;
	uint32_t entries;
	uint64_t generation; // the worker's instance
	uint64_t size;	     // bytes of the segment
	uint64_t blocks_at;
	uint64_t block_size;
	_Atomic uint32_t blocks; // in use; grows
	uint32_t pad[3];
};

struct counter_entry {
	char name[COUNTER_NAME];
	uint32_t kind;
	uint32_t count; // objects
	uint32_t fields;
	uint32_t stride;
	uint64_t offset;      // in a block
	uint64_t keys_at;     // count u64 in the segment, 0: none
	uint64_t names_at;    // count names of 32 bytes, 0: none
	uint64_t fields_at;   // a name for each field
	uint64_t pad[2];
};

_Static_assert(sizeof(struct counter_segment_header) == 64, "layout");
_Static_assert(sizeof(struct counter_entry) == 96, "layout");

// What the worker says of a kind when it makes the segment.
struct counter_description {
	enum counter_kind kind;
	const char *name;
	uint32_t count, fields, stride;
	size_t offset;
	const char *const *field_names;
	const char *const *names; // NULL: objects have keys
};

struct counter_segment {
	int fd;
	uint8_t *map;
	uint32_t max_blocks;
};

// Makes a segment with room for `blocks` threads. 0 or -errno.
int counter_segment_create(
	struct counter_segment *s,
	const struct counter_description *kinds,
	uint32_t kind_count,
	size_t block_size,
	uint32_t blocks,
	uint64_t generation
);

// The block of thread n, zero at first; readers count it from now on. Aligned to a page, NULL if n is
// too large.
void *counter_segment_block(struct counter_segment *s, uint32_t n);

// Tells whose counters an index holds; key 0: nobody's. The control thread's.
void counter_segment_key(struct counter_segment *s, enum counter_kind kind, uint32_t index, uint64_t key);

// For the worker's own use: the sum over the threads; 0 for what does not exist.
uint64_t counter_segment_sum(
	const struct counter_segment *s, enum counter_kind kind, uint32_t index, uint32_t field
);

void counter_segment_close(struct counter_segment *s);
