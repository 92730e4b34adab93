// The neighbors of the control thread, by the numbers of their adjacencies. Inside modules/neighbor.
#pragma once

#include "neighbor.h"

#include <sys/queue.h>

#include "adjacency/adjacency.h"
#include "ip/ip.h"
#include "messages.h"

struct waiting {
	struct rte_mbuf *m;
	uint32_t in_interface; // id
};

struct neighbor {
	struct timer timer;
	uint8_t state; // enum neighbor-state, 0: nothing is known and nobody asks
	uint8_t asked;
	uint8_t queued;
	uint64_t updated; // milliseconds
	struct waiting queue[NEIGHBOR_QUEUE]; // oldest first
	TAILQ_ENTRY(neighbor) incomplete;
};

// What a message tells.
enum hearsay {
	HEARD, // he exists and has this MAC
	ANSWERED, // ... and hears us
};

int table_start(void);
void table_stop(void);

// Is there, with a state; 0: no.
uint32_t table_find(uint32_t interface, uint8_t family, const uint8_t *address);
struct neighbor *table_at(uint32_t number);

// Queues the packet for a neighbor and asks for him. Owns the packet.
void table_resolve(
	const struct face_interface *out, uint8_t family, const uint8_t *address, struct rte_mbuf *m,
	uint32_t in_interface
);
// Makes or updates a neighbor.
void table_learn(
	uint32_t interface, uint8_t family, const uint8_t *address, const uint8_t *mac,
	enum hearsay hearsay
);
void table_permanent(uint32_t number, const uint8_t *mac);
void table_forget(uint32_t number);

// Frames: to everybody when mac is NULL.
void ask(const struct face_interface *out, uint8_t family, const uint8_t *address, const uint8_t *mac);
void announce(const struct face_interface *out, uint8_t family, const uint8_t *address);
// Sends a complete frame that was built in m.
void send_frame(const struct face_interface *out, struct rte_mbuf *m);

// The address's own network is on the interface.
bool on_link(const struct face_interface *i, uint8_t family, const uint8_t *address);
// Own address of the interface, the link-local one it makes itself included.
bool is_own(const struct face_interface *i, uint8_t family, const uint8_t *address);
bool speaks(const struct face_interface *i, uint8_t family);
// The link-local address to speak from.
void own_link_local(const struct face_interface *i, uint8_t *address);
