#include "runtime.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include "datapath.h"
#include "port.h"
#include "segment.h"

#define PUNT_SLOTS 512

int log_level = 6;

static struct thread *control;
static unsigned threads;
static struct rte_rcu_qsbr *rcu;

static struct rte_ring *punt_rings[PUNT_COUNT];
static punt_fn punt_handlers[PUNT_COUNT];
static node_fn nodes[NODE_COUNT];
static int wake_fd = -1;
static bool sleeping;

// --- logs ----------------------------------------------------------------------------------------

_Thread_local uint64_t log_transaction;

void log_line(int level, const char *format, ...) {
	static const char *const names[] = {
		"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};
	va_list arguments;
	char text[512], name[20] = "";

	if (level > log_level)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (log_transaction != 0)
		snprintf(name, sizeof(name), "[%016lx] ", (unsigned long)log_transaction);
	// The journal takes the number, people the word.
	if (getenv("JOURNAL_STREAM") != NULL)
		fprintf(stderr, "<%d>%s%s\n", level, name, text);
	else
		fprintf(stderr, "%s: %s%s\n", names[level & 7], name, text);
}

// --- nodes ---------------------------------------------------------------------------------------

static void drop_node(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	for (uint16_t i = 0; i < n; i++)
		drop(t, pkts[i], packet_of(pkts[i])->reason);
}

static void output_node(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	for (uint16_t i = 0; i < n; i++)
		interface_output(t, &face->interfaces[packet_of(pkts[i])->out_interface], pkts[i]);
}

// What a module that is not built in would do.
static void absent_node(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	drop_many(t, pkts, n, DROP_UNKNOWN_ETHERTYPE);
}

void node_register(enum node_id node, node_fn fn) {
	nodes[node] = fn;
}

node_fn node_function(enum node_id node) {
	return nodes[node] != NULL ? nodes[node] : absent_node;
}

// --- drops ---------------------------------------------------------------------------------------

void drop_flush(struct thread *t) {
	rte_pktmbuf_free_bulk(t->dropped, t->dropped_count);
	t->dropped_count = 0;
}

void drop_many(struct thread *t, struct rte_mbuf **pkts, uint16_t n, enum drop_reason reason) {
	t->counters->drops[reason] += n;
	rte_pktmbuf_free_bulk(pkts, n);
}

void drop_control(struct rte_mbuf *m, enum drop_reason reason) {
	control->counters->drops[reason]++;
	rte_pktmbuf_free(m);
}

uint64_t drop_total(enum drop_reason reason) {
	uint64_t sum = 0;

	for (unsigned i = 0; i <= threads; i++)
		sum += segment_block(i)->drops[reason];
	return sum;
}

struct thread *control_thread(void) {
	return control;
}

unsigned thread_count(void) {
	return threads;
}

// --- packets to and from the control thread ------------------------------------------------------

void punt_register(enum punt_class class, punt_fn fn) {
	punt_handlers[class] = fn;
}

void punt(struct thread *t, enum punt_class class, struct rte_mbuf *m) {
	if (unlikely(rte_ring_mp_enqueue(punt_rings[class], m) != 0)) {
		drop(t, m, DROP_PUNT_FULL);
		return;
	}
	// Pairs with control_sleep: either it sees the packet, or this sees the flag.
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&sleeping, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&sleeping, false, __ATOMIC_RELAXED))
		eventfd_write(wake_fd, 1);
}

static bool still_there(const struct face *face, const struct rte_mbuf *m) {
	const struct packet *p = packet_of((struct rte_mbuf *)m);

	if (p->in_interface >= face->interface_count || p->out_interface >= face->interface_count)
		return false;
	if (p->in_interface != 0 && face->interfaces[p->in_interface].instance != p->instance)
		return false;
	return p->out_interface == 0 || face->interfaces[p->out_interface].kind != 0;
}

bool punt_drain(void) {
	struct rte_mbuf *pkts[BURST];
	bool any = false;

	for (unsigned c = 0; c < PUNT_COUNT; c++) {
		unsigned n = rte_ring_sc_dequeue_burst(punt_rings[c], (void **)pkts, BURST, NULL);

		any |= n > 0;
		for (unsigned i = 0; i < n; i++) {
			if (punt_handlers[c] == NULL)
				drop_control(pkts[i], DROP_LOCAL);
			else if (!still_there(face_current(), pkts[i]))
				drop_control(pkts[i], DROP_NO_INSTANCE);
			else
				punt_handlers[c](face_current(), pkts[i]);
		}
	}
	return any;
}

struct rte_mbuf *packet_new(void) {
	struct rte_mbuf *m = rte_pktmbuf_alloc(port_pool(false));

	if (m == NULL) {
		control->counters->drops[DROP_NO_MBUF]++;
		return NULL;
	}
	*packet_of(m) = (struct packet){.flags = PACKET_OWN};
	return m;
}

bool control_sleep(void) {
	__atomic_store_n(&sleeping, true, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned c = 0; c < PUNT_COUNT; c++)
		if (!rte_ring_empty(punt_rings[c])) {
			control_awake();
			return false;
		}
	return true;
}

void control_awake(void) {
	eventfd_t value;

	__atomic_store_n(&sleeping, false, __ATOMIC_RELAXED);
	eventfd_read(wake_fd, &value);
}

int control_fd(void) {
	return wake_fd;
}

// --- time ----------------------------------------------------------------------------------------

uint64_t now_millis(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t random_u64(void) {
	uint64_t value;

	while (getrandom(&value, sizeof(value), 0) != sizeof(value))
		;
	return value;
}

// A binary heap, the earliest first; a timer knows its place.
static struct timer **heap;
static uint32_t heap_count, heap_room;

static void heap_set(uint32_t at, struct timer *timer) {
	heap[at] = timer;
	timer->heap = at + 1;
}

static void heap_up(uint32_t at) {
	struct timer *timer = heap[at];

	for (; at > 0 && heap[(at - 1) / 2]->due > timer->due; at = (at - 1) / 2)
		heap_set(at, heap[(at - 1) / 2]);
	heap_set(at, timer);
}

static void heap_down(uint32_t at) {
	struct timer *timer = heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= heap_count)
			break;
		if (child + 1 < heap_count && heap[child + 1]->due < heap[child]->due)
			child++;
		if (heap[child]->due >= timer->due)
			break;
		heap_set(at, heap[child]);
		at = child;
	}
	heap_set(at, timer);
}

void timer_stop(struct timer *timer) {
	uint32_t at = timer->heap;

	if (at-- == 0)
		return;
	timer->heap = 0;
	heap_count--;
	if (at == heap_count)
		return;
	heap_set(at, heap[heap_count]);
	heap_up(at);
	heap_down(heap[at]->heap - 1);
}

void timer_start(struct timer *timer, uint64_t delay_millis, void (*fn)(struct timer *timer)) {
	timer_stop(timer);
	if (heap_count == heap_room) {
		uint32_t room = heap_room == 0 ? 64 : heap_room * 2;
		struct timer **bigger = realloc(heap, room * sizeof(*bigger));

		if (bigger == NULL) {
			log_error("out of memory for timers");
			return;
		}
		heap = bigger;
		heap_room = room;
	}
	timer->due = now_millis() + delay_millis;
	timer->fn = fn;
	heap_set(heap_count++, timer);
	heap_up(heap_count - 1);
}

bool timers_run(void) {
	uint64_t now = now_millis();
	bool any = false;

	// A timer that starts itself again is due later than now, so this ends.
	for (unsigned budget = 256; budget > 0 && heap_count > 0 && heap[0]->due <= now; budget--) {
		struct timer *timer = heap[0];

		timer_stop(timer);
		timer->fn(timer);
		any = true;
	}
	return any;
}

uint64_t timers_next(void) {
	uint64_t now = now_millis();

	if (heap_count == 0)
		return UINT64_MAX;
	return heap[0]->due > now ? heap[0]->due - now : 0;
}

// --- grace periods -------------------------------------------------------------------------------

struct rte_rcu_qsbr *rcu_variable(void) {
	return rcu;
}

void rcu_synchronize(void) {
	uint64_t token = rte_rcu_qsbr_start(rcu);

	// The thread waited for may share this core: do not spin on it.
	for (unsigned i = 0; rte_rcu_qsbr_check(rcu, token, false) == 0; i++)
		if (i > 100)
			usleep(20);
}

struct deferred {
	struct deferred *next;
	uint64_t token;
	void (*fn)(void *argument);
	void *argument;
};

static struct deferred *deferred_first, **deferred_end = &deferred_first;

void rcu_defer(void (*fn)(void *argument), void *argument) {
	struct deferred *d = malloc(sizeof(*d));

	if (d == NULL) {
		rcu_synchronize();
		fn(argument);
		return;
	}
	*d = (struct deferred){.token = rte_rcu_qsbr_start(rcu), .fn = fn, .argument = argument};
	*deferred_end = d;
	deferred_end = &d->next;
}

void rcu_reclaim(bool wait) {
	if (wait)
		rcu_synchronize();
	while (deferred_first != NULL &&
	       rte_rcu_qsbr_check(rcu, deferred_first->token, false) != 0) {
		struct deferred *d = deferred_first;

		deferred_first = d->next;
		if (deferred_first == NULL)
			deferred_end = &deferred_first;
		d->fn(d->argument);
		free(d);
	}
}

// --- start and stop ------------------------------------------------------------------------------

int runtime_start(unsigned count) {
#define NAME(id, name) "punt-" name,
	static const char *const names[] = {PUNT_CLASSES(NAME)};
#undef NAME

	threads = count;
	rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(MAX_THREADS), RTE_CACHE_LINE_SIZE);
	control = rte_zmalloc("control", sizeof(*control), RTE_CACHE_LINE_SIZE);
	if (rcu == NULL || control == NULL || rte_rcu_qsbr_init(rcu, MAX_THREADS) != 0)
		return -ENOMEM;
	control->id = count;
	control->counters = segment_block(count);
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	for (unsigned c = 0; c < PUNT_COUNT; c++) {
		punt_rings[c] = rte_ring_create(names[c], PUNT_SLOTS, SOCKET_ID_ANY, RING_F_SC_DEQ);
		if (punt_rings[c] == NULL)
			return -rte_errno;
	}
	node_register(NODE_DROP, drop_node);
	node_register(NODE_INTERFACE_OUTPUT, output_node);
	return 0;
}

void runtime_stop(void) {
	rcu_reclaim(true);
	for (unsigned c = 0; c < PUNT_COUNT; c++) {
		void *m;

		while (rte_ring_sc_dequeue(punt_rings[c], &m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(punt_rings[c]);
	}
	close(wake_fd);
	free(heap);
	heap = NULL;
	heap_count = heap_room = 0;
	rte_free(control);
	rte_free(rcu);
}
