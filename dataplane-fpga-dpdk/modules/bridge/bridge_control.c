// Bridges in transactions, their ageing, and reading them.

#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "draft.h"
#include "feature.h"
#include "runtime.h"

#define SWEEP_MILLIS 1000

// All bridges, by slot of their instance in the current face.
static struct bridge *bridges[MAX_INSTANCES];
static struct timer sweep_timer;

// What a draft has made; kept in d->module[].
struct bridge_draft {
	struct bridge *made[MAX_INSTANCES];	    // new or larger tables
	struct bridge_face *faces[MAX_INSTANCES]; // of the next face
	struct bridge *before[MAX_INSTANCES];	    // as of the last flip, for flipping back
	bool flipped;
};

// The per-face parts of the current face, to be freed when it goes.
static struct bridge_face *current_faces[MAX_INSTANCES];

static bool aged(uint64_t key, uint64_t value, const void *argument) {
	const uint32_t *limits = argument; // now, ageing

	return (int32_t)(limits[0] - bridge_seen(value)) > (int32_t)limits[1];
}

static void sweep(struct timer *timer) {
	const struct face *face = face_current();

	for (unsigned n = 1; n < face->instance_count; n++) {
		const struct face_instance *i = &face->instances[n];
		uint32_t limits[2] = {now_millis() / 1000, 0};

		if (i->bridge == NULL || i->bridge_face->ageing == 0)
			continue;
		limits[1] = i->bridge_face->ageing;
		bridge_sweep(i->bridge, aged, limits);
	}
	timer_start(timer, SWEEP_MILLIS, sweep);
}

static int start(void) {
	node_register(NODE_BRIDGE, bridge_process);
	timer_start(&sweep_timer, SWEEP_MILLIS, sweep);
	return 0;
}

static void stop(void) {
	timer_stop(&sweep_timer);
	for (unsigned n = 0; n < MAX_INSTANCES; n++) {
		bridge_free(bridges[n]);
		free(current_faces[n]);
		bridges[n] = NULL;
		current_faces[n] = NULL;
	}
}

static int begin(struct draft *d, unsigned self, struct failure *f) {
	d->module[self] = calloc(1, sizeof(struct bridge_draft));
	if (d->module[self] == NULL)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_NONE, 0, "out of memory");
	return 0;
}

static int check(struct draft *d, unsigned self, struct failure *f) {
	for (uint32_t n = 0; n < d->next.instances.count; n++) {
		const struct config_instance *i = (const void *)d->next.instances.by_id[n];

		if (i->kind == RING_INSTANCE_KIND_L2 && i->mac_limit > FDB_MAX_LIMIT)
			return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_INSTANCE, i->o.id,
				    "a limit of %u addresses; %u is the most", i->mac_limit,
				    FDB_MAX_LIMIT);
	}
	return 0;
}

static struct bridge_face *face_of(const struct draft *d, const struct config_instance *i) {
	uint32_t slots = i->static_count == 0 ? 0 : rte_align32pow2(i->static_count * 2);
	struct bridge_face *f = calloc(1, sizeof(*f) + slots * sizeof(f->statics[0]));

	if (f == NULL)
		return NULL;
	f->limit = i->mac_limit != 0 ? i->mac_limit : FDB_DEFAULT_LIMIT;
	f->ageing = i->mac_ageing;
	f->static_mask = slots == 0 ? 0 : slots - 1;
	for (uint32_t s = 0; s < i->static_count; s++)
		bridge_static_put(
			f,
			i->statics[s].key,
			config_interface(&d->next, i->statics[s].interface)->o.slot
		);
	return f;
}

// The instance's table: the one it has, unless there is none or it is too small or another's.
static struct bridge *bridge_of(
	struct bridge_draft *mine, const struct config_instance *i, uint32_t limit
) {
	struct bridge *b = bridges[i->o.slot];

	if (b != NULL && b->instance == i->o.id && (uint64_t)(b->mask + 1) * FDB_WAYS / 2 >= limit)
		return b;
	mine->made[i->o.slot] = bridge_create(i->o.id, limit);
	return mine->made[i->o.slot];
}

static int build(struct draft *d, unsigned self, struct face *next, struct failure *f) {
	struct bridge_draft *mine = d->module[self];

	for (uint32_t n = 0; n < d->next.instances.count; n++) {
		const struct config_instance *i = (const void *)d->next.instances.by_id[n];
		struct face_instance *instance = &next->instances[i->o.slot];
		struct bridge_face *face;

		if (i->kind != RING_INSTANCE_KIND_L2)
			continue;
		face = mine->faces[i->o.slot] = face_of(d, i);
		if (face != NULL)
			instance->bridge = bridge_of(mine, i, face->limit);
		if (face == NULL || instance->bridge == NULL)
			return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_INSTANCE, i->o.id,
				    "no memory for a table of %u addresses", i->mac_limit);
		instance->bridge_face = face;
	}
	return 0;
}

struct membership {
	const struct face *face;
	const struct face_instance *instance;
};

static bool left(uint64_t key, uint64_t value, const void *argument) {
	const struct membership *m = argument;
	uint16_t slot = bridge_slot(value);
	const struct face_interface *i;

	if (slot >= m->face->interface_count)
		return true;
	i = &m->face->interfaces[slot];
	return !i->enabled || i->instance != m->instance->slot ||
		!bridge_carries(i, key >> 48 & 0xfff);
}

static void move_entries(const struct bridge *from, struct bridge *to, uint32_t limit) {
	for (uint32_t i = 0; i <= from->mask; i++)
		for (unsigned w = 0; w < FDB_WAYS; w++) {
			const struct fdb_entry *e = &from->buckets[i].entries[w];

			if (e->key >> 63 != 0)
				bridge_learn(to, limit, e->key, bridge_slot(e->value),
					     bridge_seen(e->value));
		}
}

static void flip(
	struct draft *d, unsigned self, const struct face *before, const struct face *now
) {
	struct bridge_draft *mine = d->module[self];

	if (!mine->flipped)
		memcpy(mine->before, bridges, sizeof(bridges));
	mine->flipped = !mine->flipped;
	for (unsigned n = 1; n < MAX_INSTANCES; n++) {
		struct bridge *b = n < now->instance_count ? now->instances[n].bridge : NULL;
		struct bridge *old = bridges[n];

		bridges[n] = b;
		if (b == NULL)
			continue;
		if (old != NULL && old != b && old->instance == b->instance)
			move_entries(old, b, now->instances[n].bridge_face->limit);
		bridge_sweep(b, left, &(struct membership){now, &now->instances[n]});
	}
}

static void finish(struct draft *d, unsigned self) {
	struct bridge_draft *mine = d->module[self];

	for (unsigned n = 1; n < MAX_INSTANCES; n++) {
		if (mine->before[n] != bridges[n])
			bridge_free(mine->before[n]);
		free(current_faces[n]);
		current_faces[n] = mine->faces[n];
	}
	free(mine);
}

static void abort_draft(struct draft *d, unsigned self) {
	struct bridge_draft *mine = d->module[self];

	if (mine == NULL)
		return;
	for (unsigned n = 1; n < MAX_INSTANCES; n++) {
		bridge_free(mine->made[n]);
		free(mine->faces[n]);
	}
	free(mine);
}

static bool row(
	struct reply *reply, const struct face *face, const struct face_instance *instance,
	uint64_t key, uint16_t slot, uint32_t age, bool permanent
) {
	struct ring_fdb_entry entry = {
		.header = {.type = RING_FDB_ENTRY, .length = sizeof(entry)},
		.instance = instance->id,
		.interface = face->interfaces[slot].id,
		.vlan = key >> 48 & 0xfff,
		.age_seconds = age,
		.permanent = permanent,
	};

	memcpy(entry.mac, &key, 6);
	return reply_row(reply, &entry.header);
}

static void rows_of_bucket(
	struct reply *reply,
	const struct face *face,
	const struct face_instance *i,
	uint32_t bucket,
	uint32_t now
) {
	for (unsigned w = 0; w < FDB_WAYS; w++) {
		struct fdb_entry *e = &i->bridge->buckets[bucket].entries[w];
		uint64_t key = __atomic_load_n(&e->key, __ATOMIC_ACQUIRE);
		uint64_t value = __atomic_load_n(&e->value, __ATOMIC_RELAXED);

		if (key >> 63 != 0 && bridge_slot(value) < face->interface_count)
			row(reply, face, i, key, bridge_slot(value), now - bridge_seen(value),
			    false);
	}
}

// The position: instance slot, then the place among its static entries and, behind them, its buckets.
static int dump(const struct wanted *wanted, struct reply *reply, uint64_t *position) {
	const struct face *face = face_current();
	uint32_t now = now_millis() / 1000;

	for (unsigned n = *position >> 32; n < face->instance_count;
	     n++, *position = (uint64_t)n << 32) {
		const struct face_instance *i = &face->instances[n];
		const struct bridge_face *f = i->bridge_face;
		uint32_t statics;

		if (i->bridge == NULL || (wanted->instance != 0 && i->id != wanted->instance))
			continue;
		statics = f->static_mask != 0 ? f->static_mask + 1 : 0;
		for (uint32_t at = (uint32_t)*position; at <= statics + i->bridge->mask;
		     at++, ++*position) {
			if (!reply_room(reply, FDB_WAYS))
				return 1;
			if (at >= statics)
				rows_of_bucket(reply, face, i, at - statics, now);
			else if (f->statics[at].key != 0)
				row(reply, face, i, f->statics[at].key, f->statics[at].slot, 0, true);
		}
	}
	return 0;
}

const struct feature bridge_feature = {
	.name = "bridge",
	.start = start,
	.stop = stop,
	.begin = begin,
	.check = check,
	.build = build,
	.flip = flip,
	.finish = finish,
	.abort = abort_draft,
	.dump = dump,
	.tables = {RING_TABLE_FDB_TABLE},
};
