#include "route.h"

#include <rte_hash_crc.h>
#include <rte_ip_frag.h>

#include "send.h"

#define STEP FIB_BURST

typedef uint16_t __attribute__((may_alias, aligned(1))) half;

// What the first byte of an address says: RFC 1812 §5.3.7, RFC 6890.
enum { SOURCE_BAD = 1, DESTINATION_BAD = 2, DESTINATION_MULTICAST = 4, DESTINATION_TOP = 8 };

static const uint8_t address_class[256] = {
	[0] = SOURCE_BAD | DESTINATION_BAD,
	[127] = SOURCE_BAD | DESTINATION_BAD,
	[224 ... 239] = SOURCE_BAD | DESTINATION_MULTICAST,
	[240 ... 255] = SOURCE_BAD | DESTINATION_TOP,
};

static inline struct rte_ipv4_hdr *ip_of(struct rte_mbuf *m) {
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, packet_of(m)->l3_offset);
}

// The packet is lost for a reason that its sender is told, if that is allowed.
static inline void error4(
	struct thread *t, struct rte_mbuf *m, enum drop_reason reason, uint32_t argument
) {
	packet_of(m)->reason = reason;
	packet_of(m)->argument = argument;
	node_next(t, NODE_ICMP4_ERROR, m);
}

// RFC 791 §3.1: walks the options; loose and strict source routes are refused (RFC 7126 §4.3, 4.4).
static bool options_pass(const struct rte_ipv4_hdr *ip, unsigned header) {
	const uint8_t *bytes = (const uint8_t *)ip;

	for (unsigned i = sizeof(*ip); i < header && bytes[i] != 0;) {
		if (bytes[i] == 1) {
			i++;
			continue;
		}
		if (bytes[i] == 131 || bytes[i] == 137)
			return false;
		if (i + 1 >= header || bytes[i + 1] < 2 || i + bytes[i + 1] > header)
			return false;
		i += bytes[i + 1];
	}
	return true;
}

// RFC 1812 §5.2.2. DROP_COUNT: the packet is right, and as long as it says.
static __rte_always_inline enum drop_reason check(struct rte_mbuf *m, const struct packet *p) {
	uint32_t room = m->pkt_len - p->l3_offset;

	if (unlikely(m->data_len < p->l3_offset + sizeof(struct rte_ipv4_hdr)))
		return DROP_TOO_SHORT;
	const struct rte_ipv4_hdr *ip = ip_of(m);
	unsigned header = (ip->version_ihl & 15) * 4;
	unsigned length = rte_be_to_cpu_16(ip->total_length);
	uint16_t sum;

	if (likely(ip->version_ihl == 0x45)) {
		// Ten words; rte_raw_cksum is for any length.
		const half *w = (const half *)ip;
		uint32_t s = w[0] + w[1] + w[2] + w[3] + w[4] + w[5] + w[6] + w[7] + w[8] + w[9];
		s = (s & 0xffff) + (s >> 16);
		sum = (s & 0xffff) + (s >> 16);
	} else {
		if (ip->version_ihl >> 4 != 4 || header < sizeof(*ip))
			return DROP_IP_HEADER;
		if (m->data_len < p->l3_offset + header)
			return DROP_TOO_SHORT;
		sum = rte_raw_cksum(ip, header);
	}
	if (unlikely(sum != 0xffff || length < header))
		return DROP_IP_HEADER;
	if (unlikely(length > room))
		return DROP_TRUNCATED;
	if (unlikely(header > sizeof(*ip) && !options_pass(ip, header)))
		return DROP_IP_OPTIONS;
	if (length < room && m->nb_segs == 1) { // the padding of short frames
		m->data_len -= room - length;
		m->pkt_len = m->data_len;
	}

	uint8_t from = address_class[(uint8_t)ip->src_addr];
	uint8_t to = address_class[(uint8_t)ip->dst_addr];
	if (unlikely((from & SOURCE_BAD) != 0)) {
		return DROP_IP_ADDRESS;
	}
	if (unlikely(to != 0)) {
		if ((to & DESTINATION_BAD) != 0)
			return DROP_IP_ADDRESS;
		if ((to & DESTINATION_TOP) != 0 && ip->dst_addr != UINT32_MAX)
			return DROP_IP_ADDRESS;
	} else if (unlikely((p->flags & PACKET_MULTICAST) != 0)) {
		return DROP_IP_ADDRESS; // RFC 1812 §5.3.4
	}
	return DROP_COUNT;
}

// Flows stay on their path; fragments have no ports, so they hash by address and protocol alone.
static uint32_t flow_hash(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip) {
	uint64_t pair;
	uint32_t word, hash;
	unsigned header = (ip->version_ihl & 15) * 4;
	bool ports = ip->next_proto_id == IPPROTO_TCP || ip->next_proto_id == IPPROTO_UDP;
	const uint8_t *end = rte_pktmbuf_mtod(m, const uint8_t *) + m->data_len;

	memcpy(&pair, (const uint8_t *)ip + 12, sizeof(pair));
	hash = rte_hash_crc_8byte(pair, ip->next_proto_id);
	if (ports && (ip->fragment_offset & rte_cpu_to_be_16(0x3fff)) == 0
	    && (const uint8_t *)ip + header + 4 <= end) {
		memcpy(&word, (const uint8_t *)ip + header, sizeof(word));
		hash = rte_hash_crc_4byte(word, hash);
	}
	return hash;
}

static void fragment(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	uint16_t slot,
	uint32_t number,
	const uint8_t *address,
	uint16_t mtu
) {
	struct rte_mbuf *parts[64];
	struct packet original = *packet_of(m);
	// Fragments but the last carry multiples of 8 bytes.
	uint16_t size = sizeof(struct rte_ipv4_hdr) + ((mtu - sizeof(struct rte_ipv4_hdr)) & ~7);

	rte_pktmbuf_adj(m, original.l3_offset);
	int n = rte_ipv4_fragment_copy_nonseg_packet(m, parts, RTE_DIM(parts), size, m->pool);
	if (n < 0) {
		drop(t, m, n == -ENOMEM ? DROP_NO_MBUF : DROP_TOO_BIG);
		return;
	}
	for (int i = 0; i < n; i++) {
		struct packet *p = packet_of(parts[i]);
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(parts[i], struct rte_ipv4_hdr *);

		*p = original;
		p->l3_offset = 0;
		ip->hdr_checksum = 0;
		ip->hdr_checksum = ~rte_raw_cksum(ip, (ip->version_ihl & 15) * 4);
		send_to(t, face, parts[i], slot, number, 4, address);
	}
	rte_pktmbuf_free(m);
}

static __rte_always_inline void send4(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	uint16_t slot,
	uint32_t number,
	const uint8_t *address
) {
	const struct face_interface *out = &face->interfaces[slot];
	const struct rte_ipv4_hdr *ip = ip_of(m);

	if (unlikely(rte_be_to_cpu_16(ip->total_length) > out->mtu4)) {
		if ((ip->fragment_offset & rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG)) != 0)
			error4(t, m, DROP_NO_FRAGMENT, icmp_argument(ICMP4_UNREACHABLE, ICMP4_FRAGMENTATION, out->mtu4));
		else
			fragment(t, face, m, slot, number, address, out->mtu4);
		return;
	}
	send_to(t, face, m, slot, number, 4, address);
}

// The packet has a route; own packets keep their TTL.
static __rte_always_inline void follow(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	const struct rib_group *group,
	bool own
) {
	struct rte_ipv4_hdr *ip = ip_of(m);
	const struct rib_next_hop *hop = group_hop(group, group->n > 1 ? flow_hash(m, ip) : 0);

	switch (hop->kind) {
	case RIB_TO_BOX:
		if (own)
			drop(t, m, DROP_LOCAL);
		else
			node_next(t, NODE_IP4_LOCAL, m);
		return;
	case RIB_BROADCAST:
		drop(t, m, DROP_IP_ADDRESS); // RFC 2644
		return;
	case RIB_BLACKHOLE:
		drop(t, m, DROP_BLACKHOLE);
		return;
	case RIB_REJECT:
		if (own)
			drop(t, m, DROP_REJECT);
		else
			error4(t, m, DROP_REJECT, icmp_argument(ICMP4_UNREACHABLE, ICMP4_PROHIBITED, 0));
		return;
	}
	if (!own) {
		if (unlikely(ip->time_to_live <= 1)) {
			error4(t, m, DROP_TTL, icmp_argument(ICMP4_TIME_EXCEEDED, 0, 0));
			return;
		}
		// TTL is the high byte of its word. RFC 1624: the sum grows by what the word lost.
		uint32_t sum = ip->hdr_checksum + rte_cpu_to_be_16(0x0100);
		ip->hdr_checksum = sum + (sum >= 0xffff);
		ip->time_to_live--;
	}
	if (likely(hop->kind == RIB_GATEWAY)) {
		send4(t, face, m, hop->slot, hop->adjacency, hop->address);
	} else {
		const uint8_t *to = (const uint8_t *)&ip->dst_addr;
		send4(t, face, m, hop->slot, adjacency_find(hop->interface, 4, to), to);
	}
}

// Looks up runs of packets of one instance together.
static void lookup(
	const struct face *face,
	struct rte_mbuf **pkts,
	const uint32_t *addresses,
	uint32_t *groups,
	unsigned n
) {
	for (unsigned first = 0, last; first < n; first = last) {
		uint16_t instance = packet_of(pkts[first])->instance;
		for (last = first + 1; last < n && packet_of(pkts[last])->instance == instance; last++)
			;
		struct fib_tree tree = face_tree(&face->instances[instance].fib4);
		fib_lookup4(face->fib, &tree, addresses + first, groups + first, last - first);
	}
}

static void
input_some(struct thread *t, const struct face *face, struct rte_mbuf **pkts, unsigned n) {
	struct rte_mbuf *good[STEP];
	uint32_t addresses[STEP], groups[STEP];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		struct packet *p = packet_of(pkts[i]);
		enum drop_reason reason = check(pkts[i], p);

		if (unlikely(reason != DROP_COUNT)) {
			drop(t, pkts[i], reason);
			continue;
		}
		uint32_t to = rte_be_to_cpu_32(ip_of(pkts[i])->dst_addr);
		if (unlikely(to >= 0xe0000000)) { // multicast, and 255.255.255.255: for us or nobody
			node_next(t, NODE_IP4_LOCAL, pkts[i]);
			continue;
		}
		addresses[count] = to;
		good[count++] = pkts[i];
	}
	if (count == 0)
		return;
	lookup(face, good, addresses, groups, count);
	for (unsigned i = 0; i < count; i++)
		__builtin_prefetch(face->groups[groups[i]]);
	for (unsigned i = 0; i < count; i++) {
		if (unlikely(groups[i] == FIB_NO_ROUTE)) {
			error4(t, good[i], DROP_NO_ROUTE, icmp_argument(ICMP4_UNREACHABLE, ICMP4_NETWORK, 0));
			continue;
		}
		follow(t, face, good[i], face->groups[groups[i]], false);
	}
}

void route_ip4_input(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i += STEP)
		input_some(t, face, pkts + i, n - i < STEP ? n - i : STEP);
}

void route_ip4_forward(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	for (unsigned i = 0; i < n; i++) {
		uint32_t to = rte_be_to_cpu_32(ip_of(pkts[i])->dst_addr), group;

		lookup(face, &pkts[i], &to, &group, 1);
		if (group == FIB_NO_ROUTE)
			drop(t, pkts[i], DROP_NO_ROUTE);
		else
			follow(t, face, pkts[i], face->groups[group], true);
	}
}

void route_ip4_output(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++) {
		const struct packet *p = packet_of(pkts[i]);
		const struct face_interface *out = &face->interfaces[p->out_interface];
		uint8_t address[4];

		// Sending may write to p->address.
		memcpy(address, p->address, sizeof(address));
		send4(t, face, pkts[i], out->slot, adjacency_find(out->id, 4, address), address);
	}
}
