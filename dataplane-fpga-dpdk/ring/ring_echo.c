// A worker without packets: hands out rings and answers, so that clients are tested against the real
// library. It answers every request with ok, after checking it, and
//
//     hello            with welcome
//     ping             with the value in `detail`
//     port-set         with in-use, if its device is "taken"
//     dump             with as many neighbor entries as `instance` says, then the answer
//     fault-set        by misbehaving as its step says, `count` telling how much:
//         in-prepare       sends so many link events
//         in-apply         answers with a message of the wrong length
//         in-flip          stores a head far beyond the ring
//         crash-in-apply   ends at once, without an answer
//         stall-in-apply   hangs for so many milliseconds
//
// With --raw it takes messages of any content: those that begin with a zero word are answered with
// the number of messages so far, others with themselves if they begin with 1, and not at all otherwise.
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counter_segment.h"
#include "handover.h"
#include "messages.h"

#define MAX_CLIENTS 8
#define QUANTUM 64
#define SPINS 2000
#define YIELDS 100

struct client {
	struct ring_peer peer;
	uint64_t dump_correlation, dump_rows, dump_next; // a dump on its way
	uint64_t events;				 // to be sent
	uint64_t messages;
};

struct thread_counters {
	uint64_t clients[MAX_CLIENTS][2];
	uint64_t errors[2];
};

static struct client clients[MAX_CLIENTS];
static unsigned client_count;
static struct counter_segment counters;
static struct thread_counters *mine;
static bool raw;

static uint64_t now_nanos(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

// Everything that sends looks for room first, so this cannot fail but for a hostile client.
static void reply(struct client *c, const void *message) {
	const struct ring_header *h = message;

	ring_offer(&c->peer.replies, message, h->length);
}

static void answer(struct client *c, uint64_t correlation, enum ring_error error, uint64_t detail) {
	struct ring_answer m = {
		.header = {.type = RING_ANSWER, .length = sizeof(m), .correlation = correlation},
		.error = (uint8_t)error,
		.detail = detail,
	};

	if (error != RING_ERROR_OK)
		strncpy(m.text, ring_error_name(error), sizeof(m.text) - 1);
	mine->errors[error == RING_ERROR_OK ? 0 : 1]++;
	reply(c, &m);
}

static void welcome(struct client *c, uint64_t correlation) {
	struct ring_welcome m = {
		.header = {.type = RING_WELCOME, .length = sizeof(m), .correlation = correlation},
		.protocol = 1,
		.pid = (uint32_t)getpid(),
		.instance = counters.fd >= 0 ? (uint64_t)getpid() : 0,
		.max_ports = MAX_CLIENTS,
		.cores = 1,
		.faults = 1,
		.version = "echo",
	};

	reply(c, &m);
}

static void misbehave(struct client *c, const struct ring_fault_set *m) {
	struct timespec pause = {m->count / 1000, m->count % 1000 * 1000000L};

	switch (m->step) {
	case RING_FAULT_STEP_IN_PREPARE:
		c->events = m->count;
		break;
	case RING_FAULT_STEP_IN_APPLY: {
		struct ring_answer wrong = {
			.header
			= {.type = RING_ANSWER, .length = 40, .correlation = m->header.correlation},
		};
		reply(c, &wrong);
		return;
	}
	case RING_FAULT_STEP_IN_FLIP:
		c->peer.replies.area->head += 1u << 30;
		return;
	case RING_FAULT_STEP_CRASH_IN_APPLY:
		_exit(9);
	case RING_FAULT_STEP_STALL_IN_APPLY:
		nanosleep(&pause, NULL);
		break;
	}
	answer(c, m->header.correlation, RING_ERROR_OK, 0);
}

static void serve(struct client *c, const void *message, size_t bytes) {
	const struct ring_header *h = message;
	enum ring_error error = ring_message_check(message, bytes);

	if (error != RING_ERROR_OK) {
		answer(c, h->correlation, error, 0);
		return;
	}
	switch (h->type) {
	case RING_HELLO:
		welcome(c, h->correlation);
		break;
	case RING_PING:
		answer(c, h->correlation, RING_ERROR_OK, ((const struct ring_ping *)message)->value);
		break;
	case RING_PORT_SET:
		error = strcmp(((const struct ring_port_set *)message)->device, "taken") == 0
			? RING_ERROR_IN_USE
			: RING_ERROR_OK;
		if (error != RING_ERROR_OK || (h->flags & RING_FLAG_QUIET) == 0)
			answer(c, h->correlation, error, 0);
		break;
	case RING_DUMP:
		c->dump_correlation = h->correlation;
		c->dump_rows = ((const struct ring_dump *)message)->instance;
		c->dump_next = 0;
		break;
	case RING_FAULT_SET:
		misbehave(c, message);
		break;
	case RING_ANSWER:
		break;
	default:
		answer(c, h->correlation, RING_ERROR_OK, 0);
	}
}

static void serve_raw(struct client *c, const void *message, size_t bytes) {
	uint64_t first;

	memcpy(&first, message, sizeof(first));
	if (first == 0)
		ring_offer(&c->peer.replies, &c->messages, sizeof(c->messages));
	else if (first == 1)
		ring_offer(&c->peer.replies, message, bytes);
}

static bool go_on(struct client *c) {
	bool progress = false;

	for (int i = 0; i < QUANTUM && c->dump_correlation != 0; i++) {
		struct ring_neighbor_entry row = {
			.header
			= {.type = RING_NEIGHBOR_ENTRY,
			   .length = sizeof(row),
			   .correlation = c->dump_correlation},
			.interface = (uint32_t)c->dump_next,
			.family = 4,
			.state = RING_NEIGHBOR_STATE_REACHABLE,
		};
		if (!ring_has_room(&c->peer.replies, sizeof(struct ring_answer)))
			return progress;
		progress = true;
		if (c->dump_next++ < c->dump_rows) {
			reply(c, &row);
		} else {
			answer(c, c->dump_correlation, RING_ERROR_OK, c->dump_rows);
			c->dump_correlation = 0;
		}
	}
	for (int i = 0; i < QUANTUM && c->events > 0; i++) {
		struct ring_link_event event = {
			.header = {.type = RING_LINK_EVENT, .length = sizeof(event)},
			.port = (uint32_t)c->events,
		};
		if (!ring_has_room(&c->peer.replies, sizeof(event)))
			return progress;
		progress = true;
		c->events--;
		reply(c, &event);
	}
	return progress;
}

// True if there was something to do; *gone if the client broke the protocol.
static bool turn(struct client *c, unsigned index, bool *gone) {
	static uint8_t message[RING_MESSAGE_MAX] __attribute__((aligned(8)));
	bool progress = go_on(c);
	ssize_t bytes = 0;
	int n = 0;

	while (n < QUANTUM && c->dump_correlation == 0
	       && ring_has_room(&c->peer.replies, raw ? 256 : sizeof(struct ring_answer))) {
		bytes = ring_poll(&c->peer.requests, message, sizeof(message));
		if (bytes <= 0)
			break;
		n++;
		c->messages++;
		mine->clients[index][0]++;
		mine->clients[index][1] += (uint64_t)bytes;
		if (raw)
			serve_raw(c, message, (size_t)bytes);
		else
			serve(c, message, (size_t)bytes);
	}
	*gone = bytes < 0 || c->peer.replies.broken;
	bool wake = ring_release(&c->peer.requests);
	if (ring_publish(&c->peer.replies) || wake)
		ring_peer_wake(&c->peer);
	return progress || n > 0;
}

static void leave(unsigned index) {
	ring_peer_close(&clients[index].peer);
	clients[index] = clients[--client_count];
}

static void beat(void) {
	uint64_t now = now_nanos();

	for (unsigned i = 0; i < client_count; i++)
		ring_peer_beat(&clients[i].peer, now);
}

// Blocks until a client comes, wakes us or ends.
static void block(int listener, uint32_t slot_size, uint64_t capacity) {
	struct pollfd fds[MAX_CLIENTS + 1];
	bool may_block = true;

	for (unsigned i = 0; i < client_count; i++) {
		fds[i] = (struct pollfd){.fd = clients[i].peer.fd, .events = POLLIN};
		may_block = ring_peer_sleep(&clients[i].peer) && may_block;
		// Held up by a full reply ring: woken when the client gives slots back.
		if (clients[i].dump_correlation != 0 || clients[i].events != 0)
			may_block = ring_sleep(&clients[i].peer.replies) && may_block;
	}
	fds[client_count] = (struct pollfd){
		.fd = client_count < MAX_CLIENTS ? listener : -1,
		.events = POLLIN,
	};
	unsigned polled = client_count;
	poll(fds, polled + 1, may_block ? 100 : 0);
	beat();
	for (unsigned i = polled; i-- > 0;) {
		ring_peer_awake(&clients[i].peer);
		if (fds[i].revents != 0 && ring_peer_drain(&clients[i].peer) < 0)
			leave(i);
	}
	if (fds[polled].revents != 0) {
		struct ring_peer peer;
		int error = handover_accept(
			listener,
			HANDOVER_OWN,
			slot_size,
			capacity,
			counters.fd,
			(uint64_t)getpid(),
			&peer
		);
		if (error == 0) {
			clients[client_count] = (struct client){.peer = peer};
			counter_segment_key(&counters, COUNTER_PORT, client_count, peer.generation);
			client_count++;
			beat();
		}
	}
}

int main(int argc, char **argv) {
	uint32_t slot_size = RING_CONTROL_SLOT;
	uint64_t capacity = RING_CONTROL_CAPACITY;
	const char *const fields[] = {"messages", "octets"};
	const char *const packets[] = {"answers"};
	const char *const results[] = {"ok", "refused"};
	const struct counter_description kinds[] = {
		{COUNTER_PORT,
		 "client",
		 MAX_CLIENTS,
		 2,
		 16,
		 offsetof(struct thread_counters, clients),
		 fields,
		 NULL},
		{COUNTER_DROP,
		 "result",
		 2,
		 1,
		 8,
		 offsetof(struct thread_counters, errors),
		 packets,
		 results},
	};
	int option;

	while ((option = getopt(argc, argv, "rs:c:")) != -1) {
		if (option == 'r')
			raw = true;
		else if (option == 's')
			slot_size = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'c')
			capacity = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "usage: ring-echo [-r] [-s SLOT-SIZE] [-c CAPACITY] SOCKET\n");
		return 2;
	}
	if (counter_segment_create(&counters, kinds, 2, sizeof(struct thread_counters), 2, 1) < 0)
		return 1;
	mine = counter_segment_block(&counters, 0);
	// A second thread's numbers, so that a reader has something to sum.
	((struct thread_counters *)counter_segment_block(&counters, 1))->errors[1] = 1000;
	int listener = handover_listen(argv[optind], HANDOVER_OWN);
	if (listener < 0) {
		fprintf(stderr, "ring-echo: %s: %s\n", argv[optind], strerror(-listener));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);

	// Ends with whoever started it.
	pid_t parent = getppid();
	for (unsigned idle = 0, rounds = 0; getppid() == parent;) {
		for (; rounds < 1000; rounds++) {
			bool progress = false;
			for (unsigned i = client_count; i-- > 0;) {
				bool gone = false;
				progress = turn(&clients[i], i, &gone) || progress;
				if (gone)
					leave(i);
			}
			idle = progress ? 0 : idle + 1;
			if (idle >= SPINS + YIELDS) {
				block(listener, slot_size, capacity);
				idle = client_count == 0 ? SPINS + YIELDS : 0;
				break;
			}
			if (idle >= SPINS)
				sched_yield();
		}
		rounds = 0;
		beat();
	}
	return 0;
}
