#include "icmp.h"

#include "ip/ip.h"

// RFC 4443 §2.4 c: as much of the packet as fits.
#define ERROR_BYTES 1280

static inline struct rte_ipv6_hdr *ip_of(const struct rte_mbuf *m) {
	const struct packet *p = packet_of((struct rte_mbuf *)(uintptr_t)m);
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, p->l3_offset);
}

static void tell(struct thread *t, struct rte_mbuf *m, uint32_t argument) {
	packet_of(m)->reason = DROP_LOCAL;
	packet_of(m)->argument = argument;
	node_next(t, NODE_ICMP6_ERROR, m);
}

// RFC 4443 §4. The request becomes its answer.
static void echo(struct thread *t, struct rte_mbuf *m, struct rte_ipv6_hdr *ip) {
	uint8_t *icmp = (uint8_t *)(ip + 1);
	uint8_t from[16], *source = (uint8_t *)ip + 8, *destination = (uint8_t *)ip + 24;
	uint16_t checksum;

	// §4.2: a group is not a source. There are none that this box would answer for.
	if (ip6_is_multicast(destination)) {
		drop(t, m, DROP_LOCAL);
		return;
	}
	memcpy(from, source, sizeof(from));
	memcpy(source, destination, 16);
	memcpy(destination, from, 16);
	memcpy(&checksum, icmp + 2, sizeof(checksum));
	checksum = checksum_update(
		checksum,
		rte_cpu_to_be_16(ICMP6_ECHO_REQUEST << 8 | icmp[1]),
		rte_cpu_to_be_16(ICMP6_ECHO_REPLY << 8 | icmp[1])
	);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
	icmp[0] = ICMP6_ECHO_REPLY;
	ip->hop_limits = 64;
	packet_of(m)->flags = PACKET_OWN;
	node_next(t, NODE_IP6_FORWARD, m);
}

static void icmp(struct thread *t, struct rte_mbuf *m, struct rte_ipv6_hdr *ip) {
	const uint8_t *message = (const uint8_t *)(ip + 1);
	uint32_t length = rte_be_to_cpu_16(ip->payload_len);

	if (length < 8 || m->nb_segs > 1
	    || ip6_checksum(ip6_source(ip), ip6_destination(ip), IPPROTO_ICMPV6, message, length) != 0) {
		drop(t, m, DROP_IP_HEADER);
		return;
	}
	if (message[0] == ICMP6_ECHO_REQUEST)
		echo(t, m, ip);
	else if (message[0] >= ICMP6_ROUTER_SOLICITATION && message[0] <= ICMP6_REDIRECT)
		punt(t, PUNT_ND, m);
	else
		drop(t, m, DROP_LOCAL);
}

static void local(struct thread *t, struct rte_mbuf *m) {
	struct rte_ipv6_hdr *ip = ip_of(m);
	bool fragment;
	uint8_t protocol;
	int offset = ip6_upper(ip, m->data_len - packet_of(m)->l3_offset, &protocol, &fragment);

	if (offset < 0 || fragment) { // there is no reassembly yet
		drop(t, m, DROP_LOCAL);
		return;
	}
	switch (protocol) {
	case IPPROTO_ICMPV6:
		if (offset == sizeof(*ip))
			icmp(t, m, ip);
		else // multicast listener reports of hosts, for the most part
			drop(t, m, DROP_LOCAL);
		break;
	case IPPROTO_UDP:
		tell(t, m, icmp_argument(ICMP6_UNREACHABLE, ICMP6_PORT, 0));
		break;
	case IPPROTO_TCP:
	case IPPROTO_NONE:
		drop(t, m, DROP_LOCAL);
		break;
	default:
		// The pointer is the byte that named the protocol; without extensions it is the header's.
		if (offset == sizeof(*ip))
			tell(t, m, icmp_argument(ICMP6_PARAMETER, ICMP6_NEXT_HEADER, 6));
		else
			drop(t, m, DROP_LOCAL);
	}
}

void icmp6_local(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++)
		local(t, pkts[i]);
}

// RFC 4443 §2.4 e.
static bool may_tell(const struct rte_mbuf *m, const struct packet *p) {
	const struct rte_ipv6_hdr *ip = ip_of(m);
	uint32_t room = m->data_len - p->l3_offset;
	bool fragment, too_big = p->argument >> 24 == ICMP6_TOO_BIG;
	uint8_t protocol;
	int offset = ip6_upper(ip, room, &protocol, &fragment);

	if ((p->flags & PACKET_OWN) != 0 || ip6_is_multicast(ip6_source(ip))
	    || ip6_is_unspecified(ip6_source(ip)))
		return false;
	if (!too_big
	    && ((p->flags & PACKET_MULTICAST) != 0 || ip6_is_multicast(ip6_destination(ip))))
		return false;
	if (offset >= 0 && protocol == IPPROTO_ICMPV6) {
		uint8_t type = (uint32_t)offset < room ? *((const uint8_t *)ip + offset) : 0;

		return type >= 128 && type != ICMP6_REDIRECT;
	}
	return true;
}

// RFC 4443 §2.2: the address spoken to, if it was the box; link-local hosts are answered from the
// link-local address.
static bool source_of(
	const struct face *face, const struct packet *p, const struct rte_ipv6_hdr *ip, uint8_t *source
) {
	const uint8_t *found;

	if (p->reason == DROP_LOCAL && !ip6_is_multicast(ip6_destination(ip))) {
		memcpy(source, ip6_destination(ip), 16);
		return true;
	}
	if (ip6_is_link_local(ip6_source(ip))) {
		if (p->in_interface == 0)
			return false;
		ip6_link_local(source, &face->interfaces[p->in_interface].mac);
		return true;
	}
	found = icmp_source(face, p, 6);
	if (found != NULL)
		memcpy(source, found, 16);
	return found != NULL;
}

static void error(struct thread *t, const struct face *face, struct rte_mbuf *m) {
	static const uint16_t room = sizeof(struct rte_ipv6_hdr) + 8;
	struct packet *p = packet_of(m);
	enum drop_reason reason = p->reason;
	const struct rte_ipv6_hdr *lost = ip_of(m);
	uint8_t source[16], to[16];

	if (!may_tell(m, p) || m->nb_segs > 1 || !source_of(face, p, lost, source)) {
		drop(t, m, reason);
		return;
	}
	if (!icmp_may_send(t, 6)) {
		t->counters->drops[DROP_ICMP_LIMIT]++;
		drop(t, m, reason);
		return;
	}
	memcpy(to, ip6_source(lost), sizeof(to));
	rte_pktmbuf_adj(m, p->l3_offset);
	if (m->pkt_len > ERROR_BYTES - room)
		rte_pktmbuf_trim(m, m->pkt_len - (ERROR_BYTES - room));
	uint8_t *start = (uint8_t *)rte_pktmbuf_prepend(m, room);
	if (start == NULL) {
		drop(t, m, reason);
		return;
	}
	t->counters->drops[reason]++; // lost; what follows is a packet of the box
	uint8_t *message = start + sizeof(struct rte_ipv6_hdr);
	uint32_t value = rte_cpu_to_be_32(p->argument & 0xffff);
	uint16_t length = m->pkt_len - sizeof(struct rte_ipv6_hdr), checksum;

	ip6_write((struct rte_ipv6_hdr *)start, IPPROTO_ICMPV6, length, 64, source, to);
	memset(message, 0, 8);
	message[0] = p->argument >> 24;
	message[1] = p->argument >> 16;
	memcpy(message + 4, &value, sizeof(value)); // §3.2 MTU, §3.4 pointer, else 0
	checksum = ip6_checksum(source, to, IPPROTO_ICMPV6, message, length);
	memcpy(message + 2, &checksum, sizeof(checksum));
	p->l3_offset = 0;
	p->flags = PACKET_OWN;
	node_next(t, NODE_IP6_FORWARD, m);
}

void icmp6_error(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++)
		error(t, face, pkts[i]);
}
