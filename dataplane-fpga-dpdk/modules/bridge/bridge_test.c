// The bridge from frame to frame, and its table under several threads.

#include "worker/testing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_rcu_qsbr.h>

#include "bridge.h"
#include "ring/messages.h"

#define FRAME 60

static const uint8_t alice[] = {0x02, 0xa, 0, 0, 0, 1}, bob[] = {0x02, 0xb, 0, 0, 0, 2},
	everyone[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static uint8_t frame[1600];

// A frame with a tag, or without one when `tag` is -1; returns its length.
static uint16_t make(const uint8_t *to, const uint8_t *from, int tag) {
	unsigned at = 12;

	memset(frame, 0x5a, sizeof(frame));
	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	if (tag >= 0) {
		frame[at++] = 0x81;
		frame[at++] = 0x00;
		frame[at++] = 0x60 | tag >> 8; // priority 3
		frame[at++] = tag & 0xff;
	}
	frame[at++] = 0x88;
	frame[at++] = 0xb5;
	return FRAME + at - 14;
}

static void comes(uint32_t port, const uint8_t *to, const uint8_t *from, int tag) {
	uint16_t length = make(to, from, tag);

	testing_frame(port, frame, length);
}

// What the port sent is this frame with this tag.
static void leaves(uint32_t port, const uint8_t *to, const uint8_t *from, int tag) {
	uint8_t got[1600];
	uint16_t length = testing_sent(port, got, sizeof(got)), wanted = make(to, from, tag);

	assert_int_equal(length, wanted);
	if (tag >= 0)
		got[14] = 0x60 | (got[14] & 0x0f); // a pushed tag has no priority
	assert_memory_equal(got, frame, length);
}

static void silent(uint32_t port) {
	uint8_t got[1600];

	assert_int_equal(testing_sent(port, got, sizeof(got)), 0);
}

static void commit(void) {
	if (testing_prepare() < 0 || testing_commit() < 0) {
		print_error("%s\n", testing_failure.text);
		assert_true(false);
	}
}

static void ports(void) {
	assert_int_equal(testing_begin(false), 0);
	for (uint32_t n = 1; n <= 3; n++)
		assert_int_equal(testing_port(n, 1500), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L2), 0);
}

static void plug(void) {
	commit();
	for (uint32_t n = 1; n <= 3; n++)
		testing_plug(n);
}

// Interface 10 + n on port n.
static void three_plain_ports(void) {
	ports();
	for (uint32_t n = 1; n <= 3; n++)
		assert_int_equal(testing_bridged(10 + n, n, 1, RING_VLAN_MODE_ANY, 0), 0);
	plug();
}

#define assert_drops(reason, what)                                                                 \
	do {                                                                                       \
		uint64_t before_ = drop_total(reason);                                             \
		what;                                                                              \
		assert_int_equal(drop_total(reason), before_ + 1);                                 \
	} while (0)

/* R49 */
static void floods_what_it_does_not_know_and_then_knows_it(void **state) {
	three_plain_ports();
	comes(1, bob, alice, -1);
	silent(1);
	leaves(2, bob, alice, -1);
	leaves(3, bob, alice, -1);
	comes(2, alice, bob, -1);
	leaves(1, alice, bob, -1);
	silent(2);
	silent(3);
	comes(1, bob, alice, -1);
	leaves(2, bob, alice, -1);
	silent(3);
}

/* R49 */
static void a_station_that_moves_is_followed(void **state) {
	three_plain_ports();
	comes(1, everyone, alice, -1);
	comes(3, everyone, alice, -1);
	leaves(1, everyone, alice, -1);
	leaves(2, everyone, alice, -1);
	leaves(2, everyone, alice, -1);
	leaves(3, everyone, alice, -1);
	comes(2, alice, bob, -1);
	silent(1);
	leaves(3, alice, bob, -1);
}

/* R49 */
static void nothing_goes_back_where_it_came_from(void **state) {
	three_plain_ports();
	comes(1, everyone, alice, -1);
	leaves(2, everyone, alice, -1);
	leaves(3, everyone, alice, -1);
	assert_drops(DROP_SAME_INTERFACE, comes(1, alice, bob, -1));
	silent(1);
	silent(2);
	silent(3);
}

/* R49 R52 */
static void frames_between_neighbors_only_are_not_forwarded(void **state) {
	static const uint8_t stp[] = {0x01, 0x80, 0xc2, 0, 0, 0}, lldp[] = {0x01, 0x80, 0xc2, 0, 0, 0xe},
		other[] = {0x01, 0x80, 0xc2, 0, 0, 0x10};

	three_plain_ports();
	assert_drops(DROP_RESERVED_MAC, comes(1, stp, alice, -1));
	assert_drops(DROP_RESERVED_MAC, comes(1, lldp, alice, -1));
	assert_drops(DROP_SOURCE_MAC, comes(1, bob, everyone, -1));
	silent(2);
	silent(3);
	comes(1, other, alice, -1);
	leaves(2, other, alice, -1);
	leaves(3, other, alice, -1);
}

// Port 1 access VLAN 10, port 2 trunk of 10 and 20 to 29 with native VLAN 30, port 3 access VLAN 20.
static void vlans(void) {
	ports();
	assert_int_equal(testing_bridged(11, 1, 1, RING_VLAN_MODE_ACCESS, 10), 0);
	assert_int_equal(testing_bridged(12, 2, 1, RING_VLAN_MODE_TRUNK, 30), 0);
	assert_int_equal(testing_trunk(12, 10, 10), 0);
	assert_int_equal(testing_trunk(12, 20, 29), 0);
	assert_int_equal(testing_bridged(13, 3, 1, RING_VLAN_MODE_ACCESS, 20), 0);
	plug();
}

/* R49 */
static void access_and_trunk_push_and_pop_tags(void **state) {
	vlans();
	comes(1, everyone, alice, -1);
	leaves(2, everyone, alice, 10);
	silent(3);
	comes(2, alice, bob, 10);
	leaves(1, alice, bob, -1);
	silent(3);
	comes(2, everyone, bob, 20);
	silent(1);
	leaves(3, everyone, bob, -1);
}

/* R49 */
static void each_vlan_learns_for_itself(void **state) {
	vlans();
	comes(1, everyone, alice, -1);
	leaves(2, everyone, alice, 10);
	// Alice is known in VLAN 10; in VLAN 20 nobody knows her.
	comes(3, alice, bob, -1);
	leaves(2, alice, bob, 20);
	silent(1);
}

/* R49 */
static void the_native_vlan_travels_without_a_tag(void **state) {
	ports();
	assert_int_equal(testing_bridged(11, 1, 1, RING_VLAN_MODE_ACCESS, 30), 0);
	assert_int_equal(testing_bridged(12, 2, 1, RING_VLAN_MODE_TRUNK, 30), 0);
	plug();
	comes(1, everyone, alice, -1);
	leaves(2, everyone, alice, -1);
	comes(2, everyone, bob, -1);
	leaves(1, everyone, bob, -1);
	comes(2, everyone, bob, 30);
	leaves(1, everyone, bob, -1);
	// A tag of VLAN 0 carries a priority, no VLAN.
	comes(2, everyone, bob, 0);
	leaves(1, everyone, bob, -1);
}

/* R49 R52 */
static void a_tag_nobody_takes_is_dropped_and_counted(void **state) {
	vlans();
	assert_drops(DROP_UNKNOWN_VLAN, comes(2, everyone, bob, 40));
	assert_drops(DROP_UNKNOWN_VLAN, comes(1, everyone, alice, 10));
	assert_drops(DROP_TOO_SHORT, testing_frame(1, frame, 13));
	silent(1);
	silent(2);
	silent(3);
}

/* R49 */
static void a_port_that_minds_no_vlans_leaves_tags_alone(void **state) {
	three_plain_ports();
	comes(1, everyone, alice, 77);
	leaves(2, everyone, alice, 77);
	leaves(3, everyone, alice, 77);
}

/* R49 */
static void static_entries_hold_against_what_is_learned(void **state) {
	struct ring_static_fdb_set entry = {
		.header.type = RING_STATIC_FDB_SET, .instance = 1, .interface = 13};

	three_plain_ports();
	memcpy(entry.mac, bob, 6);
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_send(&entry), 0);
	commit();
	comes(2, everyone, bob, -1);
	leaves(1, everyone, bob, -1);
	leaves(3, everyone, bob, -1);
	comes(1, bob, alice, -1);
	leaves(3, bob, alice, -1);
	silent(2);
}

/* R49 */
static void no_more_addresses_than_the_limit_are_learned(void **state) {
	struct ring_instance_set m = {
		.header.type = RING_INSTANCE_SET,
		.instance = 1,
		.kind = RING_INSTANCE_KIND_L2,
		.mac_learning = 1,
		.mac_ageing = 300,
		.mac_limit = 5,
		.name = "instance1",
	};
	uint8_t mac[6] = {2, 0xc, 0, 0, 0, 0}, got[1600];

	ports();
	for (uint32_t n = 1; n <= 3; n++)
		assert_int_equal(testing_bridged(10 + n, n, 1, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_send(&m), 0);
	plug();
	for (mac[5] = 1; mac[5] <= 20; mac[5]++) {
		comes(1, everyone, mac, -1);
		testing_sent(2, got, sizeof(got));
		testing_sent(3, got, sizeof(got));
	}
	assert_int_equal(face_instance_by_id(face_current(), 1)->bridge->count, 5);
}

/* R49 */
static void without_learning_everything_is_flooded(void **state) {
	struct ring_instance_set m = {
		.header.type = RING_INSTANCE_SET,
		.instance = 1,
		.kind = RING_INSTANCE_KIND_L2,
		.name = "instance1",
	};

	ports();
	for (uint32_t n = 1; n <= 3; n++)
		assert_int_equal(testing_bridged(10 + n, n, 1, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_send(&m), 0);
	plug();
	comes(1, everyone, alice, -1);
	leaves(2, everyone, alice, -1);
	leaves(3, everyone, alice, -1);
	comes(2, alice, bob, -1);
	leaves(1, alice, bob, -1);
	leaves(3, alice, bob, -1);
}

/* R21 R49 */
static void what_was_learned_survives_a_commit_but_not_its_interface(void **state) {
	three_plain_ports();
	comes(1, everyone, alice, -1);
	leaves(2, everyone, alice, -1);
	leaves(3, everyone, alice, -1);
	comes(2, everyone, bob, -1);
	leaves(1, everyone, bob, -1);
	leaves(3, everyone, bob, -1);
	assert_int_equal(face_instance_by_id(face_current(), 1)->bridge->count, 2);

	// The interface of bob leaves the bridge; alice stays known.
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_bridged(12, 2, 0, RING_VLAN_MODE_ANY, 0), 0);
	commit();
	assert_int_equal(face_instance_by_id(face_current(), 1)->bridge->count, 1);
	comes(3, alice, bob, -1);
	leaves(1, alice, bob, -1);
	assert_drops(DROP_NO_INSTANCE, comes(2, everyone, bob, -1));
}

/* R49 R52 */
static void a_frame_larger_than_the_way_out_is_dropped(void **state) {
	uint64_t before;

	ports();
	assert_int_equal(testing_port(2, 1000), 0);
	assert_int_equal(testing_bridged(11, 1, 1, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_bridged(12, 2, 1, RING_VLAN_MODE_ANY, 0), 0);
	plug();
	make(bob, alice, -1);
	before = drop_total(DROP_TOO_BIG);
	testing_frame(1, frame, 1500);
	assert_int_equal(drop_total(DROP_TOO_BIG), before + 1);
	silent(2);
}

/* R52 */
static void ports_and_interfaces_count_what_passes(void **state) {
	const struct counter_block *c;
	uint16_t in, out;

	three_plain_ports();
	in = testing_slot(1);
	out = testing_slot(2);
	c = datapath_thread(0)->counters;
	uint64_t rx = c->ports[in].rx_packets, octets = c->ports[in].rx_octets,
		 tx = c->ports[out].tx_packets, broadcasts = c->ports[in].rx_broadcast;

	comes(1, everyone, alice, -1);
	comes(1, bob, alice, -1);
	assert_int_equal(c->ports[in].rx_packets, rx + 2);
	assert_int_equal(c->ports[in].rx_octets, octets + 2 * FRAME);
	assert_int_equal(c->ports[in].rx_broadcast, broadcasts + 1);
	assert_int_equal(c->ports[out].tx_packets, tx + 2);
	assert_int_equal(
		c->interfaces[face_interface_by_id(face_current(), 11)->slot].rx_packets, 2
	);
}

// --- the table by itself -------------------------------------------------------------------------

static bool older_than(uint64_t key, uint64_t value, const void *argument) {
	return bridge_seen(value) < *(const uint32_t *)argument;
}

/* R49 */
static void the_table_forgets_what_was_not_seen(void **state) {
	struct bridge *b = bridge_create(1, 100);
	uint32_t limit = 1000;

	bridge_learn(b, 100, fdb_key(alice, 0), 1, 999);
	bridge_learn(b, 100, fdb_key(bob, 0), 2, 999);
	bridge_learn(b, 100, fdb_key(bob, 0), 2, 1001);
	assert_int_equal(bridge_sweep(b, older_than, &limit), 1);
	assert_int_equal(bridge_find(b, fdb_key(alice, 0)), 0);
	assert_int_equal(bridge_slot(bridge_find(b, fdb_key(bob, 0))), 2);
	assert_int_equal(b->count, 1);
	bridge_free(b);
}

#define KEYS 3000
#define LEARNERS 3

static struct bridge *shared;
static bool done; // __atomic

static void *learner(void *argument) {
	unsigned id = 1 + (uintptr_t)argument;
	uint8_t mac[6] = {2};
	uint64_t wrong = 0;

	rte_rcu_qsbr_thread_register(rcu_variable(), id);
	rte_rcu_qsbr_thread_online(rcu_variable(), id);
	for (uint32_t i = 0; !__atomic_load_n(&done, __ATOMIC_RELAXED); i++) {
		uint32_t n = (i * 2654435761u >> 7) % KEYS;
		uint64_t key, value;

		memcpy(mac + 1, &n, 4);
		key = fdb_key(mac, 1);
		bridge_learn(shared, KEYS, key, n % 1000 + 1, i >> 12);
		value = bridge_find(shared, key);
		// It may have been swept, but it is never another's.
		wrong += value != 0 && bridge_slot(value) != n % 1000 + 1;
		if (i % 64 == 0)
			rte_rcu_qsbr_quiescent(rcu_variable(), id);
	}
	rte_rcu_qsbr_thread_offline(rcu_variable(), id);
	rte_rcu_qsbr_thread_unregister(rcu_variable(), id);
	return (void *)(uintptr_t)wrong;
}

static bool every_third(uint64_t key, uint64_t value, const void *argument) {
	return (key + *(const unsigned *)argument) % 3 == 0;
}

static bool all(uint64_t key, uint64_t value, const void *argument) {
	return true;
}

/* R18 R49 */
static void threads_learn_and_the_control_thread_sweeps_at_once(void **state) {
	pthread_t threads[LEARNERS];
	unsigned counted;
	void *wrong;

	shared = bridge_create(1, KEYS);
	__atomic_store_n(&done, false, __ATOMIC_RELAXED);
	for (uintptr_t i = 0; i < LEARNERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, learner, (void *)i), 0);
	for (unsigned round = 0; round < 2000; round++)
		bridge_sweep(shared, every_third, &round);
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < LEARNERS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_true(shared->count <= KEYS);
	// Each counted entry is there, and no other.
	counted = shared->count;
	assert_int_equal(bridge_sweep(shared, all, NULL), counted);
	assert_int_equal(shared->count, 0);
	bridge_free(shared);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, testing_reset)
	const struct CMUnitTest tests[] = {
		TEST(floods_what_it_does_not_know_and_then_knows_it),
		TEST(a_station_that_moves_is_followed),
		TEST(nothing_goes_back_where_it_came_from),
		TEST(frames_between_neighbors_only_are_not_forwarded),
		TEST(access_and_trunk_push_and_pop_tags),
		TEST(each_vlan_learns_for_itself),
		TEST(the_native_vlan_travels_without_a_tag),
		TEST(a_tag_nobody_takes_is_dropped_and_counted),
		TEST(a_port_that_minds_no_vlans_leaves_tags_alone),
		TEST(static_entries_hold_against_what_is_learned),
		TEST(no_more_addresses_than_the_limit_are_learned),
		TEST(without_learning_everything_is_flooded),
		TEST(what_was_learned_survives_a_commit_but_not_its_interface),
		TEST(a_frame_larger_than_the_way_out_is_dropped),
		TEST(ports_and_interfaces_count_what_passes),
		TEST(the_table_forgets_what_was_not_seen),
		TEST(threads_learn_and_the_control_thread_sweeps_at_once),
	};

	return cmocka_run_group_tests_name("bridge", tests, testing_start, testing_stop);
}
