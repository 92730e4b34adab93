#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "ring/messages.h"

int fail(
	struct failure *f,
	uint8_t error,
	uint8_t object,
	uint64_t object_id,
	const char *format,
	...
) {
	va_list arguments;

	f->error = error;
	f->object = object;
	f->object_id = object_id;
	va_start(arguments, format);
	vsnprintf(f->text, sizeof(f->text), format, arguments);
	va_end(arguments);
	return -1;
}

// First position whose id is not below `id`.
static uint32_t list_position(const struct object_list *list, uint32_t id) {
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (list->by_id[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct object *object_find(const struct object_list *list, uint32_t id) {
	uint32_t at = list_position(list, id);

	return at < list->count && list->by_id[at]->id == id ? list->by_id[at] : NULL;
}

static void object_release(enum object_kind kind, struct object *o) {
	if (--o->refs != 0)
		return;
	if (kind == OBJECT_INTERFACE) {
		struct config_interface *i = (struct config_interface *)o;

		free(i->ranges);
		free(i->addresses);
		free(i->neighbors);
	} else if (kind == OBJECT_INSTANCE) {
		free(((struct config_instance *)o)->statics);
	}
	free(o);
}

static struct object_list *list_of(struct config *c, enum object_kind kind) {
	switch (kind) {
	case OBJECT_PORT:
		return &c->ports;
	case OBJECT_INSTANCE:
		return &c->instances;
	case OBJECT_INTERFACE:
		return &c->interfaces;
	}
	abort();
}

static int list_copy(struct object_list *to, const struct object_list *from) {
	*to = (struct object_list){.count = from->count, .room = from->count};
	if (from->count == 0)
		return 0;
	to->by_id = malloc(from->count * sizeof(*to->by_id));
	if (to->by_id == NULL)
		return -1;
	for (uint32_t i = 0; i < from->count; i++) {
		to->by_id[i] = from->by_id[i];
		to->by_id[i]->refs++;
	}
	return 0;
}

static const enum object_kind kinds[] = {OBJECT_PORT, OBJECT_INSTANCE, OBJECT_INTERFACE};

void config_clear(struct config *c) {
	for (unsigned k = 0; k < 3; k++) {
		struct object_list *list = list_of(c, kinds[k]);

		for (uint32_t i = 0; i < list->count; i++)
			object_release(kinds[k], list->by_id[i]);
		free(list->by_id);
		*list = (struct object_list){0};
	}
}

int config_copy(struct config *to, const struct config *from) {
	*to = (struct config){0};
	if (list_copy(&to->ports, &from->ports) < 0 ||
	    list_copy(&to->instances, &from->instances) < 0 ||
	    list_copy(&to->interfaces, &from->interfaces) < 0) {
		config_clear(to);
		return -1;
	}
	return 0;
}

int config_put(struct config *c, enum object_kind kind, struct object *o) {
	struct object_list *list = list_of(c, kind);
	uint32_t at = list_position(list, o->id);

	if (at < list->count && list->by_id[at]->id == o->id) {
		struct object *before = list->by_id[at];

		list->by_id[at] = o;
		object_release(kind, before);
		return 0;
	}
	if (list->count == list->room) {
		uint32_t room = list->room == 0 ? 16 : list->room * 2;
		struct object **bigger = realloc(list->by_id, room * sizeof(*bigger));

		if (bigger == NULL)
			return -1;
		list->by_id = bigger;
		list->room = room;
	}
	memmove(list->by_id + at + 1, list->by_id + at, (list->count - at) * sizeof(*list->by_id));
	list->by_id[at] = o;
	list->count++;
	return 0;
}

void config_remove(struct config *c, enum object_kind kind, uint32_t id) {
	struct object_list *list = list_of(c, kind);
	uint32_t at = list_position(list, id);

	if (at == list->count || list->by_id[at]->id != id)
		return;
	object_release(kind, list->by_id[at]);
	list->count--;
	memmove(list->by_id + at, list->by_id + at + 1, (list->count - at) * sizeof(*list->by_id));
}

static bool same_array(const void *a, const void *b, uint32_t count, size_t size) {
	return count == 0 || memcmp(a, b, count * size) == 0;
}

// Objects are made with calloc and filled field by field, so that equal ones are equal in every byte
// but those of the header and the pointers.
static bool object_equal(enum object_kind kind, const struct object *a, const struct object *b) {
	size_t header = sizeof(struct object);

	switch (kind) {
	case OBJECT_PORT:
		return memcmp((const char *)a + header,
			      (const char *)b + header,
			      sizeof(struct config_port) - header) == 0;
	case OBJECT_INSTANCE: {
		const struct config_instance *x = (const void *)a, *y = (const void *)b;

		return memcmp((const char *)a + header,
			      (const char *)b + header,
			      offsetof(struct config_instance, statics) - header) == 0 &&
		       same_array(x->statics, y->statics, x->static_count, sizeof(*x->statics));
	}
	case OBJECT_INTERFACE: {
		const struct config_interface *x = (const void *)a, *y = (const void *)b;

		return memcmp((const char *)a + header,
			      (const char *)b + header,
			      offsetof(struct config_interface, ranges) - header) == 0 &&
		       same_array(x->ranges, y->ranges, x->range_count, sizeof(*x->ranges)) &&
		       same_array(x->addresses, y->addresses, x->address_count,
				  sizeof(*x->addresses)) &&
		       same_array(x->neighbors, y->neighbors, x->neighbor_count,
				  sizeof(*x->neighbors));
	}
	}
	return false;
}

void config_unify(struct config *c, const struct config *running) {
	for (unsigned k = 0; k < 3; k++) {
		struct object_list *list = list_of(c, kinds[k]);
		const struct object_list *old = list_of((struct config *)running, kinds[k]);

		for (uint32_t i = 0; i < list->count; i++) {
			struct object *mine = list->by_id[i];
			struct object *theirs = object_find(old, mine->id);

			if (theirs == NULL || theirs == mine || !object_equal(kinds[k], mine, theirs))
				continue;
			theirs->refs++;
			list->by_id[i] = theirs;
			object_release(kinds[k], mine);
		}
	}
}
