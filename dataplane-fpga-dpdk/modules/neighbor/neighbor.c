#include "neighbor.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

// Neighbors that configuration names. Each holds a reference to its adjacency.
struct fixed {
	uint32_t number;
	uint8_t mac[6];
};

struct fixed_list {
	uint32_t count;
	struct fixed items[];
};

// A transaction's part: the list it makes, and whether that is the one in force.
struct change {
	struct fixed_list *next;
	bool applied;
};

static struct fixed_list *present; // of the running configuration; NULL: none

static int neighbor_begin(struct draft *d, unsigned self, struct failure *f) {
	struct change *change = calloc(1, sizeof(*change));

	if (change == NULL)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_NONE, 0, "out of memory");
	d->module[self] = change;
	return 0;
}

static uint32_t fixed_count(const struct config *c) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->interfaces.count; i++)
		n += ((const struct config_interface *)c->interfaces.by_id[i])->neighbor_count;
	return n;
}

static void fixed_free(struct fixed_list *list) {
	for (uint32_t i = 0; list != NULL && i < list->count; i++)
		adjacency_put(list->items[i].number);
	free(list);
}

static int neighbor_build(struct draft *d, unsigned self, struct face *next, struct failure *f) {
	struct change *change = d->module[self];
	uint32_t room = fixed_count(&d->next);

	change->next = calloc(1, sizeof(*change->next) + room * sizeof(change->next->items[0]));
	if (change->next == NULL)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_STATIC_NEIGHBOR, 0, "out of memory");
	for (uint32_t i = 0; i < d->next.interfaces.count; i++) {
		const struct config_interface *c = (const void *)d->next.interfaces.by_id[i];

		for (unsigned n = 0; n < c->neighbor_count; n++) {
			const struct static_neighbor *s = &c->neighbors[n];
			struct fixed *fixed = &change->next->items[change->next->count];

			fixed->number = adjacency_get(c->o.id, s->family, s->address);
			if (fixed->number == 0)
				return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_STATIC_NEIGHBOR,
					    c->o.id, "the neighbor table is full");
			memcpy(fixed->mac, &s->mac, 6);
			change->next->count++;
			// Where no packet can be on its way there, it is known from the first one on.
			if (config_interface(d->running, c->o.id) == NULL)
				adjacency_set(fixed->number, adjacency_link(fixed->mac));
		}
	}
	return 0;
}

// Packets leave by the interface as they did.
static bool same_link(const struct face_interface *a, const struct face_interface *b) {
	return a != NULL && b != NULL && a->port == b->port && a->vlan == b->vlan
		&& a->instance == b->instance && a->kind == b->kind && b->enabled
		&& rte_is_same_ether_addr(&a->mac, &b->mac);
}

static bool links_changed(const struct face *before, const struct face *now) {
	for (unsigned slot = 1; slot < before->interface_count; slot++) {
		const struct face_interface *old = &before->interfaces[slot];

		if (old->kind != 0
		    && !same_link(old, face_interface_by_id(now, old->id)))
			return true;
	}
	return false;
}

static void forget_lost(const struct face *before, const struct face *now) {
	if (!links_changed(before, now))
		return;
	for (uint32_t number = 1; number <= adjacency_high(); number++) {
		uint32_t interface = adjacencies[number].interface;

		if (table_at(number)->state != 0
		    && !same_link(face_interface_by_id(before, interface),
				  face_interface_by_id(now, interface)))
			table_forget(number);
	}
}

static void fixed_change(const struct fixed_list *from, const struct fixed_list *to) {
	for (uint32_t i = 0; from != NULL && i < from->count; i++)
		table_forget(from->items[i].number);
	for (uint32_t i = 0; to != NULL && i < to->count; i++)
		table_permanent(to->items[i].number, to->items[i].mac);
}

static bool fixed_same(const struct fixed_list *a, const struct fixed_list *b) {
	uint32_t n = a != NULL ? a->count : 0;

	return n == (b != NULL ? b->count : 0)
		&& (n == 0 || memcmp(a->items, b->items, n * sizeof(a->items[0])) == 0);
}

// Tells the link what addresses have come, or come with another MAC.
static void announce_new(const struct face *before, const struct face *now) {
	for (unsigned slot = 1; slot < now->interface_count; slot++) {
		const struct face_interface *i = &now->interfaces[slot];
		const struct face_interface *old = face_interface_by_id(before, i->id);
		uint8_t made[16];

		if (i->kind != RING_INTERFACE_KIND_ROUTED || !i->enabled)
			continue;
		bool same = same_link(old, i) && old->enabled;

		if (same && old->config == i->config)
			continue;
		for (unsigned a = 0; a < i->address_count; a++) {
			const struct address *address = &i->addresses[a];

			if (!same || !face_interface_has(old, address->family, address->bytes))
				announce(i, address->family, address->bytes);
		}
		ip6_link_local(made, &i->mac);
		if (speaks(i, 6) && !(same && speaks(old, 6)))
			announce(i, 6, made);
	}
}

static void
neighbor_flip(struct draft *d, unsigned self, const struct face *before, const struct face *now) {
	struct change *change = d->module[self];
	const struct fixed_list *from = change->applied ? change->next : present;
	const struct fixed_list *to = change->applied ? present : change->next;

	forget_lost(before, now);
	if (!fixed_same(from, to))
		fixed_change(from, to);
	// What was lost by its interface alone comes back with it.
	for (uint32_t i = 0; to != NULL && i < to->count; i++)
		if (table_at(to->items[i].number)->state == 0)
			table_permanent(to->items[i].number, to->items[i].mac);
	change->applied = !change->applied;
	announce_new(before, now);
}

static void neighbor_finish(struct draft *d, unsigned self) {
	struct change *change = d->module[self];

	fixed_free(present);
	present = change->next;
	free(change);
	d->module[self] = NULL;
}

static void neighbor_abort(struct draft *d, unsigned self) {
	struct change *change = d->module[self];

	if (change == NULL)
		return;
	fixed_free(change->next);
	free(change);
	d->module[self] = NULL;
}

// --- reading -------------------------------------------------------------------------------------

static int
neighbor_dump(const struct wanted *wanted, struct reply *reply, uint64_t *position) {
	const struct face *face = face_current();
	uint64_t now = now_millis();

	if (*position >= adjacency_high()) // a reader may say anything
		return 0;
	for (uint32_t number = *position + 1; number <= adjacency_high(); number++) {
		const struct adjacency *a = &adjacencies[number];
		const struct neighbor *n = table_at(number);
		const struct face_interface *i;

		if (n->state == 0 || (i = face_interface_by_id(face, a->interface)) == NULL)
			continue;
		if (wanted->instance != 0 && face->instances[i->instance].id != wanted->instance)
			continue;
		uint64_t link = atomic_load_explicit(&a->link, memory_order_relaxed);
		struct ring_neighbor_entry row = {
			.header = {.type = RING_NEIGHBOR_ENTRY, .length = sizeof(row)},
			.interface = a->interface,
			.family = a->family,
			.state = n->state,
			.age_seconds = (now - n->updated) / 1000,
		};

		memcpy(row.mac, &link, 6);
		memcpy(row.address, a->address, sizeof(row.address));
		if (!reply_row(reply, &row.header)) {
			*position = number - 1;
			return 1;
		}
	}
	return 0;
}

// --- node ----------------------------------------------------------------------------------------

static void
arp_input(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n) {
	for (unsigned i = 0; i < n; i++)
		punt(t, PUNT_ARP, pkts[i]);
}

void neighbor_resolve(const struct face *face, struct rte_mbuf *m) {
	const struct packet *p = packet_of(m);
	const struct face_interface *out = &face->interfaces[p->out_interface];
	const struct face_interface *in = &face->interfaces[p->in_interface];
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l3_offset);

	table_resolve(out, *ip >> 4, p->address, m, p->in_interface != 0 ? in->id : 0);
}

static int neighbor_start(void) {
	int ret = table_start();

	if (ret < 0)
		return ret;
	node_register(NODE_ARP_INPUT, arp_input);
	punt_register(PUNT_ARP, neighbor_arp);
	punt_register(PUNT_ND, neighbor_nd);
	punt_register(PUNT_RESOLVE, neighbor_resolve);
	return 0;
}

static void neighbor_stop(void) {
	fixed_free(present);
	present = NULL;
	table_stop();
}

const struct feature neighbor_feature = {
	.name = "neighbor",
	.start = neighbor_start,
	.stop = neighbor_stop,
	.begin = neighbor_begin,
	.build = neighbor_build,
	.flip = neighbor_flip,
	.finish = neighbor_finish,
	.abort = neighbor_abort,
	.dump = neighbor_dump,
	.tables = {RING_TABLE_NEIGHBOR_TABLE},
};
