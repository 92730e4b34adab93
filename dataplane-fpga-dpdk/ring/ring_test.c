// The rings against peers that are slow, dead or hostile. R31 R32 R33 R36
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "counter_segment.h"
#include "handover.h"
#include "messages.h"
#include "ring.h"

#define SLOT 64
#define CAPACITY 16

struct pair {
	int fd;
	struct ring producer, consumer;
};

static struct pair pair_of(uint32_t slot_size, uint64_t capacity) {
	struct pair p;

	p.fd = ring_create(&p.producer, "ring-test", slot_size, capacity, 1, RING_PRODUCER);
	assert_true(p.fd >= 0);
	assert_int_equal(ring_open(&p.consumer, p.fd, RING_CONSUMER), 0);
	return p;
}

static void pair_close(struct pair *p) {
	ring_close(&p->producer);
	ring_close(&p->consumer);
	close(p->fd);
}

static int offer_u64(struct ring *r, uint64_t value) {
	return ring_offer(r, &value, sizeof(value));
}

static void fill(uint8_t *bytes, size_t length, uint64_t seed) {
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)((seed * 31 + i) * 7);
}

/* R36 */
static void messages_of_any_length_come_out_as_they_went_in(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, CAPACITY);
	uint8_t in[512], out[512];

	// Lengths around the slot borders, at every position of the ring, across its end too.
	for (uint64_t round = 0; round < 2000; round++) {
		size_t length = 1 + (round * 37) % (CAPACITY / 2 * SLOT - 8);
		fill(in, length, round);
		assert_int_equal(ring_offer(&p.producer, in, length), 0);
		ring_publish(&p.producer);
		memset(out, 0, sizeof(out));
		assert_int_equal(ring_poll(&p.consumer, out, sizeof(out)), length);
		assert_memory_equal(in, out, length);
		assert_int_equal(ring_poll(&p.consumer, out, sizeof(out)), 0);
		ring_release(&p.consumer);
	}
	pair_close(&p);
}

/* R31 */
static void what_is_not_published_is_not_there(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, CAPACITY);
	uint64_t out;

	offer_u64(&p.producer, 1);
	offer_u64(&p.producer, 2);
	assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), 0);
	ring_publish(&p.producer);
	assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), 8);
	assert_int_equal(out, 1);
	assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), 8);
	assert_int_equal(out, 2);
	pair_close(&p);
}

/* R32 */
static void a_full_ring_refuses_and_counts(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, CAPACITY);
	uint8_t message[2 * SLOT - 8] = {0}, out[512];

	for (int i = 0; i < CAPACITY - 1; i++)
		assert_int_equal(offer_u64(&p.producer, 1), 0);
	// Two slots do not fit in the last one: nothing of it is taken.
	assert_int_equal(ring_offer(&p.producer, message, sizeof(message)), -EAGAIN);
	assert_false(ring_has_room(&p.producer, sizeof(message)));
	assert_true(ring_has_room(&p.producer, 8));
	assert_int_equal(offer_u64(&p.producer, 1), 0);
	assert_int_equal(offer_u64(&p.producer, 1), -EAGAIN);
	assert_int_equal(p.producer.refused, 2);

	ring_publish(&p.producer);
	assert_int_equal(ring_poll(&p.consumer, out, sizeof(out)), 8);
	assert_int_equal(offer_u64(&p.producer, 1), -EAGAIN);
	ring_release(&p.consumer);
	assert_int_equal(offer_u64(&p.producer, 1), 0);
	pair_close(&p);
}

/* R32 */
static void messages_that_can_never_fit_are_refused(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, CAPACITY);
	static uint8_t message[CAPACITY * SLOT];
	uint64_t small;

	assert_int_equal(ring_offer(&p.producer, message, 0), -EMSGSIZE);
	assert_int_equal(
		ring_offer(&p.producer, message, CAPACITY / 2 * SLOT - 8 + 1), -EMSGSIZE
	);
	assert_int_equal(ring_offer(&p.producer, message, SIZE_MAX), -EMSGSIZE);
	assert_int_equal(ring_offer(&p.producer, message, 9), 0);
	ring_publish(&p.producer);
	assert_int_equal(ring_poll(&p.consumer, &small, sizeof(small)), -EMSGSIZE);
	assert_int_equal(ring_poll(&p.consumer, message, sizeof(message)), 9);
	pair_close(&p);
}

/* R31 */
static void a_hostile_head_ends_the_ring(void **state) {
	(void)state;
	const uint64_t heads[] = {UINT64_MAX, UINT64_C(1) << 63, 5 + CAPACITY + 1, 4, 0};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct pair p = pair_of(SLOT, CAPACITY);
		uint64_t out;
		for (int n = 0; n < 5; n++)
			offer_u64(&p.producer, 1);
		ring_publish(&p.producer);
		for (int n = 0; n < 5; n++)
			assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), 8);
		ring_release(&p.consumer);
		p.producer.area->head = heads[i];
		assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), -EPROTO);
		p.producer.area->head = 6;
		// For good: no resynchronisation with somebody who lies.
		assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), -EPROTO);
		assert_false(ring_sleep(&p.consumer));
		pair_close(&p);
	}
}

/* R31 */
static void a_hostile_tail_ends_the_ring(void **state) {
	(void)state;
	const uint64_t tails[] = {UINT64_MAX, UINT64_C(1) << 63, CAPACITY + 1};

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct pair p = pair_of(SLOT, CAPACITY);
		for (int n = 0; n < CAPACITY; n++)
			assert_int_equal(offer_u64(&p.producer, 1), 0);
		ring_publish(&p.producer);
		p.consumer.area->tail = tails[i];
		assert_int_equal(offer_u64(&p.producer, 1), -EPROTO);
		assert_int_equal(p.producer.area->head, CAPACITY);
		pair_close(&p);
	}
}

/* R31 */
static void a_hostile_length_ends_the_ring(void **state) {
	(void)state;
	const uint64_t lengths[] = {
		0,
		SLOT - 8 + 1, // into a second slot, which was not published
		CAPACITY / 2 * SLOT,
		UINT64_C(1) << 32,
		UINT64_C(1) << 63,
		UINT64_MAX,
		UINT64_MAX - 7,
	};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct pair p = pair_of(SLOT, CAPACITY);
		uint8_t out[2048];
		offer_u64(&p.producer, 1);
		ring_publish(&p.producer);
		memcpy(p.producer.slots, &lengths[i], 8);
		assert_int_equal(ring_poll(&p.consumer, out, sizeof(out)), -EPROTO);
		pair_close(&p);
	}
}

/* R31 */
static void memory_that_is_no_ring_is_not_opened(void **state) {
	(void)state;
	struct ring r;
	struct pair p = pair_of(SLOT, CAPACITY);

	// Neither side can pull the memory away under the other.
	assert_int_equal(ftruncate(p.fd, 0), -1);
	assert_int_equal(errno, EPERM);

	int unsealed = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(unsealed, RING_SLOTS_AT + SLOT * CAPACITY), 0);
	assert_int_equal(ring_open(&r, unsealed, RING_CONSUMER), -EPROTO);
	// Sealed, but without content.
	fcntl(unsealed, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(ring_open(&r, unsealed, RING_CONSUMER), -EPROTO);
	close(unsealed);

	struct ring_area good = {0};
	memcpy((void *)&good, (void *)p.producer.area, sizeof(good));
	struct {
		uint32_t slot_size;
		uint64_t capacity;
	} wrong[] = {{0, 16}, {72, 16}, {64, 15}, {64, 0}, {64, 32}, {128, 16}, {64, UINT64_C(1) << 58}};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		p.producer.area->slot_size = wrong[i].slot_size;
		p.producer.area->capacity = wrong[i].capacity;
		assert_int_equal(ring_open(&r, p.fd, RING_CONSUMER), -EPROTO);
	}
	p.producer.area->slot_size = SLOT;
	p.producer.area->capacity = CAPACITY;
	p.producer.area->version = 2;
	assert_int_equal(ring_open(&r, p.fd, RING_CONSUMER), -EPROTO);
	p.producer.area->version = RING_VERSION;
	p.producer.area->head = CAPACITY + 1;
	assert_int_equal(ring_open(&r, p.fd, RING_CONSUMER), -EPROTO);
	p.producer.area->head = 0;
	assert_int_equal(ring_open(&r, p.fd, RING_CONSUMER), 0);
	ring_close(&r);
	pair_close(&p);
}

/* R36 */
static void only_a_sleeper_is_woken_and_only_once(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, CAPACITY);
	uint64_t out;

	offer_u64(&p.producer, 1);
	assert_false(ring_publish(&p.producer));
	assert_false(ring_sleep(&p.consumer)); // there is a message
	ring_poll(&p.consumer, &out, sizeof(out));
	assert_true(ring_sleep(&p.consumer));
	assert_false(ring_publish(&p.producer)); // nothing new
	offer_u64(&p.producer, 2);
	assert_true(ring_publish(&p.producer));
	offer_u64(&p.producer, 3);
	assert_false(ring_publish(&p.producer));

	while (offer_u64(&p.producer, 4) == 0)
		;
	ring_publish(&p.producer);
	assert_true(ring_sleep(&p.producer));
	assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), 8);
	assert_true(ring_release(&p.consumer));
	assert_int_equal(ring_poll(&p.consumer, &out, sizeof(out)), 8);
	assert_false(ring_release(&p.consumer));
	pair_close(&p);
}

// Sends numbered messages of varying length for ever, publishing now and then.
static void produce(int fd) {
	struct ring r;
	uint8_t message[512];
	uint64_t n;

	if (ring_open(&r, fd, RING_PRODUCER) < 0)
		_exit(1);
	for (n = r.position;; n = r.position) {
		size_t length = 16 + (n * 13) % 300;
		fill(message, length, n);
		memcpy(message, &n, 8);
		memcpy(message + 8, &length, 8);
		while (ring_offer(&r, message, length) == -EAGAIN) {
			ring_publish(&r);
			sched_yield();
		}
		if (n % 3 == 0)
			ring_publish(&r);
	}
}

static void check_produced(const uint8_t *message, size_t length) {
	uint8_t expected[512];
	uint64_t n;

	memcpy(&n, message, 8);
	fill(expected, length, n);
	memcpy(expected, &n, 8);
	memcpy(expected + 8, &length, 8);
	assert_int_equal(length, 16 + (n * 13) % 300);
	assert_memory_equal(message, expected, length);
}

/* R31 */
static void a_producer_killed_in_mid_write_leaves_whole_messages_only(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, 64);
	uint8_t message[512];
	uint64_t read = 0;
	unsigned seed = (unsigned)time(NULL);

	print_message("seed %u\n", seed);
	for (int kills = 0; kills < 100; kills++) {
		pid_t child = fork();
		if (child == 0)
			produce(p.fd);
		uint64_t target = read + 1 + (uint64_t)rand_r(&seed) % 2000;
		ssize_t length;
		bool killed = false;
		// After the kill, whatever was published is still read.
		while (!killed || length > 0) {
			length = ring_poll(&p.consumer, message, sizeof(message));
			assert_true(length >= 0);
			if (length > 0) {
				check_produced(message, (size_t)length);
				ring_release(&p.consumer);
				read++;
			} else {
				sched_yield();
			}
			if (!killed && read >= target) {
				kill(child, SIGKILL);
				waitpid(child, NULL, 0);
				killed = true;
				length = 1;
			}
		}
	}
	assert_true(read >= 100);
	pair_close(&p);
}

/* R31 */
static void a_dead_consumer_costs_its_producer_nothing_but_a_count(void **state) {
	(void)state;
	struct pair p = pair_of(SLOT, CAPACITY);
	pid_t child = fork();

	if (child == 0) {
		uint8_t out[512];
		while (ring_poll(&p.consumer, out, sizeof(out)) == 0)
			;
		_exit(0); // without giving anything back
	}
	offer_u64(&p.producer, 1);
	ring_publish(&p.producer);
	waitpid(child, NULL, 0);
	for (int i = 1; i < CAPACITY; i++)
		assert_int_equal(offer_u64(&p.producer, 1), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(offer_u64(&p.producer, 1), -EAGAIN);
	assert_int_equal(p.producer.refused, 1000);
	pair_close(&p);
}

// --- hand-over -----------------------------------------------------------------------------------

struct place {
	char directory[64];
	char path[80];
};

static int place_setup(void **state) {
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->directory, "/tmp/lagopus-ring-test-XXXXXX");
	if (mkdtemp(place->directory) == NULL)
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/worker.sock", place->directory);
	*state = place;
	return 0;
}

static int place_teardown(void **state) {
	struct place *place = *state;

	unlink(place->path);
	rmdir(place->directory);
	free(place);
	return 0;
}

static void wait_for(int fd) {
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 10000), 1);
}

static int accept_one(int listener, struct ring_peer *peer) {
	int counters = memfd_create("no-counters", MFD_CLOEXEC);

	wait_for(listener);
	int result = handover_accept(listener, HANDOVER_OWN, SLOT, CAPACITY, counters, 77, peer);
	close(counters);
	return result;
}

// A client that sends one message, waits asleep for the answer, and ends.
static void run_client(const char *path) {
	struct ring_peer worker;
	uint64_t value = 41;
	int counters;

	if (handover_connect(path, &worker, &counters) < 0 || fcntl(counters, F_GETFD) != FD_CLOEXEC)
		_exit(1);
	ring_offer(&worker.requests, &value, sizeof(value));
	if (ring_publish(&worker.requests))
		ring_peer_wake(&worker);
	while (ring_poll(&worker.replies, &value, sizeof(value)) == 0) {
		struct pollfd p = {.fd = worker.fd, .events = POLLIN};
		if (ring_peer_sleep(&worker) && poll(&p, 1, 10000) != 1)
			_exit(2);
		if (ring_peer_drain(&worker) < 0)
			_exit(3);
	}
	_exit(value == 42 ? 0 : 4);
}

/* R32 R33 */
static void a_client_gets_its_own_rings_and_its_end_is_seen(void **state) {
	struct place *place = *state;
	int listener = handover_listen(place->path, HANDOVER_OWN);
	assert_true(listener >= 0);
	struct ring_peer peer;
	assert_int_equal(handover_accept(listener, HANDOVER_OWN, SLOT, CAPACITY, -1, 77, &peer), -EAGAIN);

	pid_t child = fork();
	if (child == 0)
		run_client(place->path);
	assert_int_equal(accept_one(listener, &peer), 0);
	assert_int_equal(peer.pid, child);
	assert_int_equal(peer.uid, geteuid());

	uint64_t value = 0;
	while (ring_poll(&peer.requests, &value, sizeof(value)) == 0) {
		if (ring_peer_sleep(&peer))
			wait_for(peer.fd);
		assert_int_equal(ring_peer_drain(&peer), 0);
	}
	assert_int_equal(value, 41);
	// The client sleeps by now, or sees the answer before it does.
	value++;
	ring_offer(&peer.replies, &value, sizeof(value));
	if (ring_publish(&peer.replies))
		ring_peer_wake(&peer);

	int status;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	while (ring_peer_drain(&peer) == 0)
		wait_for(peer.fd);
	ring_peer_wake(&peer); // into the void: no signal
	ring_peer_close(&peer);
	close(listener);
}

#define NAPS 100000

// Reads numbered messages, asleep whenever there is none.
static void run_sleepy_reader(const char *path) {
	struct ring_peer worker;
	uint64_t value;

	if (handover_connect(path, &worker, NULL) < 0)
		_exit(1);
	for (uint64_t expected = 0; expected < NAPS;) {
		if (ring_poll(&worker.replies, &value, sizeof(value)) > 0) {
			if (value != expected++)
				_exit(2);
			if (ring_release(&worker.replies))
				ring_peer_wake(&worker);
			continue;
		}
		struct pollfd p = {.fd = worker.fd, .events = POLLIN};
		if (ring_peer_sleep(&worker) && poll(&p, 1, 10000) != 1)
			_exit(3);
		if (ring_peer_drain(&worker) < 0)
			_exit(4);
	}
	_exit(0);
}

/* R36 */
static void no_wake_is_ever_lost(void **state) {
	struct place *place = *state;
	int listener = handover_listen(place->path, HANDOVER_OWN);
	struct ring_peer peer;
	pid_t child = fork();

	if (child == 0)
		run_sleepy_reader(place->path);
	assert_int_equal(accept_one(listener, &peer), 0);
	for (uint64_t value = 0; value < NAPS;) {
		if (ring_offer(&peer.replies, &value, sizeof(value)) == 0) {
			value++;
			if (ring_publish(&peer.replies))
				ring_peer_wake(&peer);
			continue;
		}
		if (ring_sleep(&peer.replies))
			wait_for(peer.fd);
		ring_peer_drain(&peer); // the end is seen below
	}
	int status;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	ring_peer_close(&peer);
	close(listener);
}

/* R33 */
static void another_user_is_not_served(void **state) {
	struct place *place = *state;
	if (geteuid() != 0)
		skip();
	int listener = handover_listen(place->path, HANDOVER_OWN);
	struct stat st;
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	// Even if somebody opened the way.
	chmod(place->path, 0666);
	chmod(place->directory, 0755);

	pid_t child = fork();
	if (child == 0) {
		struct ring_peer worker;
		_exit(setuid(65534) == 0 && handover_connect(place->path, &worker, NULL) == -EPIPE
			      ? 0
			      : 1);
	}
	struct ring_peer peer;
	assert_int_equal(accept_one(listener, &peer), -EPERM);
	int status;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	close(listener);
}

/* R31 */
static void a_dead_workers_socket_is_replaced_a_living_ones_is_not(void **state) {
	struct place *place = *state;
	int first = handover_listen(place->path, HANDOVER_OWN);
	assert_true(first >= 0);
	assert_int_equal(handover_listen(place->path, HANDOVER_OWN), -EADDRINUSE);
	close(first);
	int second = handover_listen(place->path, HANDOVER_OWN);
	assert_true(second >= 0);
	close(second);
}

// --- counters ------------------------------------------------------------------------------------

struct block {
	uint64_t ports[4][2];
	uint64_t drops[3];
};

/* R52 */
static void counters_are_summed_over_threads_and_named(void **state) {
	(void)state;
	const char *const fields[] = {"rx-packets", "rx-octets"};
	const char *const packets[] = {"packets"};
	const char *const reasons[] = {"no-mbuf", "ttl", "no-route"};
	const struct counter_description kinds[] = {
		{COUNTER_PORT, "port", 4, 2, 16, offsetof(struct block, ports), fields, NULL},
		{COUNTER_DROP, "drop", 3, 1, 8, offsetof(struct block, drops), packets, reasons},
	};
	struct counter_segment s;

	assert_int_equal(counter_segment_create(&s, kinds, 2, sizeof(struct block), 3, 9), 0);
	struct block *one = counter_segment_block(&s, 0), *two = counter_segment_block(&s, 2);
	assert_null(counter_segment_block(&s, 3));
	one->ports[1][1] = 100;
	two->ports[1][1] = 11;
	two->drops[2] = 5;
	counter_segment_key(&s, COUNTER_PORT, 1, 65535);
	assert_int_equal(counter_segment_sum(&s, COUNTER_PORT, 1, 1), 111);
	assert_int_equal(counter_segment_sum(&s, COUNTER_DROP, 2, 0), 5);
	assert_int_equal(counter_segment_sum(&s, COUNTER_DROP, 3, 0), 0);

	// As a client sees it.
	const struct counter_segment_header *h
		= mmap(NULL, RING_SLOTS_AT, PROT_READ, MAP_SHARED, s.fd, 0);
	assert_ptr_not_equal(h, MAP_FAILED);
	const struct counter_entry *e = (const struct counter_entry *)(h + 1);
	assert_int_equal(h->magic, COUNTER_SEGMENT_MAGIC);
	assert_int_equal(h->blocks, 3);
	assert_string_equal((const char *)h + e[0].fields_at + COUNTER_NAME, "rx-octets");
	assert_string_equal((const char *)h + e[1].names_at + COUNTER_NAME, "ttl");
	assert_int_equal(((const uint64_t *)((const char *)h + e[0].keys_at))[1], 65535);
	munmap((void *)h, RING_SLOTS_AT);

	// The one-way street: neither a writable mapping nor a write nor another size, for root either.
	assert_ptr_equal(
		mmap(NULL, RING_SLOTS_AT, PROT_READ | PROT_WRITE, MAP_SHARED, s.fd, 0), MAP_FAILED
	);
	assert_int_equal(pwrite(s.fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(s.fd, 0), -1);
	counter_segment_close(&s);
}

/* R52 */
static void counters_that_do_not_fit_their_block_are_refused(void **state) {
	(void)state;
	const char *const fields[] = {"packets", "octets"};
	struct counter_segment s;
	struct counter_description wrong[] = {
		{COUNTER_PORT, "port", 4, 2, 8, 0, fields, NULL},
		{COUNTER_PORT, "port", 5, 2, 16, 0, fields, NULL},
		{COUNTER_PORT, "port", 4, 2, 16, 4, fields, NULL},
		{COUNTER_PORT, "port", 0, 2, 16, 0, fields, NULL},
	};

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(counter_segment_create(&s, &wrong[i], 1, 64, 1, 1), -EINVAL);
}

// --- messages ------------------------------------------------------------------------------------

/* R32 */
static void messages_are_checked_before_anybody_reads_them(void **state) {
	(void)state;
	struct ring_port_set m = {
		.header = {.type = RING_PORT_SET, .length = sizeof(m)},
		.driver = RING_DRIVER_TAP,
	};

	assert_int_equal(ring_message_check(&m, sizeof(m)), RING_ERROR_OK);
	assert_int_equal(ring_message_check(&m, sizeof(m) - 8), RING_ERROR_MALFORMED);
	assert_int_equal(ring_message_check(&m, 4), RING_ERROR_MALFORMED);
	m.header.length = sizeof(m) - 8;
	assert_int_equal(ring_message_check(&m, sizeof(m) - 8), RING_ERROR_MALFORMED);
	m.header.length = sizeof(m);
	m.driver = 200;
	assert_int_equal(ring_message_check(&m, sizeof(m)), RING_ERROR_MALFORMED);
	m.driver = RING_DRIVER_TAP;
	m.enabled = 2;
	assert_int_equal(ring_message_check(&m, sizeof(m)), RING_ERROR_MALFORMED);
	m.enabled = 1;
	memset(m.name, 'x', sizeof(m.name));
	assert_int_equal(ring_message_check(&m, sizeof(m)), RING_ERROR_MALFORMED);
	m.name[sizeof(m.name) - 1] = '\0';
	assert_int_equal(ring_message_check(&m, sizeof(m)), RING_ERROR_OK);
	m.header.type = 999;
	assert_int_equal(ring_message_check(&m, sizeof(m)), RING_ERROR_UNKNOWN_MESSAGE);
	assert_string_equal(ring_message_name(RING_PORT_SET), "port-set");
	assert_string_equal(ring_message_name(999), "?");
	assert_string_equal(ring_error_name(RING_ERROR_IN_USE), "in-use");
}

/* R32 */
static void a_count_is_checked_against_the_length(void **state) {
	(void)state;
	struct {
		struct ring_route_set m;
		struct ring_next_hop hops[2];
	} route = {
		.m = {.header = {.type = RING_ROUTE_SET, .length = sizeof(route)},
		      .source = RING_ROUTE_SOURCE_STATIC,
		      .next_hops_count = 2},
		.hops = {{.kind = RING_NEXT_HOP_KIND_GATEWAY}, {.kind = RING_NEXT_HOP_KIND_REJECT}},
	};
	const uint32_t counts[] = {0, 1, 3, UINT32_MAX, UINT32_C(0x08000002)};

	assert_int_equal(ring_message_check(&route, sizeof(route)), RING_ERROR_OK);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		route.m.next_hops_count = counts[i];
		assert_int_equal(ring_message_check(&route, sizeof(route)), RING_ERROR_MALFORMED);
	}
	route.m.next_hops_count = 2;
	route.hops[1].kind = 0;
	assert_int_equal(ring_message_check(&route, sizeof(route)), RING_ERROR_MALFORMED);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_of_any_length_come_out_as_they_went_in),
		cmocka_unit_test(what_is_not_published_is_not_there),
		cmocka_unit_test(a_full_ring_refuses_and_counts),
		cmocka_unit_test(messages_that_can_never_fit_are_refused),
		cmocka_unit_test(a_hostile_head_ends_the_ring),
		cmocka_unit_test(a_hostile_tail_ends_the_ring),
		cmocka_unit_test(a_hostile_length_ends_the_ring),
		cmocka_unit_test(memory_that_is_no_ring_is_not_opened),
		cmocka_unit_test(only_a_sleeper_is_woken_and_only_once),
		cmocka_unit_test(a_producer_killed_in_mid_write_leaves_whole_messages_only),
		cmocka_unit_test(a_dead_consumer_costs_its_producer_nothing_but_a_count),
		cmocka_unit_test_setup_teardown(
			a_client_gets_its_own_rings_and_its_end_is_seen, place_setup, place_teardown
		),
		cmocka_unit_test_setup_teardown(no_wake_is_ever_lost, place_setup, place_teardown),
		cmocka_unit_test_setup_teardown(
			another_user_is_not_served, place_setup, place_teardown
		),
		cmocka_unit_test_setup_teardown(
			a_dead_workers_socket_is_replaced_a_living_ones_is_not,
			place_setup,
			place_teardown
		),
		cmocka_unit_test(counters_are_summed_over_threads_and_named),
		cmocka_unit_test(counters_that_do_not_fit_their_block_are_refused),
		cmocka_unit_test(messages_are_checked_before_anybody_reads_them),
		cmocka_unit_test(a_count_is_checked_against_the_length),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
