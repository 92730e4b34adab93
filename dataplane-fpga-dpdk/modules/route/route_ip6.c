#include "route.h"

#include <rte_hash_crc.h>

#include "send.h"

#define STEP FIB_BURST

static inline struct rte_ipv6_hdr *ip_of(struct rte_mbuf *m) {
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, packet_of(m)->l3_offset);
}

static inline void error6(
	struct thread *t, struct rte_mbuf *m, enum drop_reason reason, uint32_t argument
) {
	packet_of(m)->reason = reason;
	packet_of(m)->argument = argument;
	node_next(t, NODE_ICMP6_ERROR, m);
}

static inline bool leading_zeros(const uint8_t *address) {
	uint32_t word;

	memcpy(&word, address, sizeof(word));
	return word == 0;
}

// RFC 8200 §3, RFC 4291 §2. DROP_COUNT: the packet is right, and as long as it says.
static __rte_always_inline enum drop_reason check(struct rte_mbuf *m, const struct packet *p) {
	uint32_t room = m->pkt_len - p->l3_offset;

	if (unlikely(m->data_len < p->l3_offset + sizeof(struct rte_ipv6_hdr)))
		return DROP_TOO_SHORT;
	const struct rte_ipv6_hdr *ip = ip_of(m);
	const uint8_t *from = ip6_source(ip), *to = ip6_destination(ip);
	uint32_t length = sizeof(*ip) + rte_be_to_cpu_16(ip->payload_len);

	if (unlikely(*(const uint8_t *)ip >> 4 != 6))
		return DROP_IP_HEADER;
	if (unlikely(length > room))
		return DROP_TRUNCATED;
	if (length < room && m->nb_segs == 1) {
		m->data_len -= room - length;
		m->pkt_len = m->data_len;
	}
	if (unlikely(ip6_is_multicast(from)))
		return DROP_IP_ADDRESS;
	// ::, ::1 and the IPv4 forms in ::/32 come from nobody outside, or from a host without address.
	if (unlikely(leading_zeros(from) && !ip6_is_unspecified(from)))
		return DROP_IP_ADDRESS;
	if (unlikely(leading_zeros(to)))
		return DROP_IP_ADDRESS;
	if (unlikely((p->flags & PACKET_MULTICAST) != 0 && !ip6_is_multicast(to)))
		return DROP_IP_ADDRESS;
	return DROP_COUNT;
}

// RFC 6438: the flow label stands for the ports where the sender set one.
static uint32_t flow_hash(const struct rte_mbuf *m, const struct rte_ipv6_hdr *ip) {
	uint64_t words[4];
	uint32_t ports;
	uint32_t label = ip->vtc_flow & rte_cpu_to_be_32(0xfffff);
	uint32_t hash = rte_hash_crc_4byte(label, ip->proto);
	const uint8_t *end = rte_pktmbuf_mtod(m, const uint8_t *) + m->data_len;

	memcpy(words, ip6_source(ip), sizeof(words));
	for (unsigned i = 0; i < 4; i++)
		hash = rte_hash_crc_8byte(words[i], hash);
	if ((ip->proto == IPPROTO_TCP || ip->proto == IPPROTO_UDP)
	    && (const uint8_t *)(ip + 1) + sizeof(ports) <= end) {
		memcpy(&ports, ip + 1, sizeof(ports));
		hash = rte_hash_crc_4byte(ports, hash);
	}
	return hash;
}

static __rte_always_inline void send6(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	uint16_t slot,
	uint32_t number,
	const uint8_t *address
) {
	const struct face_interface *out = &face->interfaces[slot];

	if (unlikely(m->pkt_len - packet_of(m)->l3_offset > out->mtu6)) {
		error6(t, m, DROP_TOO_BIG, icmp_argument(ICMP6_TOO_BIG, 0, out->mtu6));
		return;
	}
	send_to(t, face, m, slot, number, 6, address);
}

static __rte_always_inline void follow(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	const struct rib_group *group,
	bool own
) {
	struct rte_ipv6_hdr *ip = ip_of(m);
	const struct rib_next_hop *hop = group_hop(group, group->n > 1 ? flow_hash(m, ip) : 0);

	switch (hop->kind) {
	case RIB_TO_BOX:
		if (own)
			drop(t, m, DROP_LOCAL);
		else
			node_next(t, NODE_IP6_LOCAL, m);
		return;
	case RIB_BROADCAST:
		drop(t, m, DROP_IP_ADDRESS);
		return;
	case RIB_BLACKHOLE:
		drop(t, m, DROP_BLACKHOLE);
		return;
	case RIB_REJECT:
		if (own)
			drop(t, m, DROP_REJECT);
		else
			error6(t, m, DROP_REJECT, icmp_argument(ICMP6_UNREACHABLE, ICMP6_REJECTED, 0));
		return;
	}
	if (!own) {
		const uint8_t *from = ip6_source(ip);
		if (unlikely(ip6_is_link_local(from))) { // RFC 4291 §2.5.6, RFC 4443 §3.1
			error6(t, m, DROP_IP_ADDRESS, icmp_argument(ICMP6_UNREACHABLE, ICMP6_SCOPE, 0));
			return;
		}
		if (unlikely(ip6_is_unspecified(from))) {
			drop(t, m, DROP_IP_ADDRESS);
			return;
		}
		if (unlikely(ip->hop_limits <= 1)) {
			error6(t, m, DROP_TTL, icmp_argument(ICMP6_TIME_EXCEEDED, 0, 0));
			return;
		}
		ip->hop_limits--;
	}
	if (likely(hop->kind == RIB_GATEWAY)) {
		send6(t, face, m, hop->slot, hop->adjacency, hop->address);
	} else {
		const uint8_t *to = ip6_destination(ip);
		send6(t, face, m, hop->slot, adjacency_find(hop->interface, 6, to), to);
	}
}

static void lookup(
	const struct face *face,
	struct rte_mbuf **pkts,
	const uint8_t *const *addresses,
	uint32_t *groups,
	unsigned n
) {
	for (unsigned first = 0, last; first < n; first = last) {
		uint16_t instance = packet_of(pkts[first])->instance;
		for (last = first + 1; last < n && packet_of(pkts[last])->instance == instance; last++)
			;
		struct fib_tree tree = face_tree(&face->instances[instance].fib6);
		fib_lookup6(face->fib, &tree, addresses + first, groups + first, last - first);
	}
}

// Link-local addresses mean something on one link only, so no table has them.
static void link_local(struct thread *t, const struct face *face, struct rte_mbuf *m) {
	const struct face_interface *in = &face->interfaces[packet_of(m)->in_interface];
	const uint8_t *to = ip6_destination(ip_of(m));
	uint8_t own[16];

	ip6_link_local(own, &in->mac);
	if (ip6_equal(to, own) || face_interface_has(in, 6, to))
		node_next(t, NODE_IP6_LOCAL, m);
	else
		drop(t, m, DROP_IP_ADDRESS);
}

static void
input_some(struct thread *t, const struct face *face, struct rte_mbuf **pkts, unsigned n) {
	struct rte_mbuf *good[STEP];
	const uint8_t *addresses[STEP];
	uint32_t groups[STEP];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		enum drop_reason reason = check(pkts[i], packet_of(pkts[i]));

		if (unlikely(reason != DROP_COUNT)) {
			drop(t, pkts[i], reason);
			continue;
		}
		const uint8_t *to = ip6_destination(ip_of(pkts[i]));
		if (unlikely(to[0] >= 0xfe)) {
			if (ip6_is_multicast(to)) {
				node_next(t, NODE_IP6_LOCAL, pkts[i]);
				continue;
			}
			if (ip6_is_link_local(to)) {
				link_local(t, face, pkts[i]);
				continue;
			}
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
			error6(t, good[i], DROP_NO_ROUTE, icmp_argument(ICMP6_UNREACHABLE, ICMP6_NO_ROUTE, 0));
			continue;
		}
		follow(t, face, good[i], face->groups[groups[i]], false);
	}
}

void route_ip6_input(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i += STEP)
		input_some(t, face, pkts + i, n - i < STEP ? n - i : STEP);
}

// An answer to a link-local host goes back the way its question came.
void route_ip6_forward(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *to = ip6_destination(ip_of(pkts[i]));
		uint32_t group;

		if (ip6_is_link_local(to)) {
			const struct face_interface *out =
				&face->interfaces[packet_of(pkts[i])->in_interface];
			if (out->slot == 0)
				drop(t, pkts[i], DROP_NO_ROUTE);
			else
				send6(t, face, pkts[i], out->slot, adjacency_find(out->id, 6, to), to);
			continue;
		}
		lookup(face, &pkts[i], &to, &group, 1);
		if (group == FIB_NO_ROUTE)
			drop(t, pkts[i], DROP_NO_ROUTE);
		else
			follow(t, face, pkts[i], face->groups[group], true);
	}
}

void route_ip6_output(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++) {
		const struct packet *p = packet_of(pkts[i]);
		const struct face_interface *out = &face->interfaces[p->out_interface];
		uint8_t address[16];

		memcpy(address, p->address, sizeof(address));
		send6(t, face, pkts[i], out->slot, adjacency_find(out->id, 6, address), address);
	}
}
