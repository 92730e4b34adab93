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
#include "port.h"
#include "ring/handover.h"
#include "segment.h"
#include "transaction.h"

#define MAX_CLIENTS 8
#define QUANTUM 64	    // requests of one client before the next has its turn
#define ANSWER_SLOTS 8	    // free slots that a request needs before it is taken
#define IDLE_TURNS 20	    // of sched_yield before the thread blocks
#define TICK_MILLIS 100	    // heartbeats, links without netlink
#define ERRORS_EVERY 10	    // ticks

struct reply {
	uint64_t correlation;
	uint64_t rows;
	uint64_t position;
	uint32_t instance;
	uint8_t table; // enum table; 0: nothing is being read
};

struct client {
	bool used;
	bool greeted;
	struct ring_peer peer;
	char name[32];
	struct reply reply;
};

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

static void answer(struct client *c, uint64_t correlation, const struct failure *f, uint64_t detail) {
	struct ring_answer a = {
		.header = {
			.type = RING_ANSWER,
			.length = sizeof(a),
			.correlation = correlation,
			.generation = face_current()->generation,
		},
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

bool reply_room(struct reply *reply, unsigned rows) {
	// One more for the answer behind the last row.
	return ring_has_room(
		&client_of(reply)->peer.replies,
		(size_t)(rows + 1) * RING_CONTROL_SLOT - sizeof(uint64_t)
	);
}

bool reply_row(struct reply *reply, struct ring_header *row) {
	row->correlation = reply->correlation;
	row->generation = face_current()->generation;
	if (!send_message(client_of(reply), row))
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

static int dump_some(struct reply *reply) {
	if (reply->table == RING_TABLE_PORT_TABLE)
		return dump_ports(reply, &reply->position);
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->table == reply->table && features[i]->dump != NULL)
			return features[i]->dump(reply->instance, reply, &reply->position);
	return -EOPNOTSUPP;
}

// Goes on with the table that is being read; true when it is done.
static bool dump_continue(struct client *c) {
	int result = dump_some(&c->reply);
	struct failure f = {.error = RING_ERROR_NOT_SUPPORTED};

	if (result > 0 || !reply_room(&c->reply, 0))
		return false;
	if (result < 0) {
		f.detail = -result;
		snprintf(f.text, sizeof(f.text), "cannot read this table: %s", strerror(-result));
	}
	answer(c, c->reply.correlation, result < 0 ? &f : NULL, c->reply.rows);
	c->reply.table = 0;
	return true;
}

// --- requests ------------------------------------------------------------------------------------

static int dispatch(struct client *c, const struct ring_header *message, struct failure *f) {
	const void *m = message;

	switch ((enum ring_type)message->type) {
	case RING_BEGIN:
		return transaction_begin(
			c, ((const struct ring_begin *)m)->replace, message->generation, f
		);
	case RING_PREPARE:
		return transaction_prepare(c, message->generation, f);
	case RING_COMMIT:
		return transaction_commit(c, message->generation, f);
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
	case RING_HELLO:
	case RING_DUMP: // both answered elsewhere
	case RING_WELCOME:
	case RING_ANSWER:
	case RING_NEIGHBOR_ENTRY:
	case RING_FDB_ENTRY:
	case RING_PORT_ENTRY:
	case RING_ROUTE_ENTRY:
	case RING_LINK_EVENT:
		break;
	}
	return fail(f, RING_ERROR_UNKNOWN_MESSAGE, RING_OBJECT_NONE, message->type,
		    "%s is no request", ring_message_name(message->type));
}

static void handle(struct client *c, const struct ring_header *message, size_t bytes) {
	enum ring_error error = ring_message_check(message, bytes);
	struct failure f = {.error = error};

	if (error != RING_ERROR_OK) {
		snprintf(f.text, sizeof(f.text), "message %u of %zu bytes: %s",
			 bytes >= sizeof(*message) ? message->type : 0, bytes,
			 ring_error_name(error));
		answer(c, bytes >= sizeof(*message) ? message->correlation : 0, &f, 0);
		return;
	}
	if (message->type == RING_HELLO) {
		const struct ring_hello *hello = (const void *)message;

		if (hello->protocol == 1) {
			welcome(c, hello);
			return;
		}
		fail(&f, RING_ERROR_NOT_SUPPORTED, RING_OBJECT_NONE, hello->protocol,
		     "protocol %u; this worker speaks 1", hello->protocol);
	} else if (!c->greeted) {
		fail(&f, RING_ERROR_DENIED, RING_OBJECT_NONE, 0, "say hello first");
	} else if (message->type == RING_DUMP) {
		const struct ring_dump *dump = (const void *)message;

		c->reply = (struct reply){
			.correlation = message->correlation,
			.table = dump->table,
			.instance = dump->instance,
		};
		return;
	} else {
		dispatch(c, message, &f);
	}
	answer(c, message->correlation, f.error != RING_ERROR_OK ? &f : NULL, 0);
}

// --- clients -------------------------------------------------------------------------------------

static void client_close(struct client *c, const char *why) {
	log_info("client %s (pid %d) is gone: %s", c->name, c->peer.pid, why);
	transaction_abort(c);
	ring_peer_close(&c->peer);
	*c = (struct client){0};
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
			listen_fd, RING_CONTROL_SLOT, RING_CONTROL_CAPACITY, segment_fd(), instance,
			&peer
		);
		if (error == -EAGAIN)
			return;
		if (error < 0) {
			log_warning("a client is refused: %s", strerror(-error));
			if (error != -EPERM && error != -EPIPE)
				return;
			continue;
		}
		*c = (struct client){.used = true, .peer = peer, .name = "?"};
		event.data.ptr = c;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer.fd, &event);
	}
}

// True if there was something to do.
static bool client_serve(struct client *c) {
	static uint8_t buffer[RING_MESSAGE_MAX] __attribute__((aligned(8)));
	bool any = false;

	for (unsigned n = 0; n < QUANTUM; n++) {
		ssize_t bytes;

		if (c->reply.table != 0) {
			uint64_t before = c->reply.rows;
			bool done = dump_continue(c);

			any |= done || c->reply.rows != before;
			if (!done)
				break;
		}
		if (!ring_has_room(&c->peer.replies, ANSWER_SLOTS * RING_CONTROL_SLOT))
			break;
		bytes = ring_poll(&c->peer.requests, buffer, sizeof(buffer));
		if (bytes == 0)
			break;
		any = true;
		if (bytes < 0) {
			client_close(c, "it broke the ring");
			return true;
		}
		handle(c, (struct ring_header *)buffer, bytes);
		// One at a time: a request may take long, and its answer is waited for.
		if (ring_publish(&c->peer.replies))
			ring_peer_wake(&c->peer);
	}
	bool wake = ring_publish(&c->peer.replies);

	if (ring_release(&c->peer.requests) || wake)
		ring_peer_wake(&c->peer);
	return any;
}

static bool blocked(struct client *c) {
	return c->reply.table != 0 ||
		!ring_has_room(&c->peer.replies, ANSWER_SLOTS * RING_CONTROL_SLOT);
}

// False if a client has something for us already.
static bool clients_sleep(void) {
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->used && !(blocked(c) ? ring_sleep(&c->peer.replies)
					    : ring_peer_sleep(&c->peer)))
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
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].used)
			ring_peer_beat(&clients[i].peer, (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec);
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
	listen_fd = handover_listen(path);
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
	unlink(path);
	close(listen_fd);
	close(link_fd);
	close(signal_fd);
	close(epoll_fd);
	return 0;
}
