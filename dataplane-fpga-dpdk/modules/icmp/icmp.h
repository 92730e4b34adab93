// What is addressed to the box itself, and what it tells senders whose packets were lost.
//
//     local    echo requests are answered (RFC 792, RFC 4443 §4); ARP's counterpart of IPv6 goes to the
//              control thread; UDP and unknown protocols get an unreachable, for nobody listens yet
//     error    makes an ICMP error out of a lost packet, unless that is forbidden (RFC 1812 §4.3.2.7,
//              RFC 4443 §2.4 e) or there were too many (RFC 1812 §4.3.2.8, RFC 4443 §2.4 f)
//
// Packets come to the error nodes with `argument` (lib/ip: icmp_argument) and `reason`, under which they
// are counted whether or not an error is sent.
#pragma once

#include "feature.h"
#include "runtime.h"

// Errors for each thread and family: this many at once, and so many a second.
#define ICMP_ERROR_BURST 100
#define ICMP_ERROR_RATE 1000

extern const struct feature icmp_feature;

void icmp4_local(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void icmp6_local(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void icmp4_error(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);
void icmp6_error(struct thread *t, const struct face *face, struct rte_mbuf **pkts, uint16_t n);

// The address of the box that an error about a packet is sent from; NULL: it has none there.
const uint8_t *icmp_source(const struct face *face, const struct packet *p, uint8_t family);
// Takes a token; false if there is none.
bool icmp_may_send(const struct thread *t, uint8_t family);
