#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MAX_BYTES 128
#define DESCRIPTORS 3

static int address_of(const char *path, struct sockaddr_un *address) {
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

// True if somebody listens there.
static bool alive(const struct sockaddr_un *address) {
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool connected = fd >= 0
		&& (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0
		    || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return connected;
}

int handover_listen(const char *path, enum handover_peers peers) {
	struct sockaddr_un address;
	struct stat st;
	int error = address_of(path, &address);

	if (error < 0)
		return error;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (alive(&address))
			return -EADDRINUSE;
		unlink(path);
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mode_t before = umask(peers == HANDOVER_ALL ? 0111 : 0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		error = -errno;
	umask(before);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

static int send_rings(const struct ring_peer *peer, const int *fds, uint64_t instance) {
	char line[LINE_MAX_BYTES];
	int length = snprintf(
		line,
		sizeof(line),
		"lagopus-rings %d %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		HANDOVER_VERSION,
		peer->requests.slot_size,
		peer->requests.capacity,
		peer->generation,
		instance
	);
	union {
		char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {line, (size_t)length};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(DESCRIPTORS * sizeof(int));
	memcpy(CMSG_DATA(rights), fds, DESCRIPTORS * sizeof(int));

	// The socket is new and empty: it takes the line whole or not at all.
	ssize_t sent = sendmsg(peer->fd, &message, MSG_NOSIGNAL);
	return sent == length ? 0 : sent < 0 ? -errno : -EPIPE;
}

bool handover_trusts(const struct ring_peer *peer) {
	return peer->uid == 0 || peer->uid == geteuid();
}

int handover_accept(
	int listener,
	enum handover_peers peers,
	uint32_t slot_size,
	uint64_t capacity,
	int counters,
	uint64_t instance,
	struct ring_peer *peer
) {
	static uint64_t generation;
	struct ucred who = {0};
	socklen_t size = sizeof(who);

	*peer = (struct ring_peer){
		.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK),
		.generation = ++generation,
	};
	if (peer->fd < 0)
		return -errno;

	int fds[DESCRIPTORS] = {-1, -1, counters};
	int nothing = -1;
	int error = 0;
	if (getsockopt(peer->fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		error = -errno;
	peer->pid = who.pid;
	peer->uid = who.uid;
	if (error == 0 && peers == HANDOVER_OWN && !handover_trusts(peer))
		error = -EPERM;
	if (error == 0) {
		fds[0] = ring_create(
			&peer->requests,
			"lagopus-requests",
			slot_size,
			capacity,
			peer->generation,
			RING_CONSUMER
		);
		error = fds[0] < 0 ? fds[0] : 0;
	}
	if (error == 0) {
		fds[1] = ring_create(
			&peer->replies, "lagopus-replies", slot_size, capacity, peer->generation, RING_PRODUCER
		);
		error = fds[1] < 0 ? fds[1] : 0;
	}
	if (error == 0 && !handover_trusts(peer)) {
		nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		fds[2] = nothing;
		error = nothing < 0 ? -errno : 0;
	}
	if (error == 0)
		error = send_rings(peer, fds, instance);
	if (nothing >= 0)
		close(nothing);
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (error < 0)
		ring_peer_close(peer);
	return error;
}

// One message from the worker: the line, and exactly the descriptors. Returns -errno with none open.
static int receive_rings(int fd, char *line, int *fds) {
	union {
		char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {line, LINE_MAX_BYTES - 1};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	line[got] = '\0';

	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	if (rights == NULL || rights->cmsg_type != SCM_RIGHTS)
		return got == 0 ? -EPIPE : -EPROTO;
	size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(rights), count * sizeof(int));
	if (count == DESCRIPTORS)
		return 0;
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	return -EPROTO;
}

int handover_connect(const char *path, struct ring_peer *peer, int *counters) {
	struct sockaddr_un address;
	char line[LINE_MAX_BYTES];
	int fds[DESCRIPTORS];
	int version;
	int error = address_of(path, &address);

	if (error < 0)
		return error;
	*peer = (struct ring_peer){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	if (peer->fd < 0)
		return -errno;
	if (connect(peer->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		error = -errno;
	if (error == 0)
		error = receive_rings(peer->fd, line, fds);
	if (error < 0) {
		ring_peer_close(peer);
		return error;
	}
	if (sscanf(line, "lagopus-rings %d %*u %*u %" SCNu64, &version, &peer->generation) != 2
	    || version != HANDOVER_VERSION)
		error = -EPROTO;
	if (error == 0)
		error = ring_open(&peer->requests, fds[0], RING_PRODUCER);
	if (error == 0)
		error = ring_open(&peer->replies, fds[1], RING_CONSUMER);
	close(fds[0]);
	close(fds[1]);
	if (counters != NULL && error == 0)
		*counters = fds[2];
	else
		close(fds[2]);
	if (error < 0)
		ring_peer_close(peer);
	return error;
}

void ring_peer_wake(struct ring_peer *peer) {
	peer->wakes++;
	// Nothing to do about a failure: full means awake soon, gone is seen when reading.
	(void)!send(peer->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int ring_peer_drain(struct ring_peer *peer) {
	char bytes[64];

	for (;;) {
		ssize_t got = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got == (ssize_t)sizeof(bytes) || (got < 0 && errno == EINTR))
			continue;
		if (got > 0 || (got < 0 && errno == EAGAIN))
			return 0;
		return -EPIPE;
	}
}

static struct ring *inbound(struct ring_peer *peer) {
	return peer->requests.end == RING_CONSUMER ? &peer->requests : &peer->replies;
}

bool ring_peer_sleep(struct ring_peer *peer) {
	return ring_sleep(inbound(peer));
}

void ring_peer_awake(struct ring_peer *peer) {
	ring_awake(inbound(peer));
}

void ring_peer_beat(struct ring_peer *peer, uint64_t now_nanos) {
	ring_beat(&peer->requests, now_nanos);
	ring_beat(&peer->replies, now_nanos);
}

void ring_peer_close(struct ring_peer *peer) {
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	ring_close(&peer->requests);
	ring_close(&peer->replies);
}
