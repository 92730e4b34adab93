// What the nodes of the datapath pass to each other.
//
// A packet is an mbuf whose private area holds `struct packet`. The data of the mbuf begins at the
// Ethernet header, as received, until a node rewrites it. A node takes a burst and hands each packet
// to exactly one of: another node (`node_next`), a port (`tx_port`), the control thread (`punt`) or
// the floor (`drop`); see runtime.h. Nothing stays behind in a node when it returns.
//
// Nodes run in the order of their numbers, each with all that was collected for it; a packet sent
// backwards makes the loop go round once more.
#pragma once

#include <stdint.h>

#include <rte_mbuf.h>

struct face;
struct thread;

// Nodes, in the order of a packet's way. A module names its function with node_register() at start.
#define NODES(X)                                                                                   \
	X(NODE_DROP, "drop") /* reason in packet->reason */                                        \
	X(NODE_BRIDGE, "bridge")                                                                   \
	X(NODE_ARP_INPUT, "arp-input")                                                             \
	X(NODE_IP4_INPUT, "ip4-input")                                                             \
	X(NODE_IP6_INPUT, "ip6-input")                                                             \
	X(NODE_IP4_LOCAL, "ip4-local")                                                             \
	X(NODE_IP6_LOCAL, "ip6-local")                                                             \
	X(NODE_ICMP4_ERROR, "icmp4-error")                                                         \
	X(NODE_ICMP6_ERROR, "icmp6-error")                                                         \
	X(NODE_IP4_FORWARD, "ip4-forward") /* looks up an own packet, no header checks */          \
	X(NODE_IP6_FORWARD, "ip6-forward")                                                         \
	X(NODE_IP4_OUTPUT, "ip4-output") /* next hop known: TTL done, neighbor, rewrite */         \
	X(NODE_IP6_OUTPUT, "ip6-output")                                                           \
	X(NODE_INTERFACE_OUTPUT, "interface-output") /* complete frame without tag, out_interface */

#define NODE_ENUM(id, name) id,
enum node_id { NODES(NODE_ENUM) NODE_COUNT };
#undef NODE_ENUM

_Static_assert(NODE_COUNT <= 64, "pending nodes are a 64-bit set");

enum packet_flag {
	PACKET_MULTICAST = 1, // the frame came with a multicast destination, broadcast included
	PACKET_BROADCAST = 2,
	PACKET_OWN = 4, // made by the worker: no ICMP error about it
};

// Filled at input; later nodes write the lower half. Indices are slots of a face and mean nothing in
// another one: who keeps a packet beyond its loop keeps ids (face_interface.id) and looks them up again.
struct packet {
	uint16_t in_port;	// slot in face->ports
	uint16_t in_interface;	// slot in face->interfaces, 0: none
	uint16_t instance;	// slot in face->instances, 0: none
	uint16_t vlan;		// bridged: the VLAN in the bridge; routed: the tag it came with, 0 none
	uint8_t l3_offset;	// bytes from the start of the frame to the layer 3 header
	uint8_t flags;		// enum packet_flag
	uint8_t hops;		// times it went backwards
	uint8_t reason;		// enum drop_reason on the way to NODE_DROP
	uint16_t out_interface; // slot
	uint16_t queue;
	uint32_t next_hop; // index in the next-hop table
	uint32_t argument; // between two nodes of one module: ICMP type, code, MTU
	uint8_t address[16]; // next-hop address of a packet to resolve; IPv4 in the first four bytes
	uint64_t cookie;
	uint8_t scratch[16];
};

_Static_assert(sizeof(struct packet) == 64, "one cache line behind the mbuf");

static inline struct packet *packet_of(struct rte_mbuf *m) {
	return (struct packet *)(m + 1);
}

// A node works through n packets, 1 to NODE_VECTOR. The face is the same for the whole round.
typedef void (*node_fn)(
	struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n
);

#define NODE_VECTOR 256

const char *node_name(enum node_id node);
void node_register(enum node_id node, node_fn fn);
node_fn node_function(enum node_id node);
