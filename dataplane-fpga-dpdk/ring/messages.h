/* Written from ring.msg by Generate.java; change those and run `make generate`. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum ring_type {
	RING_HELLO = 1, /* client -> worker, first on a new ring */
	RING_WELCOME = 2, /* worker -> client */
	RING_ANSWER = 3, /* worker -> client: result of any request */
	RING_BEGIN = 10, /* opens a draft: a copy of what is running (replace=0) or empty (replace=1) */
	RING_PREPARE = 11, /* checks the draft, claims devices, builds the next face */
	RING_COMMIT = 12, /* (re)initialises touched ports, flips the face; on failure everything is as before */
	RING_ABORT = 13, /* frees the draft and the next face */
	RING_PORT_SET = 20,
	RING_PORT_DELETE = 21,
	RING_INSTANCE_SET = 22,
	RING_INSTANCE_DELETE = 23,
	RING_INTERFACE_SET = 24, /* a subinterface */
	RING_INTERFACE_DELETE = 25,
	RING_VLAN_MEMBER_SET = 26, /* trunk: a VLAN range that the interface carries */
	RING_VLAN_MEMBER_DELETE = 27,
	RING_ADDRESS_SET = 28, /* an address of a routed interface, and its connected prefix */
	RING_ADDRESS_DELETE = 29,
	RING_ROUTE_SET = 30, /* in a transaction; on a ring with an owner of its own: at once */
	RING_ROUTE_DELETE = 31,
	RING_ROUTES_FLUSH = 36, /* removes the volatile routes of an owner; the answer's detail: how many */
	RING_ROUTES_SYNCED = 37, /* all was told again: what was not, is removed; the answer's detail: how many */
	RING_STATIC_NEIGHBOR_SET = 32,
	RING_STATIC_NEIGHBOR_DELETE = 33,
	RING_STATIC_FDB_SET = 34,
	RING_STATIC_FDB_DELETE = 35,
	RING_DUMP = 40, /* asks for a table, or a part of it */
	RING_NEIGHBOR_ENTRY = 41,
	RING_FDB_ENTRY = 42,
	RING_PORT_ENTRY = 43,
	RING_ROUTE_ENTRY = 44, /* a route, connected and local ones included */
	RING_INTERFACE_ENTRY = 45,
	RING_INSTANCE_ENTRY = 46,
	RING_OWNER_ENTRY = 47, /* an owner, or what all rings without a grant were refused (owner 0) */
	RING_GRANT_SET = 70, /* the answer's detail: the number of the owner */
	RING_GRANT_DELETE = 71, /* closes the ring; the objects go when their time is over */
	RING_LINK_EVENT = 50,
	RING_NAMES_EVENT = 52, /* to rings with rib-write or rib-read: read the tables of instances and interfaces again; never lost */
	RING_PING = 51, /* either way, answered by `answer`: latency and liveness */
	RING_FAULT_SET = 60,
};

enum ring_flag {
	RING_FLAG_QUIET = 1, /* a request that is answered only if it fails */
	RING_FLAG_STRICT = 2, /* a route-set fails if the owner has the route, a route-delete if it does not */
};

enum ring_error {
	RING_ERROR_OK = 0,
	RING_ERROR_UNKNOWN_MESSAGE = 1, /* type not known, or not allowed on this ring */
	RING_ERROR_MALFORMED = 2, /* length, count or a field outside its range */
	RING_ERROR_NO_TRANSACTION = 3, /* a set or prepare outside begin..prepare */
	RING_ERROR_IN_TRANSACTION = 4, /* begin while another client's transaction is open */
	RING_ERROR_IN_USE = 5, /* a device, number or address that another object holds */
	RING_ERROR_UNKNOWN_OBJECT = 6, /* a reference to an object that is not in the draft */
	RING_ERROR_NO_RESOURCE = 7, /* a table, pool or device is exhausted or missing */
	RING_ERROR_NOT_SUPPORTED = 8, /* the driver or this build cannot do it */
	RING_ERROR_DEVICE_FAILED = 9, /* the device refused; the text says how */
	RING_ERROR_FAULT = 10, /* an injected fault (started with --faults) */
	RING_ERROR_DENIED = 11, /* the ring's scopes do not allow it */
	RING_ERROR_MANAGEMENT_PORT = 12, /* the device carries a kernel route: never taken */
	RING_ERROR_NOT_RESTORED = 13, /* a commit failed, and a port could not be brought back as it was */
	RING_ERROR_EXISTS = 14, /* a strict set of what is there */
	RING_ERROR_MISSING = 15, /* a strict delete of what is not there */
	RING_ERROR_STALE_NAMES = 16, /* instances or interfaces have changed since the asker read them; the detail is the names of now */
};

enum ring_object {
	RING_OBJECT_NONE = 0,
	RING_OBJECT_PORT = 1,
	RING_OBJECT_INTERFACE = 2,
	RING_OBJECT_INSTANCE = 3,
	RING_OBJECT_VLAN_MEMBER = 4,
	RING_OBJECT_ADDRESS = 5,
	RING_OBJECT_ROUTE = 6,
	RING_OBJECT_STATIC_NEIGHBOR = 7,
	RING_OBJECT_STATIC_FDB = 8,
};

/* what a ring may ask for; a mask has bit n for scope n */
enum ring_scope {
	RING_SCOPE_CONFIG = 0, /* transactions, faults */
	RING_SCOPE_GRANT = 1, /* grant-set, grant-delete, flushing what others own */
	RING_SCOPE_RIB_WRITE = 2, /* routes of its own */
	RING_SCOPE_RIB_READ = 3, /* the tables of routes, interfaces, instances and owners */
	RING_SCOPE_STATE_READ = 4, /* the tables of ports, neighbors and MAC addresses */
};

enum ring_driver {
	RING_DRIVER_AF_PACKET = 1, /* device: kernel interface name */
	RING_DRIVER_TAP = 2, /* device: name of the TAP to make */
	RING_DRIVER_MEMIF = 3, /* device: socket path; arguments: role=...,id=... */
	RING_DRIVER_NULL = 4,
	RING_DRIVER_PCAP = 5, /* device: empty; arguments: rx_pcap=...,tx_pcap=... */
	RING_DRIVER_PCI = 6, /* device: address 0000:03:00.0 */
	RING_DRIVER_AF_XDP = 7,
};

enum ring_instance_kind {
	RING_INSTANCE_KIND_L3 = 1,
	RING_INSTANCE_KIND_L2 = 2,
};

enum ring_interface_kind {
	RING_INTERFACE_KIND_ROUTED = 1, /* subinterface of a port in an L3 instance */
	RING_INTERFACE_KIND_BRIDGED = 2, /* subinterface of a port in an L2 instance */
};

enum ring_vlan_mode {
	RING_VLAN_MODE_ANY = 0, /* bridged, whole port, VLAN-unaware */
	RING_VLAN_MODE_ACCESS = 1,
	RING_VLAN_MODE_TRUNK = 2,
};

enum ring_next_hop_kind {
	RING_NEXT_HOP_KIND_GATEWAY = 1,
	RING_NEXT_HOP_KIND_CONNECTED = 2, /* on-link, interface given */
	RING_NEXT_HOP_KIND_BLACKHOLE = 3, /* dropped, counted */
	RING_NEXT_HOP_KIND_REJECT = 4, /* dropped, ICMP unreachable sent */
};

enum ring_route_source {
	RING_ROUTE_SOURCE_CONNECTED = 0, /* the worker's own, from an address; never set by a client */
	RING_ROUTE_SOURCE_STATIC = 1, /* of the configuration alone */
	RING_ROUTE_SOURCE_OTHER = 2, /* this and the next: volatile */
	RING_ROUTE_SOURCE_RIP = 3,
	RING_ROUTE_SOURCE_ISIS = 4,
	RING_ROUTE_SOURCE_OSPF = 5,
	RING_ROUTE_SOURCE_BGP = 6,
	RING_ROUTE_SOURCE_LOCAL = 255, /* the worker's own, an address of the box */
};

enum ring_table {
	RING_TABLE_NEIGHBOR_TABLE = 1,
	RING_TABLE_FDB_TABLE = 2,
	RING_TABLE_PORT_TABLE = 3,
	RING_TABLE_ROUTE_TABLE = 4, /* what is forwarded by */
	RING_TABLE_RIB_TABLE = 5, /* all routes, those that others are better than too */
	RING_TABLE_INTERFACE_TABLE = 6,
	RING_TABLE_INSTANCE_TABLE = 7,
	RING_TABLE_OWNER_TABLE = 8,
};

enum ring_neighbor_state {
	RING_NEIGHBOR_STATE_INCOMPLETE = 1,
	RING_NEIGHBOR_STATE_REACHABLE = 2,
	RING_NEIGHBOR_STATE_STALE = 3,
	RING_NEIGHBOR_STATE_DELAY = 4,
	RING_NEIGHBOR_STATE_PROBE = 5,
	RING_NEIGHBOR_STATE_PERMANENT = 6,
};

enum ring_fault_step {
	RING_FAULT_STEP_IN_PREPARE = 1,
	RING_FAULT_STEP_IN_APPLY = 2, /* in commit, after ports were touched, before the flip */
	RING_FAULT_STEP_IN_FLIP = 3, /* in commit, after the flip */
	RING_FAULT_STEP_CRASH_IN_APPLY = 4,
	RING_FAULT_STEP_STALL_IN_APPLY = 5, /* sleeps 30 s: the agent's and datastore's time-outs are what is tested */
};

struct ring_header {
	uint16_t type;
	uint16_t flags; /* sum of enum flag */
	uint32_t length; /* bytes, header included */
	uint64_t correlation; /* chosen by the asker, echoed */
	uint32_t owner; /* who the object belongs to: 1 configuration, others by grants; in a request 0: the ring's own */
	uint32_t pad;
	uint64_t generation; /* of the configuration the message belongs to; 0 where there is none. On a ring with an owner of its own: the names (welcome) that the numbers in the request come from, 0: not to be checked */
};
_Static_assert(offsetof(struct ring_header, type) == 0, "layout");
_Static_assert(offsetof(struct ring_header, flags) == 2, "layout");
_Static_assert(offsetof(struct ring_header, length) == 4, "layout");
_Static_assert(offsetof(struct ring_header, correlation) == 8, "layout");
_Static_assert(offsetof(struct ring_header, owner) == 16, "layout");
_Static_assert(offsetof(struct ring_header, pad) == 20, "layout");
_Static_assert(offsetof(struct ring_header, generation) == 24, "layout");
_Static_assert(sizeof(struct ring_header) == 32, "layout");

struct ring_next_hop {
	uint8_t kind;
	uint8_t family;
	uint8_t pad[2];
	uint32_t interface; /* 0: found by recursion over connected prefixes */
	uint32_t weight; /* 1..255 */
	uint32_t pad2;
	uint8_t address[16];
};
_Static_assert(offsetof(struct ring_next_hop, kind) == 0, "layout");
_Static_assert(offsetof(struct ring_next_hop, family) == 1, "layout");
_Static_assert(offsetof(struct ring_next_hop, pad) == 2, "layout");
_Static_assert(offsetof(struct ring_next_hop, interface) == 4, "layout");
_Static_assert(offsetof(struct ring_next_hop, weight) == 8, "layout");
_Static_assert(offsetof(struct ring_next_hop, pad2) == 12, "layout");
_Static_assert(offsetof(struct ring_next_hop, address) == 16, "layout");
_Static_assert(sizeof(struct ring_next_hop) == 32, "layout");

/* client -> worker, first on a new ring */
struct ring_hello {
	struct ring_header header;
	uint32_t protocol; /* 1 */
	uint32_t pid;
	char client[32];
	uint8_t token[32]; /* of a grant; all zero: none, for root and the worker's own user */
};
_Static_assert(offsetof(struct ring_hello, protocol) == 32, "layout");
_Static_assert(offsetof(struct ring_hello, pid) == 36, "layout");
_Static_assert(offsetof(struct ring_hello, client) == 40, "layout");
_Static_assert(offsetof(struct ring_hello, token) == 72, "layout");
_Static_assert(sizeof(struct ring_hello) == 104, "layout");

/* worker -> client */
struct ring_welcome {
	struct ring_header header;
	uint32_t protocol;
	uint32_t pid;
	uint64_t instance; /* differs at each start of the worker */
	uint64_t running_generation; /* configuration generation now forwarding, 0 after a start */
	uint32_t max_ports;
	uint32_t cores; /* datapath cores available */
	uint8_t hugepages;
	uint8_t faults; /* 1 when started with --faults */
	uint8_t kept; /* objects of this owner are left from before: tell all again, then routes-synced */
	uint8_t pad;
	uint32_t owner; /* of what this ring sets */
	uint32_t scopes; /* mask of enum scope */
	uint32_t pad2;
	uint64_t names; /* grows whenever an instance or interface comes, goes, or means another one */
	char version[64];
};
_Static_assert(offsetof(struct ring_welcome, protocol) == 32, "layout");
_Static_assert(offsetof(struct ring_welcome, pid) == 36, "layout");
_Static_assert(offsetof(struct ring_welcome, instance) == 40, "layout");
_Static_assert(offsetof(struct ring_welcome, running_generation) == 48, "layout");
_Static_assert(offsetof(struct ring_welcome, max_ports) == 56, "layout");
_Static_assert(offsetof(struct ring_welcome, cores) == 60, "layout");
_Static_assert(offsetof(struct ring_welcome, hugepages) == 64, "layout");
_Static_assert(offsetof(struct ring_welcome, faults) == 65, "layout");
_Static_assert(offsetof(struct ring_welcome, kept) == 66, "layout");
_Static_assert(offsetof(struct ring_welcome, pad) == 67, "layout");
_Static_assert(offsetof(struct ring_welcome, owner) == 68, "layout");
_Static_assert(offsetof(struct ring_welcome, scopes) == 72, "layout");
_Static_assert(offsetof(struct ring_welcome, pad2) == 76, "layout");
_Static_assert(offsetof(struct ring_welcome, names) == 80, "layout");
_Static_assert(offsetof(struct ring_welcome, version) == 88, "layout");
_Static_assert(sizeof(struct ring_welcome) == 152, "layout");

/* worker -> client: result of any request */
struct ring_answer {
	struct ring_header header;
	uint8_t error;
	uint8_t object; /* what the error is about */
	uint8_t pad[6];
	uint64_t object_id; /* number of that object, as in its set message */
	uint64_t detail; /* errno or driver code where there is one */
	char text[128]; /* why, for people */
};
_Static_assert(offsetof(struct ring_answer, error) == 32, "layout");
_Static_assert(offsetof(struct ring_answer, object) == 33, "layout");
_Static_assert(offsetof(struct ring_answer, pad) == 34, "layout");
_Static_assert(offsetof(struct ring_answer, object_id) == 40, "layout");
_Static_assert(offsetof(struct ring_answer, detail) == 48, "layout");
_Static_assert(offsetof(struct ring_answer, text) == 56, "layout");
_Static_assert(sizeof(struct ring_answer) == 184, "layout");

/* opens a draft: a copy of what is running (replace=0) or empty (replace=1) */
struct ring_begin {
	struct ring_header header;
	uint8_t replace;
	uint8_t pad[7];
	uint64_t transaction; /* its name in the worker's log lines, 0: none */
};
_Static_assert(offsetof(struct ring_begin, replace) == 32, "layout");
_Static_assert(offsetof(struct ring_begin, pad) == 33, "layout");
_Static_assert(offsetof(struct ring_begin, transaction) == 40, "layout");
_Static_assert(sizeof(struct ring_begin) == 48, "layout");

/* checks the draft, claims devices, builds the next face */
struct ring_prepare {
	struct ring_header header;
	uint64_t pad;
};
_Static_assert(offsetof(struct ring_prepare, pad) == 32, "layout");
_Static_assert(sizeof(struct ring_prepare) == 40, "layout");

/* (re)initialises touched ports, flips the face; on failure everything is as before */
struct ring_commit {
	struct ring_header header;
	uint64_t pad;
};
_Static_assert(offsetof(struct ring_commit, pad) == 32, "layout");
_Static_assert(sizeof(struct ring_commit) == 40, "layout");

/* frees the draft and the next face */
struct ring_abort {
	struct ring_header header;
	uint64_t pad;
};
_Static_assert(offsetof(struct ring_abort, pad) == 32, "layout");
_Static_assert(sizeof(struct ring_abort) == 40, "layout");

struct ring_port_set {
	struct ring_header header;
	uint32_t port; /* stable number chosen by configuration (R60), 1..65535 */
	uint8_t driver;
	uint8_t enabled;
	uint8_t promiscuous;
	uint8_t pad;
	uint32_t mtu; /* bytes of layer 3 */
	uint16_t rx_queues; /* 0: driver default (1) */
	uint16_t tx_queues;
	uint32_t rx_descriptors; /* 0: driver default */
	uint32_t tx_descriptors;
	uint8_t mac[6]; /* all zero: the device's own */
	uint8_t pad2[2];
	uint64_t cores; /* bit n: datapath core n polls this port; 0: the worker chooses */
	char name[64]; /* interface name, for events and logs */
	char device[64];
	char arguments[256]; /* further device arguments, key=value,key=value */
};
_Static_assert(offsetof(struct ring_port_set, port) == 32, "layout");
_Static_assert(offsetof(struct ring_port_set, driver) == 36, "layout");
_Static_assert(offsetof(struct ring_port_set, enabled) == 37, "layout");
_Static_assert(offsetof(struct ring_port_set, promiscuous) == 38, "layout");
_Static_assert(offsetof(struct ring_port_set, pad) == 39, "layout");
_Static_assert(offsetof(struct ring_port_set, mtu) == 40, "layout");
_Static_assert(offsetof(struct ring_port_set, rx_queues) == 44, "layout");
_Static_assert(offsetof(struct ring_port_set, tx_queues) == 46, "layout");
_Static_assert(offsetof(struct ring_port_set, rx_descriptors) == 48, "layout");
_Static_assert(offsetof(struct ring_port_set, tx_descriptors) == 52, "layout");
_Static_assert(offsetof(struct ring_port_set, mac) == 56, "layout");
_Static_assert(offsetof(struct ring_port_set, pad2) == 62, "layout");
_Static_assert(offsetof(struct ring_port_set, cores) == 64, "layout");
_Static_assert(offsetof(struct ring_port_set, name) == 72, "layout");
_Static_assert(offsetof(struct ring_port_set, device) == 136, "layout");
_Static_assert(offsetof(struct ring_port_set, arguments) == 200, "layout");
_Static_assert(sizeof(struct ring_port_set) == 456, "layout");

struct ring_port_delete {
	struct ring_header header;
	uint32_t port;
	uint32_t pad;
};
_Static_assert(offsetof(struct ring_port_delete, port) == 32, "layout");
_Static_assert(offsetof(struct ring_port_delete, pad) == 36, "layout");
_Static_assert(sizeof(struct ring_port_delete) == 40, "layout");

struct ring_instance_set {
	struct ring_header header;
	uint32_t instance; /* 1..65535 */
	uint8_t kind;
	uint8_t mac_learning; /* L2 */
	uint8_t pad[2];
	uint32_t mac_ageing; /* seconds, L2 */
	uint32_t mac_limit; /* entries, L2; 0: the worker's limit */
	char name[64];
};
_Static_assert(offsetof(struct ring_instance_set, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_instance_set, kind) == 36, "layout");
_Static_assert(offsetof(struct ring_instance_set, mac_learning) == 37, "layout");
_Static_assert(offsetof(struct ring_instance_set, pad) == 38, "layout");
_Static_assert(offsetof(struct ring_instance_set, mac_ageing) == 40, "layout");
_Static_assert(offsetof(struct ring_instance_set, mac_limit) == 44, "layout");
_Static_assert(offsetof(struct ring_instance_set, name) == 48, "layout");
_Static_assert(sizeof(struct ring_instance_set) == 112, "layout");

struct ring_instance_delete {
	struct ring_header header;
	uint32_t instance;
	uint32_t pad;
};
_Static_assert(offsetof(struct ring_instance_delete, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_instance_delete, pad) == 36, "layout");
_Static_assert(sizeof(struct ring_instance_delete) == 40, "layout");

/* a subinterface */
struct ring_interface_set {
	struct ring_header header;
	uint32_t interface; /* 1..1048575 */
	uint32_t port;
	uint32_t instance;
	uint8_t kind;
	uint8_t enabled;
	uint8_t vlan_mode; /* bridged */
	uint8_t pad;
	uint16_t vlan; /* routed: 0 untagged, else the tag. bridged access: the VLAN. trunk: native VLAN or 0 */
	uint16_t pad2;
	uint32_t mtu4; /* bytes of layer 3, 0: the port's */
	uint32_t mtu6;
	uint32_t pad3;
	char name[64]; /* NAME or NAME.INDEX */
};
_Static_assert(offsetof(struct ring_interface_set, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_interface_set, port) == 36, "layout");
_Static_assert(offsetof(struct ring_interface_set, instance) == 40, "layout");
_Static_assert(offsetof(struct ring_interface_set, kind) == 44, "layout");
_Static_assert(offsetof(struct ring_interface_set, enabled) == 45, "layout");
_Static_assert(offsetof(struct ring_interface_set, vlan_mode) == 46, "layout");
_Static_assert(offsetof(struct ring_interface_set, pad) == 47, "layout");
_Static_assert(offsetof(struct ring_interface_set, vlan) == 48, "layout");
_Static_assert(offsetof(struct ring_interface_set, pad2) == 50, "layout");
_Static_assert(offsetof(struct ring_interface_set, mtu4) == 52, "layout");
_Static_assert(offsetof(struct ring_interface_set, mtu6) == 56, "layout");
_Static_assert(offsetof(struct ring_interface_set, pad3) == 60, "layout");
_Static_assert(offsetof(struct ring_interface_set, name) == 64, "layout");
_Static_assert(sizeof(struct ring_interface_set) == 128, "layout");

struct ring_interface_delete {
	struct ring_header header;
	uint32_t interface;
	uint32_t pad;
};
_Static_assert(offsetof(struct ring_interface_delete, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_interface_delete, pad) == 36, "layout");
_Static_assert(sizeof(struct ring_interface_delete) == 40, "layout");

/* trunk: a VLAN range that the interface carries */
struct ring_vlan_member_set {
	struct ring_header header;
	uint32_t interface;
	uint16_t first;
	uint16_t last;
};
_Static_assert(offsetof(struct ring_vlan_member_set, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_vlan_member_set, first) == 36, "layout");
_Static_assert(offsetof(struct ring_vlan_member_set, last) == 38, "layout");
_Static_assert(sizeof(struct ring_vlan_member_set) == 40, "layout");

struct ring_vlan_member_delete {
	struct ring_header header;
	uint32_t interface;
	uint16_t first;
	uint16_t last;
};
_Static_assert(offsetof(struct ring_vlan_member_delete, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_vlan_member_delete, first) == 36, "layout");
_Static_assert(offsetof(struct ring_vlan_member_delete, last) == 38, "layout");
_Static_assert(sizeof(struct ring_vlan_member_delete) == 40, "layout");

/* an address of a routed interface, and its connected prefix */
struct ring_address_set {
	struct ring_header header;
	uint32_t interface;
	uint8_t family; /* 4 or 6 */
	uint8_t prefix_length;
	uint8_t pad[2];
	uint8_t address[16]; /* IPv4 in the first four bytes */
};
_Static_assert(offsetof(struct ring_address_set, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_address_set, family) == 36, "layout");
_Static_assert(offsetof(struct ring_address_set, prefix_length) == 37, "layout");
_Static_assert(offsetof(struct ring_address_set, pad) == 38, "layout");
_Static_assert(offsetof(struct ring_address_set, address) == 40, "layout");
_Static_assert(sizeof(struct ring_address_set) == 56, "layout");

struct ring_address_delete {
	struct ring_header header;
	uint32_t interface;
	uint8_t family;
	uint8_t prefix_length;
	uint8_t pad[2];
	uint8_t address[16];
};
_Static_assert(offsetof(struct ring_address_delete, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_address_delete, family) == 36, "layout");
_Static_assert(offsetof(struct ring_address_delete, prefix_length) == 37, "layout");
_Static_assert(offsetof(struct ring_address_delete, pad) == 38, "layout");
_Static_assert(offsetof(struct ring_address_delete, address) == 40, "layout");
_Static_assert(sizeof(struct ring_address_delete) == 56, "layout");

/* in a transaction; on a ring with an owner of its own: at once */
struct ring_route_set {
	struct ring_header header;
	uint32_t instance;
	uint8_t family;
	uint8_t prefix_length;
	uint8_t source;
	uint8_t preference;
	uint32_t metric;
	uint32_t next_hops_count; /* at least 1 */
	uint8_t prefix[16];
	struct ring_next_hop next_hops[];
};
_Static_assert(offsetof(struct ring_route_set, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_route_set, family) == 36, "layout");
_Static_assert(offsetof(struct ring_route_set, prefix_length) == 37, "layout");
_Static_assert(offsetof(struct ring_route_set, source) == 38, "layout");
_Static_assert(offsetof(struct ring_route_set, preference) == 39, "layout");
_Static_assert(offsetof(struct ring_route_set, metric) == 40, "layout");
_Static_assert(offsetof(struct ring_route_set, next_hops_count) == 44, "layout");
_Static_assert(offsetof(struct ring_route_set, prefix) == 48, "layout");
_Static_assert(sizeof(struct ring_route_set) == 64, "layout");

struct ring_route_delete {
	struct ring_header header;
	uint32_t instance;
	uint8_t family;
	uint8_t prefix_length;
	uint8_t source;
	uint8_t pad;
	uint8_t prefix[16];
};
_Static_assert(offsetof(struct ring_route_delete, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_route_delete, family) == 36, "layout");
_Static_assert(offsetof(struct ring_route_delete, prefix_length) == 37, "layout");
_Static_assert(offsetof(struct ring_route_delete, source) == 38, "layout");
_Static_assert(offsetof(struct ring_route_delete, pad) == 39, "layout");
_Static_assert(offsetof(struct ring_route_delete, prefix) == 40, "layout");
_Static_assert(sizeof(struct ring_route_delete) == 56, "layout");

/* removes the volatile routes of an owner; the answer's detail: how many */
struct ring_routes_flush {
	struct ring_header header;
	uint32_t instance; /* 0: all */
	uint32_t pad;
};
_Static_assert(offsetof(struct ring_routes_flush, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_routes_flush, pad) == 36, "layout");
_Static_assert(sizeof(struct ring_routes_flush) == 40, "layout");

/* all was told again: what was not, is removed; the answer's detail: how many */
struct ring_routes_synced {
	struct ring_header header;
	uint64_t pad;
};
_Static_assert(offsetof(struct ring_routes_synced, pad) == 32, "layout");
_Static_assert(sizeof(struct ring_routes_synced) == 40, "layout");

struct ring_static_neighbor_set {
	struct ring_header header;
	uint32_t interface;
	uint8_t family;
	uint8_t pad[3];
	uint8_t mac[6];
	uint8_t pad2[2];
	uint8_t address[16];
};
_Static_assert(offsetof(struct ring_static_neighbor_set, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_set, family) == 36, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_set, pad) == 37, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_set, mac) == 40, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_set, pad2) == 46, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_set, address) == 48, "layout");
_Static_assert(sizeof(struct ring_static_neighbor_set) == 64, "layout");

struct ring_static_neighbor_delete {
	struct ring_header header;
	uint32_t interface;
	uint8_t family;
	uint8_t pad[3];
	uint8_t address[16];
};
_Static_assert(offsetof(struct ring_static_neighbor_delete, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_delete, family) == 36, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_delete, pad) == 37, "layout");
_Static_assert(offsetof(struct ring_static_neighbor_delete, address) == 40, "layout");
_Static_assert(sizeof(struct ring_static_neighbor_delete) == 56, "layout");

struct ring_static_fdb_set {
	struct ring_header header;
	uint32_t instance;
	uint16_t vlan;
	uint8_t mac[6];
	uint32_t interface;
};
_Static_assert(offsetof(struct ring_static_fdb_set, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_static_fdb_set, vlan) == 36, "layout");
_Static_assert(offsetof(struct ring_static_fdb_set, mac) == 38, "layout");
_Static_assert(offsetof(struct ring_static_fdb_set, interface) == 44, "layout");
_Static_assert(sizeof(struct ring_static_fdb_set) == 48, "layout");

struct ring_static_fdb_delete {
	struct ring_header header;
	uint32_t instance;
	uint16_t vlan;
	uint8_t mac[6];
	uint32_t pad;
};
_Static_assert(offsetof(struct ring_static_fdb_delete, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_static_fdb_delete, vlan) == 36, "layout");
_Static_assert(offsetof(struct ring_static_fdb_delete, mac) == 38, "layout");
_Static_assert(offsetof(struct ring_static_fdb_delete, pad) == 44, "layout");
_Static_assert(sizeof(struct ring_static_fdb_delete) == 48, "layout");

/* asks for a table, or a part of it */
struct ring_dump {
	struct ring_header header;
	uint32_t instance; /* 0: all */
	uint8_t table;
	uint8_t family; /* 4 or 6: the prefix in that instance alone; 0: all of the table */
	uint8_t prefix_length;
	uint8_t pad;
	uint32_t limit; /* of rows, 0: none */
	uint32_t pad2;
	uint64_t position; /* where an earlier dump stopped, 0: the beginning */
	uint8_t prefix[16];
};
_Static_assert(offsetof(struct ring_dump, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_dump, table) == 36, "layout");
_Static_assert(offsetof(struct ring_dump, family) == 37, "layout");
_Static_assert(offsetof(struct ring_dump, prefix_length) == 38, "layout");
_Static_assert(offsetof(struct ring_dump, pad) == 39, "layout");
_Static_assert(offsetof(struct ring_dump, limit) == 40, "layout");
_Static_assert(offsetof(struct ring_dump, pad2) == 44, "layout");
_Static_assert(offsetof(struct ring_dump, position) == 48, "layout");
_Static_assert(offsetof(struct ring_dump, prefix) == 56, "layout");
_Static_assert(sizeof(struct ring_dump) == 72, "layout");

struct ring_neighbor_entry {
	struct ring_header header;
	uint32_t interface;
	uint8_t family;
	uint8_t state;
	uint8_t mac[6];
	uint32_t age_seconds;
	uint8_t address[16];
};
_Static_assert(offsetof(struct ring_neighbor_entry, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_neighbor_entry, family) == 36, "layout");
_Static_assert(offsetof(struct ring_neighbor_entry, state) == 37, "layout");
_Static_assert(offsetof(struct ring_neighbor_entry, mac) == 38, "layout");
_Static_assert(offsetof(struct ring_neighbor_entry, age_seconds) == 44, "layout");
_Static_assert(offsetof(struct ring_neighbor_entry, address) == 48, "layout");
_Static_assert(sizeof(struct ring_neighbor_entry) == 64, "layout");

struct ring_fdb_entry {
	struct ring_header header;
	uint32_t instance;
	uint32_t interface;
	uint16_t vlan;
	uint8_t mac[6];
	uint32_t age_seconds;
	uint8_t permanent;
	uint8_t pad[3];
};
_Static_assert(offsetof(struct ring_fdb_entry, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_fdb_entry, interface) == 36, "layout");
_Static_assert(offsetof(struct ring_fdb_entry, vlan) == 40, "layout");
_Static_assert(offsetof(struct ring_fdb_entry, mac) == 42, "layout");
_Static_assert(offsetof(struct ring_fdb_entry, age_seconds) == 48, "layout");
_Static_assert(offsetof(struct ring_fdb_entry, permanent) == 52, "layout");
_Static_assert(offsetof(struct ring_fdb_entry, pad) == 53, "layout");
_Static_assert(sizeof(struct ring_fdb_entry) == 56, "layout");

struct ring_port_entry {
	struct ring_header header;
	uint32_t port;
	uint8_t link_up;
	uint8_t running;
	uint8_t pad[2];
	uint32_t mtu;
	uint32_t speed_mbps; /* 0: unknown */
	uint8_t mac[6];
	uint8_t pad2[2];
	uint64_t last_change_nanos; /* CLOCK_REALTIME */
	char name[64];
	char driver_name[32];
};
_Static_assert(offsetof(struct ring_port_entry, port) == 32, "layout");
_Static_assert(offsetof(struct ring_port_entry, link_up) == 36, "layout");
_Static_assert(offsetof(struct ring_port_entry, running) == 37, "layout");
_Static_assert(offsetof(struct ring_port_entry, pad) == 38, "layout");
_Static_assert(offsetof(struct ring_port_entry, mtu) == 40, "layout");
_Static_assert(offsetof(struct ring_port_entry, speed_mbps) == 44, "layout");
_Static_assert(offsetof(struct ring_port_entry, mac) == 48, "layout");
_Static_assert(offsetof(struct ring_port_entry, pad2) == 54, "layout");
_Static_assert(offsetof(struct ring_port_entry, last_change_nanos) == 56, "layout");
_Static_assert(offsetof(struct ring_port_entry, name) == 64, "layout");
_Static_assert(offsetof(struct ring_port_entry, driver_name) == 128, "layout");
_Static_assert(sizeof(struct ring_port_entry) == 160, "layout");

/* a route, connected and local ones included */
struct ring_route_entry {
	struct ring_header header;
	uint32_t instance;
	uint8_t family;
	uint8_t prefix_length;
	uint8_t source;
	uint8_t preference;
	uint32_t metric;
	uint32_t next_hops_count;
	uint8_t active; /* in the FIB */
	uint8_t stale; /* its owner is away, or back and has not told it again */
	uint8_t pad[2];
	uint32_t owner;
	uint8_t prefix[16];
	struct ring_next_hop next_hops[];
};
_Static_assert(offsetof(struct ring_route_entry, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_route_entry, family) == 36, "layout");
_Static_assert(offsetof(struct ring_route_entry, prefix_length) == 37, "layout");
_Static_assert(offsetof(struct ring_route_entry, source) == 38, "layout");
_Static_assert(offsetof(struct ring_route_entry, preference) == 39, "layout");
_Static_assert(offsetof(struct ring_route_entry, metric) == 40, "layout");
_Static_assert(offsetof(struct ring_route_entry, next_hops_count) == 44, "layout");
_Static_assert(offsetof(struct ring_route_entry, active) == 48, "layout");
_Static_assert(offsetof(struct ring_route_entry, stale) == 49, "layout");
_Static_assert(offsetof(struct ring_route_entry, pad) == 50, "layout");
_Static_assert(offsetof(struct ring_route_entry, owner) == 52, "layout");
_Static_assert(offsetof(struct ring_route_entry, prefix) == 56, "layout");
_Static_assert(sizeof(struct ring_route_entry) == 72, "layout");

struct ring_interface_entry {
	struct ring_header header;
	uint32_t interface;
	uint32_t port;
	uint32_t instance;
	uint8_t kind;
	uint8_t enabled;
	uint16_t vlan;
	char name[64];
};
_Static_assert(offsetof(struct ring_interface_entry, interface) == 32, "layout");
_Static_assert(offsetof(struct ring_interface_entry, port) == 36, "layout");
_Static_assert(offsetof(struct ring_interface_entry, instance) == 40, "layout");
_Static_assert(offsetof(struct ring_interface_entry, kind) == 44, "layout");
_Static_assert(offsetof(struct ring_interface_entry, enabled) == 45, "layout");
_Static_assert(offsetof(struct ring_interface_entry, vlan) == 46, "layout");
_Static_assert(offsetof(struct ring_interface_entry, name) == 48, "layout");
_Static_assert(sizeof(struct ring_interface_entry) == 112, "layout");

struct ring_instance_entry {
	struct ring_header header;
	uint32_t instance;
	uint8_t kind;
	uint8_t pad[3];
	char name[64];
};
_Static_assert(offsetof(struct ring_instance_entry, instance) == 32, "layout");
_Static_assert(offsetof(struct ring_instance_entry, kind) == 36, "layout");
_Static_assert(offsetof(struct ring_instance_entry, pad) == 37, "layout");
_Static_assert(offsetof(struct ring_instance_entry, name) == 40, "layout");
_Static_assert(sizeof(struct ring_instance_entry) == 104, "layout");

/* an owner, or what all rings without a grant were refused (owner 0) */
struct ring_owner_entry {
	struct ring_header header;
	uint32_t owner;
	uint32_t scopes; /* mask of enum scope */
	uint32_t stale_seconds;
	uint8_t attached; /* its ring is there */
	uint8_t stale; /* some of its objects may be left from before */
	uint8_t pad[2];
	uint64_t routes;
	uint64_t denied; /* requests refused for want of a scope */
	char name[64];
};
_Static_assert(offsetof(struct ring_owner_entry, owner) == 32, "layout");
_Static_assert(offsetof(struct ring_owner_entry, scopes) == 36, "layout");
_Static_assert(offsetof(struct ring_owner_entry, stale_seconds) == 40, "layout");
_Static_assert(offsetof(struct ring_owner_entry, attached) == 44, "layout");
_Static_assert(offsetof(struct ring_owner_entry, stale) == 45, "layout");
_Static_assert(offsetof(struct ring_owner_entry, pad) == 46, "layout");
_Static_assert(offsetof(struct ring_owner_entry, routes) == 48, "layout");
_Static_assert(offsetof(struct ring_owner_entry, denied) == 56, "layout");
_Static_assert(offsetof(struct ring_owner_entry, name) == 64, "layout");
_Static_assert(sizeof(struct ring_owner_entry) == 128, "layout");

/* the answer's detail: the number of the owner */
struct ring_grant_set {
	struct ring_header header;
	uint8_t token[32]; /* not all zero */
	uint32_t scopes; /* mask of enum scope, without config and grant */
	uint32_t stale_seconds; /* how long objects stay when their owner's ring is gone; 4294967295: for ever */
	char name[64];
};
_Static_assert(offsetof(struct ring_grant_set, token) == 32, "layout");
_Static_assert(offsetof(struct ring_grant_set, scopes) == 64, "layout");
_Static_assert(offsetof(struct ring_grant_set, stale_seconds) == 68, "layout");
_Static_assert(offsetof(struct ring_grant_set, name) == 72, "layout");
_Static_assert(sizeof(struct ring_grant_set) == 136, "layout");

/* closes the ring; the objects go when their time is over */
struct ring_grant_delete {
	struct ring_header header;
	char name[64];
};
_Static_assert(offsetof(struct ring_grant_delete, name) == 32, "layout");
_Static_assert(sizeof(struct ring_grant_delete) == 96, "layout");

struct ring_link_event {
	struct ring_header header;
	uint32_t port;
	uint8_t link_up;
	uint8_t pad[3];
	uint32_t speed_mbps;
	uint32_t pad2;
	uint64_t last_change_nanos;
};
_Static_assert(offsetof(struct ring_link_event, port) == 32, "layout");
_Static_assert(offsetof(struct ring_link_event, link_up) == 36, "layout");
_Static_assert(offsetof(struct ring_link_event, pad) == 37, "layout");
_Static_assert(offsetof(struct ring_link_event, speed_mbps) == 40, "layout");
_Static_assert(offsetof(struct ring_link_event, pad2) == 44, "layout");
_Static_assert(offsetof(struct ring_link_event, last_change_nanos) == 48, "layout");
_Static_assert(sizeof(struct ring_link_event) == 56, "layout");

/* to rings with rib-write or rib-read: read the tables of instances and interfaces again; never lost */
struct ring_names_event {
	struct ring_header header;
	uint64_t names;
	uint64_t removed; /* volatile routes of the ring's owner that went with what they named */
};
_Static_assert(offsetof(struct ring_names_event, names) == 32, "layout");
_Static_assert(offsetof(struct ring_names_event, removed) == 40, "layout");
_Static_assert(sizeof(struct ring_names_event) == 48, "layout");

/* either way, answered by `answer`: latency and liveness */
struct ring_ping {
	struct ring_header header;
	uint64_t value;
};
_Static_assert(offsetof(struct ring_ping, value) == 32, "layout");
_Static_assert(sizeof(struct ring_ping) == 40, "layout");

struct ring_fault_set {
	struct ring_header header;
	uint8_t step;
	uint8_t object; /* none: any */
	uint8_t pad[2];
	uint32_t count; /* how many times, 0: clear */
};
_Static_assert(offsetof(struct ring_fault_set, step) == 32, "layout");
_Static_assert(offsetof(struct ring_fault_set, object) == 33, "layout");
_Static_assert(offsetof(struct ring_fault_set, pad) == 34, "layout");
_Static_assert(offsetof(struct ring_fault_set, count) == 36, "layout");
_Static_assert(sizeof(struct ring_fault_set) == 40, "layout");

/* The name of a message type or an enum's number as in the schema, "?" for any other. */
const char *ring_message_name(unsigned int type);
const char *ring_flag_name(unsigned int number);
const char *ring_error_name(unsigned int number);
const char *ring_object_name(unsigned int number);
const char *ring_scope_name(unsigned int number);
const char *ring_driver_name(unsigned int number);
const char *ring_instance_kind_name(unsigned int number);
const char *ring_interface_kind_name(unsigned int number);
const char *ring_vlan_mode_name(unsigned int number);
const char *ring_next_hop_kind_name(unsigned int number);
const char *ring_route_source_name(unsigned int number);
const char *ring_table_name(unsigned int number);
const char *ring_neighbor_state_name(unsigned int number);
const char *ring_fault_step_name(unsigned int number);

/* Bytes of a message without its array elements; 0 for an unknown type. */
uint32_t ring_message_size(unsigned int type);

/* Checks a message that was copied out of a ring, `bytes` long: that its type is known, that its
 * length is what its type and count say, that texts end in NUL, and that enums and bools hold a
 * number they have. Afterwards every field can be read; ranges and references are yet to be
 * checked. Needs an address aligned to 8. */
enum ring_error ring_message_check(const void *message, size_t bytes);
