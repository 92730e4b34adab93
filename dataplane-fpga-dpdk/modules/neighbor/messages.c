// ARP and neighbor discovery on the wire. Whatever is not as the RFCs want it is dropped and counted.
#include "table.h"

#include <rte_arp.h>

#define DEFEND_INTERVAL 10000 // RFC 5227 §2.4, milliseconds

static const struct rte_ether_addr everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};

// RFC 4861 §4.3, §4.4 and §4.6.1, as far as the fixed parts and one link-layer option go.
struct nd {
	uint8_t type, code;
	uint16_t checksum;
	uint8_t flags;
	uint8_t reserved[3];
	uint8_t target[16];
};
_Static_assert(sizeof(struct nd) == 24, "layout");

struct nd_link {
	uint8_t type, length;
	uint8_t mac[6];
};

enum { OPTION_SOURCE = 1, OPTION_TARGET = 2 };
enum { FLAG_ROUTER = 0x80, FLAG_SOLICITED = 0x40, FLAG_OVERRIDE = 0x20 };

// --- what the interface knows of itself ----------------------------------------------------------

bool speaks(const struct face_interface *i, uint8_t family) {
	for (unsigned n = 0; n < i->address_count; n++)
		if (i->addresses[n].family == family)
			return true;
	return false;
}

// A configured one, else the one made from the MAC.
void own_link_local(const struct face_interface *i, uint8_t *address) {
	for (unsigned n = 0; n < i->address_count; n++) {
		const struct address *a = &i->addresses[n];

		if (a->family == 6 && ip6_is_link_local(a->bytes)) {
			memcpy(address, a->bytes, 16);
			return;
		}
	}
	ip6_link_local(address, &i->mac);
}

bool is_own(const struct face_interface *i, uint8_t family, const uint8_t *address) {
	uint8_t made[16];

	if (face_interface_has(i, family, address))
		return true;
	if (family != 6 || !speaks(i, 6))
		return false;
	ip6_link_local(made, &i->mac);
	return ip6_equal(address, made);
}

bool on_link(const struct face_interface *i, uint8_t family, const uint8_t *address) {
	if (family == 6 && ip6_is_link_local(address))
		return true;
	for (unsigned n = 0; n < i->address_count; n++) {
		const struct address *a = &i->addresses[n];
		unsigned whole = a->prefix_length / 8, rest = a->prefix_length % 8;

		if (a->family == family && memcmp(a->bytes, address, whole) == 0
		    && (rest == 0 || (a->bytes[whole] ^ address[whole]) >> (8 - rest) == 0))
			return true;
	}
	return false;
}

// --- sending -------------------------------------------------------------------------------------

void send_frame(const struct face_interface *out, struct rte_mbuf *m) {
	struct packet *p = packet_of(m);

	p->out_interface = out->slot;
	p->instance = out->instance;
	p->flags = PACKET_OWN;
	p->l3_offset = ETHER_BYTES;
	inject(NODE_INTERFACE_OUTPUT, m);
}

static void arp_send(
	const struct face_interface *out, uint16_t operation, const struct rte_ether_addr *to,
	const uint8_t *source, const uint8_t *target_mac, const uint8_t *target
) {
	struct rte_mbuf *m = packet_new();
	uint8_t *frame;

	if (m == NULL)
		return;
	frame = (uint8_t *)rte_pktmbuf_append(m, ETHER_BYTES + sizeof(struct rte_arp_hdr));
	ether_write(frame, to, &out->mac, RTE_ETHER_TYPE_ARP);
	struct rte_arp_hdr *arp = (struct rte_arp_hdr *)(frame + ETHER_BYTES);
	memset(arp, 0, sizeof(*arp));
	arp->arp_hardware = rte_cpu_to_be_16(RTE_ARP_HRD_ETHER);
	arp->arp_protocol = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	arp->arp_hlen = 6;
	arp->arp_plen = 4;
	arp->arp_opcode = rte_cpu_to_be_16(operation);
	arp->arp_data.arp_sha = out->mac;
	memcpy(&arp->arp_data.arp_sip, source, 4);
	if (target_mac != NULL)
		memcpy(&arp->arp_data.arp_tha, target_mac, 6);
	memcpy(&arp->arp_data.arp_tip, target, 4);
	send_frame(out, m);
}

static void nd_send(
	const struct face_interface *out, const struct rte_ether_addr *to, const uint8_t *source,
	const uint8_t *destination, uint8_t type, uint8_t flags, const uint8_t *target
) {
	struct rte_mbuf *m = packet_new();
	const uint16_t length = sizeof(struct nd) + sizeof(struct nd_link);
	uint8_t *frame;

	if (m == NULL)
		return;
	frame = (uint8_t *)rte_pktmbuf_append(m, ETHER_BYTES + sizeof(struct rte_ipv6_hdr) + length);
	ether_write(frame, to, &out->mac, RTE_ETHER_TYPE_IPV6);
	ip6_write((struct rte_ipv6_hdr *)(frame + ETHER_BYTES), IPPROTO_ICMPV6, length, 255, source,
		  destination);
	struct nd *nd = (struct nd *)(frame + ETHER_BYTES + sizeof(struct rte_ipv6_hdr));
	struct nd_link *option = (struct nd_link *)(nd + 1);
	memset(nd, 0, length);
	nd->type = type;
	nd->flags = flags;
	memcpy(nd->target, target, 16);
	option->type = type == ICMP6_SOLICITATION ? OPTION_SOURCE : OPTION_TARGET;
	option->length = 1;
	memcpy(option->mac, &out->mac, 6);
	nd->checksum = ip6_checksum(source, destination, IPPROTO_ICMPV6, nd, length);
	send_frame(out, m);
}

// RFC 826: from an address of the network the target is in, if there is one.
static const uint8_t *arp_source(const struct face_interface *out, const uint8_t *target) {
	const uint8_t *any = NULL;

	for (unsigned n = 0; n < out->address_count; n++) {
		const struct address *a = &out->addresses[n];
		uint32_t mask = a->prefix_length == 0 ? 0 : UINT32_MAX << (32 - a->prefix_length % 33);

		if (a->family != 4)
			continue;
		if (((ip4_host(a->bytes) ^ ip4_host(target)) & mask) == 0)
			return a->bytes;
		if (any == NULL)
			any = a->bytes;
	}
	return any;
}

void ask(const struct face_interface *out, uint8_t family, const uint8_t *address, const uint8_t *mac) {
	struct rte_ether_addr to = everybody;

	if (family == 4) {
		const uint8_t *source = arp_source(out, address);

		if (mac != NULL)
			memcpy(&to, mac, 6);
		if (source != NULL)
			arp_send(out, RTE_ARP_OP_REQUEST, &to, source, mac, address);
		return;
	}
	uint8_t source[16], group[16];

	own_link_local(out, source);
	ip6_solicited_node(group, address);
	if (mac != NULL)
		memcpy(&to, mac, 6);
	else
		ip6_multicast_mac(to.addr_bytes, group);
	nd_send(out, &to, source, mac != NULL ? address : group, ICMP6_SOLICITATION, 0, address);
}

// RFC 5227 §2.3, RFC 4861 §7.2.6.
void announce(const struct face_interface *out, uint8_t family, const uint8_t *address) {
	struct rte_ether_addr to;

	if (family == 4) {
		arp_send(out, RTE_ARP_OP_REQUEST, &everybody, address, NULL, address);
		return;
	}
	ip6_multicast_mac(to.addr_bytes, all_nodes);
	nd_send(out, &to, address, all_nodes, ICMP6_ADVERTISEMENT, FLAG_ROUTER | FLAG_OVERRIDE, address);
}

// --- hearing -------------------------------------------------------------------------------------

static bool mac_is_host(const uint8_t *mac) {
	const struct rte_ether_addr *a = (const struct rte_ether_addr *)mac;

	return rte_is_valid_assigned_ether_addr(a);
}

static bool mac_is_ours(const struct face_interface *i, const uint8_t *mac) {
	return memcmp(&i->mac, mac, 6) == 0;
}

// Somebody else says he has our address.
static void conflict(const struct face_interface *in, uint8_t family, const uint8_t *address) {
	static uint64_t quiet_until;

	if (now_millis() < quiet_until)
		return;
	quiet_until = now_millis() + DEFEND_INTERVAL;
	log_warning("%s: another host uses an address of ours", in->config->name);
	announce(in, family, address);
}

static const struct face_interface *routed_in(const struct face *face, const struct rte_mbuf *m) {
	const struct packet *p = packet_of((struct rte_mbuf *)(uintptr_t)m);
	const struct face_interface *in;

	if (p->in_interface == 0 || p->in_interface >= face->interface_count)
		return NULL;
	in = &face->interfaces[p->in_interface];
	return in->kind == RING_INTERFACE_KIND_ROUTED && in->enabled ? in : NULL;
}

// Copies the layer 3 packet's first bytes to where they lie contiguous and aligned. NULL: too short.
static const void *l3_of(const struct rte_mbuf *m, uint32_t least, uint32_t *length) {
	const struct packet *p = packet_of((struct rte_mbuf *)(uintptr_t)m);

	if (m->data_len < p->l3_offset + least)
		return NULL;
	*length = m->data_len - p->l3_offset;
	return rte_pktmbuf_mtod_offset(m, const void *, p->l3_offset);
}

// RFC 826, with the checks that keep a stranger's packet from changing the table.
static bool arp_hear(const struct face_interface *in, const struct rte_mbuf *m) {
	uint32_t length;
	const struct rte_arp_hdr *arp = l3_of(m, sizeof(*arp), &length);

	if (arp == NULL || arp->arp_hardware != rte_cpu_to_be_16(RTE_ARP_HRD_ETHER)
	    || arp->arp_protocol != rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4) || arp->arp_hlen != 6
	    || arp->arp_plen != 4)
		return false;
	uint16_t operation = rte_be_to_cpu_16(arp->arp_opcode);
	uint8_t mac[6], source[4], target[4];

	memcpy(mac, &arp->arp_data.arp_sha, 6);
	memcpy(source, &arp->arp_data.arp_sip, 4);
	memcpy(target, &arp->arp_data.arp_tip, 4);
	if ((operation != RTE_ARP_OP_REQUEST && operation != RTE_ARP_OP_REPLY) || !mac_is_host(mac))
		return false;
	bool for_us = face_interface_has(in, 4, target);

	if (ip4_host(source) == 0) { // RFC 5227 §2.1.1: asks whether anybody has it
		if (operation != RTE_ARP_OP_REQUEST || !for_us)
			return false;
		arp_send(in, RTE_ARP_OP_REPLY, (const struct rte_ether_addr *)mac, target, mac, source);
		return true;
	}
	if (face_interface_has(in, 4, source)) {
		if (!mac_is_ours(in, mac))
			conflict(in, 4, source);
		return false;
	}
	if (!ip4_is_host(ip4_host(source)) || !on_link(in, 4, source))
		return false;
	bool answer = operation == RTE_ARP_OP_REPLY && for_us;
	bool known = table_find(in->id, 4, source) != 0;

	// Who asks us will get an answer soon; what others tell each other only updates.
	if (known || (operation == RTE_ARP_OP_REQUEST && for_us))
		table_learn(in->id, 4, source, mac, answer ? ANSWERED : HEARD);
	if (operation == RTE_ARP_OP_REQUEST && for_us)
		arp_send(in, RTE_ARP_OP_REPLY, (const struct rte_ether_addr *)mac, target, mac, source);
	return known || for_us;
}

// The MAC of an option, NULL if there is none; false if the options are malformed.
static bool nd_option(const uint8_t *options, uint32_t length, uint8_t type, const uint8_t **mac) {
	*mac = NULL;
	while (length > 0) {
		if (length < 8 || options[1] == 0 || options[1] * 8u > length)
			return false;
		if (options[0] == type && options[1] == 1)
			*mac = options + 2;
		length -= options[1] * 8;
		options += options[1] * 8;
	}
	return *mac == NULL || mac_is_host(*mac);
}

// RFC 4861 §7.1.1, §7.2.3, §7.2.4.
static bool solicitation(
	const struct face_interface *in, const uint8_t *ether_source, const struct rte_ipv6_hdr *ip,
	const struct nd *nd, uint32_t length
) {
	const uint8_t *from = ip6_source(ip), *to = ip6_destination(ip), *mac;
	struct rte_ether_addr answer_to;
	uint8_t group[16];
	bool probe = ip6_is_unspecified(from);

	if (!nd_option((const uint8_t *)(nd + 1), length - sizeof(*nd), OPTION_SOURCE, &mac))
		return false;
	ip6_solicited_node(group, nd->target);
	if (probe && (mac != NULL || !ip6_equal(to, group)))
		return false;
	if (!is_own(in, 6, nd->target))
		return false;
	if (probe) { // duplicate address detection: everybody hears that it is ours
		ip6_multicast_mac(answer_to.addr_bytes, all_nodes);
		nd_send(in, &answer_to, nd->target, all_nodes, ICMP6_ADVERTISEMENT,
			FLAG_ROUTER | FLAG_OVERRIDE, nd->target);
		return true;
	}
	if (is_own(in, 6, from)) {
		conflict(in, 6, from);
		return false;
	}
	if (mac != NULL && on_link(in, 6, from))
		table_learn(in->id, 6, from, mac, HEARD);
	memcpy(&answer_to, mac != NULL ? mac : ether_source, 6);
	nd_send(in, &answer_to, nd->target, from, ICMP6_ADVERTISEMENT,
		FLAG_ROUTER | FLAG_SOLICITED | FLAG_OVERRIDE, nd->target);
	return true;
}

// RFC 4861 §7.1.2, §7.2.5.
static bool advertisement(
	const struct face_interface *in, const struct rte_ipv6_hdr *ip, const struct nd *nd,
	uint32_t length
) {
	const uint8_t *mac;
	bool solicited = (nd->flags & FLAG_SOLICITED) != 0;

	if (!nd_option((const uint8_t *)(nd + 1), length - sizeof(*nd), OPTION_TARGET, &mac))
		return false;
	if (solicited && ip6_is_multicast(ip6_destination(ip)))
		return false;
	if (is_own(in, 6, nd->target)) {
		conflict(in, 6, nd->target);
		return false;
	}
	uint32_t number = table_find(in->id, 6, nd->target);

	if (number == 0)
		return false;
	uint64_t link = atomic_load_explicit(&adjacencies[number].link, memory_order_relaxed);
	uint8_t state = table_at(number)->state;
	uint8_t present[6];

	memcpy(present, &link, 6);
	if (mac == NULL) { // an answer to a probe need not tell what is known
		if (state == RING_NEIGHBOR_STATE_INCOMPLETE)
			return false;
		mac = present;
	}
	bool moved = memcmp(mac, present, 6) != 0;

	if (state != RING_NEIGHBOR_STATE_INCOMPLETE && moved && (nd->flags & FLAG_OVERRIDE) == 0) {
		// He who has no say in it: what is known stays, but it is to be verified.
		if (state == RING_NEIGHBOR_STATE_REACHABLE)
			table_learn(in->id, 6, nd->target, present, HEARD);
		return true;
	}
	table_learn(in->id, 6, nd->target, mac, solicited ? ANSWERED : HEARD);
	return true;
}

static bool nd_hear(const struct face_interface *in, const struct rte_mbuf *m) {
	uint32_t length;
	const struct rte_ipv6_hdr *ip = l3_of(m, sizeof(*ip) + sizeof(struct nd), &length);

	// Without extension headers: RFC 6980 wants no fragments, and nobody sends others.
	if (ip == NULL || ip->proto != IPPROTO_ICMPV6 || ip->hop_limits != 255)
		return false;
	const struct nd *nd = (const struct nd *)(ip + 1);
	uint32_t payload = rte_be_to_cpu_16(ip->payload_len);

	if (payload > length - sizeof(*ip) || payload < sizeof(*nd) || nd->code != 0
	    || ip6_is_multicast(nd->target))
		return false;
	if (ip6_checksum(ip6_source(ip), ip6_destination(ip), IPPROTO_ICMPV6, nd, payload) != 0)
		return false;
	switch (nd->type) {
	case ICMP6_SOLICITATION:
		return solicitation(
			in, rte_pktmbuf_mtod(m, const uint8_t *) + 6, ip, nd, payload
		);
	case ICMP6_ADVERTISEMENT:
		return advertisement(in, ip, nd, payload);
	default:
		return false; // router discovery and redirects are for hosts
	}
}

void neighbor_arp(const struct face *face, struct rte_mbuf *m) {
	const struct face_interface *in = routed_in(face, m);

	if (in != NULL && arp_hear(in, m))
		rte_pktmbuf_free(m);
	else
		drop_control(m, DROP_ARP);
}

void neighbor_nd(const struct face *face, struct rte_mbuf *m) {
	const struct face_interface *in = routed_in(face, m);

	if (in != NULL && nd_hear(in, m))
		rte_pktmbuf_free(m);
	else
		drop_control(m, DROP_ND);
}
