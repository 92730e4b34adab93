#include "segment.h"

#include <errno.h>
#include <string.h>

#include "ring/counter_segment.h"

static struct counter_segment segment;
static unsigned blocks;

static const char *const port_fields[] = {
	"rx-packets",	"rx-octets",	"rx-unicast",	"rx-multicast", "rx-broadcast",
	"rx-errors",	"rx-drops",	"tx-packets",	"tx-octets",	"tx-unicast",
	"tx-multicast", "tx-broadcast", "tx-errors",	"tx-drops",
};

static const char *const interface_fields[] = {
	"rx-packets", "rx-octets",  "rx-unicast",   "rx-multicast", "rx-broadcast", "rx-drops",
	"tx-packets", "tx-octets",  "tx-unicast",   "tx-multicast", "tx-broadcast", "tx-drops",
};

static const char *const drop_fields[] = {"packets"};
static const char *const node_fields[] = {"calls", "packets"};

#define NAME(id, name) name,
static const char *const drop_names[] = {DROP_REASONS(NAME)};
static const char *const node_names[] = {NODES(NAME)};
#undef NAME

const char *drop_name(enum drop_reason reason) {
	return reason < DROP_COUNT ? drop_names[reason] : "?";
}

const char *node_name(enum node_id node) {
	return node < NODE_COUNT ? node_names[node] : "?";
}

int segment_start(unsigned threads, uint64_t instance) {
	const struct counter_description kinds[] = {
		{
			.kind = COUNTER_PORT,
			.name = "port",
			.count = MAX_PORT_SLOTS,
			.fields = RTE_DIM(port_fields),
			.stride = sizeof(struct port_counters),
			.offset = offsetof(struct counter_block, ports),
			.field_names = port_fields,
		},
		{
			.kind = COUNTER_INTERFACE,
			.name = "interface",
			.count = MAX_INTERFACES,
			.fields = RTE_DIM(interface_fields),
			.stride = sizeof(struct interface_counters),
			.offset = offsetof(struct counter_block, interfaces),
			.field_names = interface_fields,
		},
		{
			.kind = COUNTER_DROP,
			.name = "drop",
			.count = DROP_COUNT,
			.fields = RTE_DIM(drop_fields),
			.stride = sizeof(uint64_t),
			.offset = offsetof(struct counter_block, drops),
			.field_names = drop_fields,
			.names = drop_names,
		},
		{
			.kind = COUNTER_NODE,
			.name = "node",
			.count = NODE_COUNT,
			.fields = RTE_DIM(node_fields),
			.stride = sizeof(struct node_counters),
			.offset = offsetof(struct counter_block, nodes),
			.field_names = node_fields,
			.names = node_names,
		},
	};

	blocks = threads + 1;
	return counter_segment_create(
		&segment, kinds, RTE_DIM(kinds), sizeof(struct counter_block), blocks, instance
	);
}

void segment_stop(void) {
	counter_segment_close(&segment);
}

int segment_fd(void) {
	return segment.fd;
}

struct counter_block *segment_block(unsigned thread) {
	return counter_segment_block(&segment, thread);
}

static void set_key(enum counter_kind kind, uint32_t slot, uint64_t before, uint64_t now) {
	if (before == now)
		return;
	counter_segment_key(&segment, kind, slot, 0);
	for (unsigned b = 0; b < blocks && before != 0; b++) {
		struct counter_block *block = segment_block(b);

		if (kind == COUNTER_PORT)
			memset(&block->ports[slot], 0, sizeof(block->ports[slot]));
		else
			memset(&block->interfaces[slot], 0, sizeof(block->interfaces[slot]));
	}
	counter_segment_key(&segment, kind, slot, now);
}

static uint64_t interface_key(const struct face *face, unsigned slot) {
	return slot < face->interface_count ? face->interfaces[slot].id : 0;
}

void segment_follow(const struct face *before, const struct face *now) {
	unsigned highest = RTE_MAX(before->interface_count, now->interface_count);

	for (unsigned s = 1; s < MAX_PORT_SLOTS; s++)
		set_key(COUNTER_PORT, s, before->ports[s].number, now->ports[s].number);
	for (unsigned s = 1; s < highest; s++)
		set_key(COUNTER_INTERFACE, s, interface_key(before, s), interface_key(now, s));
}
