#include "netlink.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_BYTES 32768

static int netlink_socket(uint32_t groups) {
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int type = SOCK_RAW | SOCK_CLOEXEC | (groups != 0 ? SOCK_NONBLOCK : 0);
	int fd = socket(AF_NETLINK, type, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

int netlink_open(void) {
	return netlink_socket(RTMGRP_LINK);
}

int netlink_read(int fd, void (*changed)(int ifindex)) {
	static char buffer[REPLY_BYTES] __attribute__((aligned(8)));

	for (;;) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		int left = (int)got;

		if (got < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			if (h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK)
				changed(((struct ifinfomsg *)NLMSG_DATA(h))->ifi_index);
	}
}

// Sends a request and calls `each` for every message of the reply until it returns non-zero, which is
// the result; 0 at the end, -errno.
static int
ask(struct nlmsghdr *request, int (*each)(const struct nlmsghdr *h, void *argument), void *argument) {
	char buffer[REPLY_BYTES] __attribute__((aligned(8)));
	struct timeval limit = {.tv_sec = 2};
	int fd = netlink_socket(0);
	int result = 0;
	bool done = false;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		result = -errno;
	while (result == 0 && !done) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
		int left = (int)got;

		if (got < 0) {
			result = -errno;
			break;
		}
		for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, left) && result == 0;
		     h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE) {
				done = true;
				break;
			}
			if (h->nlmsg_type == NLMSG_ERROR) {
				result = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
				done = true;
				break;
			}
			result = each(h, argument);
			if ((h->nlmsg_flags & NLM_F_MULTI) == 0)
				done = true;
		}
	}
	close(fd);
	return result;
}

// 1 if the route is a default route by interface *argument.
static int default_by(const struct nlmsghdr *h, void *argument) {
	const struct rtmsg *route = NLMSG_DATA(h);
	int ifindex = *(const int *)argument;
	int left = RTM_PAYLOAD(h);

	if (h->nlmsg_type != RTM_NEWROUTE || route->rtm_dst_len != 0 ||
	    route->rtm_type != RTN_UNICAST)
		return 0;
	for (const struct rtattr *a = RTM_RTA(route); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == RTA_OIF && *(const int *)RTA_DATA(a) == ifindex)
			return 1;
		if (a->rta_type == RTA_MULTIPATH) {
			const struct rtnexthop *hop = RTA_DATA(a);
			int room = RTA_PAYLOAD(a);

			while (RTNH_OK(hop, room)) {
				if (hop->rtnh_ifindex == ifindex)
					return 1;
				room -= RTNH_ALIGN(hop->rtnh_len);
				hop = RTNH_NEXT(hop);
			}
		}
	}
	return 0;
}

bool netlink_default_route(int ifindex) {
	static const uint8_t families[] = {AF_INET, AF_INET6};

	for (unsigned i = 0; i < 2; i++) {
		struct {
			struct nlmsghdr header;
			struct rtmsg route;
		} request = {
			.header = {
				.nlmsg_len = sizeof(request),
				.nlmsg_type = RTM_GETROUTE,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			},
			.route = {.rtm_family = families[i]},
		};

		if (ask(&request.header, default_by, &ifindex) != 0)
			return true;
	}
	return false;
}

static int take_link(const struct nlmsghdr *h, void *argument) {
	const struct ifinfomsg *info = NLMSG_DATA(h);
	struct kernel_link *link = argument;
	int left = IFLA_PAYLOAD(h);

	if (h->nlmsg_type != RTM_NEWLINK)
		return 0;
	link->up = (info->ifi_flags & IFF_UP) != 0;
	link->sends = link->up && (info->ifi_flags & IFF_RUNNING) != 0;
	for (const struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		uint32_t *to = a->rta_type == IFLA_MTU ? &link->mtu
			: a->rta_type == IFLA_MIN_MTU  ? &link->min_mtu
			: a->rta_type == IFLA_MAX_MTU  ? &link->max_mtu
						       : NULL;

		if (to != NULL)
			memcpy(to, RTA_DATA(a), sizeof(*to));
		// A link that has come up throws everything away until the kernel gives it a queue.
		if (a->rta_type == IFLA_QDISC && strcmp(RTA_DATA(a), "noop") == 0)
			link->sends = false;
	}
	return 0;
}

int netlink_link(int ifindex, struct kernel_link *link) {
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.info = {.ifi_index = ifindex},
	};

	*link = (struct kernel_link){0};
	return ask(&request.header, take_link, link);
}

int netlink_set_up(const char *name, bool up) {
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = 0;

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) {
		result = -errno;
	} else if (((request.ifr_flags & IFF_UP) != 0) != up) {
		request.ifr_flags ^= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
			result = -errno;
	}
	close(fd);
	return result;
}

int netlink_set_mtu(const char *name, uint32_t mtu) {
	struct ifreq request = {.ifr_mtu = mtu};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result;

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	result = ioctl(fd, SIOCSIFMTU, &request) < 0 ? -errno : 0;
	close(fd);
	return result;
}

void netlink_clear_error(int fd) {
	int error;
	socklen_t size = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

uint32_t netlink_packet_drops(int fd) {
	struct tpacket_stats stats;
	socklen_t length = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) < 0)
		return 0;
	return stats.tp_drops;
}

int netlink_packet_socket(int fd) {
	struct sockaddr_ll address = {0};
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
	    address.sll_family != AF_PACKET)
		return 0;
	return address.sll_ifindex;
}
