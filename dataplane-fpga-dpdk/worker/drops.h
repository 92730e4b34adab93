// Why packets are lost. Every packet that is not forwarded, answered or handed to the control thread
// is counted under exactly one of these, for each thread; the names appear in the counter segment.
// New reasons go at the end of their group; nothing but the names is known outside the worker.
#pragma once

#define DROP_REASONS(X)                                                                            \
	X(DROP_NO_MBUF, "no-mbuf")		       /* a copy or an answer found the pool empty */ \
	X(DROP_NODE_FULL, "node-full")		       /* a node was given more than it holds */      \
	X(DROP_LOOP, "loop")			       /* visited nodes backwards too often */        \
	X(DROP_TX_FULL, "tx-full")		       /* the device did not take it */               \
	X(DROP_PUNT_FULL, "punt-full")		       /* the control thread lags behind */           \
	X(DROP_NO_PORT, "no-port")		       /* the port left the configuration */          \
	X(DROP_PORT_DOWN, "port-down")		       /* sent to a port that is disabled */          \
	X(DROP_TOO_SHORT, "too-short")		       /* no room for the headers it claims */        \
	X(DROP_TRUNCATED, "truncated")		       /* shorter than its own length says */         \
	X(DROP_UNKNOWN_VLAN, "unknown-vlan")	       /* no interface of the port takes this tag */  \
	X(DROP_INTERFACE_DOWN, "interface-down")       /* the interface is disabled */                \
	X(DROP_NO_INSTANCE, "no-instance")	       /* the interface is in no network instance */  \
	X(DROP_NOT_OUR_MAC, "not-our-mac")	       /* routed, but for somebody else */            \
	X(DROP_UNKNOWN_ETHERTYPE, "unknown-ethertype") /* routed, neither IP nor ARP */               \
	X(DROP_TOO_BIG, "too-big")		       /* larger than the MTU of the way out */       \
	/* bridge */                                                                               \
	X(DROP_RESERVED_MAC, "reserved-mac")	       /* 01:80:c2:00:00:0x is never forwarded */     \
	X(DROP_SOURCE_MAC, "source-mac")	       /* multicast or zero source */                 \
	X(DROP_SAME_INTERFACE, "same-interface")       /* the way out is the way in */                \
	X(DROP_NO_MEMBER, "no-member")		       /* flooded, but nobody else is there */        \
	/* IP */                                                                                   \
	X(DROP_IP_HEADER, "ip-header")		       /* version, length, checksum */                \
	X(DROP_IP_ADDRESS, "ip-address")	       /* a source or destination nobody may use */   \
	X(DROP_IP_OPTIONS, "ip-options")                                                           \
	X(DROP_NO_ROUTE, "no-route")                                                               \
	X(DROP_BLACKHOLE, "blackhole")                                                             \
	X(DROP_REJECT, "reject")                                                                   \
	X(DROP_TTL, "ttl-exceeded")                                                                \
	X(DROP_NO_FRAGMENT, "dont-fragment")                                                       \
	X(DROP_NO_NEIGHBOR, "no-neighbor")	 /* unresolved, and nothing could be queued */     \
	X(DROP_NEIGHBOR_QUEUE, "neighbor-queue") /* waited for a neighbor in vain */               \
	X(DROP_ARP, "arp")			 /* malformed, or not to be answered */            \
	X(DROP_ND, "nd")			 /* malformed, or not to be answered */            \
	X(DROP_ICMP_LIMIT, "icmp-limit")	 /* an error message not sent, for too many were */   \
	X(DROP_LOCAL, "local")			 /* to the box, but nobody listens */

#define DROP_ENUM(id, name) id,
enum drop_reason { DROP_REASONS(DROP_ENUM) DROP_COUNT };
#undef DROP_ENUM

const char *drop_name(enum drop_reason reason);
