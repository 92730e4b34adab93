// How a client gets its rings: it connects to the worker's Unix stream socket, the worker asks the
// kernel who it is, makes two rings and sends them with the counter segment as descriptors
// (SCM_RIGHTS), in this order, along with one line of text. From then on a byte on the socket, of any
// value and either way, wakes the other side, and the socket's end tells its death.
//
//     lagopus-rings 1 SLOT-SIZE CAPACITY GENERATION INSTANCE\n
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ring.h"

#define HANDOVER_VERSION 1

// A client as the worker holds it. `requests` are read, `replies` are written.
struct ring_peer {
	int fd;
	pid_t pid;
	uid_t uid;
	uint64_t generation;
	struct ring requests;
	struct ring replies;
	uint64_t wakes; // bytes sent
};

// Whom a listener lets in: root and its own user, or everybody.
enum handover_peers { HANDOVER_OWN, HANDOVER_ALL };

// A listening socket that only those may connect to; a dead socket file in its place is removed, a living
// one is -EADDRINUSE. Non-blocking. The descriptor, or -errno.
int handover_listen(const char *path, enum handover_peers peers);

// Takes one client that is waiting: -EAGAIN if none is, -EPERM if it is none of those who are let in (it
// is disconnected). `counters` is the descriptor of the counter segment, for those that are trusted; others
// get /dev/null in its place. `instance` tells one start of the worker from another.
int handover_accept(
	int listener,
	enum handover_peers peers,
	uint32_t slot_size,
	uint64_t capacity,
	int counters,
	uint64_t instance,
	struct ring_peer *peer
);

// True for root and this process's own user.
bool handover_trusts(const struct ring_peer *peer);

// The other side, for C clients and tests: connects and maps both rings, which then are the other way
// round (`requests` are written). `counters` takes the segment's descriptor, unless NULL.
int handover_connect(const char *path, struct ring_peer *peer, int *counters);

// Wakes the other side. Never blocks; a full socket holds enough bytes to wake anybody.
void ring_peer_wake(struct ring_peer *peer);

// Takes the wake bytes that came in. 0, or -EPIPE if the other side is gone.
int ring_peer_drain(struct ring_peer *peer);

// Both rings of the worker's side, before it blocks on the socket: true if there is nothing to read.
bool ring_peer_sleep(struct ring_peer *peer);
void ring_peer_awake(struct ring_peer *peer);

// Stamps both rings.
void ring_peer_beat(struct ring_peer *peer, uint64_t now_nanos);

void ring_peer_close(struct ring_peer *peer);
