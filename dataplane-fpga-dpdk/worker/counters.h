// The numbers a datapath thread keeps: one block for each thread, in the shared segment that clients
// map read-only (ring/counters.h describes its directory). A reader sums the blocks.
#pragma once

#include <stdint.h>

#include "config.h"
#include "drops.h"
#include "packet.h"

struct port_counters {
	uint64_t rx_packets, rx_octets, rx_unicast, rx_multicast, rx_broadcast, rx_errors, rx_drops;
	uint64_t tx_packets, tx_octets, tx_unicast, tx_multicast, tx_broadcast, tx_errors, tx_drops;
	uint64_t pad[2];
};

struct interface_counters {
	uint64_t rx_packets, rx_octets, rx_unicast, rx_multicast, rx_broadcast, rx_drops;
	uint64_t tx_packets, tx_octets, tx_unicast, tx_multicast, tx_broadcast, tx_drops;
	uint64_t pad[4];
};

struct node_counters {
	uint64_t calls, packets;
};

struct counter_block {
	struct port_counters ports[MAX_PORT_SLOTS];
	struct interface_counters interfaces[MAX_INTERFACES];
	uint64_t drops[DROP_COUNT];
	struct node_counters nodes[NODE_COUNT];
} __attribute__((aligned(128)));
