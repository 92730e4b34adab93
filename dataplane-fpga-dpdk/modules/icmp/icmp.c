#include "icmp.h"

#include "ip/ip.h"

struct bucket {
	uint64_t filled; // milliseconds
	uint32_t tokens; // thousandths of an error
};

static struct buckets {
	struct bucket family[2];
} __rte_cache_aligned buckets[MAX_THREADS + 1]; // the control thread may have a number of its own

bool icmp_may_send(const struct thread *t, uint8_t family) {
	struct bucket *b = &buckets[t->id % RTE_DIM(buckets)].family[family == 6];
	const uint64_t full = ICMP_ERROR_BURST * UINT64_C(1000);
	uint64_t tokens = b->tokens + (t->now_millis - b->filled) * ICMP_ERROR_RATE;

	if (tokens > full || b->filled == 0)
		tokens = full;
	b->filled = t->now_millis;
	b->tokens = tokens;
	if (tokens < 1000)
		return false;
	b->tokens -= 1000;
	return true;
}

static const uint8_t *address_of(const struct face_interface *i, uint8_t family) {
	for (unsigned n = 0; n < i->address_count; n++) {
		const struct address *a = &i->addresses[n];

		if (a->family == family && !(family == 6 && ip6_is_link_local(a->bytes)))
			return a->bytes;
	}
	return NULL;
}

// RFC 1812 §4.3.2.4: of the interface it came by, so that traceroute shows the way; else any of the
// same instance.
const uint8_t *icmp_source(const struct face *face, const struct packet *p, uint8_t family) {
	const uint8_t *found = NULL;

	if (p->in_interface != 0)
		found = address_of(&face->interfaces[p->in_interface], family);
	for (unsigned slot = 1; found == NULL && slot < face->interface_count; slot++) {
		const struct face_interface *i = &face->interfaces[slot];

		if (i->kind != 0 && i->enabled && i->instance == p->instance)
			found = address_of(i, family);
	}
	return found;
}

static int icmp_start(void) {
	node_register(NODE_IP4_LOCAL, icmp4_local);
	node_register(NODE_IP6_LOCAL, icmp6_local);
	node_register(NODE_ICMP4_ERROR, icmp4_error);
	node_register(NODE_ICMP6_ERROR, icmp6_error);
	return 0;
}

const struct feature icmp_feature = {
	.name = "icmp",
	.start = icmp_start,
};
