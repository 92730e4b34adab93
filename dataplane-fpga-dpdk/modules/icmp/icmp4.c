#include "icmp.h"

#include "ip/ip.h"

// RFC 1812 §4.3.2.3: as much of the packet as fits.
#define ERROR_BYTES 576
#define INTERNETWORK_CONTROL 0xc0 // §4.3.2.5

static inline struct rte_ipv4_hdr *ip_of(const struct rte_mbuf *m) {
	const struct packet *p = packet_of((struct rte_mbuf *)(uintptr_t)m);
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, p->l3_offset);
}

static inline uint16_t header_of(const struct rte_ipv4_hdr *ip) {
	return (ip->version_ihl & 15) * 4;
}

static void unreachable(struct thread *t, struct rte_mbuf *m, uint8_t code) {
	packet_of(m)->reason = DROP_LOCAL;
	packet_of(m)->argument = icmp_argument(ICMP4_UNREACHABLE, code, 0);
	node_next(t, NODE_ICMP4_ERROR, m);
}

// RFC 792, RFC 1122 §3.2.2.6. The request becomes its answer; options go back as they came.
static void echo(struct thread *t, struct rte_mbuf *m, struct rte_ipv4_hdr *ip) {
	uint16_t header = header_of(ip), length = rte_be_to_cpu_16(ip->total_length) - header;
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)((uint8_t *)ip + header);
	rte_be32_t from = ip->src_addr;

	if (length < sizeof(*icmp) || m->nb_segs > 1 || rte_raw_cksum(icmp, length) != 0xffff) {
		drop(t, m, DROP_IP_HEADER);
		return;
	}
	icmp->icmp_type = ICMP4_ECHO_REPLY;
	// In memory the type comes before the code, so it is the word's low byte here.
	icmp->icmp_cksum = checksum_update(
		icmp->icmp_cksum,
		rte_cpu_to_be_16(ICMP4_ECHO_REQUEST << 8 | icmp->icmp_code),
		rte_cpu_to_be_16(icmp->icmp_code)
	);
	ip->src_addr = ip->dst_addr;
	ip->dst_addr = from;
	ip->time_to_live = 64;
	ip->fragment_offset = 0;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, header);
	packet_of(m)->flags = PACKET_OWN;
	node_next(t, NODE_IP4_FORWARD, m);
}

static void local(struct thread *t, struct rte_mbuf *m) {
	struct rte_ipv4_hdr *ip = ip_of(m);
	uint32_t to = rte_be_to_cpu_32(ip->dst_addr);

	// Nothing here listens to groups, and broadcast echoes are not answered (RFC 1122 §3.2.2.6).
	// Fragments wait for reassembly, which there is none of yet.
	if (ip4_is_multicast(to) || to == UINT32_MAX
	    || (ip->fragment_offset & rte_cpu_to_be_16(0x3fff)) != 0) {
		drop(t, m, DROP_LOCAL);
		return;
	}
	switch (ip->next_proto_id) {
	case IPPROTO_ICMP:
		if (rte_be_to_cpu_16(ip->total_length) > header_of(ip)
		    && *((uint8_t *)ip + header_of(ip)) == ICMP4_ECHO_REQUEST)
			echo(t, m, ip);
		else
			drop(t, m, DROP_LOCAL);
		break;
	case IPPROTO_UDP:
		unreachable(t, m, ICMP4_PORT);
		break;
	case IPPROTO_TCP:
		drop(t, m, DROP_LOCAL);
		break;
	default:
		unreachable(t, m, ICMP4_PROTOCOL);
	}
}

void icmp4_local(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++)
		local(t, pkts[i]);
}

// ICMP messages about ICMP errors would never end. Unknown types count as errors.
static bool is_error(const struct rte_ipv4_hdr *ip, uint32_t room) {
	uint8_t type;

	if (ip->next_proto_id != IPPROTO_ICMP)
		return false;
	if (room <= header_of(ip))
		return true;
	type = *((const uint8_t *)ip + header_of(ip));
	return type != 0 && type != ICMP4_ECHO_REQUEST && !(type >= 13 && type <= 18);
}

// RFC 1812 §4.3.2.7.
static bool may_tell(const struct rte_mbuf *m, const struct packet *p) {
	const struct rte_ipv4_hdr *ip = ip_of(m);
	uint32_t to = rte_be_to_cpu_32(ip->dst_addr);

	return (p->flags & (PACKET_MULTICAST | PACKET_BROADCAST | PACKET_OWN)) == 0
		&& (ip->fragment_offset & rte_cpu_to_be_16(RTE_IPV4_HDR_OFFSET_MASK)) == 0
		&& !ip4_is_multicast(to) && to != UINT32_MAX
		&& ip4_is_host(rte_be_to_cpu_32(ip->src_addr))
		&& !is_error(ip, m->data_len - p->l3_offset);
}

// Where an error comes from: the address that was spoken to, if it was the box.
static const uint8_t *
source_of(const struct face *face, const struct packet *p, const struct rte_ipv4_hdr *ip) {
	return p->reason == DROP_LOCAL ? (const uint8_t *)&ip->dst_addr : icmp_source(face, p, 4);
}

static void error(struct thread *t, const struct face *face, struct rte_mbuf *m) {
	static const uint16_t room = sizeof(struct rte_ipv4_hdr) + 8;
	struct packet *p = packet_of(m);
	enum drop_reason reason = p->reason;
	const struct rte_ipv4_hdr *lost = ip_of(m);
	const uint8_t *from;
	uint8_t source[4], to[4];

	if (!may_tell(m, p) || m->nb_segs > 1 || (from = source_of(face, p, lost)) == NULL) {
		drop(t, m, reason);
		return;
	}
	if (!icmp_may_send(t, 4)) {
		t->counters->drops[DROP_ICMP_LIMIT]++;
		drop(t, m, reason);
		return;
	}
	memcpy(source, from, sizeof(source));
	memcpy(to, &lost->src_addr, sizeof(to));
	rte_pktmbuf_adj(m, p->l3_offset);
	if (m->pkt_len > ERROR_BYTES - room)
		rte_pktmbuf_trim(m, m->pkt_len - (ERROR_BYTES - room));
	uint8_t *start = (uint8_t *)rte_pktmbuf_prepend(m, room);
	if (start == NULL) {
		drop(t, m, reason);
		return;
	}
	t->counters->drops[reason]++; // lost; what follows is a packet of the box
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)start;
	uint8_t *icmp = start + sizeof(*ip);
	uint16_t value = rte_cpu_to_be_16(p->argument & 0xffff), checksum;

	ip4_write(ip, INTERNETWORK_CONTROL, IPPROTO_ICMP, m->pkt_len,
		  t->counters->drops[reason] & 0xffff, source, to);
	memset(icmp, 0, 8);
	icmp[0] = p->argument >> 24;
	icmp[1] = p->argument >> 16;
	memcpy(icmp + 6, &value, sizeof(value)); // RFC 1191 §4: the MTU, else 0
	checksum = ~rte_raw_cksum(icmp, m->pkt_len - sizeof(*ip));
	memcpy(icmp + 2, &checksum, sizeof(checksum));
	p->l3_offset = 0;
	p->flags = PACKET_OWN;
	node_next(t, NODE_IP4_FORWARD, m);
}

void icmp4_error(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++)
		error(t, face, pkts[i]);
}
