#include "table.h"

#include <errno.h>
#include <stdlib.h>

// RFC 4861 §10, in milliseconds.
#define RETRANSMIT 1000
#define ASK_MAX 3
#define REACHABLE_LEAST 15000
#define REACHABLE_SPAN 30000
#define DELAY_FIRST_PROBE 5000
// What nobody used for so long is forgotten.
#define STALE_LIFETIME 1200000
#define SWEEP 1000

static struct neighbor *neighbors; // by number
static TAILQ_HEAD(, neighbor) incomplete = TAILQ_HEAD_INITIALIZER(incomplete);
static uint32_t incomplete_count;
static uint32_t hand; // where the search for a victim goes on
static struct timer sweep_timer;

static uint32_t number_of(const struct neighbor *n) {
	return n - neighbors;
}

struct neighbor *table_at(uint32_t number) {
	return &neighbors[number];
}

uint32_t table_find(uint32_t interface, uint8_t family, const uint8_t *address) {
	uint32_t number = adjacency_find(interface, family, address);

	return number != 0 && neighbors[number].state != 0 ? number : 0;
}

// --- the packets that wait -----------------------------------------------------------------------

// Puts a packet that waited into its place in the present face; false if there is none any more.
static bool come_back(const struct adjacency *a, const struct waiting *w) {
	const struct face *face = face_current();
	const struct face_interface *out = face_interface_by_id(face, a->interface);
	const struct face_interface *in = face_interface_by_id(face, w->in_interface);
	struct packet *p = packet_of(w->m);

	if (out == NULL)
		return false;
	p->out_interface = out->slot;
	p->in_interface = in != NULL && in->instance == out->instance ? in->slot : 0;
	p->instance = out->instance;
	p->hops = 0;
	memcpy(p->address, a->address, sizeof(p->address));
	return true;
}

static void queue_send(struct neighbor *n) {
	const struct adjacency *a = &adjacencies[number_of(n)];

	for (unsigned i = 0; i < n->queued; i++) {
		if (come_back(a, &n->queue[i]))
			inject(a->family == 4 ? NODE_IP4_OUTPUT : NODE_IP6_OUTPUT, n->queue[i].m);
		else
			drop_control(n->queue[i].m, DROP_NEIGHBOR_QUEUE);
	}
	n->queued = 0;
}

static void queue_drop(struct neighbor *n) {
	for (unsigned i = 0; i < n->queued; i++)
		drop_control(n->queue[i].m, DROP_NEIGHBOR_QUEUE);
	n->queued = 0;
}

// Their senders are told: RFC 1812 §5.2.7.1 code 1, RFC 4443 §3.1 code 3.
static void queue_return(struct neighbor *n) {
	const struct adjacency *a = &adjacencies[number_of(n)];

	for (unsigned i = 0; i < n->queued; i++) {
		struct packet *p = packet_of(n->queue[i].m);

		if (!come_back(a, &n->queue[i]) || p->in_interface == 0) {
			drop_control(n->queue[i].m, DROP_NEIGHBOR_QUEUE);
			continue;
		}
		p->reason = DROP_NEIGHBOR_QUEUE;
		p->argument = a->family == 4
			? icmp_argument(ICMP4_UNREACHABLE, ICMP4_HOST, 0)
			: icmp_argument(ICMP6_UNREACHABLE, ICMP6_ADDRESS, 0);
		inject(a->family == 4 ? NODE_ICMP4_ERROR : NODE_ICMP6_ERROR, n->queue[i].m);
	}
	n->queued = 0;
}

static void queue_add(struct neighbor *n, struct rte_mbuf *m, uint32_t in_interface) {
	if (n->queued == NEIGHBOR_QUEUE) {
		drop_control(n->queue[0].m, DROP_NEIGHBOR_QUEUE);
		memmove(&n->queue[0], &n->queue[1], --n->queued * sizeof(n->queue[0]));
	}
	n->queue[n->queued++] = (struct waiting) {m, in_interface};
}

// --- states --------------------------------------------------------------------------------------

static void on_timer(struct timer *timer);

static void enter(struct neighbor *n, uint8_t state, uint64_t timeout) {
	if (n->state == RING_NEIGHBOR_STATE_INCOMPLETE && state != n->state) {
		TAILQ_REMOVE(&incomplete, n, incomplete);
		incomplete_count--;
	} else if (state == RING_NEIGHBOR_STATE_INCOMPLETE && state != n->state) {
		TAILQ_INSERT_TAIL(&incomplete, n, incomplete);
		incomplete_count++;
	}
	n->state = state;
	n->asked = 0;
	if (timeout > 0)
		timer_start(&n->timer, timeout, on_timer);
	else
		timer_stop(&n->timer);
}

static void enter_stale(struct neighbor *n) {
	struct adjacency *a = &adjacencies[number_of(n)];

	enter(n, RING_NEIGHBOR_STATE_STALE, 0);
	// Use counts from now on.
	atomic_store_explicit(&a->used, 0, memory_order_relaxed);
}

void table_forget(uint32_t number) {
	struct neighbor *n = &neighbors[number];

	if (n->state == 0)
		return;
	queue_drop(n);
	enter(n, 0, 0);
	adjacency_set(number, 0);
	adjacency_put(number);
}

static void ask_again(struct neighbor *n) {
	struct adjacency *a = &adjacencies[number_of(n)];
	const struct face_interface *out = face_interface_by_id(face_current(), a->interface);
	uint8_t mac[6];
	bool known = n->state == RING_NEIGHBOR_STATE_PROBE && adjacency_mac(a, mac);

	if (n->asked == ASK_MAX || out == NULL) {
		queue_return(n);
		table_forget(number_of(n));
		return;
	}
	n->asked++;
	timer_start(&n->timer, RETRANSMIT, on_timer);
	ask(out, a->family, a->address, known ? mac : NULL);
}

static void on_timer(struct timer *timer) {
	struct neighbor *n = (struct neighbor *)timer;

	switch (n->state) {
	case RING_NEIGHBOR_STATE_INCOMPLETE:
	case RING_NEIGHBOR_STATE_PROBE:
		ask_again(n);
		break;
	case RING_NEIGHBOR_STATE_REACHABLE:
		enter_stale(n);
		break;
	case RING_NEIGHBOR_STATE_DELAY:
		enter(n, RING_NEIGHBOR_STATE_PROBE, 0);
		ask_again(n);
		break;
	}
}

// The stale ones need no timer each: once a second those in use start their delay, and those that
// nobody wanted for long are forgotten.
static void on_sweep(struct timer *timer) {
	uint64_t now = now_millis();

	for (uint32_t number = 1; number <= adjacency_high(); number++) {
		struct neighbor *n = &neighbors[number];

		if (n->state != RING_NEIGHBOR_STATE_STALE)
			continue;
		if (atomic_load_explicit(&adjacencies[number].used, memory_order_relaxed) != 0)
			enter(n, RING_NEIGHBOR_STATE_DELAY, DELAY_FIRST_PROBE);
		else if (now - n->updated > STALE_LIFETIME)
			table_forget(number);
	}
	timer_start(timer, SWEEP, on_sweep);
}

// Full: something stale goes, if it is found soon. Its number is free after a grace period only.
static void make_room(void) {
	for (unsigned i = 0; i < 256 && adjacency_high() > 0; i++) {
		hand = hand % adjacency_high() + 1;
		if (neighbors[hand].state == RING_NEIGHBOR_STATE_STALE && adjacencies[hand].refs == 1) {
			table_forget(hand);
			return;
		}
	}
	if (!TAILQ_EMPTY(&incomplete))
		table_forget(number_of(TAILQ_FIRST(&incomplete)));
}

// With a state, or about to get one. 0: no room.
static uint32_t take(uint32_t interface, uint8_t family, const uint8_t *address) {
	uint32_t number = table_find(interface, family, address);

	if (number != 0)
		return number;
	number = adjacency_get(interface, family, address);
	if (number == 0) {
		make_room();
		return 0;
	}
	// Routes may have made it; the reference just taken goes with the state.
	memset(&neighbors[number], 0, sizeof(neighbors[number]));
	neighbors[number].updated = now_millis();
	return number;
}

void table_resolve(
	const struct face_interface *out, uint8_t family, const uint8_t *address, struct rte_mbuf *m,
	uint32_t in_interface
) {
	uint32_t number = take(out->id, family, address);

	if (number == 0) {
		drop_control(m, DROP_NO_NEIGHBOR);
		return;
	}
	struct neighbor *n = &neighbors[number];

	queue_add(n, m, in_interface);
	if (n->state == 0) {
		if (incomplete_count == NEIGHBOR_INCOMPLETE_MAX)
			table_forget(number_of(TAILQ_FIRST(&incomplete)));
		enter(n, RING_NEIGHBOR_STATE_INCOMPLETE, 0);
		ask_again(n);
	} else if (n->state != RING_NEIGHBOR_STATE_INCOMPLETE) {
		queue_send(n); // the answer came while the packet was on its way here
	}
}

void table_learn(
	uint32_t interface, uint8_t family, const uint8_t *address, const uint8_t *mac,
	enum hearsay hearsay
) {
	uint32_t number = take(interface, family, address);

	if (number == 0)
		return;
	struct neighbor *n = &neighbors[number];
	uint64_t link = adjacency_link(mac);
	bool moved = atomic_load_explicit(&adjacencies[number].link, memory_order_relaxed) != link;

	if (n->state == RING_NEIGHBOR_STATE_PERMANENT)
		return;
	adjacency_set(number, link);
	n->updated = now_millis();
	if (hearsay == ANSWERED)
		enter(
			n,
			RING_NEIGHBOR_STATE_REACHABLE,
			REACHABLE_LEAST + random_u64() % REACHABLE_SPAN
		);
	else if (moved)
		enter_stale(n);
	queue_send(n);
}

void table_permanent(uint32_t number, const uint8_t *mac) {
	struct neighbor *n = &neighbors[number];

	if (n->state == 0) {
		memset(n, 0, sizeof(*n));
		adjacencies[number].refs++;
	}
	adjacency_set(number, adjacency_link(mac));
	n->updated = now_millis();
	enter(n, RING_NEIGHBOR_STATE_PERMANENT, 0);
	queue_send(n);
}

int table_start(void) {
	int ret = adjacency_start(ADJACENCIES, rcu_defer);

	if (ret < 0)
		return ret;
	neighbors = calloc(ADJACENCIES + 1, sizeof(*neighbors));
	if (neighbors == NULL)
		return -ENOMEM;
	TAILQ_INIT(&incomplete);
	incomplete_count = 0;
	timer_start(&sweep_timer, SWEEP, on_sweep);
	return 0;
}

void table_stop(void) {
	timer_stop(&sweep_timer);
	for (uint32_t number = 1; neighbors != NULL && number <= adjacency_high(); number++)
		table_forget(number);
	free(neighbors);
	neighbors = NULL;
	adjacency_stop();
}

uint8_t neighbor_state(uint32_t interface, uint8_t family, const uint8_t *address) {
	uint32_t number = adjacency_find(interface, family, address);

	return number != 0 ? neighbors[number].state : 0;
}
