// The configuration as the control thread sees it: objects of ring.msg, by number.
//
// Objects are immutable and counted: a draft begins as a copy of the running list of pointers, and a
// change puts a new object in the place of the old one. So an untouched object is the same pointer
// in both, which is how everybody finds out what a transaction changed.
//
// Ports, interfaces and instances have a slot, a small index that stays theirs as long as they exist;
// faces and counters are indexed by it. Slot 0 is nobody's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#define MAX_INTERFACES 4096
#define MAX_INSTANCES 1024
// More than a DPDK build has devices: a transaction may replace all of them.
#define MAX_PORT_SLOTS 64

struct object {
	uint32_t refs;
	uint32_t id;
	uint16_t slot;
};

struct address {
	uint8_t family; // 4 or 6
	uint8_t prefix_length;
	uint8_t bytes[16]; // IPv4 in the first four
};

struct static_neighbor {
	uint8_t family;
	struct rte_ether_addr mac;
	uint8_t address[16];
};

struct vlan_range {
	uint16_t first, last;
};

struct config_port {
	struct object o; // id: the configured number; slot: index of counters
	uint8_t driver;
	bool enabled;
	bool promiscuous;
	uint32_t mtu;
	uint16_t rx_queues, tx_queues;
	uint32_t rx_descriptors, tx_descriptors;
	struct rte_ether_addr mac;
	uint64_t cores;
	char name[64];
	char device[64];
	char arguments[256];
};

struct config_instance {
	struct object o;
	uint8_t kind; // enum instance-kind
	bool mac_learning;
	uint32_t mac_ageing;
	uint32_t mac_limit;
	char name[64];
	uint32_t static_count;
	struct static_fdb *statics; // sorted by key
};

struct config_interface {
	struct object o;
	uint32_t port;
	uint32_t instance;
	uint8_t kind; // enum interface-kind
	bool enabled;
	uint8_t vlan_mode;
	uint16_t vlan;
	uint32_t mtu4, mtu6;
	char name[64];
	// Sorted by bytes, without duplicates. What has the interface as its key lives in it.
	uint16_t range_count, address_count, neighbor_count;
	struct vlan_range *ranges;
	struct address *addresses;
	struct static_neighbor *neighbors;
};

// A sorted list of counted objects.
struct object_list {
	uint32_t count, room;
	struct object **by_id;
};

// An entry of an L2 instance's table that configuration put there.
struct static_fdb {
	uint64_t key; // fdb_key() of bridge.h: MAC and VLAN
	uint32_t interface;
};

struct config {
	struct object_list ports, instances, interfaces;
};

// Whether a number means the same to somebody who knows the object by its name.
bool config_instance_same(const struct config_instance *a, const struct config_instance *b);
bool config_interface_same(const struct config_interface *a, const struct config_interface *b);
// True if all numbers of instances and interfaces do. Costs their number, not their size.
bool config_same_names(const struct config *a, const struct config *b);

struct object *object_find(const struct object_list *list, uint32_t id);

static inline const struct config_port *config_port(const struct config *c, uint32_t id) {
	return (const struct config_port *)object_find(&c->ports, id);
}

static inline const struct config_instance *config_instance(const struct config *c, uint32_t id) {
	return (const struct config_instance *)object_find(&c->instances, id);
}

static inline const struct config_interface *
config_interface(const struct config *c, uint32_t id) {
	return (const struct config_interface *)object_find(&c->interfaces, id);
}

// Where a request went wrong: becomes the answer's fields.
struct failure {
	uint8_t error; // enum error
	uint8_t object; // enum object
	uint64_t object_id;
	uint64_t detail;
	char text[128];
};

// Fills the failure and returns -1, so that a check ends with `return fail(...)`.
int fail(
	struct failure *f,
	uint8_t error,
	uint8_t object,
	uint64_t object_id,
	const char *format,
	...
) __attribute__((format(printf, 5, 6)));

// A transaction on its way. Modules keep their own part (routes) in `module`, by feature index.
#define MAX_FEATURES 16

struct draft {
	uint32_t touched; // bit n: objects of enum object n were set or deleted
	const struct config *running; // what is forwarding now, never NULL
	struct config next;
	bool replace; // began empty
	// Slots that running or draft objects hold, by object_kind of draft.h.
	uint64_t slots[3][MAX_INTERFACES / 64];
	uint64_t generation;
	void *module[MAX_FEATURES];
};
