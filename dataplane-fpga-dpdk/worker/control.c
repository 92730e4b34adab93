#include "control.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "datapath.h"
#include "feature.h"
#include "netlink.h"
#include "owner.h"
#include "port.h"
#include "ring/handover.h"
#include "segment.h"
#include "transaction.h"

#define MAX_CLIENTS 64
#define MAX_STRANGERS 48    // clients of other users
#define GREET_MILLIS 3000   // within which a client says hello
#define QUANTUM 64	    // requests of one client before the next has its turn
#define ANSWER_SLOTS 8	    // free slots that a request needs before it is taken
#define IDLE_TURNS 20	    // of sched_yield before the thread blocks
#define TICK_MILLIS 100	    // heartbeats, links without netlink
#define ERRORS_EVERY 10	    // ticks

struct reply {
	uint64_t correlation;
	uint64_t rows;
	uint32_t limit; // of them, 0: none
	uint64_t position;
	struct wanted wanted; // table 0: nothing is being read
};

// A flush, or the sweep after routes-synced.
struct removal {
	uint64_t correlation;
	uint8_t type; // of the request, 0: none is under way
	struct rib_sweep sweep;
};

struct client {
	bool used;
	bool greeted;
	struct ring_peer peer;
	char name[32];
	uint64_t greet_until;
	uint32_t scopes;
	struct owner *owner; // NULL: the configuration
	uint64_t refused; // bit n: requests of type n, so far
	uint64_t owned;	  // objects when the open transaction began
	uint64_t removed; // of them, since names were told last
	bool names_changed; // and the client is still to be told
	struct reply reply;
	struct removal removal;
};

// Messages of one client that change volatile objects together.
static struct {
	unsigned n;
	size_t used;
	const struct ring_header *messages[QUANTUM];
	struct failure results[QUANTUM];
	uint8_t bytes[4 * RING_MESSAGE_MAX] __attribute__((aligned(8)));
} run;
static uint64_t denied_without_grant;

static struct client clients[MAX_CLIENTS];
static const struct control_settings *settings;
static uint64_t instance;
static int epoll_fd = -1, listen_fd = -1, signal_fd = -1, link_fd = -1;
static struct timer tick_timer;
static bool leaving;

// --- answers -------------------------------------------------------------------------------------

static bool send_message(struct client *c, struct ring_header *message) {
	int error = ring_offer(&c->peer.replies, message, message->length);

	if (error < 0 && error != -EAGAIN)
		log_error("client %s: a reply of %u bytes: %s", c->name, message->length,
			  strerror(-error));
	return error == 0;
}

static void answer_at(
	struct client *c, uint64_t correlation, const struct failure *f, uint64_t detail, uint64_t id
) {
	struct ring_answer a = {
		.header = {
			.type = RING_ANSWER,
			.length = sizeof(a),
			.correlation = correlation,
			.generation = face_current()->generation,
		},
		.object_id = id,
		.detail = detail,
	};

	if (f != NULL) {
		a.error = f->error;
		a.object = f->object;
		a.object_id = f->object_id;
		a.detail = f->detail;
		snprintf(a.text, sizeof(a.text), "%s", f->text);
		log_debug("client %s: %s: %s", c->name, ring_error_name(f->error), f->text);
	}
	send_message(c, &a.header);
}

static void answer(struct client *c, uint64_t correlation, const struct failure *f, uint64_t detail) {
	answer_at(c, correlation, f, detail, 0);
}

static void welcome(struct client *c, const struct ring_hello *hello) {
	struct ring_welcome w = {
		.header = {
			.type = RING_WELCOME,
			.length = sizeof(w),
			.correlation = hello->header.correlation,
		},
		.protocol = 1,
		.pid = getpid(),
		.instance = instance,
		.running_generation = face_current()->generation,
		.max_ports = RTE_MAX_ETHPORTS,
		.cores = thread_count(),
		.hugepages = settings->hugepages,
		.faults = settings->faults,
		.kept = c->owner != NULL && owner_attach(c->owner, c),
		.owner = c->owner != NULL ? c->owner->number : OWNER_CONFIGURATION,
		.scopes = c->scopes,
		.names = transaction_names(),
		.version = WORKER_VERSION,
	};

	c->greeted = true;
	snprintf(c->name, sizeof(c->name), "%s", hello->client);
	log_info("client %s (pid %d) connected", c->name, c->peer.pid);
	send_message(c, &w.header);
}

// --- reading tables ------------------------------------------------------------------------------

static struct client *client_of(struct reply *reply) {
	return (struct client *)((char *)reply - offsetof(struct client, reply));
}

static bool reply_full(const struct reply *reply) {
	return reply->limit != 0 && reply->rows >= reply->limit;
}

bool reply_room(struct reply *reply, unsigned rows) {
	// One more for the answer behind the last row.
	return !(rows > 0 && reply_full(reply))
		&& ring_has_room(
			&client_of(reply)->peer.replies,
			(size_t)(rows + 1) * RING_CONTROL_SLOT - sizeof(uint64_t)
		);
}

bool reply_row(struct reply *reply, struct ring_header *row) {
	row->correlation = reply->correlation;
	row->generation = face_current()->generation;
	if (reply_full(reply) || !send_message(client_of(reply), row))
		return false;
	reply->rows++;
	return true;
}

static int dump_ports(struct reply *reply, uint64_t *position) {
	const struct face *face = face_current();

	for (; *position < MAX_PORT_SLOTS; ++*position) {
		const struct port *p = port_live(*position);
		struct ring_port_entry row = {
			.header = {.type = RING_PORT_ENTRY, .length = sizeof(row)}};
		const char *driver = NULL;
		struct rte_eth_dev_info info;

		if (p == NULL || !face->ports[*position].present)
			continue;
		if (!reply_room(reply, 1))
			return 1;
		if (rte_eth_dev_info_get(p->ethdev, &info) == 0)
			driver = info.driver_name;
		row.port = p->setup.config.o.id;
		row.link_up = p->link_up;
		row.running = p->started && p->setup.config.enabled;
		row.mtu = p->setup.config.mtu;
		row.speed_mbps = p->speed_mbps;
		row.last_change_nanos = p->last_change;
		memcpy(row.mac, p->mac.addr_bytes, 6);
		snprintf(row.name, sizeof(row.name), "%s", p->setup.config.name);
		snprintf(row.driver_name, sizeof(row.driver_name), "%.31s", driver ? driver : "");
		reply_row(reply, &row.header);
	}
	return 0;
}

static int dump_interfaces(struct reply *reply, uint64_t *position) {
	const struct object_list *list = &face_current()->config.interfaces;

	for (; *position < list->count; ++*position) {
		const struct config_interface *i = (const void *)list->by_id[*position];
		struct ring_interface_entry row = {
			.header = {.type = RING_INTERFACE_ENTRY, .length = sizeof(row)},
			.interface = i->o.id,
			.port = i->port,
			.instance = i->instance,
			.kind = i->kind,
			.enabled = i->enabled,
			.vlan = i->vlan,
		};

		if (reply->wanted.instance != 0 && reply->wanted.instance != i->instance)
			continue;
		snprintf(row.name, sizeof(row.name), "%s", i->name);
		if (!reply_room(reply, 1) || !reply_row(reply, &row.header))
			return 1;
	}
	return 0;
}

static int dump_instances(struct reply *reply, uint64_t *position) {
	const struct object_list *list = &face_current()->config.instances;

	for (; *position < list->count; ++*position) {
		const struct config_instance *i = (const void *)list->by_id[*position];
		struct ring_instance_entry row = {
			.header = {.type = RING_INSTANCE_ENTRY, .length = sizeof(row)},
			.instance = i->o.id,
			.kind = i->kind,
		};

		snprintf(row.name, sizeof(row.name), "%s", i->name);
		if (!reply_room(reply, 1) || !reply_row(reply, &row.header))
			return 1;
	}
	return 0;
}

static int dump_owners(struct reply *reply, uint64_t *position) {
	struct ring_owner_entry nobody = {
		.header = {.type = RING_OWNER_ENTRY, .length = sizeof(nobody)},
		.denied = denied_without_grant,
	};

	if (*position == 0) {
		if (!reply_room(reply, 1) || !reply_row(reply, &nobody.header))
			return 1;
		++*position;
	}
	for (; *position <= MAX_OWNERS; ++*position) {
		const struct owner *o = owner_at(*position - 1);
		struct ring_owner_entry row = {
			.header = {.type = RING_OWNER_ENTRY, .length = sizeof(row)}};

		if (o == NULL)
			continue;
		row.owner = o->number;
		row.scopes = o->scopes;
		row.stale_seconds = o->stale_seconds;
		row.attached = o->holder != NULL;
		row.routes = owner_objects(o->number);
		row.stale = row.routes > 0 && (o->holder == NULL || o->due != 0);
		row.denied = o->denied;
		snprintf(row.name, sizeof(row.name), "%s", o->name);
		if (!reply_room(reply, 1) || !reply_row(reply, &row.header))
			return 1;
	}
	return 0;
}

static int dump_some(struct reply *reply) {
	uint8_t table = reply->wanted.table;

	switch (table) {
	case RING_TABLE_PORT_TABLE:
		return dump_ports(reply, &reply->position);
	case RING_TABLE_INTERFACE_TABLE:
		return dump_interfaces(reply, &reply->position);
	case RING_TABLE_INSTANCE_TABLE:
		return dump_instances(reply, &reply->position);
	case RING_TABLE_OWNER_TABLE:
		return dump_owners(reply, &reply->position);
	}
	for (unsigned i = 0; i < feature_count; i++)
		for (unsigned t = 0; t < RTE_DIM(features[i]->tables); t++)
			if (features[i]->tables[t] == table && features[i]->dump != NULL)
				return features[i]->dump(&reply->wanted, reply, &reply->position);
	return -EOPNOTSUPP;
}

static void dump_begin(struct client *c, const struct ring_dump *m) {
	c->reply = (struct reply){
		.correlation = m->header.correlation,
		.limit = m->limit,
		.position = m->position,
		.wanted = {
			.table = m->table,
			.instance = m->instance,
			.owner = m->header.owner,
			.family = m->family,
			.prefix_length = m->prefix_length,
		},
	};
	memcpy(c->reply.wanted.prefix, m->prefix, sizeof(m->prefix));
}

// Goes on with the table that is being read; true when it is done.
static bool dump_continue(struct client *c) {
	int result = dump_some(&c->reply);
	struct failure f = {.error = RING_ERROR_NOT_SUPPORTED};

	if ((result > 0 && !reply_full(&c->reply)) || !reply_room(&c->reply, 0))
		return false;
	if (result < 0) {
		f.detail = -result;
		snprintf(f.text, sizeof(f.text), "cannot read this table: %s", strerror(-result));
	}
	answer_at(c, c->reply.correlation, result < 0 ? &f : NULL, c->reply.rows,
		  result > 0 ? c->reply.position : 0);
	c->reply.wanted.table = 0;
	return true;
}

// --- volatile objects ----------------------------------------------------------------------------

// One quantum of what is being removed for the client.
static void removal_continue(struct client *c) {
	struct removal *r = &c->removal;
	bool synced = r->type == RING_ROUTES_SYNCED;
	struct rib_sweep *sweep = synced ? &c->owner->sweep : &r->sweep;
	int result = volatile_sweep(sweep);
	struct failure f = {.error = RING_ERROR_NO_RESOURCE, .detail = -result};

	if (result > 0)
		return;
	if (result < 0)
		snprintf(f.text, sizeof(f.text), "cannot remove routes: %s", strerror(-result));
	answer(c, r->correlation, result < 0 ? &f : NULL, sweep->removed);
	if (result == 0 && synced)
		owner_settled(c->owner);
	r->type = 0;
}

static bool run_takes(const struct client *c, const struct ring_header *message) {
	return c->owner != NULL && (c->scopes >> RING_SCOPE_RIB_WRITE & 1) != 0
		&& volatile_takes(message->type)
		&& (message->owner == 0 || message->owner == c->owner->number);
}

static bool run_has_room(void) {
	return run.n < QUANTUM && run.used + RING_MESSAGE_MAX <= sizeof(run.bytes);
}

static void run_add(const struct ring_header *message) {
	uint8_t *at = run.bytes + run.used;

	memcpy(at, message, message->length);
	run.messages[run.n++] = (const struct ring_header *)at;
	run.used += message->length;
}

// Carries out what was collected, and answers in the order of the requests.
static void run_end(struct client *c) {
	if (run.n == 0)
		return;
	volatile_run(c->owner->number, run.messages, run.n, run.results);
	for (unsigned i = 0; i < run.n; i++) {
		const struct ring_header *m = run.messages[i];
		bool failed = run.results[i].error != RING_ERROR_OK;

		if (failed || (m->flags & RING_FLAG_QUIET) == 0)
			answer(c, m->correlation, failed ? &run.results[i] : NULL, 0);
	}
	run.n = 0;
	run.used = 0;
}

static int grant(const struct ring_header *message, uint64_t *detail, struct failure *f);

static int remove_begin(struct client *c, const struct ring_header *message, struct failure *f) {
	const struct ring_routes_flush *flush = (const void *)message;
	uint32_t owner = message->owner;

	if (owner == 0)
		owner = c->owner != NULL ? c->owner->number : OWNER_CONFIGURATION;
	if (owner < OWNER_FIRST || owner_at(owner - OWNER_FIRST) == NULL)
		return fail(f, RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_ROUTE, owner,
			    "owner %u has no volatile routes", owner);
	c->removal = (struct removal){.correlation = message->correlation, .type = message->type};
	if (message->type == RING_ROUTES_FLUSH)
		c->removal.sweep = (struct rib_sweep){
			.owner = owner,
			.instance = flush->instance,
			.mark = volatile_mark(),
		};
	return 0;
}

// --- names ---------------------------------------------------------------------------------------

static bool hears_of_names(const struct client *c) {
	return (c->scopes & (1u << RING_SCOPE_RIB_WRITE | 1u << RING_SCOPE_RIB_READ)) != 0;
}

static void names_remember(void) {
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		clients[i].owned =
			clients[i].owner != NULL ? owner_objects(clients[i].owner->number) : 0;
}

// A commit has changed what numbers mean, and what owners had of it is gone.
static void names_changed(void) {
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		struct client *c = &clients[i];
		uint64_t left = c->owner != NULL ? owner_objects(c->owner->number) : 0;

		if (!c->greeted || !hears_of_names(c))
			continue;
		c->names_changed = true;
		c->removed += c->owned > left ? c->owned - left : 0;
	}
}

// Once there is room: it is not lost, as other events may be.
static void names_tell(struct client *c) {
	struct ring_names_event event = {
		.header = {.type = RING_NAMES_EVENT, .length = sizeof(event)},
		.names = transaction_names(),
		.removed = c->removed,
	};

	if (!c->names_changed || !ring_has_room(&c->peer.replies, ANSWER_SLOTS * RING_CONTROL_SLOT)
	    || !send_message(c, &event.header))
		return;
	c->names_changed = false;
	c->removed = 0;
	if (ring_publish(&c->peer.replies))
		ring_peer_wake(&c->peer);
}

// True if the numbers in a request may mean something else than its sender thinks.
static bool names_stale(const struct client *c, const struct ring_header *message, struct failure *f) {
	uint64_t names = transaction_names();

	if (c->owner == NULL || message->generation == 0 || message->generation == names)
		return false;
	fail(f, RING_ERROR_STALE_NAMES, RING_OBJECT_NONE, 0,
	     "instances or interfaces have changed: read their tables again");
	f->detail = names;
	return true;
}

// --- requests ------------------------------------------------------------------------------------

static uint32_t scope_of_table(uint8_t table) {
	switch ((enum ring_table)table) {
	case RING_TABLE_ROUTE_TABLE:
	case RING_TABLE_RIB_TABLE:
	case RING_TABLE_INTERFACE_TABLE:
	case RING_TABLE_INSTANCE_TABLE:
	case RING_TABLE_OWNER_TABLE:
		return RING_SCOPE_RIB_READ;
	case RING_TABLE_NEIGHBOR_TABLE:
	case RING_TABLE_FDB_TABLE:
	case RING_TABLE_PORT_TABLE:
		break;
	}
	return RING_SCOPE_STATE_READ;
}

// Everything needs a scope but greetings; what others own, the scope to grant.
static bool allowed(const struct client *c, const struct ring_header *message) {
	uint32_t owner = c->owner != NULL ? c->owner->number : OWNER_CONFIGURATION;
	bool own = message->owner == 0 || message->owner == owner;
	enum ring_scope scope = RING_SCOPE_CONFIG;

	switch ((enum ring_type)message->type) {
	case RING_PING:
		return true;
	case RING_DUMP:
		scope = scope_of_table(((const struct ring_dump *)(const void *)message)->table);
		break;
	case RING_GRANT_SET:
	case RING_GRANT_DELETE:
		scope = RING_SCOPE_GRANT;
		break;
	case RING_ROUTES_FLUSH:
		scope = own ? RING_SCOPE_RIB_WRITE : RING_SCOPE_GRANT;
		break;
	case RING_ROUTES_SYNCED:
		scope = RING_SCOPE_RIB_WRITE;
		break;
	case RING_ROUTE_SET:
	case RING_ROUTE_DELETE:
		if (!own)
			return false;
		scope = c->owner != NULL ? RING_SCOPE_RIB_WRITE : RING_SCOPE_CONFIG;
		break;
	default:
		break;
	}
	return (c->scopes >> scope & 1) != 0;
}

static int deny(struct client *c, uint16_t type, struct failure *f) {
	if (c->owner != NULL)
		c->owner->denied++;
	else
		denied_without_grant++;
	if ((c->refused >> type % 64 & 1) == 0)
		log_warning("client %s (pid %d, uid %u) may not ask for %s", c->name, c->peer.pid,
			    c->peer.uid, ring_message_name(type));
	c->refused |= UINT64_C(1) << type % 64;
	return fail(f, RING_ERROR_DENIED, RING_OBJECT_NONE, type, "%s: this ring has no scope for it",
		    ring_message_name(type));
}

static int commit(struct client *c, uint64_t generation, struct failure *f) {
	uint64_t names = transaction_names();
	int result = transaction_commit(c, generation, f);

	if (names != transaction_names())
		names_changed();
	return result;
}

static int dispatch(
	struct client *c, const struct ring_header *message, uint64_t *detail, struct failure *f
) {
	const void *m = message;

	if (!allowed(c, message))
		return deny(c, message->type, f);
	switch ((enum ring_type)message->type) {
	case RING_BEGIN:
		if (!transaction_open())
			names_remember();
		return transaction_begin(
			c, ((const struct ring_begin *)m)->replace, message->generation,
			((const struct ring_begin *)m)->transaction, f
		);
	case RING_PREPARE:
		return transaction_prepare(c, message->generation, f);
	case RING_COMMIT:
		return commit(c, message->generation, f);
	case RING_ABORT:
		transaction_abort(c);
		return 0;
	case RING_PORT_SET:
	case RING_PORT_DELETE:
	case RING_INSTANCE_SET:
	case RING_INSTANCE_DELETE:
	case RING_INTERFACE_SET:
	case RING_INTERFACE_DELETE:
	case RING_VLAN_MEMBER_SET:
	case RING_VLAN_MEMBER_DELETE:
	case RING_ADDRESS_SET:
	case RING_ADDRESS_DELETE:
	case RING_ROUTE_SET:
	case RING_ROUTE_DELETE:
	case RING_STATIC_NEIGHBOR_SET:
	case RING_STATIC_NEIGHBOR_DELETE:
	case RING_STATIC_FDB_SET:
	case RING_STATIC_FDB_DELETE:
		return transaction_message(c, message, f);
	case RING_PING:
		return 0;
	case RING_FAULT_SET:
		return fault_set(m, f);
	case RING_GRANT_SET:
	case RING_GRANT_DELETE:
		return grant(message, detail, f);
	case RING_ROUTES_FLUSH:
	case RING_ROUTES_SYNCED:
		return remove_begin(c, message, f);
	case RING_DUMP:
		dump_begin(c, m);
		return 0;
	case RING_HELLO: // answered elsewhere
	case RING_WELCOME:
	case RING_ANSWER:
	case RING_NEIGHBOR_ENTRY:
	case RING_FDB_ENTRY:
	case RING_PORT_ENTRY:
	case RING_ROUTE_ENTRY:
	case RING_INTERFACE_ENTRY:
	case RING_INSTANCE_ENTRY:
	case RING_OWNER_ENTRY:
	case RING_LINK_EVENT:
	case RING_NAMES_EVENT:
		break;
	}
	return fail(f, RING_ERROR_UNKNOWN_MESSAGE, RING_OBJECT_NONE, message->type,
		    "%s is no request", ring_message_name(message->type));
}

static bool is_zero(const uint8_t *bytes, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

// By its token a client has an owner and scopes; without one it is trusted, or nothing.
static int greet(struct client *c, const struct ring_hello *hello, struct failure *f) {
	struct owner *owner = NULL;

	snprintf(c->name, sizeof(c->name), "%s", hello->client);
	if (hello->protocol != 1)
		return fail(f, RING_ERROR_NOT_SUPPORTED, RING_OBJECT_NONE, hello->protocol,
			    "protocol %u; this worker speaks 1", hello->protocol);
	if (c->greeted)
		return fail(f, RING_ERROR_UNKNOWN_MESSAGE, RING_OBJECT_NONE, 0,
			    "this ring has said hello");
	if (!is_zero(hello->token, sizeof(hello->token))) {
		owner = owner_by_token(hello->token);
		if (owner == NULL)
			return deny(c, RING_HELLO, f);
		if (owner->holder != NULL)
			return fail(f, RING_ERROR_IN_USE, RING_OBJECT_NONE, owner->number,
				    "%s is connected already", owner->name);
	} else if (!handover_trusts(&c->peer)) {
		return deny(c, RING_HELLO, f);
	}
	c->owner = owner;
	c->scopes = owner != NULL ? owner->scopes
				  : 1u << RING_SCOPE_CONFIG | 1u << RING_SCOPE_GRANT
				| 1u << RING_SCOPE_RIB_READ | 1u << RING_SCOPE_STATE_READ;
	welcome(c, hello);
	return 0;
}

static void handle(struct client *c, const struct ring_header *message, size_t bytes) {
	enum ring_error error = ring_message_check(message, bytes);
	struct failure f = {.error = error};
	uint64_t detail = 0;

	if (error != RING_ERROR_OK) {
		snprintf(f.text, sizeof(f.text), "message %u of %zu bytes: %s",
			 bytes >= sizeof(*message) ? message->type : 0, bytes,
			 ring_error_name(error));
		answer(c, bytes >= sizeof(*message) ? message->correlation : 0, &f, 0);
		return;
	}
	if (message->type == RING_HELLO) {
		if (greet(c, (const struct ring_hello *)message, &f) == 0)
			return;
	} else if (!c->greeted) {
		fail(&f, RING_ERROR_DENIED, RING_OBJECT_NONE, 0, "say hello first");
	} else if (names_stale(c, message, &f)) {
		run_end(c);
	} else if (run_takes(c, message)) {
		run_add(message);
		return;
	} else {
		run_end(c); // one after the other
		dispatch(c, message, &detail, &f);
	}
	if (f.error != RING_ERROR_OK)
		answer(c, message->correlation, &f, 0);
	else if (c->reply.wanted.table == 0 && c->removal.type == 0
		 && (message->flags & RING_FLAG_QUIET) == 0)
		answer(c, message->correlation, NULL, detail);
}

// --- clients -------------------------------------------------------------------------------------

static void client_close(struct client *c, const char *why) {
	log_info("client %s (pid %d) is gone: %s", c->name, c->peer.pid, why);
	transaction_abort(c);
	if (c->owner != NULL)
		owner_detach(c->owner);
	ring_peer_close(&c->peer);
	*c = (struct client){0};
}

static int grant(const struct ring_header *message, uint64_t *detail, struct failure *f) {
	void *former = NULL;
	const struct owner *o = NULL;
	int result = 0;

	if (message->type == RING_GRANT_SET) {
		o = owner_grant((const struct ring_grant_set *)message, &former, f);
		result = o != NULL ? 0 : -1;
	} else {
		result = owner_revoke((const struct ring_grant_delete *)message, &former, f);
	}
	if (o != NULL)
		*detail = o->number;
	if (o != NULL && o->holder != NULL)
		((struct client *)o->holder)->scopes = o->scopes;
	if (former != NULL)
		client_close(former, "its grant is no longer good");
	return result;
}

static bool stranger_has_room(const struct ring_peer *peer) {
	unsigned strangers = 0;

	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		strangers += clients[i].used && !handover_trusts(&clients[i].peer);
	return handover_trusts(peer) || strangers < MAX_STRANGERS;
}

static void client_accept(void) {
	for (;;) {
		struct ring_peer peer;
		struct client *c = NULL;
		struct epoll_event event = {.events = EPOLLIN};
		int error;

		for (unsigned i = 0; i < MAX_CLIENTS && c == NULL; i++)
			if (!clients[i].used)
				c = &clients[i];
		if (c == NULL) {
			int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

			if (fd < 0)
				return;
			log_warning("a client is refused: there are %d already", MAX_CLIENTS);
			close(fd);
			continue;
		}
		error = handover_accept(
			listen_fd, HANDOVER_ALL, RING_CONTROL_SLOT, RING_CONTROL_CAPACITY,
			segment_fd(), instance, &peer
		);
		if (error == -EAGAIN)
			return;
		if (error < 0) {
			log_warning("a client is refused: %s", strerror(-error));
			if (error != -EPIPE)
				return;
			continue;
		}
		if (!stranger_has_room(&peer)) {
			log_warning("a client of user %u is refused: there are %d of other users",
				    peer.uid, MAX_STRANGERS);
			ring_peer_close(&peer);
			continue;
		}
		*c = (struct client){
			.used = true,
			.peer = peer,
			.name = "?",
			.greet_until = now_millis() + GREET_MILLIS,
		};
		event.data.ptr = c;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer.fd, &event);
	}
}

// Owners change their objects between transactions; meanwhile their requests stay in the ring.
static bool waits(const struct client *c) {
	return c->owner != NULL && transaction_open();
}

// True if there was something to do.
static bool client_serve(struct client *c) {
	static uint8_t buffer[RING_MESSAGE_MAX] __attribute__((aligned(8)));
	bool any = false;

	names_tell(c);
	for (unsigned n = 0; n < QUANTUM; n++) {
		ssize_t bytes;

		if (c->reply.wanted.table != 0) {
			uint64_t before = c->reply.rows;
			bool done = dump_continue(c);

			any |= done || c->reply.rows != before;
			if (!done)
				break;
		}
		if (waits(c))
			break;
		if (c->removal.type != 0) {
			removal_continue(c);
			any = true;
			break;
		}
		if (!ring_has_room(&c->peer.replies, (run.n + ANSWER_SLOTS) * RING_CONTROL_SLOT)
		    || !run_has_room())
			break;
		bytes = ring_poll(&c->peer.requests, buffer, sizeof(buffer));
		if (bytes == 0)
			break;
		any = true;
		if (bytes < 0) {
			run_end(c);
			client_close(c, "it broke the ring");
			return true;
		}
		handle(c, (struct ring_header *)buffer, bytes);
		// One at a time: a request may take long, and its answer is waited for.
		if (ring_publish(&c->peer.replies))
			ring_peer_wake(&c->peer);
	}
	run_end(c);
	bool wake = ring_publish(&c->peer.replies);

	if (ring_release(&c->peer.requests) || wake)
		ring_peer_wake(&c->peer);
	return any;
}

static bool blocked(struct client *c) {
	return c->reply.wanted.table != 0 ||
		!ring_has_room(&c->peer.replies, ANSWER_SLOTS * RING_CONTROL_SLOT);
}

// False if a client has something for us already.
static bool clients_sleep(void) {
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		struct client *c = &clients[i];

		// Who waits is looked at again when the transaction has ended.
		if (c->used && !(blocked(c) ? ring_sleep(&c->peer.replies)
					    : waits(c) || ring_peer_sleep(&c->peer)))
			return false;
	}
	return true;
}

static void clients_awake(void) {
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].used) {
			ring_peer_awake(&clients[i].peer);
			ring_awake(&clients[i].peer.replies);
		}
}

// --- links ---------------------------------------------------------------------------------------

static void link_changed(const struct port *p) {
	struct ring_link_event event = {
		.header = {.type = RING_LINK_EVENT, .length = sizeof(event)},
		.port = p->setup.config.o.id,
		.link_up = p->link_up,
		.speed_mbps = p->speed_mbps,
		.last_change_nanos = p->last_change,
	};

	log_info("port %u (%s): link %s", p->setup.config.o.id, p->setup.config.name,
		 p->link_up ? "up" : "down");
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].greeted) {
			send_message(&clients[i], &event.header);
			if (ring_publish(&clients[i].peer.replies))
				ring_peer_wake(&clients[i].peer);
		}
}

// --- the loop ------------------------------------------------------------------------------------

static void notify(const char *state) {
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (path == NULL || strlen(path) >= sizeof(address.sun_path))
		return;
	strcpy(address.sun_path, path);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
	       offsetof(struct sockaddr_un, sun_path) + strlen(path));
	close(fd);
}

static void tick(struct timer *timer) {
	static unsigned ticks;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		struct client *c = &clients[i];

		if (!c->used)
			continue;
		ring_peer_beat(&c->peer, (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec);
		if (!c->greeted && now_millis() > c->greet_until)
			client_close(c, "it did not say hello");
	}
	if (++ticks % ERRORS_EVERY == 0) {
		ports_count_errors();
		if (!transaction_open())
			ports_revive();
		ports_link_poll(0);
		if (getenv("WATCHDOG_USEC") != NULL)
			notify("WATCHDOG=1");
	} else {
		ports_link_poll(-1);
	}
	timer_start(timer, TICK_MILLIS, tick);
}

static void handle_event(const struct epoll_event *event) {
	struct client *c = event->data.ptr;

	if (c == NULL || !c->used)
		return;
	if (ring_peer_drain(&c->peer) < 0) {
		// What it published before it went is not asked for any more.
		client_close(c, "its socket ended");
	}
}

// Blocks until there is something, at most `millis`.
static void wait_events(int millis) {
	struct epoll_event events[MAX_CLIENTS + 4];
	int n = epoll_wait(epoll_fd, events, MAX_CLIENTS + 4, millis);

	for (int i = 0; i < n; i++) {
		struct signalfd_siginfo signal;

		if (events[i].data.ptr == &signal_fd) {
			if (read(signal_fd, &signal, sizeof(signal)) == sizeof(signal))
				leaving = true;
		} else if (events[i].data.ptr == &listen_fd) {
			client_accept();
		} else if (events[i].data.ptr == &link_fd) {
			if (netlink_read(link_fd, ports_link_poll) < 0)
				ports_link_poll(0);
		} else if (events[i].data.ptr == &epoll_fd) {
			control_awake();
		} else {
			handle_event(&events[i]);
		}
	}
}

static void block(void) {
	uint64_t next = timers_next();

	if (clients_sleep() && control_sleep())
		wait_events(next < 1000 ? next : 1000);
	control_awake();
	clients_awake();
}

static void loop(void) {
	unsigned idle = 0;

	for (unsigned turn = 0; !leaving; turn++) {
		bool any = false;

		for (unsigned i = 0; i < MAX_CLIENTS; i++)
			if (clients[i].used)
				any |= client_serve(&clients[i]);
		if (!transaction_open())
			any |= owners_sweep();
		any |= punt_drain();
		any |= timers_run();
		rcu_reclaim(false);
		idle = any ? 0 : idle + 1;
		if (idle > IDLE_TURNS)
			block();
		else if (turn % 16 == 0)
			wait_events(0);
		else if (!any)
			sched_yield();
	}
}

static int watch(int fd, void *what) {
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_all(const char *path) {
	sigset_t signals;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	link_fd = netlink_open();
	if (epoll_fd < 0 || signal_fd < 0 || link_fd < 0)
		return -EMFILE;
	listen_fd = handover_listen(path, HANDOVER_ALL);
	if (listen_fd < 0)
		return listen_fd;
	watch(signal_fd, &signal_fd);
	watch(link_fd, &link_fd);
	watch(listen_fd, &listen_fd);
	return watch(control_fd(), &epoll_fd);
}

int control_run(const struct control_settings *s) {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int error;

	settings = s;
	instance = random_u64();
	if (snprintf(path, sizeof(path), "%s/worker.sock", s->run) >= (int)sizeof(path)) {
		log_error("%s is too long for a socket", s->run);
		return -ENAMETOOLONG;
	}
	error = open_all(path);
	if (error < 0) {
		log_error("%s: %s", path, strerror(-error));
		return error;
	}
	ports_link_changed = link_changed;
	timer_start(&tick_timer, TICK_MILLIS, tick);
	log_info("serving on %s with %u datapath thread%s", path, thread_count(),
		 thread_count() == 1 ? "" : "s");
	notify("READY=1");
	loop();
	notify("STOPPING=1");
	timer_stop(&tick_timer);
	ports_link_changed = NULL;
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].used)
			client_close(&clients[i], "the worker ends");
	owners_stop();
	unlink(path);
	close(listen_fd);
	close(link_fd);
	close(signal_fd);
	close(epoll_fd);
	return 0;
}
