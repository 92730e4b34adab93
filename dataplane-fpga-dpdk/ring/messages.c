/* Written from ring.msg by Generate.java; change those and run `make generate`. */
#include <stdbool.h>

#include "messages.h"

const char *ring_message_name(unsigned int type) {
	switch (type) {
	case RING_HELLO:
		return "hello";
	case RING_WELCOME:
		return "welcome";
	case RING_ANSWER:
		return "answer";
	case RING_BEGIN:
		return "begin";
	case RING_PREPARE:
		return "prepare";
	case RING_COMMIT:
		return "commit";
	case RING_ABORT:
		return "abort";
	case RING_PORT_SET:
		return "port-set";
	case RING_PORT_DELETE:
		return "port-delete";
	case RING_INSTANCE_SET:
		return "instance-set";
	case RING_INSTANCE_DELETE:
		return "instance-delete";
	case RING_INTERFACE_SET:
		return "interface-set";
	case RING_INTERFACE_DELETE:
		return "interface-delete";
	case RING_VLAN_MEMBER_SET:
		return "vlan-member-set";
	case RING_VLAN_MEMBER_DELETE:
		return "vlan-member-delete";
	case RING_ADDRESS_SET:
		return "address-set";
	case RING_ADDRESS_DELETE:
		return "address-delete";
	case RING_ROUTE_SET:
		return "route-set";
	case RING_ROUTE_DELETE:
		return "route-delete";
	case RING_ROUTES_FLUSH:
		return "routes-flush";
	case RING_ROUTES_SYNCED:
		return "routes-synced";
	case RING_STATIC_NEIGHBOR_SET:
		return "static-neighbor-set";
	case RING_STATIC_NEIGHBOR_DELETE:
		return "static-neighbor-delete";
	case RING_STATIC_FDB_SET:
		return "static-fdb-set";
	case RING_STATIC_FDB_DELETE:
		return "static-fdb-delete";
	case RING_DUMP:
		return "dump";
	case RING_NEIGHBOR_ENTRY:
		return "neighbor-entry";
	case RING_FDB_ENTRY:
		return "fdb-entry";
	case RING_PORT_ENTRY:
		return "port-entry";
	case RING_ROUTE_ENTRY:
		return "route-entry";
	case RING_INTERFACE_ENTRY:
		return "interface-entry";
	case RING_INSTANCE_ENTRY:
		return "instance-entry";
	case RING_OWNER_ENTRY:
		return "owner-entry";
	case RING_GRANT_SET:
		return "grant-set";
	case RING_GRANT_DELETE:
		return "grant-delete";
	case RING_LINK_EVENT:
		return "link-event";
	case RING_NAMES_EVENT:
		return "names-event";
	case RING_PING:
		return "ping";
	case RING_FAULT_SET:
		return "fault-set";
	default:
		return "?";
	}
}

const char *ring_flag_name(unsigned int number) {
	switch (number) {
	case RING_FLAG_QUIET:
		return "quiet";
	case RING_FLAG_STRICT:
		return "strict";
	default:
		return "?";
	}
}

const char *ring_error_name(unsigned int number) {
	switch (number) {
	case RING_ERROR_OK:
		return "ok";
	case RING_ERROR_UNKNOWN_MESSAGE:
		return "unknown-message";
	case RING_ERROR_MALFORMED:
		return "malformed";
	case RING_ERROR_NO_TRANSACTION:
		return "no-transaction";
	case RING_ERROR_IN_TRANSACTION:
		return "in-transaction";
	case RING_ERROR_IN_USE:
		return "in-use";
	case RING_ERROR_UNKNOWN_OBJECT:
		return "unknown-object";
	case RING_ERROR_NO_RESOURCE:
		return "no-resource";
	case RING_ERROR_NOT_SUPPORTED:
		return "not-supported";
	case RING_ERROR_DEVICE_FAILED:
		return "device-failed";
	case RING_ERROR_FAULT:
		return "fault";
	case RING_ERROR_DENIED:
		return "denied";
	case RING_ERROR_MANAGEMENT_PORT:
		return "management-port";
	case RING_ERROR_NOT_RESTORED:
		return "not-restored";
	case RING_ERROR_EXISTS:
		return "exists";
	case RING_ERROR_MISSING:
		return "missing";
	case RING_ERROR_STALE_NAMES:
		return "stale-names";
	default:
		return "?";
	}
}

const char *ring_object_name(unsigned int number) {
	switch (number) {
	case RING_OBJECT_NONE:
		return "none";
	case RING_OBJECT_PORT:
		return "port";
	case RING_OBJECT_INTERFACE:
		return "interface";
	case RING_OBJECT_INSTANCE:
		return "instance";
	case RING_OBJECT_VLAN_MEMBER:
		return "vlan-member";
	case RING_OBJECT_ADDRESS:
		return "address";
	case RING_OBJECT_ROUTE:
		return "route";
	case RING_OBJECT_STATIC_NEIGHBOR:
		return "static-neighbor";
	case RING_OBJECT_STATIC_FDB:
		return "static-fdb";
	default:
		return "?";
	}
}

const char *ring_scope_name(unsigned int number) {
	switch (number) {
	case RING_SCOPE_CONFIG:
		return "config";
	case RING_SCOPE_GRANT:
		return "grant";
	case RING_SCOPE_RIB_WRITE:
		return "rib-write";
	case RING_SCOPE_RIB_READ:
		return "rib-read";
	case RING_SCOPE_STATE_READ:
		return "state-read";
	default:
		return "?";
	}
}

const char *ring_driver_name(unsigned int number) {
	switch (number) {
	case RING_DRIVER_AF_PACKET:
		return "af-packet";
	case RING_DRIVER_TAP:
		return "tap";
	case RING_DRIVER_MEMIF:
		return "memif";
	case RING_DRIVER_NULL:
		return "null";
	case RING_DRIVER_PCAP:
		return "pcap";
	case RING_DRIVER_PCI:
		return "pci";
	case RING_DRIVER_AF_XDP:
		return "af-xdp";
	default:
		return "?";
	}
}

const char *ring_instance_kind_name(unsigned int number) {
	switch (number) {
	case RING_INSTANCE_KIND_L3:
		return "l3";
	case RING_INSTANCE_KIND_L2:
		return "l2";
	default:
		return "?";
	}
}

const char *ring_interface_kind_name(unsigned int number) {
	switch (number) {
	case RING_INTERFACE_KIND_ROUTED:
		return "routed";
	case RING_INTERFACE_KIND_BRIDGED:
		return "bridged";
	default:
		return "?";
	}
}

const char *ring_vlan_mode_name(unsigned int number) {
	switch (number) {
	case RING_VLAN_MODE_ANY:
		return "any";
	case RING_VLAN_MODE_ACCESS:
		return "access";
	case RING_VLAN_MODE_TRUNK:
		return "trunk";
	default:
		return "?";
	}
}

const char *ring_next_hop_kind_name(unsigned int number) {
	switch (number) {
	case RING_NEXT_HOP_KIND_GATEWAY:
		return "gateway";
	case RING_NEXT_HOP_KIND_CONNECTED:
		return "connected";
	case RING_NEXT_HOP_KIND_BLACKHOLE:
		return "blackhole";
	case RING_NEXT_HOP_KIND_REJECT:
		return "reject";
	default:
		return "?";
	}
}

const char *ring_route_source_name(unsigned int number) {
	switch (number) {
	case RING_ROUTE_SOURCE_CONNECTED:
		return "connected";
	case RING_ROUTE_SOURCE_STATIC:
		return "static";
	case RING_ROUTE_SOURCE_OTHER:
		return "other";
	case RING_ROUTE_SOURCE_RIP:
		return "rip";
	case RING_ROUTE_SOURCE_ISIS:
		return "isis";
	case RING_ROUTE_SOURCE_OSPF:
		return "ospf";
	case RING_ROUTE_SOURCE_BGP:
		return "bgp";
	case RING_ROUTE_SOURCE_LOCAL:
		return "local";
	default:
		return "?";
	}
}

const char *ring_table_name(unsigned int number) {
	switch (number) {
	case RING_TABLE_NEIGHBOR_TABLE:
		return "neighbor-table";
	case RING_TABLE_FDB_TABLE:
		return "fdb-table";
	case RING_TABLE_PORT_TABLE:
		return "port-table";
	case RING_TABLE_ROUTE_TABLE:
		return "route-table";
	case RING_TABLE_RIB_TABLE:
		return "rib-table";
	case RING_TABLE_INTERFACE_TABLE:
		return "interface-table";
	case RING_TABLE_INSTANCE_TABLE:
		return "instance-table";
	case RING_TABLE_OWNER_TABLE:
		return "owner-table";
	default:
		return "?";
	}
}

const char *ring_neighbor_state_name(unsigned int number) {
	switch (number) {
	case RING_NEIGHBOR_STATE_INCOMPLETE:
		return "incomplete";
	case RING_NEIGHBOR_STATE_REACHABLE:
		return "reachable";
	case RING_NEIGHBOR_STATE_STALE:
		return "stale";
	case RING_NEIGHBOR_STATE_DELAY:
		return "delay";
	case RING_NEIGHBOR_STATE_PROBE:
		return "probe";
	case RING_NEIGHBOR_STATE_PERMANENT:
		return "permanent";
	default:
		return "?";
	}
}

const char *ring_fault_step_name(unsigned int number) {
	switch (number) {
	case RING_FAULT_STEP_IN_PREPARE:
		return "in-prepare";
	case RING_FAULT_STEP_IN_APPLY:
		return "in-apply";
	case RING_FAULT_STEP_IN_FLIP:
		return "in-flip";
	case RING_FAULT_STEP_CRASH_IN_APPLY:
		return "crash-in-apply";
	case RING_FAULT_STEP_STALL_IN_APPLY:
		return "stall-in-apply";
	default:
		return "?";
	}
}

uint32_t ring_message_size(unsigned int type) {
	switch (type) {
	case RING_HELLO:
		return sizeof(struct ring_hello);
	case RING_WELCOME:
		return sizeof(struct ring_welcome);
	case RING_ANSWER:
		return sizeof(struct ring_answer);
	case RING_BEGIN:
		return sizeof(struct ring_begin);
	case RING_PREPARE:
		return sizeof(struct ring_prepare);
	case RING_COMMIT:
		return sizeof(struct ring_commit);
	case RING_ABORT:
		return sizeof(struct ring_abort);
	case RING_PORT_SET:
		return sizeof(struct ring_port_set);
	case RING_PORT_DELETE:
		return sizeof(struct ring_port_delete);
	case RING_INSTANCE_SET:
		return sizeof(struct ring_instance_set);
	case RING_INSTANCE_DELETE:
		return sizeof(struct ring_instance_delete);
	case RING_INTERFACE_SET:
		return sizeof(struct ring_interface_set);
	case RING_INTERFACE_DELETE:
		return sizeof(struct ring_interface_delete);
	case RING_VLAN_MEMBER_SET:
		return sizeof(struct ring_vlan_member_set);
	case RING_VLAN_MEMBER_DELETE:
		return sizeof(struct ring_vlan_member_delete);
	case RING_ADDRESS_SET:
		return sizeof(struct ring_address_set);
	case RING_ADDRESS_DELETE:
		return sizeof(struct ring_address_delete);
	case RING_ROUTE_SET:
		return sizeof(struct ring_route_set);
	case RING_ROUTE_DELETE:
		return sizeof(struct ring_route_delete);
	case RING_ROUTES_FLUSH:
		return sizeof(struct ring_routes_flush);
	case RING_ROUTES_SYNCED:
		return sizeof(struct ring_routes_synced);
	case RING_STATIC_NEIGHBOR_SET:
		return sizeof(struct ring_static_neighbor_set);
	case RING_STATIC_NEIGHBOR_DELETE:
		return sizeof(struct ring_static_neighbor_delete);
	case RING_STATIC_FDB_SET:
		return sizeof(struct ring_static_fdb_set);
	case RING_STATIC_FDB_DELETE:
		return sizeof(struct ring_static_fdb_delete);
	case RING_DUMP:
		return sizeof(struct ring_dump);
	case RING_NEIGHBOR_ENTRY:
		return sizeof(struct ring_neighbor_entry);
	case RING_FDB_ENTRY:
		return sizeof(struct ring_fdb_entry);
	case RING_PORT_ENTRY:
		return sizeof(struct ring_port_entry);
	case RING_ROUTE_ENTRY:
		return sizeof(struct ring_route_entry);
	case RING_INTERFACE_ENTRY:
		return sizeof(struct ring_interface_entry);
	case RING_INSTANCE_ENTRY:
		return sizeof(struct ring_instance_entry);
	case RING_OWNER_ENTRY:
		return sizeof(struct ring_owner_entry);
	case RING_GRANT_SET:
		return sizeof(struct ring_grant_set);
	case RING_GRANT_DELETE:
		return sizeof(struct ring_grant_delete);
	case RING_LINK_EVENT:
		return sizeof(struct ring_link_event);
	case RING_NAMES_EVENT:
		return sizeof(struct ring_names_event);
	case RING_PING:
		return sizeof(struct ring_ping);
	case RING_FAULT_SET:
		return sizeof(struct ring_fault_set);
	default:
		return 0;
	}
}

static inline bool is_flag(uint8_t number) {
	switch (number) {
	case RING_FLAG_QUIET:
	case RING_FLAG_STRICT:
		return true;
	default:
		return false;
	}
}

static inline bool is_error(uint8_t number) {
	switch (number) {
	case RING_ERROR_OK:
	case RING_ERROR_UNKNOWN_MESSAGE:
	case RING_ERROR_MALFORMED:
	case RING_ERROR_NO_TRANSACTION:
	case RING_ERROR_IN_TRANSACTION:
	case RING_ERROR_IN_USE:
	case RING_ERROR_UNKNOWN_OBJECT:
	case RING_ERROR_NO_RESOURCE:
	case RING_ERROR_NOT_SUPPORTED:
	case RING_ERROR_DEVICE_FAILED:
	case RING_ERROR_FAULT:
	case RING_ERROR_DENIED:
	case RING_ERROR_MANAGEMENT_PORT:
	case RING_ERROR_NOT_RESTORED:
	case RING_ERROR_EXISTS:
	case RING_ERROR_MISSING:
	case RING_ERROR_STALE_NAMES:
		return true;
	default:
		return false;
	}
}

static inline bool is_object(uint8_t number) {
	switch (number) {
	case RING_OBJECT_NONE:
	case RING_OBJECT_PORT:
	case RING_OBJECT_INTERFACE:
	case RING_OBJECT_INSTANCE:
	case RING_OBJECT_VLAN_MEMBER:
	case RING_OBJECT_ADDRESS:
	case RING_OBJECT_ROUTE:
	case RING_OBJECT_STATIC_NEIGHBOR:
	case RING_OBJECT_STATIC_FDB:
		return true;
	default:
		return false;
	}
}

static inline bool is_scope(uint8_t number) {
	switch (number) {
	case RING_SCOPE_CONFIG:
	case RING_SCOPE_GRANT:
	case RING_SCOPE_RIB_WRITE:
	case RING_SCOPE_RIB_READ:
	case RING_SCOPE_STATE_READ:
		return true;
	default:
		return false;
	}
}

static inline bool is_driver(uint8_t number) {
	switch (number) {
	case RING_DRIVER_AF_PACKET:
	case RING_DRIVER_TAP:
	case RING_DRIVER_MEMIF:
	case RING_DRIVER_NULL:
	case RING_DRIVER_PCAP:
	case RING_DRIVER_PCI:
	case RING_DRIVER_AF_XDP:
		return true;
	default:
		return false;
	}
}

static inline bool is_instance_kind(uint8_t number) {
	switch (number) {
	case RING_INSTANCE_KIND_L3:
	case RING_INSTANCE_KIND_L2:
		return true;
	default:
		return false;
	}
}

static inline bool is_interface_kind(uint8_t number) {
	switch (number) {
	case RING_INTERFACE_KIND_ROUTED:
	case RING_INTERFACE_KIND_BRIDGED:
		return true;
	default:
		return false;
	}
}

static inline bool is_vlan_mode(uint8_t number) {
	switch (number) {
	case RING_VLAN_MODE_ANY:
	case RING_VLAN_MODE_ACCESS:
	case RING_VLAN_MODE_TRUNK:
		return true;
	default:
		return false;
	}
}

static inline bool is_next_hop_kind(uint8_t number) {
	switch (number) {
	case RING_NEXT_HOP_KIND_GATEWAY:
	case RING_NEXT_HOP_KIND_CONNECTED:
	case RING_NEXT_HOP_KIND_BLACKHOLE:
	case RING_NEXT_HOP_KIND_REJECT:
		return true;
	default:
		return false;
	}
}

static inline bool is_route_source(uint8_t number) {
	switch (number) {
	case RING_ROUTE_SOURCE_CONNECTED:
	case RING_ROUTE_SOURCE_STATIC:
	case RING_ROUTE_SOURCE_OTHER:
	case RING_ROUTE_SOURCE_RIP:
	case RING_ROUTE_SOURCE_ISIS:
	case RING_ROUTE_SOURCE_OSPF:
	case RING_ROUTE_SOURCE_BGP:
	case RING_ROUTE_SOURCE_LOCAL:
		return true;
	default:
		return false;
	}
}

static inline bool is_table(uint8_t number) {
	switch (number) {
	case RING_TABLE_NEIGHBOR_TABLE:
	case RING_TABLE_FDB_TABLE:
	case RING_TABLE_PORT_TABLE:
	case RING_TABLE_ROUTE_TABLE:
	case RING_TABLE_RIB_TABLE:
	case RING_TABLE_INTERFACE_TABLE:
	case RING_TABLE_INSTANCE_TABLE:
	case RING_TABLE_OWNER_TABLE:
		return true;
	default:
		return false;
	}
}

static inline bool is_neighbor_state(uint8_t number) {
	switch (number) {
	case RING_NEIGHBOR_STATE_INCOMPLETE:
	case RING_NEIGHBOR_STATE_REACHABLE:
	case RING_NEIGHBOR_STATE_STALE:
	case RING_NEIGHBOR_STATE_DELAY:
	case RING_NEIGHBOR_STATE_PROBE:
	case RING_NEIGHBOR_STATE_PERMANENT:
		return true;
	default:
		return false;
	}
}

static inline bool is_fault_step(uint8_t number) {
	switch (number) {
	case RING_FAULT_STEP_IN_PREPARE:
	case RING_FAULT_STEP_IN_APPLY:
	case RING_FAULT_STEP_IN_FLIP:
	case RING_FAULT_STEP_CRASH_IN_APPLY:
	case RING_FAULT_STEP_STALL_IN_APPLY:
		return true;
	default:
		return false;
	}
}

static inline bool check_next_hop(const struct ring_next_hop *m) {
	return is_next_hop_kind(m->kind);
}

static inline bool check_hello(const struct ring_hello *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->client[31] == '\0';
}

static inline bool check_welcome(const struct ring_welcome *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->hugepages <= 1
		&& m->faults <= 1
		&& m->kept <= 1
		&& m->version[63] == '\0';
}

static inline bool check_answer(const struct ring_answer *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_error(m->error)
		&& is_object(m->object)
		&& m->text[127] == '\0';
}

static inline bool check_begin(const struct ring_begin *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->replace <= 1;
}

static inline bool check_prepare(const struct ring_prepare *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_commit(const struct ring_commit *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_abort(const struct ring_abort *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_port_set(const struct ring_port_set *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_driver(m->driver)
		&& m->enabled <= 1
		&& m->promiscuous <= 1
		&& m->name[63] == '\0'
		&& m->device[63] == '\0'
		&& m->arguments[255] == '\0';
}

static inline bool check_port_delete(const struct ring_port_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_instance_set(const struct ring_instance_set *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_instance_kind(m->kind)
		&& m->mac_learning <= 1
		&& m->name[63] == '\0';
}

static inline bool check_instance_delete(const struct ring_instance_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_interface_set(const struct ring_interface_set *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_interface_kind(m->kind)
		&& m->enabled <= 1
		&& is_vlan_mode(m->vlan_mode)
		&& m->name[63] == '\0';
}

static inline bool check_interface_delete(const struct ring_interface_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_vlan_member_set(const struct ring_vlan_member_set *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_vlan_member_delete(const struct ring_vlan_member_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_address_set(const struct ring_address_set *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_address_delete(const struct ring_address_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_route_set(const struct ring_route_set *m, size_t bytes) {
	if (!(bytes == sizeof(*m) + (size_t)m->next_hops_count * sizeof(m->next_hops[0])
		&& is_route_source(m->source)))
		return false;
	for (uint32_t i = 0; i < m->next_hops_count; i++) {
		if (!check_next_hop(&m->next_hops[i]))
			return false;
	}
	return true;
}

static inline bool check_route_delete(const struct ring_route_delete *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_route_source(m->source);
}

static inline bool check_routes_flush(const struct ring_routes_flush *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_routes_synced(const struct ring_routes_synced *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_static_neighbor_set(const struct ring_static_neighbor_set *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_static_neighbor_delete(const struct ring_static_neighbor_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_static_fdb_set(const struct ring_static_fdb_set *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_static_fdb_delete(const struct ring_static_fdb_delete *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_dump(const struct ring_dump *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_table(m->table);
}

static inline bool check_neighbor_entry(const struct ring_neighbor_entry *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_neighbor_state(m->state);
}

static inline bool check_fdb_entry(const struct ring_fdb_entry *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->permanent <= 1;
}

static inline bool check_port_entry(const struct ring_port_entry *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->link_up <= 1
		&& m->running <= 1
		&& m->name[63] == '\0'
		&& m->driver_name[31] == '\0';
}

static inline bool check_route_entry(const struct ring_route_entry *m, size_t bytes) {
	if (!(bytes == sizeof(*m) + (size_t)m->next_hops_count * sizeof(m->next_hops[0])
		&& is_route_source(m->source)
		&& m->active <= 1
		&& m->stale <= 1))
		return false;
	for (uint32_t i = 0; i < m->next_hops_count; i++) {
		if (!check_next_hop(&m->next_hops[i]))
			return false;
	}
	return true;
}

static inline bool check_interface_entry(const struct ring_interface_entry *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_interface_kind(m->kind)
		&& m->enabled <= 1
		&& m->name[63] == '\0';
}

static inline bool check_instance_entry(const struct ring_instance_entry *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_instance_kind(m->kind)
		&& m->name[63] == '\0';
}

static inline bool check_owner_entry(const struct ring_owner_entry *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->attached <= 1
		&& m->stale <= 1
		&& m->name[63] == '\0';
}

static inline bool check_grant_set(const struct ring_grant_set *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->name[63] == '\0';
}

static inline bool check_grant_delete(const struct ring_grant_delete *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->name[63] == '\0';
}

static inline bool check_link_event(const struct ring_link_event *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& m->link_up <= 1;
}

static inline bool check_names_event(const struct ring_names_event *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_ping(const struct ring_ping *m, size_t bytes) {
	return bytes == sizeof(*m);
}

static inline bool check_fault_set(const struct ring_fault_set *m, size_t bytes) {
	return bytes == sizeof(*m)
		&& is_fault_step(m->step)
		&& is_object(m->object);
}

enum ring_error ring_message_check(const void *message, size_t bytes) {
	const struct ring_header *header = message;

	if (bytes < sizeof(*header) || header->length != bytes)
		return RING_ERROR_MALFORMED;
	uint32_t size = ring_message_size(header->type);
	if (size == 0)
		return RING_ERROR_UNKNOWN_MESSAGE;
	if (bytes < size)
		return RING_ERROR_MALFORMED;

	bool ok;
	switch (header->type) {
	case RING_HELLO:
		ok = check_hello(message, bytes);
		break;
	case RING_WELCOME:
		ok = check_welcome(message, bytes);
		break;
	case RING_ANSWER:
		ok = check_answer(message, bytes);
		break;
	case RING_BEGIN:
		ok = check_begin(message, bytes);
		break;
	case RING_PREPARE:
		ok = check_prepare(message, bytes);
		break;
	case RING_COMMIT:
		ok = check_commit(message, bytes);
		break;
	case RING_ABORT:
		ok = check_abort(message, bytes);
		break;
	case RING_PORT_SET:
		ok = check_port_set(message, bytes);
		break;
	case RING_PORT_DELETE:
		ok = check_port_delete(message, bytes);
		break;
	case RING_INSTANCE_SET:
		ok = check_instance_set(message, bytes);
		break;
	case RING_INSTANCE_DELETE:
		ok = check_instance_delete(message, bytes);
		break;
	case RING_INTERFACE_SET:
		ok = check_interface_set(message, bytes);
		break;
	case RING_INTERFACE_DELETE:
		ok = check_interface_delete(message, bytes);
		break;
	case RING_VLAN_MEMBER_SET:
		ok = check_vlan_member_set(message, bytes);
		break;
	case RING_VLAN_MEMBER_DELETE:
		ok = check_vlan_member_delete(message, bytes);
		break;
	case RING_ADDRESS_SET:
		ok = check_address_set(message, bytes);
		break;
	case RING_ADDRESS_DELETE:
		ok = check_address_delete(message, bytes);
		break;
	case RING_ROUTE_SET:
		ok = check_route_set(message, bytes);
		break;
	case RING_ROUTE_DELETE:
		ok = check_route_delete(message, bytes);
		break;
	case RING_ROUTES_FLUSH:
		ok = check_routes_flush(message, bytes);
		break;
	case RING_ROUTES_SYNCED:
		ok = check_routes_synced(message, bytes);
		break;
	case RING_STATIC_NEIGHBOR_SET:
		ok = check_static_neighbor_set(message, bytes);
		break;
	case RING_STATIC_NEIGHBOR_DELETE:
		ok = check_static_neighbor_delete(message, bytes);
		break;
	case RING_STATIC_FDB_SET:
		ok = check_static_fdb_set(message, bytes);
		break;
	case RING_STATIC_FDB_DELETE:
		ok = check_static_fdb_delete(message, bytes);
		break;
	case RING_DUMP:
		ok = check_dump(message, bytes);
		break;
	case RING_NEIGHBOR_ENTRY:
		ok = check_neighbor_entry(message, bytes);
		break;
	case RING_FDB_ENTRY:
		ok = check_fdb_entry(message, bytes);
		break;
	case RING_PORT_ENTRY:
		ok = check_port_entry(message, bytes);
		break;
	case RING_ROUTE_ENTRY:
		ok = check_route_entry(message, bytes);
		break;
	case RING_INTERFACE_ENTRY:
		ok = check_interface_entry(message, bytes);
		break;
	case RING_INSTANCE_ENTRY:
		ok = check_instance_entry(message, bytes);
		break;
	case RING_OWNER_ENTRY:
		ok = check_owner_entry(message, bytes);
		break;
	case RING_GRANT_SET:
		ok = check_grant_set(message, bytes);
		break;
	case RING_GRANT_DELETE:
		ok = check_grant_delete(message, bytes);
		break;
	case RING_LINK_EVENT:
		ok = check_link_event(message, bytes);
		break;
	case RING_NAMES_EVENT:
		ok = check_names_event(message, bytes);
		break;
	case RING_PING:
		ok = check_ping(message, bytes);
		break;
	case RING_FAULT_SET:
		ok = check_fault_set(message, bytes);
		break;
	default:
		ok = false;
	}
	return ok ? RING_ERROR_OK : RING_ERROR_MALFORMED;
}
