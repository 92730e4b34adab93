// Owners: who may keep volatile objects in the worker without a transaction, and what becomes of these
// when their ring is gone.
//
//     granted --hello with the token--> attached --the socket ends--> away --its time is over--> swept
//                                          ^                            |
//                                          +----------------------------+  kept: told again, then synced
//
// An owner is known by its name, over restarts of its process; a number stands for it here. Its objects go
// on forwarding while it is away. What it has not told again by routes-synced goes then, what it does not
// come back for goes when its time is over: mark and sweep, by the mark that a table gives (rib_mark).
// All calls belong to the control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "fib/rib.h"
#include "ring/messages.h"

#define OWNER_CONFIGURATION 1
#define OWNER_FIRST 2
#define OWNER_FOR_EVER UINT32_MAX // stale_seconds
#define SWEEP_QUANTUM 512

struct owner {
	uint32_t number; // 0: not in use
	uint32_t scopes; // bit n: enum ring_scope n
	uint32_t stale_seconds;
	uint8_t token[32];
	char name[64];
	bool granted;
	void *holder; // the client that is attached
	uint64_t due; // now_millis() from which the sweep goes on; 0: there is nothing to sweep
	struct rib_sweep sweep;
	uint64_t denied;
};

// Gives a name a token and scopes, or others. `former`: who was attached by another token, to be closed.
struct owner *owner_grant(const struct ring_grant_set *m, void **former, struct failure *f);
// Takes the token away; -1 if there is no such owner.
int owner_revoke(const struct ring_grant_delete *m, void **former, struct failure *f);

struct owner *owner_by_token(const uint8_t *token);
struct owner *owner_at(unsigned index); // NULL: not in use
#define MAX_OWNERS (RIB_MAX_OWNER - OWNER_FIRST)
uint64_t owner_objects(uint32_t number);

// True if an object, named at such a mark, waits to be told again or swept.
bool owner_is_stale(uint32_t number, uint64_t named);

// True if objects of this owner are left from before.
bool owner_attach(struct owner *o, void *holder);
void owner_detach(struct owner *o);
// What the owner did not tell again since it came back goes; one quantum, as feature.h's sweep.
int owner_synced(struct owner *o);
// Forgets that something is left to be swept.
void owner_settled(struct owner *o);

// Sweeps a quantum of what owners have not come back for. True if there was something to do.
bool owners_sweep(void);
void owners_stop(void);

// Carries out messages of one owner together, each or not at all, as `results` tell (error 0: done). The
// tables are changed once if all can be, one by one otherwise.
bool volatile_takes(uint16_t type);
void volatile_run(
	uint32_t owner, const struct ring_header *const *messages, unsigned n, struct failure *results
);
// One quantum of a flush: 1 while there is more, 0 when done, -errno.
int volatile_sweep(struct rib_sweep *sweep);
uint64_t volatile_mark(void);
