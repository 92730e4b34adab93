// What modules may ask of the worker: on the datapath to pass packets on, on the control thread for
// timers, grace periods and memory.
//
// Datapath functions take the thread and never block, allocate (but mbufs) or log. Control functions
// belong to the one control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "counters.h"
#include "drops.h"
#include "face.h"
#include "packet.h"

// --- datapath ------------------------------------------------------------------------------------

#define BURST 32

// Two sides, so that a node which sends packets back to itself does not overwrite what it reads.
struct node_vector {
	uint16_t count;
	uint16_t side;
	struct rte_mbuf *pkts[2][NODE_VECTOR];
};

struct tx_buffer {
	uint16_t count;
	struct rte_mbuf *pkts[BURST];
};

// Everything a datapath thread writes. The control thread has one as well, for counters only.
struct thread {
	unsigned id;
	const struct face *face; // of this round
	uint64_t now_millis;	 // CLOCK_MONOTONIC, read once a round
	uint64_t pending;	 // bit n: node n has packets
	uint8_t current;	 // node that runs
	uint64_t tx_pending;	 // bit n: port slot n has packets
	uint16_t dropped_count;
	struct rte_mbuf *dropped[BURST];
	struct counter_block *counters;
	struct tx_buffer tx[MAX_PORT_SLOTS];
	struct node_vector nodes[NODE_COUNT];
} __rte_cache_aligned;

_Static_assert(MAX_PORT_SLOTS <= 64, "tx_pending is a 64-bit set");

void drop_flush(struct thread *t);
void drop_many(
	struct thread *t, struct rte_mbuf **pkts, uint16_t n, enum drop_reason reason
);
void tx_flush(struct thread *t, uint16_t port);

// The packet ends here, counted.
static inline void drop(struct thread *t, struct rte_mbuf *m, enum drop_reason reason) {
	t->counters->drops[reason]++;
	t->dropped[t->dropped_count++] = m;
	if (unlikely(t->dropped_count == BURST))
		drop_flush(t);
}

// Hands a packet to another node. Backwards at most four times in its life.
static inline void node_next(struct thread *t, enum node_id node, struct rte_mbuf *m) {
	struct node_vector *v = &t->nodes[node];

	if (unlikely(node <= t->current && ++packet_of(m)->hops > 4)) {
		drop(t, m, DROP_LOOP);
		return;
	}
	if (unlikely(v->count == NODE_VECTOR)) {
		drop(t, m, DROP_NODE_FULL);
		return;
	}
	v->pkts[v->side][v->count++] = m;
	t->pending |= UINT64_C(1) << node;
}

// Sends a complete frame by a port (slot). Counts once the device has taken it.
static inline void tx_port(struct thread *t, uint16_t port, struct rte_mbuf *m) {
	struct tx_buffer *b = &t->tx[port];

	b->pkts[b->count++] = m;
	t->tx_pending |= UINT64_C(1) << port;
	if (b->count == BURST)
		tx_flush(t, port);
}

// A complete untagged Ethernet frame leaves by a routed interface: tag, counters, tx_port.
static inline void
interface_output(struct thread *t, const struct face_interface *i, struct rte_mbuf *m) {
	struct interface_counters *c = &t->counters->interfaces[i->slot];

	if (i->vlan != 0) {
		uint8_t *start = (uint8_t *)rte_pktmbuf_prepend(m, 4);

		if (unlikely(start == NULL)) {
			drop(t, m, DROP_NO_MBUF);
			return;
		}
		memmove(start, start + 4, 12);
		start[12] = 0x81;
		start[13] = 0x00;
		start[14] = i->vlan >> 8;
		start[15] = i->vlan & 0xff;
	}
	c->tx_packets++;
	c->tx_octets += m->pkt_len;
	tx_port(t, i->port, m);
}

// Packets for the control thread. A class is a bounded queue of its own, so that a storm of one does
// not starve the others; handlers run on the control thread and own the packet.
#define PUNT_CLASSES(X)                                                                            \
	X(PUNT_ARP, "arp")                                                                         \
	X(PUNT_ND, "nd")                                                                           \
	X(PUNT_RESOLVE, "resolve") /* next hop without neighbor: packet->out_interface, address */ \
	X(PUNT_LOCAL, "local")

#define PUNT_ENUM(id, name) id,
enum punt_class { PUNT_CLASSES(PUNT_ENUM) PUNT_COUNT };
#undef PUNT_ENUM

// A slot keeps its meaning until the queues have been drained, so the packet's slots are good in
// `face`, the current one; packets whose interface has left or changed its instance are dropped before.
typedef void (*punt_fn)(const struct face *face, struct rte_mbuf *m);

void punt(struct thread *t, enum punt_class class, struct rte_mbuf *m);
void punt_register(enum punt_class class, punt_fn fn);

// --- control thread ------------------------------------------------------------------------------

// The face that is forwarding; never NULL once modules have started.
const struct face *face_current(void);

// A packet back, or a new one, into the datapath: `node` gets it in the next round of one thread with
// its `struct packet` as filled here. False and the packet freed (counted) if the queue is full.
// Slots are those of face_current(); what was said for punt holds here as well.
bool inject(enum node_id node, struct rte_mbuf *m);
// An empty packet with `struct packet` zeroed, NULL if the pool is empty (counted).
struct rte_mbuf *packet_new(void);
// The control thread's own counters: drop_control() frees and counts.
void drop_control(struct rte_mbuf *m, enum drop_reason reason);

// Milliseconds of CLOCK_MONOTONIC.
uint64_t now_millis(void);
// Random numbers that differ at each start.
uint64_t random_u64(void);

struct timer {
	uint64_t due;
	void (*fn)(struct timer *timer);
	uint32_t heap; // position + 1, 0: not running
};

// (Re)starts a timer; `fn` runs once on the control thread and may start it again.
void timer_start(struct timer *timer, uint64_t delay_millis, void (*fn)(struct timer *timer));
void timer_stop(struct timer *timer);

// Waits until every datapath thread has left what it was reading. Threads that sleep do not count.
void rcu_synchronize(void);
// Runs fn(argument) after a grace period, without waiting.
void rcu_defer(void (*fn)(void *argument), void *argument);
// For rte_hash_rcu_qsbr_add and the like.
struct rte_rcu_qsbr *rcu_variable(void);

unsigned thread_count(void); // datapath threads
struct thread *control_thread(void); // its counters and drops
// Sum over threads, for checks and tests.
uint64_t drop_total(enum drop_reason reason);

// Stands in front of the lines of this thread; 0: nothing does.
extern _Thread_local uint64_t log_transaction;
// Levels as in syslog: 3 error, 4 warning, 6 info, 7 debug. Control thread only.
void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_line(3, __VA_ARGS__)
#define log_warning(...) log_line(4, __VA_ARGS__)
#define log_info(...) log_line(6, __VA_ARGS__)
#define log_debug(...) log_line(7, __VA_ARGS__)
