// The bridge's node: learns where a frame came from, finds where it goes, and gives it the tag that the
// interface it leaves by wants.

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#include "bridge.h"
#include "draft.h"
#include "runtime.h"

bool bridge_carries(const struct face_interface *i, uint16_t vlan) {
	switch ((enum ring_vlan_mode)i->vlan_mode) {
	case RING_VLAN_MODE_ANY:
		return vlan == 0;
	case RING_VLAN_MODE_ACCESS:
		return vlan == i->vlan;
	case RING_VLAN_MODE_TRUNK:
		return (i->vlans[vlan / 64] >> vlan % 64 & 1) != 0;
	}
	return false;
}

// How the frame looks that is being forwarded.
struct frame {
	uint16_t vlan;
	bool tagged; // carries a tag that is the bridge's business
	bool group;  // multicast or broadcast destination
};

static bool push_tag(struct rte_mbuf *m, uint16_t vlan) {
	uint8_t *data = (uint8_t *)rte_pktmbuf_prepend(m, 4);

	if (data == NULL)
		return false;
	memmove(data, data + 4, 12);
	data[12] = 0x81;
	data[13] = 0x00;
	data[14] = vlan >> 8;
	data[15] = vlan & 0xff;
	return true;
}

static void pop_tag(struct rte_mbuf *m) {
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);

	memmove(data + 4, data, 12);
	rte_pktmbuf_adj(m, 4);
}

// The VLAN of a tag that is there; the priority stays.
static void set_tag(struct rte_mbuf *m, uint16_t vlan) {
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);

	data[14] = (data[14] & 0xf0) | vlan >> 8;
	data[15] = vlan & 0xff;
}

static void deliver(
	struct thread *t,
	const struct face *face,
	const struct face_interface *out,
	struct rte_mbuf *m,
	const struct frame *frame
) {
	struct interface_counters *c = &t->counters->interfaces[out->slot];
	bool tag = out->vlan_mode == RING_VLAN_MODE_TRUNK && frame->vlan != out->vlan;

	if (frame->tagged && !tag) {
		pop_tag(m);
	} else if (frame->tagged) {
		set_tag(m, frame->vlan);
	} else if (tag && !push_tag(m, frame->vlan)) {
		drop(t, m, DROP_NO_MBUF);
		return;
	}
	if (unlikely(m->pkt_len > face->ports[out->port].mtu + RTE_ETHER_HDR_LEN + 4)) {
		c->tx_drops++;
		drop(t, m, DROP_TOO_BIG);
		return;
	}
	c->tx_packets++;
	c->tx_octets += m->pkt_len;
	c->tx_unicast += !frame->group;
	c->tx_multicast += frame->group;
	tx_port(t, out->port, m);
}

static void flood(
	struct thread *t,
	const struct face *face,
	const struct face_instance *instance,
	struct rte_mbuf *m,
	const struct frame *frame
) {
	uint16_t from = packet_of(m)->in_interface;
	const struct face_interface *last = NULL;

	for (uint16_t i = 0; i < instance->member_count; i++) {
		const struct face_interface *to = &face->interfaces[instance->members[i]];
		struct rte_mbuf *copy;

		if (to->slot == from || !bridge_carries(to, frame->vlan))
			continue;
		// One behind, so that the original goes to the last one. The frame's head may differ
		// from one to the next, so it is copied, not shared.
		if (last != NULL) {
			copy = rte_pktmbuf_copy(m, m->pool, 0, UINT32_MAX);
			if (copy != NULL)
				deliver(t, face, last, copy, frame);
			else
				t->counters->drops[DROP_NO_MBUF]++;
		}
		last = to;
	}
	if (last != NULL)
		deliver(t, face, last, m, frame);
	else
		drop(t, m, DROP_NO_MEMBER);
}

// 01:80:c2:00:00:00 to 0f (IEEE 802.1Q, table 8-1): between neighbors only.
static bool reserved(const uint8_t *mac) {
	static const uint8_t prefix[] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	return memcmp(mac, prefix, sizeof(prefix)) == 0 && mac[5] < 0x10;
}

// The last frame's answers: the next one of a burst is often alike.
struct memo {
	const struct face_instance *instance;
	uint64_t source, destination;
	uint16_t in, to;
};

static void learn(
	const struct face_instance *instance, uint64_t source, uint16_t in, uint32_t now_seconds,
	struct memo *memo
) {
	const struct bridge_face *limits = instance->bridge_face;

	if (memo->source == source && memo->in == in && memo->instance == instance)
		return;
	if (instance->learning && bridge_static(limits, source) == 0)
		bridge_learn(instance->bridge, limits->limit, source, in, now_seconds);
	memo->source = source;
	memo->in = in;
}

// The interface of a destination, 0 if it is not known. What was learned may be of another face: the
// interface has to be here, up, and of this VLAN.
static uint16_t find(
	const struct face *face, const struct face_instance *instance, uint64_t key, uint16_t vlan
) {
	uint16_t to = bridge_static(instance->bridge_face, key);
	const struct face_interface *i;

	if (to == 0)
		to = bridge_slot(bridge_find(instance->bridge, key));
	if (to == 0 || to >= face->interface_count)
		return 0;
	i = &face->interfaces[to];
	return i->enabled && i->instance == instance->slot && bridge_carries(i, vlan) ? to : 0;
}

static inline void forward(
	struct thread *t,
	const struct face *face,
	struct rte_mbuf *m,
	uint32_t now_seconds,
	struct memo *memo
) {
	const struct packet *p = packet_of(m);
	const struct face_interface *in = &face->interfaces[p->in_interface];
	const struct face_instance *instance = &face->instances[p->instance];
	const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);
	bool any = in->vlan_mode == RING_VLAN_MODE_ANY;
	struct frame frame = {
		.vlan = any ? 0 : p->vlan != 0 ? p->vlan : in->vlan,
		.tagged = !any && p->l3_offset != RTE_ETHER_HDR_LEN,
		.group = (data[0] & 1) != 0,
	};
	uint64_t source = fdb_key(data + 6, frame.vlan);
	uint64_t destination = fdb_key(data, frame.vlan);

	if (unlikely((data[6] & 1) != 0 || source << 16 == 0)) {
		drop(t, m, DROP_SOURCE_MAC);
		return;
	}
	learn(instance, source, in->slot, now_seconds, memo);
	if (unlikely(frame.group)) {
		if (reserved(data))
			drop(t, m, DROP_RESERVED_MAC);
		else
			flood(t, face, instance, m, &frame);
		return;
	}
	if (memo->destination != destination || memo->instance != instance) {
		memo->destination = destination;
		memo->to = find(face, instance, destination, frame.vlan);
	}
	memo->instance = instance;
	if (unlikely(memo->to == in->slot))
		drop(t, m, DROP_SAME_INTERFACE);
	else if (likely(memo->to != 0))
		deliver(t, face, &face->interfaces[memo->to], m, &frame);
	else
		flood(t, face, instance, m, &frame);
}

void bridge_process(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
) {
	uint32_t now_seconds = t->now_millis / 1000;
	struct memo memo = {0};

	for (uint16_t i = 0; i < n; i++)
		forward(t, face, pkts[i], now_seconds, &memo);
}
