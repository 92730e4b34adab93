// Packets in, packets out, byte by byte, through the three modules that route.
#include "testing/fake_worker.h"

#include <stdlib.h>

#include <rte_udp.h>

#include "icmp/icmp.h"
#include "neighbor/neighbor.h"
#include "owner.h"
#include "route/route.h"

static const struct feature *const modules[] = {&neighbor_feature, &route_feature, &icmp_feature};

static int set_up(void **state) {
	return fake_start(modules, RTE_DIM(modules));
}

static int tear_down(void **state) {
	return fake_stop();
}

static void receive(uint32_t interface, const struct frame *f) {
	fake_receive(interface, f->bytes, f->length);
}

static struct rte_ipv4_hdr *ip4(struct frame *f) {
	return (struct rte_ipv4_hdr *)(f->bytes + ETHER_BYTES);
}

static void resum(struct frame *f) {
	struct rte_ipv4_hdr *ip = ip4(f);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, (ip->version_ihl & 15) * 4);
}

static void assert_ether(const struct sent *s, uint16_t port, uint8_t host, uint16_t type) {
	uint8_t expected[14] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, port, type >> 8, type};
	fake_mac(expected, host);
	assert_int_equal(s->port, port);
	assert_memory_equal(s->bytes, expected, sizeof(expected));
}

/* R43 R44 */
static void an_ip4_packet_leaves_with_new_macs_ttl_and_checksum(void **state) {
	fake_know(12, "10.2.0.9", 9);
	for (unsigned ttl = 2; ttl <= 255; ttl++) {
		struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", ttl, 18 + ttl);
		uint64_t dropped = fake_drops_all();

		receive(11, &f);
		assert_int_equal(fake_drops_all(), dropped);
		assert_int_equal(fake_sent_count, 1);
		assert_ether(&fake_sent[0], 2, 9, RTE_ETHER_TYPE_IPV4);
		assert_int_equal(fake_sent[0].length, f.length);
		ip4(&f)->time_to_live--;
		resum(&f);
		assert_memory_equal(
			fake_sent[0].bytes + ETHER_BYTES, f.bytes + ETHER_BYTES, f.length - ETHER_BYTES
		);
	}
}

/* R43 R44 */
static void an_ip6_packet_leaves_with_new_macs_and_hop_limit(void **state) {
	struct frame f = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 64, 100);

	fake_know(12, "2001:db8:2::9", 9);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_ether(&fake_sent[0], 2, 9, RTE_ETHER_TYPE_IPV6);
	f.bytes[ETHER_BYTES + 7]--;
	assert_memory_equal(
		fake_sent[0].bytes + ETHER_BYTES, f.bytes + ETHER_BYTES, f.length - ETHER_BYTES
	);
}

/* R43 */
static void a_vlan_subinterface_tags_what_leaves(void **state) {
	static const uint8_t tag[4] = {0x81, 0, 0, 100};
	struct frame f = frame_udp4(1, "10.1.0.5", "10.3.0.9", 64, 18);

	fake_know(13, "10.3.0.9", 9);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].port, 2);
	assert_int_equal(fake_sent[0].length, f.length + 4);
	assert_memory_equal(fake_sent[0].bytes + 12, tag, sizeof(tag));
	assert_int_equal(fake_sent[0].bytes[17], 0x00);
	assert_memory_equal(fake_sent[0].bytes + 18 + 12, f.bytes + ETHER_BYTES + 12, 8);
}

/* R43 */
static void padding_of_short_frames_does_not_leave(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 1);
	uint16_t real = f.length;

	fake_know(12, "10.2.0.9", 9);
	memset(f.bytes + f.length, 0xaa, 60 - f.length);
	f.length = 60;
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, real);
}

/* R40 R43 */
static void instances_with_the_same_addresses_stay_apart(void **state) {
	struct frame f = frame_udp4(3, "10.1.0.5", "10.1.0.9", 64, 18);

	fake_know(11, "10.1.0.9", 8);
	fake_know(14, "10.1.0.9", 9);
	receive(14, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_ether(&fake_sent[0], 3, 9, RTE_ETHER_TYPE_IPV4);
	uint64_t lost = fake_drops(DROP_NO_ROUTE);
	f = frame_udp4(3, "10.1.0.5", "10.2.0.9", 64, 18); // only instance 1 has it
	receive(14, &f);
	assert_int_equal(fake_drops(DROP_NO_ROUTE), lost + 1);
}

/* R40 R43 */
static void a_static_route_leads_to_its_gateway(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "203.0.113.7", 64, 18);
	struct frame g = frame_udp6(1, "2001:db8:1::5", "2001:db8:f::7", 64, 18);

	fake_begin(false);
	assert_int_equal(fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_GATEWAY, "10.2.0.9", 0), 0);
	assert_int_equal(
		fake_route(1, "2001:db8:f::", 48, RING_NEXT_HOP_KIND_GATEWAY, "fe80::9", 12), 0
	);
	fake_commit();
	fake_know(12, "10.2.0.9", 9);
	fake_know(12, "fe80::9", 9);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_ether(&fake_sent[0], 2, 9, RTE_ETHER_TYPE_IPV4);
	receive(11, &g);
	assert_int_equal(fake_sent_count, 1);
	assert_ether(&fake_sent[0], 2, 9, RTE_ETHER_TYPE_IPV6);

	fake_begin(false);
	assert_int_equal(fake_route_delete(1, "203.0.113.0", 24), 0);
	assert_int_equal(fake_route_delete(1, "203.0.113.0", 24), 0); // again, as a replay would
	fake_commit();
	receive(11, &f);
	assert_int_equal(fake_drops(DROP_NO_ROUTE), 1);
}

/* R40 R65 */
static void an_aborted_transaction_forwards_as_before(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);

	fake_know(12, "10.2.0.9", 9);
	fake_begin(false);
	assert_int_equal(fake_route(1, "10.2.0.9", 32, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), 0);
	fake_interface_remove(12);
	assert_int_equal(fake_prepare(), 0);
	fake_abort();
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_ether(&fake_sent[0], 2, 9, RTE_ETHER_TYPE_IPV4);
}

/* R40 */
static void a_replacement_removes_routes_that_are_not_named_again(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "203.0.113.7", 64, 18);

	fake_begin(false);
	assert_int_equal(fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), 0);
	assert_int_equal(fake_route(1, "198.51.100.0", 24, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), 0);
	fake_commit();
	receive(11, &f);
	assert_int_equal(fake_drops(DROP_BLACKHOLE), 1);
	fake_begin(true);
	assert_int_equal(fake_route(1, "198.51.100.0", 24, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), 0);
	fake_commit();
	receive(11, &f);
	assert_int_equal(fake_drops(DROP_BLACKHOLE), 1);
	assert_int_equal(fake_drops(DROP_NO_ROUTE), 1);
}

/* R40 */
static void routes_that_refer_to_nothing_are_refused(void **state) {
	fake_begin(false);
	assert_int_equal(fake_route(9, "203.0.113.0", 24, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), 0);
	assert_int_equal(fake_prepare(), -1);
	assert_int_equal(fake_failure.error, RING_ERROR_UNKNOWN_OBJECT);
	assert_int_equal(fake_failure.object, RING_OBJECT_ROUTE);
	fake_abort();

	fake_begin(false); // an interface of another instance
	assert_int_equal(fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_GATEWAY, "10.5.0.9", 15), 0);
	assert_int_equal(fake_prepare(), -1);
	assert_int_equal(fake_failure.error, RING_ERROR_UNKNOWN_OBJECT);
	fake_abort();

	fake_begin(false);
	assert_int_equal(fake_route(1, "203.0.113.1", 24, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), -1);
	assert_int_equal(fake_route(1, "203.0.113.0", 33, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), -1);
	assert_int_equal(fake_route(1, "203.0.113.0", 24, 9, NULL, 0), -1);
	assert_int_equal(fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_CONNECTED, NULL, 0), -1);
	assert_int_equal(
		fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_GATEWAY, "224.0.0.1", 0), -1
	);
	assert_int_equal(
		fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_GATEWAY, "2001:db8:1::5", 0), -1
	);
	assert_int_equal(fake_route(1, "2001:db8:f::", 48, RING_NEXT_HOP_KIND_GATEWAY, "fe80::9", 0), -1);
	assert_int_equal(fake_failure.error, RING_ERROR_MALFORMED);
	fake_abort();

	fake_begin(false); // an interface that routes need goes
	assert_int_equal(fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_GATEWAY, "10.2.0.9", 12), 0);
	fake_commit();
	fake_begin(false);
	fake_interface_remove(12);
	assert_int_equal(fake_prepare(), -1);
	assert_int_equal(fake_failure.error, RING_ERROR_UNKNOWN_OBJECT);
	fake_abort();
}

/* R40 */
static void a_disabled_interface_takes_its_network_along(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);

	fake_know(12, "10.2.0.9", 9);
	fake_begin(false);
	fake_interface(12)->enabled = false;
	fake_commit();
	receive(11, &f);
	assert_int_equal(fake_drops(DROP_NO_ROUTE), 1);
	fake_begin(false);
	fake_interface(12)->enabled = true;
	fake_commit();
	fake_know(12, "10.2.0.9", 9);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_ether(&fake_sent[0], 2, 9, RTE_ETHER_TYPE_IPV4);
}

/* R40 */
static void flows_spread_over_equal_paths_and_stay_on_theirs(void **state) {
	struct {
		struct ring_route_set set;
		struct ring_next_hop hops[2];
	} m = {
		.set = {
			.header = {.type = RING_ROUTE_SET, .length = sizeof(m)},
			.instance = 1,
			.family = 4,
			.prefix_length = 24,
			.source = RING_ROUTE_SOURCE_STATIC,
			.next_hops_count = 2,
			.prefix = {203, 0, 113},
		},
		.hops = {
			{.kind = RING_NEXT_HOP_KIND_GATEWAY, .weight = 1, .address = {10, 2, 0, 9}},
			{.kind = RING_NEXT_HOP_KIND_GATEWAY, .weight = 1, .address = {10, 3, 0, 9}},
		},
	};
	unsigned untagged = 0;

	fake_begin(false);
	assert_int_equal(fake_message(&m), 0);
	fake_commit();
	fake_know(12, "10.2.0.9", 9);
	fake_know(13, "10.3.0.9", 9);
	for (unsigned flow = 0; flow < 200; flow++) {
		struct frame f = frame_udp4(1, "10.1.0.5", "203.0.113.7", 64, 18);
		uint16_t length[2];

		f.bytes[ETHER_BYTES + 21] = flow; // source port
		for (unsigned again = 0; again < 2; again++) {
			receive(11, &f);
			assert_int_equal(fake_sent_count, 1);
			length[again] = fake_sent[0].length;
		}
		assert_int_equal(length[0], length[1]);
		untagged += length[0] == f.length;
	}
	assert_in_range(untagged, 60, 140);
}

struct broken {
	const char *what;
	enum drop_reason reason;
	uint16_t at; // byte of the frame
	uint8_t value;
	int16_t length; // if not 0
	bool keep_sum;
};

/* R49 R38 */
static void malformed_ip4_is_dropped_for_its_reason(void **state) {
	static const struct broken cases[] = {
		{"version", DROP_IP_HEADER, 14, 0x55, 0, false},
		{"header of 16 bytes", DROP_IP_HEADER, 14, 0x44, 0, false},
		{"header of 60 bytes in 46", DROP_TOO_SHORT, 14, 0x4f, 0, true},
		{"checksum", DROP_IP_HEADER, 24, 0x12, 0, true},
		{"total length below the header", DROP_IP_HEADER, 17, 19, 0, false},
		{"total length above the frame", DROP_TRUNCATED, 17, 255, 0, false},
		{"cut off", DROP_TRUNCATED, 17, 46, 50, false},
		{"no header", DROP_TOO_SHORT, 14, 0x45, 33, true},
		{"source 0.0.0.5", DROP_IP_ADDRESS, 26, 0, 0, false},
		{"source 127.1.0.5", DROP_IP_ADDRESS, 26, 127, 0, false},
		{"source 224.1.0.5", DROP_IP_ADDRESS, 26, 224, 0, false},
		{"source 255.1.0.5", DROP_IP_ADDRESS, 26, 255, 0, false},
		{"destination 0.2.0.9", DROP_IP_ADDRESS, 30, 0, 0, false},
		{"destination 127.2.0.9", DROP_IP_ADDRESS, 30, 127, 0, false},
		{"destination 240.2.0.9", DROP_IP_ADDRESS, 30, 240, 0, false},
		{"destination 239.2.0.9", DROP_LOCAL, 30, 239, 0, false},
		{"broadcast of the network", DROP_IP_ADDRESS, 33, 255, 0, false},
		{"network address", DROP_IP_ADDRESS, 33, 0, 0, false},
	};

	fake_know(12, "10.2.0.9", 9);
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		const struct broken *c = &cases[i];
		struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
		uint64_t before = fake_drops(c->reason), all = fake_drops_all();

		f.bytes[c->at] = c->value;
		if (!c->keep_sum)
			resum(&f);
		if (c->length != 0)
			f.length = c->length;
		receive(11, &f);
		if (fake_drops(c->reason) != before + 1 || fake_drops_all() != all + 1
		    || fake_sent_count != 0)
			fail_msg("%s: not dropped as it should be", c->what);
	}
}

/* R49 R38 */
static void malformed_ip6_is_dropped_for_its_reason(void **state) {
	static const struct broken cases[] = {
		{"version", DROP_IP_HEADER, 14, 0x40, 0, true},
		{"longer than the frame", DROP_TRUNCATED, 18, 1, 0, true},
		{"no header", DROP_TOO_SHORT, 14, 0x60, 53, true},
		{"source ff01:...", DROP_IP_ADDRESS, 22, 0xff, 0, true},
		{"destination ff02:...", DROP_LOCAL, 38, 0xff, 0, true},
		{"destination fe81: of nobody here", DROP_IP_ADDRESS, 38, 0xfe, 0, true},
	};

	fake_know(12, "2001:db8:2::9", 9);
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		const struct broken *c = &cases[i];
		struct frame f = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 64, 18);
		uint64_t before = fake_drops(c->reason), all = fake_drops_all();

		f.bytes[c->at] = c->value;
		if (c->value == 0xfe)
			f.bytes[39] = 0x81;
		if (c->length != 0)
			f.length = c->length;
		receive(11, &f);
		if (fake_drops(c->reason) != before + 1 || fake_drops_all() != all + 1
		    || fake_sent_count != 0)
			fail_msg("%s: not dropped as it should be", c->what);
	}
	struct frame f = frame_udp6(1, "::1", "2001:db8:2::9", 64, 18);
	uint64_t before = fake_drops(DROP_IP_ADDRESS);

	receive(11, &f);
	f = frame_udp6(1, "2001:db8:1::5", "::1", 64, 18);
	receive(11, &f);
	f = frame_udp6(1, "::", "2001:db8:2::9", 64, 18);
	receive(11, &f);
	assert_int_equal(fake_drops(DROP_IP_ADDRESS), before + 3);
	assert_int_equal(fake_sent_count, 0);
}

/* R49 */
static void unicast_in_a_broadcast_frame_is_dropped(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);

	fake_know(12, "10.2.0.9", 9);
	memset(f.bytes, 0xff, 6);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 0);
	assert_int_equal(fake_drops(DROP_IP_ADDRESS), 1);
}

static void with_options(struct frame *f, const uint8_t *options, unsigned n) {
	memmove(f->bytes + 34 + n, f->bytes + 34, f->length - 34);
	memcpy(f->bytes + 34, options, n);
	f->length += n;
	f->bytes[14] = 0x45 + n / 4;
	f->bytes[17] += n;
	resum(f);
}

/* R49 */
static void options_pass_but_source_routes_do_not(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);

	fake_know(12, "10.2.0.9", 9);
	with_options(&f, (const uint8_t[]) {1, 1, 0x94, 4, 0, 0, 0, 0}, 8); // router alert
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, f.length);
	f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	with_options(&f, (const uint8_t[]) {131, 7, 4, 10, 2, 0, 9, 0}, 8);
	receive(11, &f);
	f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	with_options(&f, (const uint8_t[]) {7, 77, 4, 0}, 4); // longer than the header
	receive(11, &f);
	assert_int_equal(fake_sent_count, 0);
	assert_int_equal(fake_drops(DROP_IP_OPTIONS), 2);
}

/* R43 */
static void a_packet_above_the_mtu_is_cut_into_fragments(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 1200);
	uint8_t whole[1300];
	unsigned at = 0;

	fake_begin(false);
	fake_interface(12)->mtu4 = 576;
	fake_commit();
	fake_know(12, "10.2.0.9", 9);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct rte_ipv4_hdr *ip =
			(const struct rte_ipv4_hdr *)(fake_sent[i].bytes + ETHER_BYTES);
		unsigned data = rte_be_to_cpu_16(ip->total_length) - 20;

		assert_ether(&fake_sent[i], 2, 9, RTE_ETHER_TYPE_IPV4);
		assert_int_equal(fake_sent[i].length, ETHER_BYTES + 20 + data);
		assert_in_range(data, 1, 556);
		assert_int_equal(rte_raw_cksum(ip, 20), 0xffff);
		assert_int_equal(ip->time_to_live, 63);
		assert_int_equal(
			rte_be_to_cpu_16(ip->fragment_offset), (i < 2 ? 0x2000 : 0) | at / 8
		);
		memcpy(whole + at, fake_sent[i].bytes + ETHER_BYTES + 20, data);
		at += data;
	}
	assert_int_equal(at, f.length - ETHER_BYTES - 20);
	assert_memory_equal(whole, f.bytes + ETHER_BYTES + 20, at);
}

/* R40 */
static void the_table_shows_routes_with_their_sources(void **state) {
	static uint8_t rows[64][512];
	unsigned local = 0, connected = 0, fixed = 0;

	fake_begin(false);
	assert_int_equal(fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_GATEWAY, "10.2.0.9", 0), 0);
	fake_commit();
	unsigned n = fake_dump(&route_feature, 1, rows, 64);
	for (unsigned i = 0; i < n; i++) {
		const struct ring_route_entry *e = (const struct ring_route_entry *)rows[i];

		assert_int_equal(e->instance, 1);
		local += e->source == RING_ROUTE_SOURCE_LOCAL;
		connected += e->source == RING_ROUTE_SOURCE_CONNECTED;
		if (e->source != RING_ROUTE_SOURCE_STATIC)
			continue;
		fixed++;
		assert_int_equal(e->next_hops[0].interface, 12); // what the recursion found
		assert_int_equal(e->next_hops[0].address[3], 9);
	}
	assert_int_equal(local, 6);
	assert_int_equal(connected, 6);
	assert_int_equal(fixed, 1);
	assert_int_equal(fake_dump(&route_feature, 0, rows, 64), n + 6);
}

// --- volatile routes -----------------------------------------------------------------------------

struct update {
	struct ring_route_set set;
	struct ring_next_hop hop;
};

static struct update update(const char *prefix, uint8_t length, const char *gateway) {
	struct update u = {
		.set = {
			.header = {.type = RING_ROUTE_SET, .length = sizeof(u)},
			.instance = 1,
			.prefix_length = length,
			.source = RING_ROUTE_SOURCE_BGP,
			.preference = 20,
			.next_hops_count = 1,
		},
		.hop = {.kind = RING_NEXT_HOP_KIND_GATEWAY, .weight = 1},
	};

	fake_parse(prefix, &u.set.family, u.set.prefix);
	fake_parse(gateway, &u.hop.family, u.hop.address);
	return u;
}

static struct failure alone(uint32_t owner, const void *message) {
	const struct ring_header *m = message;
	struct failure result;

	volatile_run(owner, &m, 1, &result);
	return result;
}

static void assert_done(uint32_t owner, const void *message) {
	struct failure f = alone(owner, message);

	if (f.error != RING_ERROR_OK)
		fail_msg("%s", f.text);
}

// Where a packet to an address leaves; 0: it does not.
static uint16_t way(const char *to) {
	struct frame f = frame_udp4(1, "10.1.0.5", to, 64, 18);

	receive(11, &f);
	return fake_sent_count == 1 && fake_sent[0].bytes[12] == 0x08 && fake_sent[0].bytes[13] == 0x00
			&& fake_sent[0].port != 1
		? fake_sent[0].port
		: 0;
}

static void hosts_are_known(void) {
	fake_know(12, "10.2.0.9", 9);
	fake_know(13, "10.3.0.9", 9);
}

/* R36 R40 */
static void a_volatile_route_is_there_at_once(void **state) {
	struct update u = update("203.0.113.0", 24, "10.2.0.9");
	struct ring_route_delete gone = {
		.header = {.type = RING_ROUTE_DELETE, .length = sizeof(gone)},
		.instance = 1,
		.family = 4,
		.prefix_length = 24,
		.source = RING_ROUTE_SOURCE_BGP,
		.prefix = {203, 0, 113},
	};

	hosts_are_known();
	assert_int_equal(way("203.0.113.1"), 0);
	assert_done(2, &u);
	assert_int_equal(way("203.0.113.1"), 2);
	// The configuration's own goes before it, by its preference, and gives way again.
	fake_begin(false);
	assert_int_equal(
		fake_route(1, "203.0.113.0", 24, RING_NEXT_HOP_KIND_BLACKHOLE, NULL, 0), 0
	);
	assert_int_equal(way("203.0.113.1"), 2);
	fake_commit();
	assert_int_equal(way("203.0.113.1"), 0);
	fake_begin(false);
	assert_int_equal(fake_route_delete(1, "203.0.113.0", 24), 0);
	fake_commit();
	assert_int_equal(way("203.0.113.1"), 2);
	assert_done(3, &gone); // another's is left alone
	assert_int_equal(way("203.0.113.1"), 2);
	assert_done(2, &gone);
	assert_int_equal(way("203.0.113.1"), 0);
	assert_done(2, &gone);
}

/* R36 R59 */
static void a_volatile_route_outlives_configurations(void **state) {
	struct update u = update("203.0.113.0", 24, "10.2.0.9");

	hosts_are_known();
	assert_done(2, &u);
	fake_begin(true);
	fake_commit();
	assert_int_equal(way("203.0.113.1"), 2);
	fake_begin(false);
	fake_interface(12)->enabled = false;
	fake_commit();
	assert_int_equal(way("203.0.113.1"), 0);
	assert_int_equal(owner_objects(2), 1);
	fake_begin(false);
	fake_interface(12)->enabled = true;
	fake_commit();
	fake_know(12, "10.2.0.9", 9);
	assert_int_equal(way("203.0.113.1"), 2);
}

/* R36 R65 */
static void what_fails_in_a_run_leaves_the_rest(void **state) {
	struct update u[6];
	const struct ring_header *messages[6];
	struct failure results[6];

	hosts_are_known();
	for (unsigned i = 0; i < 6; i++) {
		u[i] = update("203.0.113.0", 32, "10.2.0.9");
		u[i].set.prefix[3] = i + 1;
		messages[i] = &u[i].set.header;
	}
	u[1].set.source = RING_ROUTE_SOURCE_STATIC;
	u[2].set.instance = 77;
	u[3].hop.interface = 14; // of another instance
	u[4].set.prefix_length = 33;
	volatile_run(2, messages, 6, results);
	assert_int_equal(results[0].error, RING_ERROR_OK);
	assert_int_equal(results[1].error, RING_ERROR_MALFORMED);
	assert_int_equal(results[2].error, RING_ERROR_UNKNOWN_OBJECT);
	assert_int_equal(results[3].error, RING_ERROR_UNKNOWN_OBJECT);
	assert_int_equal(results[4].error, RING_ERROR_MALFORMED);
	assert_int_equal(results[5].error, RING_ERROR_OK);
	assert_int_equal(owner_objects(2), 2);
	assert_int_equal(way("203.0.113.1"), 2);
	assert_int_equal(way("203.0.113.2"), 0);
	assert_int_equal(way("203.0.113.6"), 2);
}

static struct owner *granted(const char *name, uint32_t seconds) {
	struct ring_grant_set m = {
		.header = {.type = RING_GRANT_SET, .length = sizeof(m)},
		.scopes = 1u << RING_SCOPE_RIB_WRITE,
		.stale_seconds = seconds,
	};
	struct failure f = {0};
	void *former;

	snprintf(m.name, sizeof(m.name), "%s", name);
	memcpy(m.token, name, strlen(name));
	struct owner *o = owner_grant(&m, &former, &f);
	if (o == NULL)
		fail_msg("%s", f.text);
	return o;
}

static void sweep_all(void) {
	while (owners_sweep())
		;
}

/* R36 R63 */
static void an_owner_that_does_not_return_is_swept(void **state) {
	struct update u = update("203.0.113.0", 24, "10.2.0.9");
	struct owner *o = granted("bgpd", 10);

	hosts_are_known();
	assert_false(owner_attach(o, o));
	assert_done(o->number, &u);
	owner_detach(o);
	assert_true(owner_is_stale(o->number, volatile_mark()));
	fake_advance(9000);
	sweep_all();
	assert_int_equal(way("203.0.113.1"), 2);
	fake_advance(2000);
	sweep_all();
	assert_int_equal(way("203.0.113.1"), 0);
	assert_int_equal(owner_objects(o->number), 0);
	owners_stop();
}

/* R36 R63 */
static void an_owner_that_returns_keeps_what_it_tells_again(void **state) {
	struct update first = update("203.0.113.0", 24, "10.2.0.9");
	struct update second = update("198.51.100.0", 24, "10.2.0.9");
	struct owner *o = granted("bgpd", 10);

	hosts_are_known();
	owner_attach(o, o);
	assert_done(o->number, &first);
	assert_done(o->number, &second);
	owner_detach(o);
	fake_advance(9000);
	assert_true(owner_attach(o, o));
	assert_done(o->number, &second);
	fake_advance(9000); // of the time that began anew
	sweep_all();
	assert_int_equal(way("203.0.113.1"), 2);
	while (owner_synced(o) == 1)
		;
	owner_settled(o);
	assert_int_equal(way("203.0.113.1"), 0);
	assert_int_equal(way("198.51.100.1"), 2);
	fake_advance(100000);
	sweep_all();
	hosts_are_known();
	assert_int_equal(way("198.51.100.1"), 2);
	owners_stop();
}

/* R36 R63 */
static void an_owner_is_known_by_its_name(void **state) {
	struct update u = update("203.0.113.0", 24, "10.2.0.9");
	struct owner *o = granted("bgpd", OWNER_FOR_EVER);
	struct ring_grant_delete m = {.name = "bgpd"};
	struct failure f = {0};
	void *former;

	owner_attach(o, o);
	assert_done(o->number, &u);
	assert_int_equal(owner_revoke(&m, &former, &f), 0);
	assert_ptr_equal(former, o);
	owner_detach(o);
	assert_int_equal(owner_revoke(&m, &former, &f), -1);
	assert_int_equal(f.error, RING_ERROR_UNKNOWN_OBJECT);
	fake_advance(1000000);
	sweep_all();
	assert_int_equal(owner_objects(o->number), 1);
	assert_ptr_equal(granted("bgpd", 10), o);
	for (unsigned i = 0; i + 1 < MAX_OWNERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "other-%u", i);
		assert_ptr_not_equal(granted(name, 10), o);
	}
	struct ring_grant_set late = {.token = {1}, .name = "late"};
	assert_null(owner_grant(&late, &former, &f));
	assert_int_equal(f.error, RING_ERROR_NO_RESOURCE);
	late.scopes = 1u << RING_SCOPE_CONFIG;
	assert_null(owner_grant(&late, &former, &f));
	assert_int_equal(f.error, RING_ERROR_DENIED);
	owners_stop();
}

/* R49 */
static void garbage_is_never_read_beyond_its_end(void **state) {
	uint64_t seed = 99;

	for (unsigned round = 0; round < 20000; round++) {
		struct frame f = round % 2 ? frame_udp4(1, "10.1.0.5", "10.1.0.1", 64, 40)
					   : frame_udp6(1, "2001:db8:1::5", "2001:db8:1::1", 64, 40);

		for (unsigned i = 0; i < 1 + round % 5; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			f.bytes[ETHER_BYTES + (seed >> 33) % 60] = seed >> 56;
		}
		if (round % 2 && (seed >> 20) % 2)
			resum(&f);
		f.length = (seed >> 25) % 4 == 0 ? ETHER_BYTES + (seed >> 40) % 80 : f.length;
		receive(11, &f);
		if (round % 64 == 0)
			fake_advance(100);
	}
	fake_advance(10000);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_ip4_packet_leaves_with_new_macs_ttl_and_checksum),
		TEST(an_ip6_packet_leaves_with_new_macs_and_hop_limit),
		TEST(a_vlan_subinterface_tags_what_leaves),
		TEST(padding_of_short_frames_does_not_leave),
		TEST(instances_with_the_same_addresses_stay_apart),
		TEST(a_static_route_leads_to_its_gateway),
		TEST(an_aborted_transaction_forwards_as_before),
		TEST(a_replacement_removes_routes_that_are_not_named_again),
		TEST(routes_that_refer_to_nothing_are_refused),
		TEST(a_disabled_interface_takes_its_network_along),
		TEST(flows_spread_over_equal_paths_and_stay_on_theirs),
		TEST(malformed_ip4_is_dropped_for_its_reason),
		TEST(malformed_ip6_is_dropped_for_its_reason),
		TEST(unicast_in_a_broadcast_frame_is_dropped),
		TEST(options_pass_but_source_routes_do_not),
		TEST(a_packet_above_the_mtu_is_cut_into_fragments),
		TEST(the_table_shows_routes_with_their_sources),
		TEST(a_volatile_route_is_there_at_once),
		TEST(a_volatile_route_outlives_configurations),
		TEST(what_fails_in_a_run_leaves_the_rest),
		TEST(an_owner_that_does_not_return_is_swept),
		TEST(an_owner_that_returns_keeps_what_it_tells_again),
		TEST(an_owner_is_known_by_its_name),
		TEST(garbage_is_never_read_beyond_its_end),
	};
	return cmocka_run_group_tests_name("route", tests, fake_group_start, fake_group_stop);
}
