// Ports: DPDK devices as configuration sees them. Everything here belongs to the control thread; what
// the datapath needs of a port is in `struct port_io`, by slot.
//
// A device cannot have two faces, so a transaction handles ports in steps of its own:
//
//     ports_prepare   probes and configures devices that are free; nothing of the box changes
//     ports_apply     starts, changes, or where a device is held by a port as it is now, closes and
//                     opens again; each step remembers what was before
//     ports_undo      goes back, in reverse order, by the old parameters
//     ports_finish    closes the devices that have left, after the flip
//     ports_release   closes what prepare had claimed
//
// While a port is being changed its gate is closed: threads neither receive from nor send to it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "config.h"

#define PORT_QUEUES 16
#define PORT_KEY 400

// What threads read of a port. Written while the gate is closed and no thread is inside.
struct port_io {
	bool open; // the gate: __atomic
	uint16_t ethdev;
	uint16_t rx_queues, tx_queues;
	int fds[PORT_QUEUES]; // readable when a packet waits; -1: none
	struct rte_ring *handover; // for threads without a transmit queue of their own
} __rte_cache_aligned;

extern struct port_io port_io[MAX_PORT_SLOTS];

// How a device is, or is to be, set up.
struct port_setup {
	struct config_port config;
	bool promiscuous; // asked for, or needed by a bridge
	bool jumbo;	  // frames need large buffers
	// Where configuration names no MAC: the one that a port opened again must keep. Zero: the device's.
	struct rte_ether_addr keep;
};

struct port {
	uint16_t slot, ethdev;
	char name[64]; // of the device, on its bus
	char key[PORT_KEY]; // "": the device can be had many times
	struct port_setup setup;
	uint16_t rx_queues, tx_queues;
	int fds[PORT_QUEUES];
	int ifindex; // 0: no kernel interface
	char ifname[16];
	bool was_up; // IFF_UP when it was found
	struct rte_ether_addr own_mac;
	uint16_t own_mtu;
	struct rte_ether_addr mac; // now
	bool started;
	bool link_up;
	uint32_t speed_mbps;
	uint64_t last_change; // CLOCK_REALTIME, nanoseconds
	uint64_t missed, rx_errors, tx_errors; // of the device, as counted so far
};

// Only what the parameters say, without touching a device.
int port_check(const struct config_port *p, struct failure *f);
// What its frames are sent from, once `own` is known to be the device's own address.
struct rte_ether_addr port_mac(const struct port_setup *setup, const struct rte_ether_addr *own);
// Names the device a port takes; false if it can be had more than once.
bool port_key(const struct config_port *p, char key[PORT_KEY]);
// False for a device that never has a packet for us.
bool port_receives(const struct config_port *p);
uint16_t port_rx_queues(const struct config_port *p);

struct port_step {
	enum port_action { PORT_KEEP, PORT_CLAIM, PORT_CHANGE, PORT_RESTART, PORT_REOPEN } action;
	struct port_setup setup;
	uint16_t slot;
	struct port *before; // of this slot, or NULL
	struct port *victim; // holds the device now, or NULL; may be `before`
	struct port *now;    // PORT_CLAIM: claimed. PORT_REOPEN: once opened
	struct port_setup old; // of before or victim
	bool done;
};

struct port_plan {
	uint32_t count;
	struct port_step steps[RTE_MAX_ETHPORTS];
	uint32_t leaving_count;
	struct port *leaving[RTE_MAX_ETHPORTS]; // closed by finish, unless a step took them over
};

int ports_prepare(
	struct port_plan *plan,
	const struct config *running,
	const struct config *next,
	struct failure *f
);
int ports_apply(struct port_plan *plan, struct failure *f);
// 0, or -1 if a port could not be brought back: it stays closed and the log says why.
int ports_undo(struct port_plan *plan);
void ports_finish(struct port_plan *plan);
void ports_release(struct port_plan *plan);
bool ports_touched(const struct port_plan *plan);

// The port of a slot after the plan has been applied; NULL if it is yet to be opened.
const struct port *plan_port(const struct port_plan *plan, uint16_t slot);
// The port of a slot as it runs.
struct port *port_live(uint16_t slot);

void port_gate(uint16_t slot, bool open);
// Every port closed; at the end.
void ports_close(void);

// Looks at links and tells changes: of one kernel interface, of all ports (0), or of those that have no
// kernel interface (-1).
void ports_link_poll(int ifindex);
// Opens ports again whose device was gone and is back: between transactions, once a second.
void ports_revive(void);
// Takes the devices' own error counters into the control thread's block.
void ports_count_errors(void);
extern void (*ports_link_changed)(const struct port *p);

// Where the kernel tells of PCI devices; a test shows it a tree of its own.
extern const char *port_pci_devices;

// The buffers for packets of up to so many bytes of layer 3.
int ports_start(bool hugepages);
struct rte_mempool *port_pool(bool jumbo);
