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
bool reply_row(struct reply *reply, struct ring_header *row);
bool reply_room(struct reply *reply, unsigned rows); // for so many of at most one slot

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

	// Rows of a table (enum table), instance id 0: all. Large tables go on where they stopped:
	// return 1 while there is more, 0 when done, -errno; *position starts as 0.
	int (*dump)(uint32_t instance, struct reply *reply, uint64_t *position);
	uint8_t table; // enum table, 0: none

	const uint16_t *messages; // message types, 0-terminated
};

extern const struct feature *const features[];
extern const unsigned feature_count;
