// A face: everything the datapath needs to know of one configuration, built by prepare, made current
// by one pointer store in commit, never changed afterwards and freed after a grace period.
//
// A packet is handled wholly by one face: threads load the pointer once a round, and no packet stays
// in the datapath between two rounds. Tables that are too large to copy (FIB, FDB, neighbors) are
// reached from here by pointer and either share their unchanged nodes (FIB) or belong to no
// configuration (FDB entries, neighbors: volatile, keyed by ids that outlive the face).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_ether.h>

#include "fib/fib.h"

#include "config.h"
#include "packet.h"

struct bridge;	    // modules/bridge: what an L2 instance has learned
struct bridge_face; // its static entries and limits in this face
struct rib_group;   // lib/fib: what a route leads to

// What a frame is at input, to choose the first node.
enum input_class { INPUT_IP4, INPUT_IP6, INPUT_ARP, INPUT_OTHER, INPUT_CLASSES };

struct face_interface {
	// first line: what input and output of every packet read
	uint16_t slot;	   // own index in face->interfaces
	uint16_t instance; // slot in face->instances
	uint16_t port;	   // slot in face->ports
	uint16_t vlan;	   // routed: tag, 0 none; bridged: access or native VLAN, 0 none
	uint8_t kind;	   // enum interface-kind; 0: slot not in use
	uint8_t vlan_mode;
	uint8_t next[INPUT_CLASSES]; // enum node_id
	uint8_t reason;		     // why, where next is NODE_DROP
	bool enabled;
	struct rte_ether_addr mac; // the port's
	uint16_t mtu4, mtu6;	   // largest IP packet that may leave
	uint16_t address_count;
	uint32_t id;			 // as configured, for who keeps packets
	const struct address *addresses; // lives as long as the face
	const uint64_t *vlans; // trunk: 4096 bits, else NULL
	const struct config_interface *config;
};

struct face_instance {
	uint16_t slot;
	uint8_t kind; // enum instance-kind, 0: slot not in use
	uint8_t pad;
	uint32_t id;
	// L3
	struct fib_tree fib4, fib6; // roots in face->fib
	// L2
	struct bridge *bridge; // neither is NULL in an L2 instance
	const struct bridge_face *bridge_face;
	uint16_t member_count;
	const uint16_t *members; // slots of the enabled interfaces on enabled ports
	bool learning;
	const struct config_instance *config;
};

// One port as threads see it, by slot.
struct face_port {
	bool present;	// in this face
	bool up;	// enabled: received from and sent to
	bool truncates; // a driver that may cut frames: IP lengths are checked
	uint16_t tx_thread; // sends for all when there are fewer queues than threads
	uint16_t untagged; // interface slot for frames without tag (and priority-tagged), 0: none
	uint16_t any;	   // interface that takes all frames, tagged or not, 0: none
	const uint16_t *tagged; // 4096 interface slots, NULL: none
	struct rte_ether_addr mac;
	uint32_t mtu;
	uint32_t number; // as configured
};

// A receive queue and the thread that polls it.
struct face_queue {
	uint16_t port, queue; // slot, queue of the device
};

#define MAX_QUEUES (RTE_MAX_ETHPORTS * 4)

struct face_poll {
	uint16_t count;
	bool nap; // a port without a descriptor is here: sleep only briefly
	struct face_queue queues[MAX_QUEUES];
	uint16_t send_count; // ports this thread sends for
	uint16_t sends[MAX_PORT_SLOTS];
};

#define MAX_THREADS 16

struct face {
	uint64_t generation;
	node_fn nodes[NODE_COUNT];
	const struct fib_pool *fib;		 // nodes of all trees
	const struct rib_group *const *groups; // by what a lookup returns
	uint16_t interface_count, instance_count; // highest slot + 1
	struct face_interface *interfaces;
	struct face_instance *instances;
	struct face_port ports[MAX_PORT_SLOTS];
	struct face_poll poll[MAX_THREADS];
	struct config config; // the objects it was built from, held
};

struct port_plan;

// Control thread: builds the face of a checked configuration whose ports are as in the plan, without
// the modules' parts; NULL with the failure filled.
struct face *face_build(
	const struct config *config,
	const struct port_plan *plan,
	uint64_t generation,
	struct failure *f
);
// Takes the MAC addresses of ports that were opened after the face was built.
void face_refresh(struct face *face);
void face_free(struct face *face);

// Control thread: the interface in this face, NULL if there is none.
const struct face_interface *face_interface_by_id(const struct face *face, uint32_t id);
const struct face_instance *face_instance_by_id(const struct face *face, uint32_t id);

// Trees are the one part of a face that changes while threads read it: they follow volatile routes, by one
// store and one load of both words. Who is in the middle of a round goes on with the tree it read; its
// nodes are freed after a grace period.
union face_tree_word {
	uint64_t word;
	struct fib_tree tree;
};

static inline struct fib_tree face_tree(const struct fib_tree *tree) {
	union face_tree_word both = {
		.word = __atomic_load_n((const uint64_t *)(const void *)tree, __ATOMIC_ACQUIRE)};

	return both.tree;
}

// Control thread: nothing if the face has no such instance.
static inline void face_set_tree(
	const struct face *face, uint32_t instance, enum fib_family family, struct fib_tree tree
) {
	struct face_instance *i =
		(struct face_instance *)(uintptr_t)face_instance_by_id(face, instance);
	union face_tree_word both = {.tree = tree};

	if (i != NULL)
		__atomic_store_n(
			(uint64_t *)(void *)(family == FIB_IP6 ? &i->fib6 : &i->fib4), both.word,
			__ATOMIC_RELEASE
		);
}

// True if the address is one of the interface's own; family 4 or 6.
bool face_interface_has(
	const struct face_interface *interface, uint8_t family, const uint8_t *address
);
