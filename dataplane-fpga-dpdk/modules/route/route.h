// IPv4 and IPv6 forwarding.
//
// route_control.c is the configuration side: routes as messages bring them, connected and local ones
// from the addresses of interfaces, all in one store (lib/fib/rib.h) whose next trees become part of
// the next face. route_ip4.c and route_ip6.c are the nodes:
//
//     input    checks the header, looks the destination up, then hands to local, to an ICMP error, or
//              sends: hop limit, MTU, neighbor, rewrite, all in one go while the packet is in cache
//     forward  the same for packets of the box itself: no checks, no hop limit
//     output   packets that waited for a neighbor: interface and address known
//
// No ICMP redirects are sent (RFC 1812 §5.2.7.2 says a router may do without when it cannot be sure),
// and multicast is not routed.
#pragma once

#include "feature.h"
#include "runtime.h"

extern const struct feature route_feature;

void route_ip4_input(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void route_ip4_forward(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void route_ip4_output(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void route_ip6_input(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void route_ip6_forward(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void route_ip6_output(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
