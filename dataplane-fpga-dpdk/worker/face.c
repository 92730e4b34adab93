#include "face.h"

#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "port.h"
#include "ring/messages.h"
#include "runtime.h"

const struct face_interface *face_interface_by_id(const struct face *face, uint32_t id) {
	const struct config_interface *c = config_interface(&face->config, id);

	return c != NULL ? &face->interfaces[c->o.slot] : NULL;
}

const struct face_instance *face_instance_by_id(const struct face *face, uint32_t id) {
	const struct config_instance *c = config_instance(&face->config, id);

	return c != NULL ? &face->instances[c->o.slot] : NULL;
}

bool face_interface_has(
	const struct face_interface *interface, uint8_t family, const uint8_t *address
) {
	for (uint16_t i = 0; i < interface->address_count; i++)
		if (interface->addresses[i].family == family &&
		    memcmp(interface->addresses[i].bytes, address, family == 4 ? 4 : 16) == 0)
			return true;
	return false;
}

void face_free(struct face *face) {
	if (face == NULL)
		return;
	for (unsigned i = 0; i < face->interface_count; i++)
		free((void *)face->interfaces[i].vlans);
	for (unsigned i = 0; i < face->instance_count; i++)
		free((void *)face->instances[i].members);
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++)
		free((void *)face->ports[s].tagged);
	free(face->interfaces);
	free(face->instances);
	config_clear(&face->config);
	free(face);
}

static uint16_t slots_in(const struct object_list *list) {
	uint16_t highest = 0;

	for (uint32_t i = 0; i < list->count; i++)
		highest = RTE_MAX(highest, list->by_id[i]->slot);
	return highest + 1;
}

static void build_instances(struct face *face) {
	const struct object_list *list = &face->config.instances;

	for (uint32_t n = 0; n < list->count; n++) {
		const struct config_instance *c = (const void *)list->by_id[n];

		face->instances[c->o.slot] = (struct face_instance){
			.slot = c->o.slot,
			.kind = c->kind,
			.id = c->o.id,
			.learning = c->mac_learning,
			.config = c,
		};
	}
}

static void build_port(struct face *face, const struct config_port *c, const struct port *p) {
	struct face_port *port = &face->ports[c->o.slot];
	uint16_t queues = port_rx_queues(c), candidates = 0;
	uint8_t threads[MAX_THREADS];

	port->present = true;
	port->up = c->enabled;
	port->truncates = c->driver == RING_DRIVER_AF_PACKET;
	port->mtu = c->mtu;
	port->number = c->o.id;
	port->mac = c->mac;
	if (p != NULL && rte_is_zero_ether_addr(&c->mac))
		port->mac = rte_is_zero_ether_addr(&p->setup.config.mac) ? p->mac : p->own_mac;
	if (!port->up)
		return;
	for (unsigned t = 0; t < thread_count(); t++)
		if (c->cores == 0 || (c->cores >> t & 1) != 0)
			threads[candidates++] = t;
	// Slots begin at 1; the first port goes to the first thread.
	port->tx_thread = threads[(c->o.slot - 1) % candidates];
	face->poll[port->tx_thread].sends[face->poll[port->tx_thread].send_count++] = c->o.slot;
	for (uint16_t q = 0; q < queues && port_receives(c); q++) {
		struct face_poll *poll = &face->poll[threads[(c->o.slot - 1 + q) % candidates]];

		if (poll->count == MAX_QUEUES)
			break;
		poll->queues[poll->count++] = (struct face_queue){c->o.slot, q};
		poll->nap |= c->driver != RING_DRIVER_AF_PACKET && c->driver != RING_DRIVER_TAP;
	}
}

static bool tag_table(struct face_port *port) {
	if (port->tagged == NULL)
		port->tagged = calloc(4096, sizeof(uint16_t));
	return port->tagged != NULL;
}

// Enters the interface in its port's tables: which frames are its own.
static bool classify(struct face_port *port, const struct config_interface *c, uint64_t *vlans) {
	uint16_t *tagged;
	uint16_t slot = c->o.slot;

	if (c->kind == RING_INTERFACE_KIND_BRIDGED && c->vlan_mode == RING_VLAN_MODE_ANY) {
		port->any = slot;
		return true;
	}
	if (c->kind == RING_INTERFACE_KIND_BRIDGED && c->vlan_mode == RING_VLAN_MODE_ACCESS) {
		port->untagged = slot;
		return true;
	}
	if (c->kind == RING_INTERFACE_KIND_ROUTED && c->vlan == 0) {
		port->untagged = slot;
		return true;
	}
	if (!tag_table(port))
		return false;
	tagged = (uint16_t *)port->tagged;
	if (c->kind == RING_INTERFACE_KIND_ROUTED) {
		tagged[c->vlan] = slot;
		return true;
	}
	if (c->vlan != 0) {
		port->untagged = slot;
		tagged[c->vlan] = slot;
		vlans[c->vlan / 64] |= UINT64_C(1) << c->vlan % 64;
	}
	for (uint16_t r = 0; r < c->range_count; r++)
		for (uint16_t v = c->ranges[r].first; v <= c->ranges[r].last; v++) {
			tagged[v] = slot;
			vlans[v / 64] |= UINT64_C(1) << v % 64;
		}
	return true;
}

static void all_to(struct face_interface *i, enum node_id node, enum drop_reason reason) {
	memset(i->next, node, sizeof(i->next));
	i->reason = reason;
}

static void choose_nodes(struct face_interface *i, const struct face_instance *instance) {
	if (!i->enabled) {
		all_to(i, NODE_DROP, DROP_INTERFACE_DOWN);
	} else if (instance == NULL) {
		all_to(i, NODE_DROP, DROP_NO_INSTANCE);
	} else if (i->kind == RING_INTERFACE_KIND_BRIDGED) {
		all_to(i, NODE_BRIDGE, 0);
	} else {
		all_to(i, NODE_DROP, DROP_UNKNOWN_ETHERTYPE);
		i->next[INPUT_IP4] = NODE_IP4_INPUT;
		i->next[INPUT_IP6] = NODE_IP6_INPUT;
		i->next[INPUT_ARP] = NODE_ARP_INPUT;
	}
}

static uint16_t smaller(uint32_t own, uint32_t port) {
	uint32_t mtu = own != 0 && own < port ? own : port;

	return mtu < UINT16_MAX ? mtu : UINT16_MAX;
}

static bool build_interface(struct face *face, const struct config_interface *c) {
	const struct config_instance *in = config_instance(&face->config, c->instance);
	const struct config_port *on = config_port(&face->config, c->port);
	struct face_interface *i = &face->interfaces[c->o.slot];
	struct face_port *port = &face->ports[on->o.slot];
	uint64_t *vlans = NULL;

	if (c->kind == RING_INTERFACE_KIND_BRIDGED && c->vlan_mode == RING_VLAN_MODE_TRUNK) {
		vlans = calloc(64, sizeof(*vlans));
		if (vlans == NULL)
			return false;
	}
	*i = (struct face_interface){
		.slot = c->o.slot,
		.instance = in != NULL ? in->o.slot : 0,
		.port = on->o.slot,
		.vlan = c->vlan,
		.kind = c->kind,
		.vlan_mode = c->vlan_mode,
		.enabled = c->enabled && on->enabled,
		.mac = port->mac,
		.mtu4 = smaller(c->mtu4, on->mtu),
		.mtu6 = smaller(c->mtu6, on->mtu),
		.address_count = c->address_count,
		.id = c->o.id,
		.addresses = c->addresses,
		.vlans = vlans,
		.config = c,
	};
	choose_nodes(i, in != NULL ? &face->instances[in->o.slot] : NULL);
	return classify(port, c, vlans);
}

static bool build_members(struct face *face) {
	uint16_t *counts = calloc(face->instance_count, sizeof(*counts));
	bool complete = counts != NULL;

	if (!complete)
		return false;
	for (unsigned s = 1; s < face->interface_count; s++)
		if (face->interfaces[s].enabled)
			counts[face->interfaces[s].instance]++;
	for (unsigned n = 1; n < face->instance_count; n++) {
		struct face_instance *instance = &face->instances[n];

		if (instance->kind == 0 || counts[n] == 0)
			continue;
		instance->members = malloc(counts[n] * sizeof(uint16_t));
		complete = complete && instance->members != NULL;
	}
	for (unsigned s = 1; s < face->interface_count && complete; s++) {
		struct face_interface *i = &face->interfaces[s];
		struct face_instance *instance = &face->instances[i->instance];

		if (i->enabled && i->instance != 0)
			((uint16_t *)instance->members)[instance->member_count++] = s;
	}
	free(counts);
	return complete;
}

struct face *face_build(
	const struct config *config,
	const struct port_plan *plan,
	uint64_t generation,
	struct failure *f
) {
	struct face *face = calloc(1, sizeof(*face));
	bool complete = face != NULL && config_copy(&face->config, config) == 0;

	if (complete) {
		face->generation = generation;
		face->interface_count = slots_in(&config->interfaces);
		face->instance_count = slots_in(&config->instances);
		face->interfaces = calloc(face->interface_count, sizeof(*face->interfaces));
		face->instances = calloc(face->instance_count, sizeof(*face->instances));
		complete = face->interfaces != NULL && face->instances != NULL;
	}
	if (complete) {
		for (unsigned n = 0; n < NODE_COUNT; n++)
			face->nodes[n] = node_function(n);
		build_instances(face);
		for (uint32_t n = 0; n < config->ports.count; n++)
			build_port(face, (const void *)config->ports.by_id[n],
				   plan_port(plan, config->ports.by_id[n]->slot));
		for (uint32_t n = 0; n < config->interfaces.count && complete; n++)
			complete = build_interface(face,
						   (const void *)config->interfaces.by_id[n]);
		complete = complete && build_members(face);
	}
	if (!complete) {
		face_free(face);
		fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_NONE, 0, "out of memory");
		return NULL;
	}
	return face;
}

void face_refresh(struct face *face) {
	for (unsigned s = 1; s < MAX_PORT_SLOTS; s++)
		if (face->ports[s].present && port_live(s) != NULL)
			face->ports[s].mac = port_live(s)->mac;
	for (unsigned i = 1; i < face->interface_count; i++)
		face->interfaces[i].mac = face->ports[face->interfaces[i].port].mac;
}
