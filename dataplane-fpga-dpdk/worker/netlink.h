// What the worker asks the kernel about its interfaces: the namespace is the one it was started in.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// A socket that tells of every change of a link; -errno.
int netlink_open(void);
// Reads what has come; calls back for each link with its index. -ENOBUFS: changes were missed.
int netlink_read(int fd, void (*changed)(int ifindex));

// True if a default route of the main table leaves by this interface; also when that cannot be told.
bool netlink_default_route(int ifindex);

struct kernel_link {
	bool up;    // by its administrator
	bool sends; // has a carrier and a queue
	uint32_t mtu, min_mtu, max_mtu; // 0: unknown
};

// -errno; -ENODEV if it is gone.
int netlink_link(int ifindex, struct kernel_link *link);
// Sets or clears IFF_UP. -errno.
int netlink_set_up(const char *name, bool up);
int netlink_set_mtu(const char *name, uint32_t mtu);
// The interface a packet socket is bound to; 0 for anything else.
int netlink_packet_socket(int fd);
// Frames for which its ring had no room since this was asked last.
uint32_t netlink_packet_drops(int fd);
// A packet socket whose interface is down keeps an error, which would end every wait at once and lose
// the next packet sent. Any thread.
void netlink_clear_error(int fd);
