// Who is behind an interface, and how to reach him: ARP (RFC 826, RFC 5227) and neighbor discovery
// (RFC 4861), one state machine for both.
//
//                    packet waits                     answer
//        (nobody) ----------------> Incomplete -------------------> Reachable
//            ^                       | 3 asked in vain                | 15 to 45 s
//            |<----------------------+                                v
//            |                                                      Stale <-- heard of, MAC changed
//            |                                                        | used
//            |                                                        v
//            +------- 3 asked in vain -------- Probe <--- 5 s ------ Delay
//
// (An answer leads to Reachable from every state.)
//
// All of it happens on the control thread. The datapath reads adjacencies (lib/adjacency) and hands
// over what it cannot send; a packet waits here with ids, and is looked at anew when it goes back.
// A neighbor belongs to an interface, not to a face: it outlives every flip that leaves the interface
// on its port and VLAN.
//
// Addresses are announced when they are configured, but not probed for duplicates first (RFC 4862
// §5.4, RFC 5227 §2.1): a second owner that is heard is logged, and the address defended.
#pragma once

#include "feature.h"
#include "runtime.h"

#define NEIGHBOR_QUEUE 8 // packets that wait for one neighbor
#define NEIGHBOR_INCOMPLETE_MAX 4096 // neighbors looked for at a time; the longest sought gives way

extern const struct feature neighbor_feature;

// Handlers of what the datapath hands over; they own the packet.
void neighbor_resolve(const struct face *face, struct rte_mbuf *m);
void neighbor_arp(const struct face *face, struct rte_mbuf *m);
void neighbor_nd(const struct face *face, struct rte_mbuf *m);

// State of a neighbor (enum neighbor-state), 0: none.
uint8_t neighbor_state(uint32_t interface, uint8_t family, const uint8_t *address);
