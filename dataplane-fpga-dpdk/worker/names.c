#include "config.h"

#include <string.h>

bool config_instance_same(const struct config_instance *a, const struct config_instance *b) {
	return a == b || (a->kind == b->kind && strcmp(a->name, b->name) == 0);
}

bool config_interface_same(const struct config_interface *a, const struct config_interface *b) {
	return a == b
		|| (a->instance == b->instance && a->kind == b->kind && strcmp(a->name, b->name) == 0);
}

bool config_same_names(const struct config *a, const struct config *b) {
	if (a->instances.count != b->instances.count || a->interfaces.count != b->interfaces.count)
		return false;
	for (uint32_t i = 0; i < a->instances.count; i++) {
		const void *x = a->instances.by_id[i], *y = b->instances.by_id[i];

		if (a->instances.by_id[i]->id != b->instances.by_id[i]->id
		    || !config_instance_same(x, y))
			return false;
	}
	for (uint32_t i = 0; i < a->interfaces.count; i++) {
		const void *x = a->interfaces.by_id[i], *y = b->interfaces.by_id[i];

		if (a->interfaces.by_id[i]->id != b->interfaces.by_id[i]->id
		    || !config_interface_same(x, y))
			return false;
	}
	return true;
}
