// How a module takes part in transactions and reads. All hooks run on the control thread; any may be
// NULL. The order within a transaction:
//
//     begin, message..., check, build, then  flip, finish   (commit)
//                                      or    abort          (abort, at any point after begin)
//
// `build` must leave nothing visible that `abort` cannot take back; `flip` cannot fail. A commit that
// fails after the flip calls `flip` again with the faces exchanged, then `abort`.
#pragma once

#include "config.h"
#include "face.h"

struct ring_header;

// Where dump rows go. Type and length are the row's, the rest of the header is filled here; false: no
// room now, stop and give the row again when called next.
struct reply;
struct wanted {
	uint8_t table; // enum table
	uint32_t instance; // id, 0: all
	uint32_t owner; // 0: all
	uint8_t family, prefix_length; // family 0: all prefixes
	uint8_t prefix[16];
};
bool reply_row(struct reply *reply, struct ring_header *row);
bool reply_room(struct reply *reply, unsigned rows); // for so many of at most one slot

// Objects that owners (owner.h) set and remove outside transactions, at once. A run is begin, message...,
// then publish or abort; no transaction is open meanwhile. A message that fails leaves the others alone; a
// publish that fails has taken the whole run back.
struct rib_sweep;

struct volatile_objects {
	const uint16_t *messages; // types, 0-terminated
	int (*begin)(struct failure *f);
	int (*message)(uint32_t owner, const struct ring_header *message, struct failure *f);
	int (*publish)(struct failure *f); // into the face that is forwarding
	void (*abort)(void);
	uint64_t (*count)(uint32_t owner);
	uint64_t (*mark)(void);
	// A run of its own that removes about so many: 1 while there is more, 0 when done, -errno.
	int (*sweep)(struct rib_sweep *sweep, unsigned quantum);
};

struct feature {
	const char *name;
	int (*start)(void); // registers nodes, punt handlers, makes tables; -errno ends the worker
	void (*stop)(void);

	int (*begin)(struct draft *d, unsigned self, struct failure *f); // state: d->module[self]
	// A set or delete message of a type in `messages`; already checked for its length.
	int (*message)(
		struct draft *d, unsigned self, const struct ring_header *message, struct failure *f
	);
	// Whole draft: references, duplicates, limits.
	int (*check)(struct draft *d, unsigned self, struct failure *f);
	// Fills its part of the next face; interfaces, instances and ports are there already.
	int (*build)(struct draft *d, unsigned self, struct face *next, struct failure *f);
	// Threads already run `now`; `before` has no reader any more.
	void (*flip)(
		struct draft *d, unsigned self, const struct face *before, const struct face *now
	);
	void (*finish)(struct draft *d, unsigned self); // committed: free the draft and the old
	void (*abort)(struct draft *d, unsigned self);	// free the draft and what build made

	// Rows of the table that is asked for. Large tables go on where they stopped: return 1 while
	// there is more, 0 when done, -errno; *position starts as 0.
	int (*dump)(const struct wanted *wanted, struct reply *reply, uint64_t *position);
	uint8_t tables[3]; // enum table, 0: none

	const uint16_t *messages; // message types, 0-terminated
	const struct volatile_objects *objects; // NULL: none
};

extern const struct feature *const features[];
extern const unsigned feature_count;
