// Drafts: how set and delete messages change a copy of the running configuration, and what must hold
// before it may become a face. See config.h for the objects.
#pragma once

#include <string.h>

#include "config.h"
#include "ring/messages.h"

enum object_kind { OBJECT_PORT, OBJECT_INSTANCE, OBJECT_INTERFACE };

int config_copy(struct config *to, const struct config *from);
void config_clear(struct config *c);
// Takes over the caller's reference of `o`; -1 without memory.
int config_put(struct config *c, enum object_kind kind, struct object *o);
void config_remove(struct config *c, enum object_kind kind, uint32_t id);
// Puts the running object in the place of each equal one, so that what did not change is the same
// pointer even when a client has sent everything again.
void config_unify(struct config *c, const struct config *running);

// A draft of what `running` is, or of nothing. -1 without memory.
int draft_init(struct draft *d, const struct config *running, bool replace);

// Applies one configuration message that ring_message_check() has passed. -1: refused, the draft is
// as it was.
int draft_message(struct draft *d, const struct ring_header *message, struct failure *f);
// References, ranges and conflicts of the whole draft, devices excepted.
int draft_check(struct draft *d, struct failure *f);

// The MAC and VLAN of a bridge's entry in one word; never 0.
static inline uint64_t fdb_key(const uint8_t *mac, uint16_t vlan) {
	uint32_t low;
	uint16_t high;

	// Two loads and shifts: a copy of six bytes would be stored and read back.
	memcpy(&low, mac, 4);
	memcpy(&high, mac + 4, 2);
	return low | (uint64_t)high << 32 | (uint64_t)(vlan | 0x8000) << 48;
}
