// Measures a ring between two C processes against `ring-echo -r`: what a client in another language is
// compared with. Prints messages per second one way, and round trips.
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "handover.h"

#define MESSAGE 56
#define BATCH 32
#define SPINS 2000
#define YIELDS 100

static struct ring_peer worker;

static uint64_t now_nanos(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void publish(void) {
	if (ring_publish(&worker.requests))
		ring_peer_wake(&worker);
}

static void stop(const char *why) {
	fprintf(stderr, "ring-bench: %s\n", why);
	exit(1);
}

// Waits for room or for a message: spins, yields, blocks.
static void wait_on(struct ring *r, unsigned *idle) {
	struct pollfd p = {.fd = worker.fd, .events = POLLIN};

	if (++*idle < SPINS)
		return;
	if (*idle < SPINS + YIELDS) {
		sched_yield();
		return;
	}
	if (ring_sleep(r))
		poll(&p, 1, 1000);
	ring_awake(r);
	if (ring_peer_drain(&worker) < 0)
		stop("the echo ended");
	*idle = 0;
}

static void send_one(uint64_t *message, uint64_t kind) {
	unsigned idle = 0;
	int error;

	message[0] = kind;
	while ((error = ring_offer(&worker.requests, message, MESSAGE)) == -EAGAIN) {
		publish();
		wait_on(&worker.requests, &idle);
	}
	if (error < 0)
		stop("the ring broke");
}

static void receive_one(uint64_t *message) {
	unsigned idle = 0;
	ssize_t bytes;

	while ((bytes = ring_poll(&worker.replies, message, MESSAGE)) == 0)
		wait_on(&worker.replies, &idle);
	if (bytes < 0)
		stop("the ring broke");
	if (ring_release(&worker.replies))
		ring_peer_wake(&worker);
}

static double one_way(uint64_t count) {
	uint64_t message[MESSAGE / 8] = {0};
	uint64_t start = now_nanos();

	for (uint64_t i = 1; i <= count; i++) {
		message[1] = i;
		send_one(message, i == count ? 0 : 2);
		if (i % BATCH == 0)
			publish();
	}
	publish();
	receive_one(message);
	return (double)count * 1e9 / (double)(now_nanos() - start);
}

static int compare(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	if (argc != 4) {
		fprintf(stderr, "usage: ring-bench SOCKET MESSAGES ROUND-TRIPS\n");
		return 2;
	}
	uint64_t count = strtoull(argv[2], NULL, 10), rounds = strtoull(argv[3], NULL, 10);
	uint64_t *nanos = calloc(rounds, sizeof(*nanos));
	uint64_t message[MESSAGE / 8] = {0};

	if (count == 0 || rounds == 0 || nanos == NULL || handover_connect(argv[1], &worker, NULL) < 0)
		stop("no echo to connect to");
	one_way(count / 4);
	double best = 0;
	for (int i = 0; i < 4; i++) {
		double rate = one_way(count);
		best = rate > best ? rate : best;
	}
	printf("messages-per-second %.0f\n", best);
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t start = now_nanos();
		send_one(message, 1);
		publish();
		receive_one(message);
		nanos[i] = now_nanos() - start;
	}
	qsort(nanos, rounds, sizeof(*nanos), compare);
	printf("round-trip-p50 %.3f\n", (double)nanos[rounds / 2] / 1e3);
	printf("round-trip-p99 %.3f\n", (double)nanos[rounds * 99 / 100] / 1e3);
	ring_peer_close(&worker);
	free(nanos);
	return 0;
}
