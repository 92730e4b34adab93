#include "datapath.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include "netlink.h"
#include "port.h"
#include "ring/messages.h"
#include "segment.h"

#define INJECT_SLOTS 1024
#define EMPTY_ROUNDS 256 // before a thread sleeps
#define SLEEP_MILLIS 100
#define NAP_MICROS 50

static struct face *current; // __atomic
static struct thread *threads[MAX_THREADS];

// How others reach a thread.
static struct {
	pthread_t id;
	bool running;
	bool sleeping; // __atomic
	int wake_fd;
	unsigned cpu;
	struct rte_ring *injected;
} __rte_cache_aligned hands[MAX_THREADS];

static bool stopping; // __atomic

const struct face *face_current(void) {
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

struct thread *datapath_thread(unsigned id) {
	return threads[id];
}

// --- input ---------------------------------------------------------------------------------------

static inline uint16_t load16(const uint8_t *at) {
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint32_t load32(const uint8_t *at) {
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

// An IP packet that says it is longer than what came: a frame that a driver has cut.
static inline bool cut(const struct rte_mbuf *m, const uint8_t *data, uint16_t type, uint8_t offset) {
	const uint8_t *l3 = data + offset;
	uint32_t length = 0;

	if (m->data_len < offset + 6)
		return false;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		length = l3[2] << 8 | l3[3];
	else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		length = 40 + (l3[4] << 8 | l3[5]);
	return offset + length > m->pkt_len;
}

static inline enum input_class class_of(uint16_t type) {
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return INPUT_IP4;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return INPUT_IP6;
	return type == RTE_BE16(RTE_ETHER_TYPE_ARP) ? INPUT_ARP : INPUT_OTHER;
}

static inline bool broadcast(const uint8_t *mac) {
	return (load32(mac) & load32(mac + 2)) == UINT32_MAX;
}

static inline bool same_mac(const uint8_t *a, const uint8_t *b) {
	return ((load32(a) ^ load32(b)) | (uint32_t)(load16(a + 4) ^ load16(b + 4))) == 0;
}

struct input_sum {
	uint64_t packets, octets, multicast, broadcast;
};

static void sum_interface(struct thread *t, uint16_t slot, const struct input_sum *s) {
	struct interface_counters *c = &t->counters->interfaces[slot];

	c->rx_packets += s->packets;
	c->rx_octets += s->octets;
	c->rx_unicast += s->packets - s->multicast - s->broadcast;
	c->rx_multicast += s->multicast;
	c->rx_broadcast += s->broadcast;
}

// Finds each frame's interface and hands it to the node that the interface has for its kind.
static void
input(struct thread *t, const struct face *face, uint16_t slot, struct rte_mbuf **pkts, uint16_t n) {
	const struct face_port *port = &face->ports[slot];
	struct port_counters *c = &t->counters->ports[slot];
	struct input_sum all = {0}, one = {0};
	uint16_t one_slot = 0;

	for (uint16_t i = 0; i < n && i < 4; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		struct packet *p = packet_of(m);
		const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);
		const struct face_interface *interface;
		uint16_t type, tag = 0, found;
		uint8_t offset = RTE_ETHER_HDR_LEN, flags = 0;
		enum input_class class;

		if (i + 4 < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 4], void *));
		all.octets += m->pkt_len;
		if (unlikely(m->data_len < RTE_ETHER_HDR_LEN)) {
			drop(t, m, DROP_TOO_SHORT);
			continue;
		}
		type = load16(data + 12);
		if (type == RTE_BE16(RTE_ETHER_TYPE_VLAN)) {
			if (unlikely(m->data_len < RTE_ETHER_HDR_LEN + 4)) {
				drop(t, m, DROP_TOO_SHORT);
				continue;
			}
			tag = (data[14] << 8 | data[15]) & 0xfff;
			type = load16(data + 16);
			offset += 4;
		}
		if (port->any != 0) {
			found = port->any;
			tag = 0;
		} else if (tag == 0) {
			found = port->untagged;
		} else {
			found = port->tagged != NULL ? port->tagged[tag] : 0;
		}
		if (unlikely((data[0] & 1) != 0)) {
			flags = PACKET_MULTICAST;
			if (broadcast(data)) {
				flags |= PACKET_BROADCAST;
				all.broadcast++;
			} else {
				all.multicast++;
			}
		}
		if (unlikely(found == 0)) {
			drop(t, m, DROP_UNKNOWN_VLAN);
			continue;
		}
		if (unlikely(port->truncates && cut(m, data, type, offset))) {
			drop(t, m, DROP_TRUNCATED);
			continue;
		}
		interface = &face->interfaces[found];
		class = class_of(type);
		if (found != one_slot) {
			if (one_slot != 0)
				sum_interface(t, one_slot, &one);
			one = (struct input_sum){0};
			one_slot = found;
		}
		one.packets++;
		one.octets += m->pkt_len;
		one.broadcast += (flags & PACKET_BROADCAST) != 0;
		one.multicast += flags == PACKET_MULTICAST;

		p->in_port = slot;
		p->in_interface = found;
		p->instance = interface->instance;
		p->vlan = tag;
		p->l3_offset = offset;
		p->flags = flags;
		p->hops = 0;
		p->out_interface = 0;
		if (interface->kind == RING_INTERFACE_KIND_ROUTED && flags == 0 &&
		    !same_mac(data, interface->mac.addr_bytes)) {
			drop(t, m, DROP_NOT_OUR_MAC);
			continue;
		}
		if (unlikely(interface->next[class] == NODE_DROP)) {
			t->counters->interfaces[found].rx_drops++;
			drop(t, m, interface->reason);
			continue;
		}
		node_next(t, interface->next[class], m);
	}
	if (one_slot != 0)
		sum_interface(t, one_slot, &one);
	c->rx_packets += n;
	c->rx_octets += all.octets;
	c->rx_unicast += n - all.multicast - all.broadcast;
	c->rx_multicast += all.multicast;
	c->rx_broadcast += all.broadcast;
}

static void run_nodes(struct thread *t, const struct face *face) {
	while (t->pending != 0) {
		unsigned id = __builtin_ctzll(t->pending);
		struct node_vector *v = &t->nodes[id];
		struct rte_mbuf **pkts = v->pkts[v->side];
		uint16_t n = v->count;

		t->pending &= t->pending - 1;
		t->current = id;
		v->side ^= 1;
		v->count = 0;
		t->counters->nodes[id].calls++;
		t->counters->nodes[id].packets += n;
		face->nodes[id](t, face, pkts, n);
	}
	t->current = 0;
}

// --- output --------------------------------------------------------------------------------------

static void wake(unsigned id) {
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&hands[id].sleeping, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&hands[id].sleeping, false, __ATOMIC_RELAXED))
		eventfd_write(hands[id].wake_fd, 1);
}

static void send_burst(struct thread *t, uint16_t slot, uint16_t queue, struct tx_buffer *b) {
	struct port_counters *c = &t->counters->ports[slot];
	uint64_t octets = 0, multicast = 0, broadcasts = 0;
	uint16_t n = b->count, sent;

	for (uint16_t i = 0; i < n; i++) {
		const uint8_t *data = rte_pktmbuf_mtod(b->pkts[i], const uint8_t *);

		octets += b->pkts[i]->pkt_len;
		if (unlikely((data[0] & 1) != 0)) {
			if (broadcast(data))
				broadcasts++;
			else
				multicast++;
		}
	}
	sent = rte_eth_tx_burst(port_io[slot].ethdev, queue, b->pkts, n);
	if (unlikely(sent < n)) {
		for (uint16_t i = sent; i < n; i++) {
			const uint8_t *data = rte_pktmbuf_mtod(b->pkts[i], const uint8_t *);

			octets -= b->pkts[i]->pkt_len;
			if ((data[0] & 1) != 0) {
				if (broadcast(data))
					broadcasts--;
				else
					multicast--;
			}
		}
		c->tx_drops += n - sent;
		drop_many(t, b->pkts + sent, n - sent, DROP_TX_FULL);
	}
	c->tx_packets += sent;
	c->tx_octets += octets;
	c->tx_unicast += sent - multicast - broadcasts;
	c->tx_multicast += multicast;
	c->tx_broadcast += broadcasts;
}

// To the thread that sends for this port.
static void hand_over(struct thread *t, uint16_t slot, struct tx_buffer *b) {
	unsigned n = rte_ring_mp_enqueue_burst(
		port_io[slot].handover, (void **)b->pkts, b->count, NULL
	);

	if (n < b->count) {
		t->counters->ports[slot].tx_drops += b->count - n;
		drop_many(t, b->pkts + n, b->count - n, DROP_TX_FULL);
	}
	wake(t->face->ports[slot].tx_thread);
}

void tx_flush(struct thread *t, uint16_t slot) {
	struct tx_buffer *b = &t->tx[slot];
	const struct face_port *port = &t->face->ports[slot];
	const struct port_io *io = &port_io[slot];

	t->tx_pending &= ~(UINT64_C(1) << slot);
	if (unlikely(!port->up || !__atomic_load_n(&io->open, __ATOMIC_ACQUIRE))) {
		t->counters->ports[slot].tx_drops += b->count;
		drop_many(t, b->pkts, b->count, port->present ? DROP_PORT_DOWN : DROP_NO_PORT);
	} else if (io->tx_queues >= thread_count()) {
		send_burst(t, slot, t->id, b);
	} else if (port->tx_thread == t->id) {
		send_burst(t, slot, 0, b);
	} else {
		hand_over(t, slot, b);
	}
	b->count = 0;
}

static void take_handed_over(struct thread *t, const struct face_poll *poll) {
	struct rte_mbuf *pkts[BURST];

	for (uint16_t i = 0; i < poll->send_count; i++) {
		uint16_t slot = poll->sends[i];
		struct rte_ring *ring = port_io[slot].handover;
		unsigned n;

		if (ring == NULL || rte_ring_empty(ring))
			continue;
		n = rte_ring_sc_dequeue_burst(ring, (void **)pkts, BURST, NULL);
		for (unsigned k = 0; k < n; k++)
			tx_port(t, slot, pkts[k]);
	}
}

// --- packets from the control thread -------------------------------------------------------------

bool inject(enum node_id node, struct rte_mbuf *m) {
	const struct face *face = face_current();
	struct packet *p = packet_of(m);
	unsigned to = 0;

	if (p->out_interface != 0 && p->out_interface < face->interface_count)
		to = face->ports[face->interfaces[p->out_interface].port].tx_thread;
	p->queue = node;
	p->hops = 0;
	if (rte_ring_sp_enqueue(hands[to].injected, m) != 0) {
		drop_control(m, DROP_NODE_FULL);
		return false;
	}
	wake(to);
	return true;
}

static void take_injected(struct thread *t, const struct face *face) {
	struct rte_mbuf *pkts[BURST];
	unsigned n = rte_ring_sc_dequeue_burst(hands[t->id].injected, (void **)pkts, BURST, NULL);

	for (unsigned i = 0; i < n; i++) {
		const struct packet *p = packet_of(pkts[i]);

		if (p->in_interface >= face->interface_count ||
		    p->out_interface >= face->interface_count ||
		    p->instance >= face->instance_count ||
		    (p->out_interface != 0 && face->interfaces[p->out_interface].kind == 0))
			drop(t, pkts[i], DROP_NO_PORT);
		else
			node_next(t, p->queue, pkts[i]);
	}
	run_nodes(t, face);
}

// --- the loop ------------------------------------------------------------------------------------

static uint64_t coarse_millis(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool thread_round(struct thread *t) {
	struct rte_mbuf *pkts[BURST];
	const struct face *face = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
	const struct face_poll *poll = &face->poll[t->id];
	bool any = false;

	t->face = face;
	for (uint16_t i = 0; i < poll->count; i++) {
		const struct face_queue *q = &poll->queues[i];
		const struct port_io *io = &port_io[q->port];
		uint16_t n;

		if (unlikely(!__atomic_load_n(&io->open, __ATOMIC_ACQUIRE) ||
			     q->queue >= io->rx_queues))
			continue;
		n = rte_eth_rx_burst(io->ethdev, q->queue, pkts, BURST);
		if (n == 0)
			continue;
		any = true;
		input(t, face, q->port, pkts, n);
		run_nodes(t, face);
	}
	if (unlikely(!rte_ring_empty(hands[t->id].injected))) {
		take_injected(t, face);
		any = true;
	}
	if (thread_count() > 1)
		take_handed_over(t, poll);
	any |= t->tx_pending != 0;
	while (t->tx_pending != 0)
		tx_flush(t, __builtin_ctzll(t->tx_pending));
	if (t->dropped_count > 0)
		drop_flush(t);
	return any;
}

static bool waiting(unsigned id, const struct face *face) {
	const struct face_poll *poll = &face->poll[id];

	if (!rte_ring_empty(hands[id].injected) ||
	    __atomic_load_n(&stopping, __ATOMIC_RELAXED) || face != face_current())
		return true;
	for (uint16_t i = 0; i < poll->send_count; i++) {
		struct rte_ring *ring = port_io[poll->sends[i]].handover;

		if (ring != NULL && !rte_ring_empty(ring))
			return true;
	}
	return false;
}

// Nothing to do: waits for a packet on the descriptors of the ports, or for somebody's wake. The
// thread is offline meanwhile, nobody waits for it.
static void rest(struct thread *t) {
	const struct face *face = t->face;
	const struct face_poll *poll = &face->poll[t->id];
	struct pollfd fds[MAX_QUEUES + 1];
	struct timespec limit = {.tv_nsec = SLEEP_MILLIS * 1000000};
	nfds_t count = 1;
	eventfd_t value;

	__atomic_store_n(&hands[t->id].sleeping, true, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!waiting(t->id, face)) {
		fds[0] = (struct pollfd){.fd = hands[t->id].wake_fd, .events = POLLIN};
		for (uint16_t i = 0; i < poll->count; i++) {
			const struct face_queue *q = &poll->queues[i];
			const struct port_io *io = &port_io[q->port];

			if (__atomic_load_n(&io->open, __ATOMIC_ACQUIRE) && io->fds[q->queue] >= 0)
				fds[count++] = (struct pollfd){
					.fd = io->fds[q->queue], .events = POLLIN};
		}
		if (poll->nap)
			limit.tv_nsec = NAP_MICROS * 1000;
		t->face = NULL;
		rte_rcu_qsbr_thread_offline(rcu_variable(), t->id);
		if (ppoll(fds, count, &limit, NULL) > 0 && count > 1)
			for (nfds_t i = 1; i < count; i++)
				if ((fds[i].revents & POLLERR) != 0)
					netlink_clear_error(fds[i].fd);
		rte_rcu_qsbr_thread_online(rcu_variable(), t->id);
	}
	if (!__atomic_exchange_n(&hands[t->id].sleeping, false, __ATOMIC_RELAXED))
		eventfd_read(hands[t->id].wake_fd, &value);
}

static void *thread_main(void *argument) {
	struct thread *t = argument;
	unsigned empty = 0;
	cpu_set_t set;
	char name[16];

	snprintf(name, sizeof(name), "datapath-%u", t->id);
	pthread_setname_np(pthread_self(), name);
	CPU_ZERO(&set);
	CPU_SET(hands[t->id].cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	prctl(PR_SET_TIMERSLACK, 1);
	if (rte_thread_register() != 0)
		abort();
	rte_rcu_qsbr_thread_register(rcu_variable(), t->id);
	rte_rcu_qsbr_thread_online(rcu_variable(), t->id);
	for (unsigned round = 0; !__atomic_load_n(&stopping, __ATOMIC_RELAXED); round++) {
		if ((round & 15) == 0 || empty > 0)
			t->now_millis = coarse_millis();
		empty = thread_round(t) ? 0 : empty + 1;
		rte_rcu_qsbr_quiescent(rcu_variable(), t->id);
		if (empty >= EMPTY_ROUNDS) {
			rest(t);
			t->now_millis = coarse_millis();
			// After a rest in vain the next comes sooner.
			empty = EMPTY_ROUNDS / 2;
		}
	}
	rte_rcu_qsbr_thread_offline(rcu_variable(), t->id);
	rte_rcu_qsbr_thread_unregister(rcu_variable(), t->id);
	rte_thread_unregister();
	return NULL;
}

void datapath_kick(void) {
	for (unsigned i = 0; i < thread_count(); i++)
		wake(i);
}

struct face *face_switch(struct face *next) {
	struct face *before = __atomic_exchange_n(&current, next, __ATOMIC_ACQ_REL);

	datapath_kick();
	if (before != NULL)
		rcu_synchronize();
	return before;
}

int datapath_start(const unsigned *cpus) {
	for (unsigned i = 0; i < thread_count(); i++) {
		char name[32];

		threads[i] = rte_zmalloc("thread", sizeof(struct thread), RTE_CACHE_LINE_SIZE);
		if (threads[i] == NULL)
			return -ENOMEM;
		threads[i]->id = i;
		threads[i]->counters = segment_block(i);
		snprintf(name, sizeof(name), "injected-%u", i);
		hands[i].injected = rte_ring_create(
			name, INJECT_SLOTS, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ
		);
		hands[i].wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (hands[i].injected == NULL || hands[i].wake_fd < 0)
			return -ENOMEM;
	}
	for (unsigned i = 0; i < thread_count() && cpus != NULL; i++) {
		int error;

		hands[i].cpu = cpus[i];
		error = pthread_create(&hands[i].id, NULL, thread_main, threads[i]);
		if (error != 0)
			return -error;
		hands[i].running = true;
	}
	return 0;
}

void datapath_stop(void) {
	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
	datapath_kick();
	for (unsigned i = 0; i < thread_count(); i++) {
		void *m;

		if (hands[i].running)
			pthread_join(hands[i].id, NULL);
		hands[i].running = false;
		while (hands[i].injected != NULL && rte_ring_sc_dequeue(hands[i].injected, &m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(hands[i].injected);
		hands[i].injected = NULL;
		if (hands[i].wake_fd > 0)
			close(hands[i].wake_fd);
		rte_free(threads[i]);
		threads[i] = NULL;
	}
	__atomic_store_n(&stopping, false, __ATOMIC_RELAXED);
}
