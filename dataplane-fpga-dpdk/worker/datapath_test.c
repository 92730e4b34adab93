// Input, and what modules ask of the worker: timers, grace periods, the ways between threads.

#include "testing.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <rte_rcu_qsbr.h>

#include "ring/messages.h"

static uint8_t frame[100];

// To a MAC whose last byte is `to`, with a tag unless it is -1, of an EtherType.
static void comes(uint32_t port, uint8_t to, int tag, uint16_t type) {
	unsigned at = 12;

	memset(frame, 0, sizeof(frame));
	frame[0] = 2;
	frame[5] = to;
	frame[6] = 2;
	frame[11] = 0x99;
	if (tag >= 0) {
		frame[at++] = 0x81;
		frame[at++] = 0;
		frame[at++] = tag >> 8;
		frame[at++] = tag & 0xff;
	}
	frame[at++] = type >> 8;
	frame[at++] = type & 0xff;
	testing_frame(port, frame, 60);
}

// Port 1: untagged routed, VLAN 5 routed, VLAN 6 without an instance, VLAN 7 disabled.
static void routed_port(void) {
	struct ring_interface_set disabled = {
		.header.type = RING_INTERFACE_SET,
		.interface = 17,
		.port = 1,
		.instance = 1,
		.kind = RING_INTERFACE_KIND_ROUTED,
		.vlan = 7,
		.name = "disabled",
	};

	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L3), 0);
	assert_int_equal(testing_routed(11, 1, 1, 0), 0);
	assert_int_equal(testing_routed(15, 1, 1, 5), 0);
	assert_int_equal(testing_routed(16, 1, 0, 6), 0);
	assert_int_equal(testing_send(&disabled), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_int_equal(testing_commit(), 0);
	testing_plug(1);
}

static uint64_t packets_in(uint32_t interface) {
	return datapath_thread(0)
		->counters->interfaces[face_interface_by_id(face_current(), interface)->slot]
		.rx_packets;
}

#define assert_drops(reason, what)                                                                 \
	do {                                                                                       \
		uint64_t before_ = drop_total(reason);                                             \
		what;                                                                              \
		assert_int_equal(drop_total(reason), before_ + 1);                                 \
	} while (0)

/* R49 R52 */
static void a_frame_finds_its_interface_by_its_tag(void **state) {
	routed_port();
	assert_drops(DROP_UNKNOWN_ETHERTYPE, comes(1, 1, -1, 0x88b5));
	assert_int_equal(packets_in(11), 1);
	assert_drops(DROP_UNKNOWN_ETHERTYPE, comes(1, 1, 5, 0x88b5));
	assert_int_equal(packets_in(15), 1);
	// VLAN 0 is a priority only.
	assert_drops(DROP_UNKNOWN_ETHERTYPE, comes(1, 1, 0, 0x88b5));
	assert_int_equal(packets_in(11), 2);
}

/* R52 */
static void every_way_not_to_be_taken_has_its_reason(void **state) {
	routed_port();
	assert_drops(DROP_NOT_OUR_MAC, comes(1, 2, -1, RTE_ETHER_TYPE_IPV4));
	assert_drops(DROP_UNKNOWN_VLAN, comes(1, 1, 9, RTE_ETHER_TYPE_IPV4));
	assert_drops(DROP_NO_INSTANCE, comes(1, 1, 6, RTE_ETHER_TYPE_IPV4));
	assert_drops(DROP_INTERFACE_DOWN, comes(1, 1, 7, RTE_ETHER_TYPE_IPV4));
	assert_drops(DROP_TOO_SHORT, testing_frame(1, frame, 10));
}

/* R52 */
static void a_packet_cut_by_the_driver_is_dropped(void **state) {
	struct face_port *port;

	routed_port();
	port = (struct face_port *)&face_current()->ports[testing_slot(1)];
	port->truncates = true;
	memset(frame, 0, sizeof(frame));
	frame[0] = 2;
	frame[5] = 1;
	frame[6] = 2;
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[16] = 0x0b; // 3000 bytes, it says
	frame[17] = 0xb8;
	assert_drops(DROP_TRUNCATED, testing_frame(1, frame, 80));
}

static bool is_free(void) {
	return rte_mempool_in_use_count(port_pool(false)) == 0;
}

static void bounce(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	for (uint16_t i = 0; i < n; i++)
		node_next(t, NODE_BRIDGE, pkts[i]);
}

/* R52 */
static void a_packet_that_goes_round_is_stopped(void **state) {
	node_fn bridge = node_function(NODE_BRIDGE);
	struct rte_mbuf *m;

	node_register(NODE_BRIDGE, bounce);
	routed_port();
	m = packet_new();
	assert_non_null(m);
	rte_pktmbuf_append(m, 60);
	assert_drops(DROP_LOOP, (inject(NODE_BRIDGE, m), testing_rounds()));
	node_register(NODE_BRIDGE, bridge);
	assert_true(is_free());
}

static const struct rte_mbuf *punted;

static void take(const struct face *face, struct rte_mbuf *m) {
	punted = m;
	rte_pktmbuf_free(m);
}

/* R18 */
static void a_punted_packet_arrives_or_is_counted(void **state) {
	struct thread *t = datapath_thread(0);
	unsigned sent = 0;

	punt_register(PUNT_LOCAL, take);
	routed_port();
	punted = NULL;
	punt(t, PUNT_LOCAL, packet_new());
	assert_false(control_sleep());
	assert_true(punt_drain());
	assert_non_null(punted);
	assert_true(control_sleep());
	control_awake();
	// A storm: the queue takes what it holds, the rest has a reason, nothing is lost.
	uint64_t before = drop_total(DROP_PUNT_FULL);

	while (drop_total(DROP_PUNT_FULL) == before && sent++ < 5000)
		punt(t, PUNT_LOCAL, packet_new());
	assert_in_range(sent, 100, 1000);
	while (punt_drain())
		;
	drop_flush(t);
	punt_register(PUNT_LOCAL, NULL);
	assert_true(is_free());
}

/* R18 */
static void a_punted_packet_of_an_interface_that_left_is_dropped(void **state) {
	struct rte_mbuf *m;

	punt_register(PUNT_LOCAL, take);
	routed_port();
	m = packet_new();
	packet_of(m)->in_interface = face_interface_by_id(face_current(), 15)->slot;
	packet_of(m)->instance = face_instance_by_id(face_current(), 1)->slot;
	punt(datapath_thread(0), PUNT_LOCAL, m);
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_send(&(struct ring_interface_delete){
				 .header.type = RING_INTERFACE_DELETE, .interface = 15}), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_int_equal(testing_commit(), 0);
	punted = NULL;
	assert_drops(DROP_NO_INSTANCE, punt_drain());
	assert_null(punted);
	punt_register(PUNT_LOCAL, NULL);
}

#define TIMERS 500

static struct timer timers[TIMERS];
static unsigned ran;
static uint64_t last_due;

static void expire(struct timer *timer) {
	assert_true(timer->due >= last_due);
	last_due = timer->due;
	ran++;
}

static void timers_run_in_their_order_and_only_if_not_stopped(void **state) {
	uint64_t until;

	ran = 0;
	last_due = 0;
	for (unsigned i = 0; i < TIMERS; i++)
		timer_start(&timers[i], i * 7919 % 97, expire);
	for (unsigned i = 0; i < TIMERS; i += 5)
		timer_stop(&timers[i]);
	for (unsigned i = 1; i < TIMERS; i += 5)
		timer_start(&timers[i], i * 104729 % 97, expire);
	until = now_millis() + 5000;
	while (ran < TIMERS - TIMERS / 5 && now_millis() < until)
		timers_run();
	assert_int_equal(ran, TIMERS - TIMERS / 5);
	usleep(1000);
	timers_run();
	assert_int_equal(ran, TIMERS - TIMERS / 5);
}

static bool freed;

static void note(void *argument) {
	*(bool *)argument = true;
}

/* R21 */
static void what_is_deferred_waits_for_every_reader(void **state) {
	const unsigned reader = MAX_THREADS - 1;

	freed = false;
	rte_rcu_qsbr_thread_register(rcu_variable(), reader);
	rte_rcu_qsbr_thread_online(rcu_variable(), reader);
	rcu_defer(note, &freed);
	rcu_reclaim(false);
	assert_false(freed);
	rte_rcu_qsbr_quiescent(rcu_variable(), reader);
	rcu_reclaim(false);
	assert_true(freed);
	// One that sleeps is not waited for.
	freed = false;
	rte_rcu_qsbr_thread_offline(rcu_variable(), reader);
	rcu_defer(note, &freed);
	rcu_reclaim(false);
	assert_true(freed);
	rte_rcu_qsbr_thread_unregister(rcu_variable(), reader);
}

/* R31 R52 */
static void a_closed_gate_drops_and_counts_what_is_sent(void **state) {
	struct rte_mbuf *m;

	routed_port();
	port_gate(testing_slot(1), false);
	m = packet_new();
	rte_pktmbuf_append(m, 60);
	packet_of(m)->out_interface = face_interface_by_id(face_current(), 11)->slot;
	assert_drops(DROP_PORT_DOWN, (inject(NODE_INTERFACE_OUTPUT, m), testing_rounds()));
	port_gate(testing_slot(1), true);
	assert_true(is_free());
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, testing_reset)
	const struct CMUnitTest tests[] = {
		TEST(a_frame_finds_its_interface_by_its_tag),
		TEST(every_way_not_to_be_taken_has_its_reason),
		TEST(a_packet_cut_by_the_driver_is_dropped),
		TEST(a_packet_that_goes_round_is_stopped),
		TEST(a_punted_packet_arrives_or_is_counted),
		TEST(a_punted_packet_of_an_interface_that_left_is_dropped),
		TEST(timers_run_in_their_order_and_only_if_not_stopped),
		TEST(what_is_deferred_waits_for_every_reader),
		TEST(a_closed_gate_drops_and_counts_what_is_sent),
	};

	return cmocka_run_group_tests_name("datapath", tests, testing_start, testing_stop);
}
