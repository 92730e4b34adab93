// Who is asked, when, and what becomes of the packets that wait.
#include "testing/fake_worker.h"

#include <stdlib.h>

#include <rte_arp.h>

#include "adjacency/adjacency.h"
#include "icmp/icmp.h"
#include "neighbor/neighbor.h"
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

static uint8_t state_of(uint32_t interface, const char *text) {
	uint8_t family, address[16] = {0};
	fake_parse(text, &family, address);
	return neighbor_state(interface, family, address);
}

static struct frame
arp(uint16_t operation, uint8_t host, const char *from, const char *to, uint8_t port) {
	struct rte_arp_hdr a = {
		.arp_hardware = rte_cpu_to_be_16(1),
		.arp_protocol = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = 6,
		.arp_plen = 4,
		.arp_opcode = rte_cpu_to_be_16(operation),
	};
	struct frame f;
	uint8_t family, address[16];

	frame_ether(&f, port, host, RTE_ETHER_TYPE_ARP);
	fake_mac(a.arp_data.arp_sha.addr_bytes, host);
	fake_parse(from, &family, address);
	memcpy(&a.arp_data.arp_sip, address, 4);
	fake_parse(to, &family, address);
	memcpy(&a.arp_data.arp_tip, address, 4);
	frame_bytes(&f, &a, sizeof(a));
	return f;
}

struct nd_case {
	uint8_t type, flags;
	const char *from, *to, *target;
	uint8_t option, host; // option 0: none
	uint8_t hop_limit; // 0: 255
	bool bad_checksum;
};

static struct frame nd(uint8_t port, const struct nd_case *c) {
	struct frame f;
	uint8_t message[32] = {c->type}, family, from[16], to[16];
	uint16_t length = c->option != 0 ? 32 : 24, checksum;

	message[4] = c->flags;
	fake_parse(c->target, &family, message + 8);
	message[24] = c->option;
	message[25] = 1;
	fake_mac(message + 26, c->host);
	fake_parse(c->from, &family, from);
	fake_parse(c->to, &family, to);
	checksum = ip6_checksum(from, to, IPPROTO_ICMPV6, message, length) + c->bad_checksum;
	memcpy(message + 2, &checksum, 2);
	frame_ether(&f, port, c->host, RTE_ETHER_TYPE_IPV6);
	if (to[0] == 0xff)
		ip6_multicast_mac(f.bytes, to);
	frame_ip6(&f, c->from, c->to, c->hop_limit != 0 ? c->hop_limit : 255, IPPROTO_ICMPV6, length);
	frame_bytes(&f, message, length);
	return f;
}

// RFC 826: exactly this frame.
static void assert_arp_request(const struct sent *s, uint16_t port, const uint8_t *from, const uint8_t *for_whom) {
	uint8_t expected[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, port, 8, 6,
		0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, port
	};
	memcpy(expected + 28, from, 4);
	memcpy(expected + 38, for_whom, 4);
	assert_int_equal(s->port, port);
	assert_int_equal(s->length, sizeof(expected));
	assert_memory_equal(s->bytes, expected, sizeof(expected));
}

/* R44 */
static void a_packet_waits_for_arp_and_is_then_forwarded(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18), g;
	uint8_t mac[6];

	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_arp_request(
		&fake_sent[0], 2, (const uint8_t[]) {10, 2, 0, 1}, (const uint8_t[]) {10, 2, 0, 9}
	);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_INCOMPLETE);
	assert_int_equal(fake_drops_all(), 0);

	g = arp(RTE_ARP_OP_REPLY, 9, "10.2.0.9", "10.2.0.1", 2);
	receive(12, &g);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_REACHABLE);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].port, 2);
	fake_mac(mac, 9);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);
	assert_int_equal(fake_sent[0].bytes[22], 63); // hop counted once, although it came back
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, f.length);
}

/* R44 */
static void a_packet_waits_for_nd_and_is_then_forwarded(void **state) {
	struct frame f = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 64, 18);
	static const uint8_t expected[86] = {
		0x33, 0x33, 0xff, 0, 0, 9, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255,
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 2,
		0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 9,
		135, 0, 0, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
		1, 1, 2, 0, 0, 0, 0, 2
	};
	struct nd_case answer = {
		.type = 136, .flags = 0x60, .from = "2001:db8:2::9", .to = "fe80::ff:fe00:2",
		.target = "2001:db8:2::9", .option = 2, .host = 9
	};

	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].port, 2);
	assert_int_equal(fake_sent[0].length, sizeof(expected));
	uint8_t *ip = fake_sent[0].bytes + ETHER_BYTES;
	assert_int_equal(ip6_checksum(ip + 8, ip + 24, IPPROTO_ICMPV6, ip + 40, 32), 0);
	memset(ip + 42, 0, 2);
	assert_memory_equal(fake_sent[0].bytes, expected, sizeof(expected));

	struct frame g = nd(2, &answer);
	receive(12, &g);
	assert_int_equal(state_of(12, "2001:db8:2::9"), RING_NEIGHBOR_STATE_REACHABLE);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, f.length);
	assert_int_equal(fake_sent[0].bytes[21], 63);
	assert_int_equal(fake_drops_all(), 0);
}

/* R44 */
static void three_questions_in_vain_make_the_host_unreachable(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	unsigned asked = 0;

	fake_know(11, "10.1.0.5", 5);
	receive(11, &f);
	asked += fake_sent_count;
	for (unsigned second = 1; second <= 2; second++) {
		fake_advance(1000);
		assert_int_equal(fake_sent_count, 1);
		assert_int_equal(fake_sent[0].port, 2);
		asked += fake_sent_count;
	}
	assert_int_equal(asked, 3);
	fake_advance(1000);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].port, 1);
	assert_int_equal(fake_sent[0].bytes[34], ICMP4_UNREACHABLE);
	assert_int_equal(fake_sent[0].bytes[35], ICMP4_HOST);
	assert_int_equal(state_of(12, "10.2.0.9"), 0);
	assert_int_equal(fake_drops(DROP_NEIGHBOR_QUEUE), 1);
	fake_advance(5000);
	assert_int_equal(fake_sent_count, 0);
}

/* R44 */
static void the_oldest_waiting_packets_give_way(void **state) {
	for (unsigned i = 0; i < NEIGHBOR_QUEUE + 3; i++) {
		struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 100 + i);
		receive(11, &f);
		assert_int_equal(fake_sent_count, i == 0); // one question for all
	}
	assert_int_equal(fake_drops(DROP_NEIGHBOR_QUEUE), 3);
	struct frame g = arp(RTE_ARP_OP_REPLY, 9, "10.2.0.9", "10.2.0.1", 2);
	receive(12, &g);
	assert_int_equal(fake_sent_count, NEIGHBOR_QUEUE);
	for (unsigned i = 0; i < NEIGHBOR_QUEUE; i++)
		assert_int_equal(fake_sent[i].length, ETHER_BYTES + 28 + 100 + 3 + i);
}

/* R44 */
static void a_scan_does_not_exhaust_the_table(void **state) {
	uint32_t before;

	fake_know(11, "10.1.0.5", 5);
	before = adjacency_count();
	fake_begin(false);
	fake_address(fake_interface(12), "10.64.0.1", 10);
	fake_commit();
	for (unsigned i = 0; i < NEIGHBOR_INCOMPLETE_MAX + 500; i++) {
		struct frame f = frame_udp4(1, "10.1.0.5", "10.64.0.0", 64, 18);
		f.bytes[31] = 65;
		f.bytes[32] = i >> 8;
		f.bytes[33] = i;
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(f.bytes + ETHER_BYTES);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		receive(11, &f);
	}
	assert_int_equal(adjacency_count() - before, NEIGHBOR_INCOMPLETE_MAX);
	assert_int_equal(fake_drops(DROP_NEIGHBOR_QUEUE), 500);
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1); // who is wanted is still asked for
	fake_advance(4000);
	assert_int_equal(adjacency_count(), before);
}

/* R44 */
static void unused_neighbors_grow_stale_and_used_ones_are_probed(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	struct frame reply = arp(RTE_ARP_OP_REPLY, 9, "10.2.0.9", "10.2.0.1", 2);
	uint8_t mac[6];

	receive(11, &f);
	receive(12, &reply);
	fake_advance(45000);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_STALE);
	assert_int_equal(fake_sent_count, 0);
	fake_advance(60000);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_STALE);

	receive(11, &f); // goes out at once, and starts the delay
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, f.length);
	fake_advance(1000);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_DELAY);
	fake_advance(5000);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_PROBE);
	assert_int_equal(fake_sent_count, 1);
	fake_mac(mac, 9);
	assert_memory_equal(fake_sent[0].bytes, mac, 6); // to him alone
	receive(12, &reply);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_REACHABLE);

	fake_advance(46000);
	receive(11, &f);
	fake_advance(6000 + 3000);
	assert_int_equal(state_of(12, "10.2.0.9"), 0); // gone without an answer

	receive(12, &reply); // nobody asked
	assert_int_equal(state_of(12, "10.2.0.9"), 0);
}

/* R44 */
static void what_nobody_uses_is_forgotten(void **state) {
	uint32_t before = adjacency_count();

	fake_know(12, "10.2.0.9", 9);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_STALE);
	fake_advance(1199000);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_STALE);
	fake_advance(3000);
	assert_int_equal(state_of(12, "10.2.0.9"), 0);
	assert_int_equal(adjacency_count(), before);
}

/* R44 */
static void a_moved_neighbor_is_followed(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	struct frame reply = arp(RTE_ARP_OP_REPLY, 9, "10.2.0.9", "10.2.0.1", 2);
	struct frame gratuitous = arp(RTE_ARP_OP_REQUEST, 8, "10.2.0.9", "10.2.0.9", 2);
	uint8_t mac[6];

	receive(12, &gratuitous); // of a stranger: not learned
	assert_int_equal(state_of(12, "10.2.0.9"), 0);
	receive(11, &f);
	receive(12, &reply);
	receive(12, &gratuitous);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_STALE);
	receive(11, &f);
	fake_mac(mac, 8);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);
}

/* R44 */
static void override_decides_whether_an_advertisement_changes_the_mac(void **state) {
	struct nd_case c = {
		.type = 136, .from = "2001:db8:2::9", .to = "ff02::1", .target = "2001:db8:2::9",
		.option = 2, .host = 8
	};
	struct frame f = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 64, 18), g;
	uint8_t mac[6];

	fake_know(12, "2001:db8:2::9", 9);
	g = nd(2, &c); // no override
	receive(12, &g);
	receive(11, &f);
	fake_mac(mac, 9);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);
	c.flags = 0x20;
	g = nd(2, &c);
	receive(12, &g);
	receive(11, &f);
	fake_mac(mac, 8);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);
}

/* R44 */
static void arp_is_answered_for_own_addresses_only(void **state) {
	static const uint8_t expected[42] = {
		2, 0, 0, 0, 1, 9, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2,
		2, 0, 0, 0, 0, 2, 10, 2, 0, 1, 2, 0, 0, 0, 1, 9, 10, 2, 0, 9
	};
	struct frame f = arp(RTE_ARP_OP_REQUEST, 9, "10.2.0.9", "10.2.0.1", 2);

	receive(12, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, sizeof(expected));
	assert_memory_equal(fake_sent[0].bytes, expected, sizeof(expected));
	f = arp(RTE_ARP_OP_REQUEST, 9, "10.2.0.9", "10.2.0.7", 2);
	receive(12, &f);
	f = arp(RTE_ARP_OP_REQUEST, 9, "10.2.0.9", "10.1.0.1", 2); // of another interface
	receive(12, &f);
	assert_int_equal(fake_sent_count, 0);
	f = arp(RTE_ARP_OP_REQUEST, 9, "0.0.0.0", "10.2.0.1", 2); // RFC 5227 probe
	receive(12, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(state_of(12, "0.0.0.0"), 0);
}

/* R44 R38 */
static void malformed_or_foreign_arp_changes_nothing(void **state) {
	static const struct {
		uint8_t at, value;
	} bytes[] = {{14, 1}, {16, 9}, {18, 8}, {19, 6}, {21, 3}, {22, 1}, {28, 11}, {28, 127}};
	uint64_t before;

	for (unsigned i = 0; i < RTE_DIM(bytes); i++) {
		struct frame f = arp(RTE_ARP_OP_REQUEST, 9, "10.2.0.9", "10.2.0.1", 2);

		f.bytes[bytes[i].at] = bytes[i].value;
		before = fake_drops(DROP_ARP);
		receive(12, &f);
		assert_int_equal(fake_drops(DROP_ARP), before + 1);
		assert_int_equal(fake_sent_count, 0);
		assert_int_equal(state_of(12, "10.2.0.9"), 0);
	}
	struct frame f = arp(RTE_ARP_OP_REQUEST, 9, "10.2.0.9", "10.2.0.1", 2);
	f.length = 41;
	before = fake_drops(DROP_ARP);
	receive(12, &f);
	assert_int_equal(fake_drops(DROP_ARP), before + 1);
}

/* R44 */
static void a_second_owner_of_our_address_is_told_off(void **state) {
	struct frame f = arp(RTE_ARP_OP_REQUEST, 9, "10.2.0.1", "10.2.0.1", 2);

	fake_advance(60000);
	receive(12, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_arp_request(
		&fake_sent[0], 2, (const uint8_t[]) {10, 2, 0, 1}, (const uint8_t[]) {10, 2, 0, 1}
	);
	receive(12, &f);
	assert_int_equal(fake_sent_count, 0); // not twice in ten seconds
}

/* R44 */
static void solicitations_are_answered_for_own_addresses_only(void **state) {
	static const char *const own[] = {"2001:db8:2::1", "fe80::ff:fe00:2"};
	struct nd_case c = {
		.type = 135, .from = "2001:db8:2::9", .option = 1, .host = 9
	};

	for (unsigned i = 0; i < RTE_DIM(own); i++) {
		c.target = own[i];
		c.to = i == 0 ? "ff02::1:ff00:1" : "ff02::1:ff00:2";
		struct frame f = nd(2, &c);

		receive(12, &f);
		assert_int_equal(fake_sent_count, 1);
		const uint8_t *ip = fake_sent[0].bytes + ETHER_BYTES;
		uint8_t mac[6], family, address[16];

		fake_mac(mac, 9);
		assert_memory_equal(fake_sent[0].bytes, mac, 6);
		fake_parse(own[i], &family, address);
		assert_int_equal(ip[7], 255);
		assert_memory_equal(ip + 8, address, 16);
		assert_int_equal(ip[40], 136);
		assert_int_equal(ip[44], 0xe0); // router, solicited, override
		assert_memory_equal(ip + 48, address, 16);
		assert_memory_equal(ip + 64, ((const uint8_t[]) {2, 1, 2, 0, 0, 0, 0, 2}), 8);
		assert_int_equal(ip6_checksum(ip + 8, ip + 24, IPPROTO_ICMPV6, ip + 40, 32), 0);
	}
	assert_int_equal(state_of(12, "2001:db8:2::9"), RING_NEIGHBOR_STATE_STALE);
	c.target = "2001:db8:2::7";
	c.to = "ff02::1:ff00:7";
	struct frame f = nd(2, &c);
	receive(12, &f);
	assert_int_equal(fake_sent_count, 0);
	assert_int_equal(fake_drops(DROP_ND), 1);

	// Duplicate address detection of somebody who wants ours.
	c = (struct nd_case) {
		.type = 135, .from = "::", .to = "ff02::1:ff00:1", .target = "2001:db8:2::1", .host = 9
	};
	f = nd(2, &c);
	receive(12, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_memory_equal(fake_sent[0].bytes, ((const uint8_t[]) {0x33, 0x33, 0, 0, 0, 1}), 6);
	assert_int_equal(fake_sent[0].bytes[ETHER_BYTES + 44], 0xa0); // not solicited
}

/* R44 R38 */
static void malformed_nd_changes_nothing(void **state) {
	static const struct nd_case cases[] = {
		{135, 0, "2001:db8:2::9", "2001:db8:2::1", "2001:db8:2::1", 1, 9, 254, false},
		{135, 0, "2001:db8:2::9", "2001:db8:2::1", "ff02::1", 1, 9, 0, false},
		{135, 0, "::", "ff02::1:ff00:1", "2001:db8:2::1", 1, 9, 0, false},
		{135, 0, "::", "ff02::1", "2001:db8:2::1", 0, 9, 0, false},
		{136, 0x40, "2001:db8:2::9", "ff02::1", "2001:db8:2::9", 2, 8, 0, false},
		{136, 0x20, "2001:db8:2::9", "ff02::1", "2001:db8:2::9", 2, 8, 64, false},
		{134, 0, "fe80::9", "ff02::1", "::", 0, 9, 0, false},
		{137, 0, "fe80::9", "2001:db8:2::1", "::", 0, 9, 0, false},
	};
	uint8_t mac[6];

	fake_know(12, "2001:db8:2::9", 9);
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct frame f = nd(2, &cases[i]);
		uint64_t before = fake_drops(DROP_ND);

		receive(12, &f);
		assert_int_equal(fake_drops(DROP_ND), before + 1);
		assert_int_equal(fake_sent_count, 0);
	}
	struct nd_case c = cases[5];
	c.hop_limit = 0;
	c.bad_checksum = true;
	struct frame f = nd(2, &c);
	receive(12, &f);
	assert_int_equal(fake_drops(DROP_IP_HEADER), 1);
	f = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 64, 18);
	receive(11, &f);
	fake_mac(mac, 9);
	assert_memory_equal(fake_sent[0].bytes, mac, 6); // all of it was without effect
}

static void fix(struct config_interface *i, struct static_neighbor *s, const char *address, uint8_t host) {
	memset(s, 0, sizeof(*s));
	fake_parse(address, &s->family, s->address);
	fake_mac(s->mac.addr_bytes, host);
	i->neighbors = s;
	i->neighbor_count = 1;
}

/* R44 */
static void a_configured_neighbor_neither_ages_nor_moves(void **state) {
	struct static_neighbor s, t;
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);
	struct frame other = arp(RTE_ARP_OP_REPLY, 8, "10.2.0.9", "10.2.0.1", 2);
	uint8_t mac[6];

	fake_begin(false);
	fix(fake_interface(12), &s, "10.2.0.9", 9);
	fake_commit();
	receive(12, &other);
	fake_advance(3000000);
	assert_int_equal(state_of(12, "10.2.0.9"), RING_NEIGHBOR_STATE_PERMANENT);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	fake_mac(mac, 9);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);

	fake_begin(false); // an abort changes nothing
	fix(fake_interface(12), &t, "10.2.0.9", 7);
	assert_int_equal(fake_prepare(), 0);
	fake_abort();
	receive(11, &f);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);

	fake_begin(false);
	fix(fake_interface(12), &t, "10.2.0.9", 7);
	fake_commit();
	receive(11, &f);
	fake_mac(mac, 7);
	assert_memory_equal(fake_sent[0].bytes, mac, 6);

	fake_begin(false);
	fake_interface(12)->neighbor_count = 0;
	fake_commit();
	assert_int_equal(state_of(12, "10.2.0.9"), 0);
}

/* R44 R65 */
static void neighbors_outlive_a_flip_that_leaves_their_interface(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 18);

	fake_know(12, "10.2.0.9", 9);
	fake_know(13, "10.3.0.9", 9);
	receive(11, &f);
	struct frame waiting = frame_udp4(1, "10.1.0.5", "10.3.0.8", 64, 18);
	receive(11, &waiting);
	fake_begin(false);
	fake_address(fake_interface(12), "10.7.0.1", 24);
	fake_interface_remove(13);
	fake_commit();
	assert_int_not_equal(state_of(12, "10.2.0.9"), 0);
	assert_int_equal(state_of(13, "10.3.0.9"), 0);
	assert_int_equal(state_of(13, "10.3.0.8"), 0);
	assert_int_equal(fake_drops(DROP_NEIGHBOR_QUEUE), 1); // its way out is gone
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(fake_sent[0].length, f.length);
}

/* R44 */
static void the_dump_tells_states_and_macs(void **state) {
	static uint8_t rows[32][512];
	uint8_t mac[6];

	fake_know(12, "10.2.0.9", 9);
	fake_know(12, "2001:db8:2::9", 9);
	fake_know(14, "10.1.0.7", 7);
	fake_advance(3000);
	assert_int_equal(fake_dump(&neighbor_feature, 0, rows, 32), 3);
	assert_int_equal(fake_dump(&neighbor_feature, 2, rows, 32), 1);
	const struct ring_neighbor_entry *e = (const struct ring_neighbor_entry *)rows[0];
	fake_mac(mac, 7);
	assert_int_equal(e->header.type, RING_NEIGHBOR_ENTRY);
	assert_int_equal(e->interface, 14);
	assert_int_equal(e->family, 4);
	assert_int_equal(e->state, RING_NEIGHBOR_STATE_STALE);
	assert_int_equal(e->age_seconds, 3);
	assert_memory_equal(e->mac, mac, 6);
	assert_memory_equal(e->address, ((const uint8_t[16]) {10, 1, 0, 7}), 16);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_packet_waits_for_arp_and_is_then_forwarded),
		TEST(a_packet_waits_for_nd_and_is_then_forwarded),
		TEST(three_questions_in_vain_make_the_host_unreachable),
		TEST(the_oldest_waiting_packets_give_way),
		TEST(a_scan_does_not_exhaust_the_table),
		TEST(unused_neighbors_grow_stale_and_used_ones_are_probed),
		TEST(what_nobody_uses_is_forgotten),
		TEST(a_moved_neighbor_is_followed),
		TEST(override_decides_whether_an_advertisement_changes_the_mac),
		TEST(arp_is_answered_for_own_addresses_only),
		TEST(malformed_or_foreign_arp_changes_nothing),
		TEST(a_second_owner_of_our_address_is_told_off),
		TEST(solicitations_are_answered_for_own_addresses_only),
		TEST(malformed_nd_changes_nothing),
		TEST(a_configured_neighbor_neither_ages_nor_moves),
		TEST(neighbors_outlive_a_flip_that_leaves_their_interface),
		TEST(the_dump_tells_states_and_macs),
	};
	return cmocka_run_group_tests_name("neighbor", tests, fake_group_start, fake_group_stop);
}
