// Addresses, checksums and headers that the IP features share. Addresses are bytes in network order,
// or 32-bit words in host order where the name says so.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>

#define ETHER_BYTES 14

static inline uint32_t ip4_host(const uint8_t *address) {
	uint32_t word;
	memcpy(&word, address, sizeof(word));
	return rte_be_to_cpu_32(word);
}

static inline void ip4_bytes(uint8_t *bytes, uint32_t host) {
	host = rte_cpu_to_be_32(host);
	memcpy(bytes, &host, sizeof(host));
}

static inline bool ip4_is_multicast(uint32_t host) {
	return host >> 28 == 0xe;
}

// A source that an answer can be sent to: RFC 1812 §5.3.7, RFC 1122 §3.2.1.3.
static inline bool ip4_is_host(uint32_t host) {
	uint8_t first = host >> 24;
	return first != 0 && first != 127 && first < 224;
}

static inline bool ip6_is_multicast(const uint8_t *address) {
	return address[0] == 0xff;
}

static inline bool ip6_is_link_local(const uint8_t *address) {
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static inline bool ip6_is_unspecified(const uint8_t *address) {
	uint64_t words[2];
	memcpy(words, address, sizeof(words));
	return (words[0] | words[1]) == 0;
}

static inline bool ip6_is_loopback(const uint8_t *address) {
	uint64_t words[2];
	memcpy(words, address, sizeof(words));
	return words[0] == 0 && words[1] == rte_cpu_to_be_64(1);
}

static inline bool ip6_equal(const uint8_t *a, const uint8_t *b) {
	return memcmp(a, b, 16) == 0;
}

// fe80::/64 with the interface identifier of the MAC: RFC 4291 appendix A.
static inline void ip6_link_local(uint8_t *address, const struct rte_ether_addr *mac) {
	const uint8_t *m = mac->addr_bytes;
	const uint8_t bytes[16] = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]
	};
	memcpy(address, bytes, sizeof(bytes));
}

// ff02::1:ffxx:xxxx, RFC 4291 §2.7.1.
static inline void ip6_solicited_node(uint8_t *group, const uint8_t *address) {
	const uint8_t bytes[16] = {
		0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, address[13], address[14], address[15]
	};
	memcpy(group, bytes, sizeof(bytes));
}

// 33:33 and the last four bytes: RFC 2464 §7.
static inline void ip6_multicast_mac(uint8_t *mac, const uint8_t *group) {
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, group + 12, 4);
}

// One's complement sum of a message of an IPv6 packet with its pseudo header (RFC 8200 §8.1); 0 over a
// message whose checksum is right.
static inline uint16_t
ip6_checksum(const uint8_t *source, const uint8_t *destination, uint8_t protocol, const void *message, uint32_t length) {
	const uint32_t tail[2] = {rte_cpu_to_be_32(length), rte_cpu_to_be_32(protocol)};
	uint32_t sum = rte_raw_cksum(source, 16) + (uint32_t)rte_raw_cksum(destination, 16)
		+ rte_raw_cksum(tail, sizeof(tail)) + rte_raw_cksum(message, length);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

// The checksum after a 16-bit field went from one value to another, all as they lie in memory:
// RFC 1624 equation 3.
static inline uint16_t checksum_update(uint16_t checksum, uint16_t from, uint16_t to) {
	uint32_t sum = (uint16_t)~checksum + (uint32_t)(uint16_t)~from + to;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline void ether_write(
	void *frame,
	const struct rte_ether_addr *destination,
	const struct rte_ether_addr *source,
	uint16_t type
) {
	struct rte_ether_hdr *ether = frame;
	ether->dst_addr = *destination;
	ether->src_addr = *source;
	ether->ether_type = rte_cpu_to_be_16(type);
}

static inline void ip4_write(
	struct rte_ipv4_hdr *ip,
	uint8_t tos,
	uint8_t protocol,
	uint16_t length,
	uint16_t id,
	const uint8_t *source,
	const uint8_t *destination
) {
	memset(ip, 0, sizeof(*ip));
	ip->version_ihl = 0x45;
	ip->type_of_service = tos;
	ip->total_length = rte_cpu_to_be_16(length);
	ip->packet_id = rte_cpu_to_be_16(id);
	ip->time_to_live = 64;
	ip->next_proto_id = protocol;
	memcpy(&ip->src_addr, source, 4);
	memcpy(&ip->dst_addr, destination, 4);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static inline void ip6_write(
	struct rte_ipv6_hdr *ip,
	uint8_t protocol,
	uint16_t payload,
	uint8_t hop_limit,
	const uint8_t *source,
	const uint8_t *destination
) {
	uint8_t *bytes = (uint8_t *)ip;
	bytes[0] = 0x60;
	memset(bytes + 1, 0, 3);
	ip->payload_len = rte_cpu_to_be_16(payload);
	ip->proto = protocol;
	ip->hop_limits = hop_limit;
	memcpy(bytes + 8, source, 16);
	memcpy(bytes + 24, destination, 16);
}

static inline const uint8_t *ip6_source(const struct rte_ipv6_hdr *ip) {
	return (const uint8_t *)ip + 8;
}

static inline const uint8_t *ip6_destination(const struct rte_ipv6_hdr *ip) {
	return (const uint8_t *)ip + 24;
}

// Packets to the ICMP error nodes carry in `argument` what went wrong.
static inline uint32_t icmp_argument(uint8_t type, uint8_t code, uint16_t value) {
	return (uint32_t)type << 24 | (uint32_t)code << 16 | value;
}

enum {
	ICMP4_ECHO_REPLY = 0,
	ICMP4_UNREACHABLE = 3,
	ICMP4_NETWORK = 0,
	ICMP4_HOST = 1,
	ICMP4_PROTOCOL = 2,
	ICMP4_PORT = 3,
	ICMP4_FRAGMENTATION = 4, // value: MTU
	ICMP4_PROHIBITED = 13,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_ECHO_REQUEST = 8,

	ICMP6_UNREACHABLE = 1,
	ICMP6_NO_ROUTE = 0,
	ICMP6_SCOPE = 2,
	ICMP6_ADDRESS = 3,
	ICMP6_PORT = 4,
	ICMP6_REJECTED = 6,
	ICMP6_TOO_BIG = 2, // value: MTU
	ICMP6_TIME_EXCEEDED = 3,
	ICMP6_PARAMETER = 4, // value: offset
	ICMP6_NEXT_HEADER = 1,
	ICMP6_ECHO_REQUEST = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP6_ROUTER_SOLICITATION = 133,
	ICMP6_SOLICITATION = 135,
	ICMP6_ADVERTISEMENT = 136,
	ICMP6_REDIRECT = 137,
};

// The layer 4 header of an IPv6 packet behind its extension headers (RFC 8200 §4). Offset from the
// IPv6 header, -1 if the chain does not end within `length`; *fragment is set for every fragment, and
// a later one has no header to find: -1.
int ip6_upper(const struct rte_ipv6_hdr *ip, uint32_t length, uint8_t *protocol, bool *fragment);
