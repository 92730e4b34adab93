// What the box answers, what it tells senders, and when it keeps quiet.
#include "testing/fake_worker.h"

#include <stdlib.h>

#include "icmp/icmp.h"
#include "neighbor/neighbor.h"
#include "route/route.h"

static const struct feature *const modules[] = {&neighbor_feature, &route_feature, &icmp_feature};

static int set_up(void **state) {
	if (fake_start(modules, RTE_DIM(modules)) != 0)
		return -1;
	fake_know(11, "10.1.0.5", 5);
	fake_know(11, "2001:db8:1::5", 5);
	fake_know(11, "fe80::5", 5);
	fake_know(12, "10.2.0.9", 9);
	fake_know(12, "2001:db8:2::9", 9);
	// The buckets of one test are not those of the next.
	fake_advance(60000);
	return 0;
}

static int tear_down(void **state) {
	return fake_stop();
}

static void receive(uint32_t interface, const struct frame *f) {
	fake_receive(interface, f->bytes, f->length);
}

static struct frame icmp4(const char *to, uint8_t type, uint16_t data) {
	struct frame f;
	uint8_t message[1500] = {type, 0, 0, 0, 0x12, 0x34, 0, 7};
	uint16_t sum;

	for (unsigned i = 8; i < 8u + data; i++)
		message[i] = i;
	sum = ~rte_raw_cksum(message, 8 + data);
	memcpy(message + 2, &sum, 2);
	frame_ether(&f, 1, 5, RTE_ETHER_TYPE_IPV4);
	frame_ip4(&f, "10.1.0.5", to, 64, IPPROTO_ICMP, 8 + data);
	frame_bytes(&f, message, 8 + data);
	return f;
}

static struct frame icmp6(const char *from, const char *to, uint8_t type, uint16_t data) {
	struct frame f;
	uint8_t message[1500] = {type, 0, 0, 0, 0x12, 0x34, 0, 7}, family, a[16], b[16];
	uint16_t sum;

	for (unsigned i = 8; i < 8u + data; i++)
		message[i] = i;
	fake_parse(from, &family, a);
	fake_parse(to, &family, b);
	sum = ip6_checksum(a, b, IPPROTO_ICMPV6, message, 8 + data);
	memcpy(message + 2, &sum, 2);
	frame_ether(&f, 1, 5, RTE_ETHER_TYPE_IPV6);
	frame_ip6(&f, from, to, 64, IPPROTO_ICMPV6, 8 + data);
	frame_bytes(&f, message, 8 + data);
	return f;
}

// RFC 792 and RFC 1812 §4.3.2: an error about f, back to its sender, to the byte.
static void assert_error4(
	const struct frame *f, const char *from, uint8_t type, uint8_t code, uint16_t value,
	bool hop_taken
) {
	const struct sent *s = &fake_sent[0];
	const uint8_t *ip = s->bytes + ETHER_BYTES;
	uint8_t family, source[4], expected[576];
	uint16_t quoted = RTE_MIN(f->length - ETHER_BYTES, 576 - 28);
	uint8_t mac[6];

	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(s->port, 1);
	fake_mac(mac, 5);
	assert_memory_equal(s->bytes, mac, 6);
	assert_int_equal(s->length, ETHER_BYTES + 28 + quoted);
	assert_int_equal(ip[0], 0x45);
	assert_int_equal(ip[1], 0xc0);
	assert_int_equal(ip[2] << 8 | ip[3], 28 + quoted);
	assert_int_equal(ip[8], 64);
	assert_int_equal(ip[9], IPPROTO_ICMP);
	assert_int_equal(rte_raw_cksum(ip, 20), 0xffff);
	fake_parse(from, &family, source);
	assert_memory_equal(ip + 12, source, 4);
	assert_memory_equal(ip + 16, f->bytes + 26, 4);
	assert_int_equal(ip[20], type);
	assert_int_equal(ip[21], code);
	assert_int_equal(rte_raw_cksum(ip + 20, 8 + quoted), 0xffff);
	assert_int_equal(ip[24] << 8 | ip[25], 0);
	assert_int_equal(ip[26] << 8 | ip[27], value);
	memcpy(expected, f->bytes + ETHER_BYTES, quoted);
	if (hop_taken) { // the quoted header is as it was when the packet was lost
		expected[8]--;
		memcpy(expected + 10, ip + 28 + 10, 2);
		assert_int_equal(rte_raw_cksum(ip + 28, 20), 0xffff);
	}
	assert_memory_equal(ip + 28, expected, quoted);
}

static void assert_error6(
	const struct frame *f, const char *from, uint8_t type, uint8_t code, uint32_t value,
	bool hop_taken
) {
	const struct sent *s = &fake_sent[0];
	const uint8_t *ip = s->bytes + ETHER_BYTES;
	uint8_t family, source[16], expected[1280];
	uint16_t quoted = RTE_MIN(f->length - ETHER_BYTES, 1280 - 48);

	assert_int_equal(fake_sent_count, 1);
	assert_int_equal(s->port, 1);
	assert_int_equal(s->length, ETHER_BYTES + 48 + quoted);
	assert_int_equal(ip[0], 0x60);
	assert_int_equal(ip[4] << 8 | ip[5], 8 + quoted);
	assert_int_equal(ip[6], IPPROTO_ICMPV6);
	assert_int_equal(ip[7], 64);
	fake_parse(from, &family, source);
	assert_memory_equal(ip + 8, source, 16);
	assert_memory_equal(ip + 24, f->bytes + 22, 16);
	assert_int_equal(ip[40], type);
	assert_int_equal(ip[41], code);
	assert_int_equal((uint32_t)ip[44] << 24 | ip[45] << 16 | ip[46] << 8 | ip[47], value);
	assert_int_equal(ip6_checksum(ip + 8, ip + 24, IPPROTO_ICMPV6, ip + 40, 8 + quoted), 0);
	memcpy(expected, f->bytes + ETHER_BYTES, quoted);
	expected[7] -= hop_taken;
	assert_memory_equal(ip + 48, expected, quoted);
}

/* R44 */
static void echo_requests_are_answered_on_every_own_address(void **state) {
	static const char *const own[] = {"10.1.0.1", "10.2.0.1"};

	for (unsigned i = 0; i < RTE_DIM(own); i++)
		for (uint16_t data = 0; data < 1400; data += 199) {
			struct frame f = icmp4(own[i], 8, data);
			const uint8_t *ip = fake_sent[0].bytes + ETHER_BYTES;

			receive(11, &f);
			assert_int_equal(fake_sent_count, 1);
			assert_int_equal(fake_sent[0].port, 1);
			assert_int_equal(fake_sent[0].length, f.length);
			assert_int_equal(rte_raw_cksum(ip, 20), 0xffff);
			assert_int_equal(rte_raw_cksum(ip + 20, 8 + data), 0xffff);
			assert_memory_equal(ip + 12, f.bytes + 30, 4);
			assert_memory_equal(ip + 16, f.bytes + 26, 4);
			assert_int_equal(ip[20], 0);
			assert_memory_equal(ip + 24, f.bytes + 38, 4 + data);
		}
	assert_int_equal(fake_drops_all(), 0);
}

/* R44 */
static void echo_requests_of_ip6_are_answered_link_local_ones_too(void **state) {
	static const char *const pairs[][2] = {
		{"2001:db8:1::5", "2001:db8:1::1"},
		{"2001:db8:1::5", "2001:db8:2::1"},
		{"fe80::5", "fe80::ff:fe00:1"},
	};

	for (unsigned i = 0; i < RTE_DIM(pairs); i++) {
		struct frame f = icmp6(pairs[i][0], pairs[i][1], 128, 56);
		const uint8_t *ip = fake_sent[0].bytes + ETHER_BYTES;

		receive(11, &f);
		assert_int_equal(fake_sent_count, 1);
		assert_int_equal(fake_sent[0].port, 1);
		assert_int_equal(fake_sent[0].length, f.length);
		assert_memory_equal(ip + 8, f.bytes + 38, 16);
		assert_memory_equal(ip + 24, f.bytes + 22, 16);
		assert_int_equal(ip[40], 129);
		assert_int_equal(ip6_checksum(ip + 8, ip + 24, IPPROTO_ICMPV6, ip + 40, 64), 0);
		assert_memory_equal(ip + 44, f.bytes + 58, 60);
	}
	assert_int_equal(fake_drops_all(), 0);
}

/* R44 */
static void echo_requests_that_are_not_for_one_host_are_not_answered(void **state) {
	struct frame f = icmp4("10.1.0.255", 8, 56);

	receive(11, &f);
	f = icmp4("255.255.255.255", 8, 56);
	memset(f.bytes, 0xff, 6);
	receive(11, &f);
	f = icmp4("224.0.0.1", 8, 56);
	receive(11, &f);
	f = icmp6("2001:db8:1::5", "ff02::1", 128, 56);
	f.bytes[0] = f.bytes[1] = 0x33;
	receive(11, &f);
	f = icmp4("10.1.0.1", 8, 56);
	f.bytes[60] ^= 1; // checksum
	receive(11, &f);
	f = icmp4("10.1.0.1", 0, 56); // an answer nobody waits for
	receive(11, &f);
	assert_int_equal(fake_sent_count, 0);
	assert_int_equal(fake_drops_all(), 6);
}

/* R44 */
static void a_spent_ttl_is_told_and_counted(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 1, 32);
	struct frame g = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 1, 32);

	receive(11, &f);
	assert_error4(&f, "10.1.0.1", 11, 0, 0, false);
	receive(11, &g);
	assert_error6(&g, "2001:db8:1::1", 3, 0, 0, false);
	assert_int_equal(fake_drops(DROP_TTL), 2);
	assert_int_equal(fake_drops_all(), 2);
}

/* R44 */
static void what_has_no_way_is_told(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "192.0.2.1", 64, 32);
	struct frame g = frame_udp6(1, "2001:db8:1::5", "2001:db8:99::1", 64, 32);

	receive(11, &f);
	assert_error4(&f, "10.1.0.1", 3, 0, 0, false);
	receive(11, &g);
	assert_error6(&g, "2001:db8:1::1", 1, 0, 0, false);
	assert_int_equal(fake_drops(DROP_NO_ROUTE), 2);

	fake_begin(false);
	assert_int_equal(fake_route(1, "0.0.0.0", 0, RING_NEXT_HOP_KIND_REJECT, NULL, 0), 0);
	assert_int_equal(fake_route(1, "::", 0, RING_NEXT_HOP_KIND_REJECT, NULL, 0), 0);
	fake_commit();
	receive(11, &f);
	assert_error4(&f, "10.1.0.1", 3, 13, 0, false);
	receive(11, &g);
	assert_error6(&g, "2001:db8:1::1", 1, 6, 0, false);
	assert_int_equal(fake_drops(DROP_REJECT), 2);

	g = frame_udp6(1, "fe80::5", "2001:db8:2::9", 64, 32); // beyond its scope
	receive(11, &g);
	assert_error6(&g, "fe80::ff:fe00:1", 1, 2, 0, false);
}

/* R44 */
static void too_big_packets_tell_the_mtu(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.9", 64, 1400);
	struct frame g = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::9", 64, 1400);

	fake_begin(false);
	struct config_interface *i = fake_interface(12);
	i->mtu4 = 1000;
	i->mtu6 = 1300;
	fake_commit();
	f.bytes[20] = 0x40; // do not fragment
	f.bytes[24] = f.bytes[25] = 0;
	uint16_t sum = ~rte_raw_cksum(f.bytes + 14, 20);
	memcpy(f.bytes + 24, &sum, 2);
	receive(11, &f);
	assert_error4(&f, "10.1.0.1", 3, 4, 1000, true);
	receive(11, &g);
	assert_error6(&g, "2001:db8:1::1", 2, 0, 1300, true);
	assert_int_equal(fake_drops(DROP_NO_FRAGMENT), 1);
	assert_int_equal(fake_drops(DROP_TOO_BIG), 1);
}

/* R44 */
static void what_nobody_listens_to_is_told_from_the_address_spoken_to(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "10.2.0.1", 64, 32);
	struct frame g = frame_udp6(1, "2001:db8:1::5", "2001:db8:2::1", 64, 32);

	receive(11, &f);
	assert_error4(&f, "10.2.0.1", 3, 3, 0, false);
	receive(11, &g);
	assert_error6(&g, "2001:db8:2::1", 1, 4, 0, false);
	f.bytes[23] = 253;
	f.bytes[24] = f.bytes[25] = 0;
	uint16_t sum = ~rte_raw_cksum(f.bytes + 14, 20);
	memcpy(f.bytes + 24, &sum, 2);
	receive(11, &f);
	assert_error4(&f, "10.2.0.1", 3, 2, 0, false);
	g.bytes[20] = 253;
	receive(11, &g);
	assert_error6(&g, "2001:db8:2::1", 4, 1, 6, false);
	f.bytes[23] = IPPROTO_TCP;
	f.bytes[24] = f.bytes[25] = 0;
	sum = ~rte_raw_cksum(f.bytes + 14, 20);
	memcpy(f.bytes + 24, &sum, 2);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 0);
	assert_int_equal(fake_drops(DROP_LOCAL), 5);
}

/* R44 */
static void no_error_about_errors_fragments_groups_or_nobody(void **state) {
	static const uint8_t errors[] = {3, 4, 5, 11, 12, 200};
	uint64_t lost = fake_drops_all();
	unsigned n = 0;
	struct frame f;

	for (unsigned i = 0; i < sizeof(errors); i++, n++) {
		f = icmp4("192.0.2.1", errors[i], 56);
		receive(11, &f);
		assert_int_equal(fake_sent_count, 0);
	}
	f = icmp4("192.0.2.1", 8, 56); // of questions it may be spoken
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	n++;

	f = frame_udp4(1, "10.1.0.5", "192.0.2.1", 64, 32);
	f.bytes[21] = 5; // not the first fragment
	f.bytes[24] = f.bytes[25] = 0;
	uint16_t sum = ~rte_raw_cksum(f.bytes + 14, 20);
	memcpy(f.bytes + 24, &sum, 2);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 0);
	n++;

	static const uint8_t errors6[] = {1, 2, 3, 4, 100, 127, 137};
	for (unsigned i = 0; i < sizeof(errors6); i++, n++) {
		f = icmp6("2001:db8:1::5", "2001:db8:99::1", errors6[i], 56);
		receive(11, &f);
		assert_int_equal(fake_sent_count, 0);
	}
	f = icmp6("2001:db8:1::5", "2001:db8:99::1", 128, 56);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 1);
	n++;
	f = frame_udp6(1, "::", "2001:db8:99::1", 64, 32);
	receive(11, &f);
	assert_int_equal(fake_sent_count, 0);
	n++;
	assert_int_equal(fake_drops_all() - lost, n);
}

/* R38 R44 */
static void errors_are_limited_and_the_rest_counted(void **state) {
	struct frame f = frame_udp4(1, "10.1.0.5", "192.0.2.1", 64, 32);
	unsigned sent = 0;

	for (unsigned i = 0; i < 500; i++) {
		receive(11, &f);
		sent += fake_sent_count;
	}
	assert_int_equal(sent, ICMP_ERROR_BURST);
	assert_int_equal(fake_drops(DROP_ICMP_LIMIT), 500 - sent);
	assert_int_equal(fake_drops(DROP_NO_ROUTE), 500);
	fake_advance(10);
	for (sent = 0, fake_sent_count = 0; sent < 500; sent++) {
		receive(11, &f);
		if (fake_sent_count == 0)
			break;
	}
	assert_int_equal(sent, 10 * ICMP_ERROR_RATE / 1000);
}

/* R44 */
static void extension_headers_are_walked_and_never_trusted(void **state) {
	uint8_t packet[80] = {0x60, [5] = 40, [6] = IPPROTO_HOPOPTS, [40] = IPPROTO_DSTOPTS, 0,
			      [48] = IPPROTO_FRAGMENT, 0, [56] = IPPROTO_UDP};
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)packet;
	uint8_t protocol;
	bool fragment;

	assert_int_equal(ip6_upper(ip, 80, &protocol, &fragment), 64);
	assert_int_equal(protocol, IPPROTO_UDP);
	assert_true(fragment);
	packet[59] = 8; // a later fragment
	assert_int_equal(ip6_upper(ip, 80, &protocol, &fragment), -1);
	packet[59] = 0;
	assert_int_equal(ip6_upper(ip, 60, &protocol, &fragment), -1);
	packet[41] = 255;
	assert_int_equal(ip6_upper(ip, 80, &protocol, &fragment), -1);
	packet[41] = 0;
	packet[48] = IPPROTO_DSTOPTS;
	for (unsigned i = 40; i < 80; i += 8)
		packet[i] = IPPROTO_DSTOPTS;
	assert_int_equal(ip6_upper(ip, 80, &protocol, &fragment), -1);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(echo_requests_are_answered_on_every_own_address),
		TEST(echo_requests_of_ip6_are_answered_link_local_ones_too),
		TEST(echo_requests_that_are_not_for_one_host_are_not_answered),
		TEST(a_spent_ttl_is_told_and_counted),
		TEST(what_has_no_way_is_told),
		TEST(too_big_packets_tell_the_mtu),
		TEST(what_nobody_listens_to_is_told_from_the_address_spoken_to),
		TEST(no_error_about_errors_fragments_groups_or_nobody),
		TEST(errors_are_limited_and_the_rest_counted),
		TEST(extension_headers_are_walked_and_never_trusted),
	};
	return cmocka_run_group_tests_name("icmp", tests, fake_group_start, fake_group_stop);
}
