// The last steps of a packet, for both families.
#pragma once

#include "adjacency/adjacency.h"
#include "fib/rib.h"
#include "ip/ip.h"

#include "runtime.h"

// What is left of the frame begins with an Ethernet header right before the IP header.
static inline bool rebuild_ether(struct rte_mbuf *m, struct packet *p) {
	if (unlikely(p->l3_offset != ETHER_BYTES)) {
		if (p->l3_offset > ETHER_BYTES)
			rte_pktmbuf_adj(m, p->l3_offset - ETHER_BYTES);
		else if (rte_pktmbuf_prepend(m, ETHER_BYTES - p->l3_offset) == NULL)
			return false;
		p->l3_offset = ETHER_BYTES;
	}
	return true;
}

// Sends by an interface to a neighbor of it, or has the neighbor looked for.
static __rte_always_inline void send_to(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	uint16_t slot,
	uint32_t number,
	uint8_t family,
	const uint8_t *address
) {
	const struct face_interface *out = &face->interfaces[slot];
	struct packet *p = packet_of(m);

	if (unlikely(!rebuild_ether(m, p))) {
		drop(t, m, DROP_NO_MBUF);
		return;
	}
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	if (unlikely(number == 0 || !adjacency_mac(&adjacencies[number], frame))) {
		p->out_interface = slot;
		memset(p->address, 0, sizeof(p->address));
		memcpy(p->address, address, family == 4 ? 4 : 16);
		punt(t, PUNT_RESOLVE, m);
		return;
	}
	memcpy(frame + 6, &out->mac, 6);
	frame[12] = family == 4 ? 0x08 : 0x86;
	frame[13] = family == 4 ? 0x00 : 0xdd;
	interface_output(t, out, m);
}

// Which of a group's hops takes a flow.
static inline const struct rib_next_hop *group_hop(const struct rib_group *group, uint32_t hash) {
	return &group->hops[group->n == 1 ? 0 : group->spread[hash % RIB_SPREAD]];
}
