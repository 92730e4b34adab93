#include "port.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_pci.h>
#include <rte_ring.h>

#include "netlink.h"
#include "ring/messages.h"
#include "runtime.h"

// A frame of af_packet in a buffer of 2048 has 1982 bytes; the headers of a frame with two tags take
// 22 of them.
#define STANDARD_MTU 1960
#define JUMBO_MTU 9600
#define JUMBO_ROOM 16384
#define HANDOVER_SLOTS 1024
#define XDP_BUFFERS 8192
#define DISCONNECT_MICROS 20000

struct port_io port_io[MAX_PORT_SLOTS];
void (*ports_link_changed)(const struct port *p);

static struct port *live[MAX_PORT_SLOTS];
static struct rte_mempool *standard_pool, *jumbo_pool;

// --- memory --------------------------------------------------------------------------------------

static struct rte_mempool *pool_create(const char *name, unsigned count, uint16_t room) {
	return rte_pktmbuf_pool_create(
		name, count, 256, sizeof(struct packet), room + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY
	);
}

int ports_start(bool hugepages) {
	standard_pool = pool_create("packets", hugepages ? 32768 : 16384, 2048);
	return standard_pool != NULL ? 0 : -rte_errno;
}

struct rte_mempool *port_pool(bool jumbo) {
	if (!jumbo)
		return standard_pool;
	if (jumbo_pool == NULL)
		jumbo_pool = pool_create("jumbo-packets", 2048, JUMBO_ROOM);
	return jumbo_pool;
}

// --- drivers -------------------------------------------------------------------------------------

struct driver {
	const char *vdev; // NULL: pci
	bool kernel_name; // device is a kernel interface, there already
	bool restarts;	  // can be stopped and configured again
	bool one_to_one;  // as many transmit as receive queues
	bool soft_mtu;	  // has a notion of MTU
};

static const struct driver drivers[] = {
	[RING_DRIVER_AF_PACKET] = {"net_af_packet", true, false, true, true},
	[RING_DRIVER_TAP] = {"net_tap", false, true, true, true},
	[RING_DRIVER_MEMIF] = {"net_memif", false, false, true, false},
	[RING_DRIVER_NULL] = {"net_null", false, true, false, true},
	[RING_DRIVER_PCAP] = {"net_pcap", false, false, true, false},
	[RING_DRIVER_PCI] = {NULL, false, true, false, true},
	[RING_DRIVER_AF_XDP] = {"net_af_xdp", true, false, true, true},
};

static const struct driver *driver_of(const struct config_port *p) {
	return &drivers[p->driver];
}

uint16_t port_rx_queues(const struct config_port *p) {
	return p->rx_queues != 0 ? p->rx_queues : 1;
}

bool port_receives(const struct config_port *p) {
	if (p->driver == RING_DRIVER_NULL)
		return strstr(p->arguments, "no-rx=1") == NULL;
	if (p->driver == RING_DRIVER_PCAP)
		return strstr(p->arguments, "rx_pcap=") != NULL ||
			strstr(p->arguments, "iface=") != NULL;
	return true;
}

struct rte_ether_addr port_mac(const struct port_setup *setup, const struct rte_ether_addr *own) {
	if (!rte_is_zero_ether_addr(&setup->config.mac))
		return setup->config.mac;
	return rte_is_zero_ether_addr(&setup->keep) ? *own : setup->keep;
}

static bool jumbo(const struct config_port *p) {
	return p->mtu > STANDARD_MTU;
}

static int pci_normal(const char *address, char text[32]) {
	struct rte_pci_addr a;

	if (rte_pci_addr_parse(address, &a) != 0)
		return -1;
	rte_pci_device_name(&a, text, 32);
	return 0;
}

// The value of an argument in key=value,key=value; false if it is not there.
static bool argument(const char *arguments, const char *key, char *value, size_t room) {
	size_t length = strlen(key);

	for (const char *at = arguments; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, key, length) == 0 && at[length] == '=') {
			snprintf(value, room, "%.*s", (int)strcspn(at + length + 1, ","),
				 at + length + 1);
			return true;
		}
	}
	return false;
}

static bool memif_server(const struct config_port *p) {
	return p->driver == RING_DRIVER_MEMIF && strstr(p->arguments, "role=server") != NULL;
}

bool port_key(const struct config_port *p, char key[PORT_KEY]) {
	char value[256];

	switch ((enum ring_driver)p->driver) {
	case RING_DRIVER_AF_PACKET:
	case RING_DRIVER_AF_XDP:
	case RING_DRIVER_TAP: {
		unsigned index = if_nametoindex(p->device); // sees through alternative names
		char name[IF_NAMESIZE] = "";

		if (index != 0 && if_indextoname(index, name) != NULL)
			snprintf(key, PORT_KEY, "kernel %s", name);
		else
			snprintf(key, PORT_KEY, "kernel %s", p->device);
		return true;
	}
	case RING_DRIVER_MEMIF:
		if (!argument(p->arguments, "id", value, sizeof(value)))
			strcpy(value, "0");
		snprintf(key, PORT_KEY, "memif %s %s %s", p->device, value,
			 memif_server(p) ? "server" : "client");
		return true;
	case RING_DRIVER_PCAP:
		if (!argument(p->arguments, "tx_pcap", value, sizeof(value)))
			return false;
		snprintf(key, PORT_KEY, "pcap %s", value);
		return true;
	case RING_DRIVER_PCI:
		if (pci_normal(p->device, value) < 0)
			return false;
		snprintf(key, PORT_KEY, "pci %s", value);
		return true;
	case RING_DRIVER_NULL:
		return false;
	}
	return false;
}

static bool printable(const char *text) {
	for (; *text != 0; text++)
		if (!isgraph((unsigned char)*text))
			return false;
	return true;
}

#define REFUSE(error, ...) fail(f, RING_ERROR_##error, RING_OBJECT_PORT, p->o.id, __VA_ARGS__)

int port_check(const struct config_port *p, struct failure *f) {
	const struct driver *driver;
	char text[32];

	if (p->driver == 0 || p->driver >= RTE_DIM(drivers))
		return REFUSE(MALFORMED, "driver %u is not known", p->driver);
	driver = driver_of(p);
	if (!printable(p->device) || !printable(p->arguments))
		return REFUSE(MALFORMED, "blanks in the device or its arguments");
	if (p->device[0] == 0 && p->driver != RING_DRIVER_NULL && p->driver != RING_DRIVER_PCAP)
		return REFUSE(MALFORMED, "driver %s needs a device", ring_driver_name(p->driver));
	if (strchr(p->device, ',') != NULL)
		return REFUSE(MALFORMED, "a comma in the device name");
	if ((driver->kernel_name || p->driver == RING_DRIVER_TAP) &&
	    strlen(p->device) >= IF_NAMESIZE)
		return REFUSE(MALFORMED, "%s is too long for an interface name", p->device);
	if (p->driver == RING_DRIVER_PCI && pci_normal(p->device, text) < 0)
		return REFUSE(MALFORMED, "%s is no PCI address like 0000:03:00.0", p->device);
	if (p->rx_queues > PORT_QUEUES || p->tx_queues > PORT_QUEUES)
		return REFUSE(NO_RESOURCE, "%u queues are the most", PORT_QUEUES);
	if (driver->one_to_one && p->tx_queues != 0 && p->tx_queues != port_rx_queues(p))
		return REFUSE(NOT_SUPPORTED, "driver %s has as many transmit as receive queues",
			      ring_driver_name(p->driver));
	if (p->mtu > JUMBO_MTU)
		return REFUSE(NOT_SUPPORTED, "an mtu of %u; %u is the most", p->mtu, JUMBO_MTU);
	return 0;
}

static void device_arguments(const struct config_port *p, char *text, size_t room) {
	const char *more = p->arguments[0] != 0 ? "," : "";
	unsigned frames = RTE_MAX(p->rx_descriptors, p->tx_descriptors);

	switch ((enum ring_driver)p->driver) {
	case RING_DRIVER_AF_PACKET: {
		unsigned size = jumbo(p) ? JUMBO_ROOM : 2048;
		unsigned block = jumbo(p) ? JUMBO_ROOM : 4096;

		if (frames == 0)
			frames = jumbo(p) ? 256 : 512;
		frames = RTE_ALIGN(frames, block / size);
		snprintf(text, room, "iface=%s,qpairs=%u,framesz=%u,framecnt=%u,blocksz=%u%s%s",
			 p->device, port_rx_queues(p), size, frames, block, more, p->arguments);
		break;
	}
	case RING_DRIVER_AF_XDP:
		snprintf(text, room, "iface=%s,start_queue=0,queue_count=%u%s%s", p->device,
			 port_rx_queues(p), more, p->arguments);
		break;
	case RING_DRIVER_TAP:
		snprintf(text, room, "iface=%s%s%s", p->device, more, p->arguments);
		break;
	case RING_DRIVER_MEMIF:
		snprintf(text, room, "socket=%s,socket-abstract=no%s%s", p->device, more,
			 p->arguments);
		break;
	case RING_DRIVER_NULL:
	case RING_DRIVER_PCAP:
	case RING_DRIVER_PCI:
		snprintf(text, room, "%s", p->arguments);
		break;
	}
}

// --- the machine's own devices -------------------------------------------------------------------

static int read_link_name(const char *path, char *name, size_t room) {
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	target[n] = 0;
	slash = strrchr(target, '/');
	slash = slash != NULL ? slash + 1 : target;
	if (strlen(slash) >= room)
		return -ENAMETOOLONG;
	strcpy(name, slash);
	return 0;
}

// A kernel interface of the device, below its folder or that of its virtio child.
static bool pci_carries_route(const char *folder) {
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *list;
	bool found = false;

	snprintf(path, sizeof(path), "%s/net", folder);
	list = opendir(path);
	if (list == NULL)
		return false;
	while ((entry = readdir(list)) != NULL && !found) {
		unsigned index = if_nametoindex(entry->d_name);

		found = entry->d_name[0] != '.' && (index == 0 || netlink_default_route(index));
	}
	closedir(list);
	return found;
}

const char *port_pci_devices = "/sys/bus/pci/devices";

// A PCI device that the kernel drives is somebody's: in another namespace its interface cannot even be
// seen from here. Only drivers that share the device with DPDK are an exception.
static int pci_allowed(const struct config_port *p, struct failure *f) {
	static const char *const handed_over[] = {"vfio-pci", "uio_pci_generic", "igb_uio"};
	static const char *const sharing[] = {"mlx5_core", "mlx4_core"};
	char address[32], folder[80], path[128], driver[64] = "";
	bool shares = false;

	if (pci_normal(p->device, address) < 0)
		return REFUSE(MALFORMED, "%s is no PCI address", p->device);
	snprintf(folder, sizeof(folder), "%s/%s", port_pci_devices, address);
	if (access(folder, F_OK) < 0)
		return REFUSE(NO_RESOURCE, "there is no PCI device %s", address);
	snprintf(path, sizeof(path), "%s/driver", folder);
	if (read_link_name(path, driver, sizeof(driver)) < 0)
		return REFUSE(NO_RESOURCE, "no driver holds %s; bind it to vfio-pci", address);
	for (unsigned i = 0; i < RTE_DIM(handed_over); i++)
		if (strcmp(driver, handed_over[i]) == 0)
			return 0;
	for (unsigned i = 0; i < RTE_DIM(sharing); i++)
		shares |= strcmp(driver, sharing[i]) == 0;
	if (!shares)
		return REFUSE(MANAGEMENT_PORT, "%s is the kernel's (%s); bind it to vfio-pci first",
			      address, driver);
	if (pci_carries_route(folder))
		return REFUSE(MANAGEMENT_PORT, "%s carries the machine's default route", address);
	return 0;
}

static int kernel_allowed(const struct config_port *p, struct failure *f) {
	unsigned index = if_nametoindex(p->device);
	struct kernel_link link;

	if (index == 0)
		return REFUSE(NO_RESOURCE, "there is no interface %s", p->device);
	if (netlink_default_route(index))
		return REFUSE(MANAGEMENT_PORT, "%s carries the machine's default route", p->device);
	if (netlink_link(index, &link) == 0 && link.max_mtu != 0 &&
	    (p->mtu > link.max_mtu || p->mtu < link.min_mtu))
		return REFUSE(NOT_SUPPORTED, "%s can have an mtu of %u to %u, not %u", p->device,
			      link.min_mtu, link.max_mtu, p->mtu);
	return 0;
}

static int device_allowed(const struct config_port *p, struct failure *f) {
	if (p->driver == RING_DRIVER_PCI)
		return pci_allowed(p, f);
	if (driver_of(p)->kernel_name)
		return kernel_allowed(p, f);
	return 0;
}

// --- one device ----------------------------------------------------------------------------------

static uint64_t realtime_nanos(void) {
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static const char *bus_of(const struct port *p) {
	return p->setup.config.driver == RING_DRIVER_PCI ? "pci" : "vdev";
}

// The sockets that a probe has opened: those bound to the port's interface, for two ports never have
// one interface.
static void find_sockets(struct port *p) {
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned found = 0;

	if (list == NULL)
		return;
	while ((entry = readdir(list)) != NULL && found < PORT_QUEUES) {
		int fd = atoi(entry->d_name);

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    netlink_packet_socket(fd) == p->ifindex)
			p->fds[found++] = fd;
	}
	closedir(list);
	// A driver opens its queues in order, and the kernel gives the lowest free number; where that
	// was not so, waiting on a sibling's socket only costs a wake-up.
	for (unsigned i = 1; i < found; i++)
		for (unsigned j = i; j > 0 && p->fds[j - 1] > p->fds[j]; j--) {
			int swap = p->fds[j];

			p->fds[j] = p->fds[j - 1];
			p->fds[j - 1] = swap;
		}
}

static void find_descriptors(struct port *p) {
	for (unsigned i = 0; i < PORT_QUEUES; i++)
		p->fds[i] = -1;
	if (p->setup.config.driver == RING_DRIVER_AF_PACKET)
		find_sockets(p);
	else if (p->setup.config.driver == RING_DRIVER_TAP)
		for (uint16_t q = 0; q < p->rx_queues; q++)
			p->fds[q] = rte_eth_dev_rx_intr_ctl_q_get_fd(p->ethdev, q);
}

// Where a driver gives back what it was lent only in part (af_xdp), it has a pool of its own, and a new
// one when that is half gone.
static struct rte_mempool *pool_of(const struct port *p) {
	static struct rte_mempool *own[MAX_PORT_SLOTS];
	static unsigned sequence;
	struct rte_mempool **mine = &own[p->slot];
	char name[RTE_MEMPOOL_NAMESIZE];

	if (p->setup.config.driver != RING_DRIVER_AF_XDP)
		return port_pool(p->setup.jumbo);
	if (*mine == NULL || rte_mempool_in_use_count(*mine) > XDP_BUFFERS / 2) {
		snprintf(name, sizeof(name), "xdp-%u", sequence++);
		*mine = pool_create(name, XDP_BUFFERS, 2048);
	}
	return *mine;
}

static int
mtu_allowed(const struct config_port *c, const struct rte_eth_dev_info *info, struct failure *f) {
	uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN, max = info->max_mtu;

	if (!driver_of(c)->soft_mtu)
		return 0;
	// As ethdev reckons, which sets the MTU of all but the kernel's interfaces.
	if (!driver_of(c)->kernel_name) {
		if (max != UINT16_MAX && info->max_rx_pktlen > max)
			overhead = info->max_rx_pktlen - max;
		if (info->max_rx_pktlen > overhead)
			max = RTE_MIN(max, info->max_rx_pktlen - overhead);
	}
	if (c->mtu < info->min_mtu || c->mtu > max)
		return fail(f, RING_ERROR_NOT_SUPPORTED, RING_OBJECT_PORT, c->o.id,
			    "the device can have an mtu of %u to %u, not %u", info->min_mtu, max,
			    c->mtu);
	return 0;
}

static int device_configure(struct port *p, struct failure *f) {
	const struct config_port *c = &p->setup.config;
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;
	struct rte_mempool *pool = pool_of(p);
	uint16_t rx = port_rx_queues(c), tx = c->tx_queues;
	uint16_t rx_desc = c->rx_descriptors != 0 ? RTE_MIN(c->rx_descriptors, 32768u) : 1024;
	uint16_t tx_desc = c->tx_descriptors != 0 ? RTE_MIN(c->tx_descriptors, 32768u) : 1024;
	int error = rte_eth_dev_info_get(p->ethdev, &info);

	if (error != 0)
		goto failed;
	if (pool == NULL)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, c->o.id,
			    "no memory for packets of %u bytes", c->mtu);
	if (tx == 0)
		tx = driver_of(c)->one_to_one ? rx : RTE_MIN(info.max_tx_queues, thread_count());
	if (rx > info.max_rx_queues || tx > info.max_tx_queues)
		return fail(f, RING_ERROR_NOT_SUPPORTED, RING_OBJECT_PORT, c->o.id,
			    "the device has %u receive and %u transmit queues", info.max_rx_queues,
			    info.max_tx_queues);
	if (mtu_allowed(c, &info, f) < 0)
		return -1;
	if (rx > 1 && info.flow_type_rss_offloads != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	}
	if (c->driver == RING_DRIVER_PCI)
		conf.rxmode.mtu = c->mtu;
	conf.intr_conf.rxq = c->driver == RING_DRIVER_TAP;
	error = rte_eth_dev_configure(p->ethdev, rx, tx, &conf);
	if (error == 0)
		error = rte_eth_dev_adjust_nb_rx_tx_desc(p->ethdev, &rx_desc, &tx_desc);
	for (uint16_t q = 0; q < rx && error == 0; q++)
		error = rte_eth_rx_queue_setup(p->ethdev, q, rx_desc, SOCKET_ID_ANY, NULL, pool);
	for (uint16_t q = 0; q < tx && error == 0; q++)
		error = rte_eth_tx_queue_setup(p->ethdev, q, tx_desc, SOCKET_ID_ANY, NULL);
	if (error != 0)
		goto failed;
	p->rx_queues = rx;
	p->tx_queues = tx;
	return 0;
failed:
	f->detail = -error;
	return fail(f, RING_ERROR_DEVICE_FAILED, RING_OBJECT_PORT, c->o.id,
		    "cannot configure %s: %s", c->device, strerror(-error));
}

// Whether a port that runs has this memif socket.
static bool socket_in_use(const char *path) {
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++)
		if (live[s] != NULL && live[s]->setup.config.driver == RING_DRIVER_MEMIF &&
		    strcmp(live[s]->setup.config.device, path) == 0)
			return true;
	return false;
}

static void device_close(struct port *p) {
	struct port_setup back = p->setup;

	if (p->started)
		rte_eth_dev_stop(p->ethdev);
	// A kernel interface goes back as it was found.
	if (driver_of(&back.config)->kernel_name && p->started) {
		rte_eth_macaddr_get(p->ethdev, &p->mac);
		if (!rte_is_same_ether_addr(&p->mac, &p->own_mac))
			rte_eth_dev_default_mac_addr_set(p->ethdev, &p->own_mac);
		if (back.config.mtu != p->own_mtu)
			netlink_set_mtu(p->ifname, p->own_mtu);
		rte_eth_promiscuous_disable(p->ethdev);
		netlink_set_up(p->ifname, p->was_up);
	}
	// When one end of a memif goes, the driver's own thread takes the other one apart, without a lock:
	// where that is ours, and perhaps the next to be closed, it must be done by then.
	if (back.config.driver == RING_DRIVER_MEMIF && p->started && socket_in_use(back.config.device))
		usleep(DISCONNECT_MICROS);
	rte_eth_dev_close(p->ethdev);
	rte_eal_hotplug_remove(bus_of(p), p->name);
	free(p);
}

// What a server that was killed has left of its socket: the driver would find the address in use.
static void remove_stale_socket(const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path) || stat(path, &status) < 0 ||
	    !S_ISSOCK(status.st_mode))
		return;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

// Opens and configures a device, without starting it or changing anything that others see.
static struct port *
device_open(const struct port_setup *setup, uint16_t slot, struct failure *f) {
	static unsigned sequence;
	const struct config_port *c = &setup->config;
	char arguments[512];
	struct kernel_link link;
	struct port *p;
	int error;

	if (device_allowed(c, f) < 0)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, c->o.id, "out of memory");
		return NULL;
	}
	p->slot = slot;
	p->setup = *setup;
	p->link_up = true; // so that the first look tells
	if (!port_key(c, p->key))
		p->key[0] = 0;
	if (c->driver == RING_DRIVER_PCI)
		pci_normal(c->device, p->name);
	else
		snprintf(p->name, sizeof(p->name), "%s%u", driver_of(c)->vdev, sequence++);
	if (driver_of(c)->kernel_name) {
		p->ifindex = if_nametoindex(c->device);
		if_indextoname(p->ifindex, p->ifname);
		netlink_link(p->ifindex, &link);
		p->was_up = link.up;
	}
	// To see whether anybody is there would confuse ports of our own.
	if (memif_server(c) && !socket_in_use(c->device))
		remove_stale_socket(c->device);
	device_arguments(c, arguments, sizeof(arguments));
	error = rte_eal_hotplug_add(bus_of(p), p->name, arguments);
	if (error == 0)
		error = rte_eth_dev_get_port_by_name(p->name, &p->ethdev);
	if (error != 0) {
		f->detail = -error;
		// Drivers say -1 where they have no errno, and their reason in the log.
		fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, c->o.id,
		     "driver %s cannot open %s: %s (%s)", ring_driver_name(c->driver),
		     c->device[0] != 0 ? c->device : "its files",
		     error == -1 ? "the worker's log tells why" : strerror(-error), arguments);
		free(p);
		return NULL;
	}
	rte_eth_macaddr_get(p->ethdev, &p->own_mac);
	if (p->ifname[0] != 0)
		p->own_mtu = link.mtu;
	else
		rte_eth_dev_get_mtu(p->ethdev, &p->own_mtu);
	p->mac = port_mac(setup, &p->own_mac);
	if (device_configure(p, f) < 0) {
		device_close(p);
		return NULL;
	}
	return p;
}

static int device_failed(
	const struct port *p, const char *what, int error, struct failure *f
) {
	f->detail = -error;
	return fail(f, RING_ERROR_DEVICE_FAILED, RING_OBJECT_PORT, p->setup.config.o.id,
		    "%s: cannot %s: %s", p->setup.config.device, what, strerror(-error));
}

static void clear_errors(const struct port *p) {
	for (uint16_t q = 0; q < p->rx_queues; q++)
		if (p->setup.config.driver == RING_DRIVER_AF_PACKET && p->fds[q] >= 0)
			netlink_clear_error(p->fds[q]);
}

// Of a kernel interface directly: DPDK believes that such a device takes no more than 1514 bytes.
static int set_mtu(struct port *p, uint32_t mtu) {
	const struct driver *driver = driver_of(&p->setup.config);
	struct kernel_link link;
	uint16_t now = 0;

	if (driver->kernel_name) {
		int error = netlink_link(p->ifindex, &link);

		return error != 0 || link.mtu == mtu ? error : netlink_set_mtu(p->ifname, mtu);
	}
	rte_eth_dev_get_mtu(p->ethdev, &now);
	return driver->soft_mtu && now != mtu ? rte_eth_dev_set_mtu(p->ethdev, mtu) : 0;
}

// MTU, MAC, admin state, filters: what can be changed while packets flow. `from` is NULL when nothing
// has been set yet.
static int device_adjust(
	struct port *p, const struct port_setup *from, const struct port_setup *to, struct failure *f
) {
	const struct config_port *c = &to->config;
	struct rte_ether_addr mac = port_mac(to, &p->own_mac), now;
	int error = set_mtu(p, c->mtu);

	if (error != 0 && error != -ENOTSUP)
		return device_failed(p, "set the mtu", error, f);
	rte_eth_macaddr_get(p->ethdev, &now);
	if (!rte_is_same_ether_addr(&now, &mac)) {
		error = rte_eth_dev_default_mac_addr_set(p->ethdev, &mac);
		// A driver without addresses of its own receives everything anyway.
		if (error != 0 && error != -ENOTSUP)
			return device_failed(p, "set the mac address", error, f);
	}
	p->mac = mac;
	if (from == NULL || from->promiscuous != to->promiscuous) {
		error = to->promiscuous ? rte_eth_promiscuous_enable(p->ethdev)
					: rte_eth_promiscuous_disable(p->ethdev);
		if (error != 0 && error != -ENOTSUP && to->promiscuous)
			return device_failed(p, "go promiscuous", error, f);
	}
	// Neighbor discovery lives on multicast.
	if (!to->promiscuous && (from == NULL || from->promiscuous) &&
	    rte_eth_allmulticast_enable(p->ethdev) == -ENOTSUP && driver_of(c)->kernel_name)
		rte_eth_promiscuous_enable(p->ethdev);
	if (p->ifname[0] != 0 && (from == NULL || from->config.enabled != c->enabled)) {
		error = netlink_set_up(p->ifname, c->enabled);
		if (error < 0)
			return device_failed(p, c->enabled ? "set it up" : "set it down", error, f);
		clear_errors(p);
	} else if (p->ifname[0] == 0 && from != NULL && from->config.enabled != c->enabled) {
		if (c->enabled)
			rte_eth_dev_set_link_up(p->ethdev);
		else
			rte_eth_dev_set_link_down(p->ethdev);
	}
	p->setup = *to;
	return 0;
}

// A packet socket listens to every interface until it is bound to one, and its ring keeps what came
// then, as it keeps what came between prepare and now: other people's and old packets.
static void discard_early(const struct port *p) {
	struct rte_mbuf *pkts[BURST];

	for (uint16_t q = 0; q < p->rx_queues; q++)
		for (unsigned n = 0, budget = 65536; budget > 0; budget -= RTE_MIN(budget, n)) {
			n = rte_eth_rx_burst(p->ethdev, q, pkts, BURST);
			if (n == 0)
				break;
			rte_pktmbuf_free_bulk(pkts, n);
		}
}

// What the kernel could not put into a packet socket's ring; the driver does not tell.
static uint64_t ring_drops(const struct port *p) {
	uint64_t drops = 0;

	for (uint16_t q = 0; q < p->rx_queues && p->started; q++)
		if (p->setup.config.driver == RING_DRIVER_AF_PACKET && p->fds[q] >= 0)
			drops += netlink_packet_drops(p->fds[q]);
	return drops;
}

static bool memif_client(const struct port *p) {
	return p->setup.config.driver == RING_DRIVER_MEMIF && !memif_server(&p->setup.config);
}

static int device_start(struct port *p, struct failure *f) {
	int error = rte_eth_dev_start(p->ethdev);

	if (error != 0 && memif_client(p)) {
		find_descriptors(p);
		return 0; // its link is down until the server is there: ports_revive tries again
	}
	if (error != 0)
		return device_failed(p, "start it", error, f);
	p->started = true;
	if (p->setup.config.driver == RING_DRIVER_AF_PACKET)
		discard_early(p);
	if (p->setup.config.driver == RING_DRIVER_TAP) {
		p->ifindex = if_nametoindex(p->setup.config.device);
		if_indextoname(p->ifindex, p->ifname);
	}
	find_descriptors(p);
	ring_drops(p); // those of the time before are nobody's
	return device_adjust(p, NULL, &p->setup, f);
}

// --- what threads see ----------------------------------------------------------------------------

void port_gate(uint16_t slot, bool open) {
	if (__atomic_load_n(&port_io[slot].open, __ATOMIC_RELAXED) == open)
		return;
	__atomic_store_n(&port_io[slot].open, open, __ATOMIC_RELEASE);
	if (!open)
		rcu_synchronize();
}

// Puts a device behind a slot, or takes it away; the gate is closed.
static int port_install(uint16_t slot, struct port *p) {
	struct port_io *io = &port_io[slot];
	char name[32];

	live[slot] = p;
	if (p == NULL)
		return 0;
	if (io->handover == NULL && p->tx_queues < thread_count()) {
		snprintf(name, sizeof(name), "handover-%u", slot);
		io->handover = rte_ring_create(name, HANDOVER_SLOTS, SOCKET_ID_ANY, RING_F_SC_DEQ);
		if (io->handover == NULL)
			return -1;
	}
	io->ethdev = p->ethdev;
	io->rx_queues = p->rx_queues;
	io->tx_queues = p->tx_queues;
	memcpy(io->fds, p->fds, sizeof(io->fds));
	return 0;
}

struct port *port_live(uint16_t slot) {
	return live[slot];
}

// --- transactions --------------------------------------------------------------------------------

static bool bridged(const struct config *c, uint32_t port) {
	for (uint32_t i = 0; i < c->interfaces.count; i++) {
		const struct config_interface *f = (const void *)c->interfaces.by_id[i];

		if (f->port == port && f->kind == RING_INTERFACE_KIND_BRIDGED)
			return true;
	}
	return false;
}

static void setup_of(struct port_setup *setup, const struct config *c, const struct config_port *p) {
	setup->config = *p;
	setup->promiscuous = p->promiscuous || bridged(c, p->o.id);
	setup->jumbo = jumbo(p);
}

static bool same_identity(const struct config_port *a, const struct config_port *b) {
	return a->driver == b->driver && strcmp(a->device, b->device) == 0 &&
		strcmp(a->arguments, b->arguments) == 0;
}

static bool same_queues(const struct port_setup *a, const struct port_setup *b) {
	return a->config.rx_queues == b->config.rx_queues &&
		a->config.tx_queues == b->config.tx_queues &&
		a->config.rx_descriptors == b->config.rx_descriptors &&
		a->config.tx_descriptors == b->config.tx_descriptors && a->jumbo == b->jumbo;
}

static bool same_rest(const struct port_setup *a, const struct port_setup *b) {
	return a->config.mtu == b->config.mtu && a->config.enabled == b->config.enabled &&
		a->promiscuous == b->promiscuous &&
		rte_is_same_ether_addr(&a->config.mac, &b->config.mac);
}

static struct port *holder_of(const struct config_port *c) {
	char key[PORT_KEY];

	if (!port_key(c, key))
		return NULL;
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++)
		if (live[s] != NULL && strcmp(live[s]->key, key) == 0)
			return live[s];
	return NULL;
}

// How a port is, to be opened again just so.
static struct port_setup remember(const struct port *p) {
	struct port_setup setup = p->setup;

	setup.keep = p->mac;
	return setup;
}

static void plan_step(struct port_step *step) {
	struct port *before = live[step->slot];
	struct port_setup *setup = &step->setup;

	step->before = before;
	if (before != NULL && same_identity(&before->setup.config, &setup->config)) {
		setup->keep = before->setup.keep;
		step->old = before->setup;
		step->now = before;
		if (same_queues(&before->setup, setup))
			step->action = same_rest(&before->setup, setup) ? PORT_KEEP : PORT_CHANGE;
		else
			step->action = PORT_RESTART;
		if (step->action != PORT_RESTART || driver_of(&setup->config)->restarts)
			return;
		step->now = NULL;
	}
	step->victim = holder_of(&setup->config);
	if (step->victim == NULL && before != NULL && before->key[0] == 0 &&
	    step->action == PORT_RESTART)
		step->victim = before;
	step->action = step->victim != NULL ? PORT_REOPEN : PORT_CLAIM;
	if (step->victim != NULL)
		step->old = remember(step->victim);
}

int ports_prepare(
	struct port_plan *plan,
	const struct config *running,
	const struct config *next,
	struct failure *f
) {
	unsigned devices = rte_eth_dev_count_avail();

	(void)running;
	*plan = (struct port_plan){0};
	// Where both ends of a memif are here, the driver listens only if the server comes first.
	for (uint32_t i = 0; i < 2 * next->ports.count; i++) {
		const struct config_port *c = (const void *)next->ports.by_id[i % next->ports.count];
		struct port_step *step;

		if (memif_server(c) != (i < next->ports.count))
			continue;
		step = &plan->steps[plan->count++];
		step->slot = c->o.slot;
		setup_of(&step->setup, next, c);
		plan_step(step);
	}
	// Who is not in the next configuration, or leaves its slot to another device.
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++) {
		bool stays = false;

		for (uint32_t i = 0; i < plan->count && live[s] != NULL; i++)
			stays |= plan->steps[i].now == live[s] || plan->steps[i].victim == live[s];
		if (live[s] != NULL && !stays)
			plan->leaving[plan->leaving_count++] = live[s];
	}
	for (uint32_t i = 0; i < plan->count; i++) {
		struct port_step *step = &plan->steps[i];

		if (step->action == PORT_CLAIM) {
			if (devices++ >= RTE_MAX_ETHPORTS) {
				fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT,
				     step->setup.config.o.id,
				     "%u devices are open, the most this DPDK is built for; remove "
				     "ports in a commit before",
				     RTE_MAX_ETHPORTS);
				goto failed;
			}
			step->now = device_open(&step->setup, step->slot, f);
			if (step->now == NULL)
				goto failed;
		} else if (step->action != PORT_KEEP &&
			   device_allowed(&step->setup.config, f) < 0) {
			goto failed;
		} else if (step->action != PORT_KEEP) {
			struct rte_eth_dev_info info;
			const struct port *like = step->now != NULL ? step->now : step->victim;

			// What can be known of a device before it is opened again.
			if (like->setup.config.driver == step->setup.config.driver &&
			    rte_eth_dev_info_get(like->ethdev, &info) == 0 &&
			    mtu_allowed(&step->setup.config, &info, f) < 0)
				goto failed;
		}
		if (step->setup.jumbo && port_pool(true) == NULL) {
			fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, step->setup.config.o.id,
			     "no memory for packets of %u bytes", step->setup.config.mtu);
			goto failed;
		}
	}
	return 0;
failed:
	ports_release(plan);
	return -1;
}

void ports_release(struct port_plan *plan) {
	for (uint32_t i = 0; i < plan->count; i++) {
		struct port_step *step = &plan->steps[i];

		if (step->action == PORT_CLAIM && step->now != NULL && !step->done)
			device_close(step->now);
		step->now = NULL;
	}
	plan->count = 0;
}

bool ports_touched(const struct port_plan *plan) {
	for (uint32_t i = 0; i < plan->count; i++)
		if (plan->steps[i].action != PORT_KEEP)
			return true;
	return plan->leaving_count > 0;
}

const struct port *plan_port(const struct port_plan *plan, uint16_t slot) {
	for (uint32_t i = 0; i < plan->count; i++)
		if (plan->steps[i].slot == slot)
			return plan->steps[i].now;
	return NULL;
}

// Closes a port, for its device is wanted elsewhere. Its slot may have another device already.
static void evict(struct port *p) {
	if (live[p->slot] == p) {
		port_gate(p->slot, false);
		port_install(p->slot, NULL);
	}
	device_close(p);
}

static int restart(struct port *p, const struct port_setup *to, struct failure *f) {
	int error;

	port_gate(p->slot, false);
	error = rte_eth_dev_stop(p->ethdev);
	if (error != 0)
		return device_failed(p, "stop it", error, f);
	p->started = false;
	p->setup = *to;
	if (device_configure(p, f) < 0 || device_start(p, f) < 0 || port_install(p->slot, p) < 0)
		return -1;
	port_gate(p->slot, true);
	return 0;
}

static int step_apply(struct port_step *step, struct failure *f) {
	switch (step->action) {
	case PORT_KEEP:
		return 0;
	case PORT_CHANGE:
		return device_adjust(step->now, &step->old, &step->setup, f);
	case PORT_RESTART:
		return restart(step->now, &step->setup, f);
	case PORT_REOPEN:
		evict(step->victim);
		step->now = device_open(&step->setup, step->slot, f);
		if (step->now == NULL)
			return -1;
		/* fall through */
	case PORT_CLAIM:
		port_gate(step->slot, false);
		if (device_start(step->now, f) < 0)
			return -1;
		if (port_install(step->slot, step->now) < 0)
			return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT,
				    step->setup.config.o.id, "out of memory");
		port_gate(step->slot, step->now->started);
		return 0;
	}
	return 0;
}

int ports_apply(struct port_plan *plan, struct failure *f) {
	for (uint32_t i = 0; i < plan->count; i++) {
		struct port_step *step = &plan->steps[i];

		step->done = true;
		if (step_apply(step, f) < 0)
			return -1;
	}
	return 0;
}

static int give_up(const struct port_setup *old, const struct failure *f) {
	log_error("port %u (%s) could not be brought back: %s", old->config.o.id, old->config.name,
		  f->text);
	return -1;
}

// Ports of the running configuration that have no device.
static struct port_setup *lost[MAX_PORT_SLOTS];

static void forget_lost(uint16_t slot) {
	free(lost[slot]);
	lost[slot] = NULL;
}

// Opens a port as it was; where that fails it is lost, and tried again by ports_revive.
static int reopen(const struct port_setup *old, struct failure *f) {
	uint16_t slot = old->config.o.slot;
	struct port *p = device_open(old, slot, f);

	if (p != NULL && (device_start(p, f) < 0 || port_install(slot, p) < 0)) {
		device_close(p);
		port_install(slot, NULL);
		p = NULL;
	}
	if (p != NULL) {
		forget_lost(slot);
		port_gate(slot, p->started);
		return 0;
	}
	if (lost[slot] == NULL)
		lost[slot] = malloc(sizeof(*lost[slot]));
	if (lost[slot] != NULL && lost[slot] != old)
		*lost[slot] = *old;
	return -1;
}

// An interface of the same name is another one now.
static bool replaced(const struct port *p) {
	int index;

	if (!driver_of(&p->setup.config)->kernel_name)
		return false;
	index = if_nametoindex(p->setup.config.device);
	return index != 0 && index != p->ifindex;
}

// A memif client connects when it starts, and never again. While nobody serves it there is nothing to
// connect to; once somebody does, the handshake takes less than the second between two tries.
static void reconnect(struct port *p) {
	struct stat status;

	if (p->link_up || stat(p->setup.config.device, &status) < 0)
		return;
	port_gate(p->slot, false);
	if (p->started)
		rte_eth_dev_stop(p->ethdev);
	p->started = rte_eth_dev_start(p->ethdev) == 0;
	port_gate(p->slot, p->started);
}

void ports_revive(void) {
	for (unsigned s = 1; s < MAX_PORT_SLOTS; s++) {
		struct failure f = {0};
		struct port_setup setup;

		if (live[s] != NULL && replaced(live[s])) {
			setup = remember(live[s]);
			evict(live[s]);
		} else if (live[s] != NULL && memif_client(live[s]) &&
			   live[s]->setup.config.enabled) {
			reconnect(live[s]);
			continue;
		} else if (lost[s] != NULL) {
			setup = *lost[s];
		} else {
			continue;
		}
		if (reopen(&setup, &f) == 0)
			log_info("port %u (%s) has its device again", setup.config.o.id,
				 setup.config.name);
	}
}

static int step_undo(struct port_step *step) {
	struct failure f = {0};

	switch (step->action) {
	case PORT_KEEP:
		return 0;
	case PORT_CHANGE:
		return device_adjust(step->now, &step->setup, &step->old, &f) < 0
			? give_up(&step->old, &f)
			: 0;
	case PORT_RESTART:
		if (!step->now->started)
			step->now->started = rte_eth_dev_start(step->now->ethdev) == 0;
		return restart(step->now, &step->old, &f) < 0 ? give_up(&step->old, &f) : 0;
	case PORT_CLAIM:
		return 0;
	case PORT_REOPEN:
		return reopen(&step->old, &f) < 0 ? give_up(&step->old, &f) : 0;
	}
	return 0;
}

static bool is_leaving(const struct port_plan *plan, const struct port *p) {
	for (uint32_t i = 0; i < plan->leaving_count; i++)
		if (plan->leaving[i] == p)
			return true;
	return false;
}

// A new device goes; who had the slot and is still open gets it back.
static void withdraw(const struct port_plan *plan, struct port_step *step) {
	port_gate(step->slot, false);
	if (step->now != NULL)
		device_close(step->now);
	step->now = NULL;
	port_install(step->slot, NULL);
	if (step->before != NULL && is_leaving(plan, step->before)) {
		port_install(step->slot, step->before);
		port_gate(step->slot, step->before->started);
	}
}

int ports_undo(struct port_plan *plan) {
	int result = 0;

	// All new devices first: an old port may need one that another step has taken.
	for (uint32_t i = plan->count; i-- > 0;) {
		struct port_step *step = &plan->steps[i];

		if (step->done && (step->action == PORT_REOPEN || step->action == PORT_CLAIM))
			withdraw(plan, step);
	}
	for (uint32_t i = plan->count; i-- > 0;) {
		struct port_step *step = &plan->steps[i];

		if (step->done && step_undo(step) < 0)
			result = -1;
		step->done = false;
	}
	return result;
}

static void empty_handover(uint16_t slot) {
	void *m;

	while (port_io[slot].handover != NULL &&
	       rte_ring_sc_dequeue(port_io[slot].handover, &m) == 0)
		drop_control(m, DROP_NO_PORT);
}

void ports_finish(struct port_plan *plan) {
	for (uint32_t i = 0; i < plan->count; i++)
		plan->steps[i].now->setup = plan->steps[i].setup;
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++)
		forget_lost(s);
	for (uint32_t i = 0; i < plan->leaving_count; i++) {
		struct port *p = plan->leaving[i];

		// Its slot may have gone to a new device already.
		if (live[p->slot] == p) {
			port_gate(p->slot, false);
			port_install(p->slot, NULL);
			// No thread looks at this slot any more.
			empty_handover(p->slot);
		}
		device_close(p);
	}
	plan->leaving_count = 0;
	plan->count = 0;
}

void ports_close(void) {
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++) {
		forget_lost(s);
		if (live[s] != NULL) {
			struct port *p = live[s];

			port_gate(s, false);
			port_install(s, NULL);
			device_close(p);
		}
	}
}

// --- link state ----------------------------------------------------------------------------------

static void look(struct port *p) {
	bool up = false;
	uint32_t speed = 0;

	if (p->ifindex != 0) {
		struct kernel_link link;

		up = netlink_link(p->ifindex, &link) == 0 && link.sends;
	} else {
		struct rte_eth_link link = {0};

		if (rte_eth_link_get_nowait(p->ethdev, &link) == 0)
			up = link.link_status == RTE_ETH_LINK_UP;
		if (up && link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN &&
		    p->setup.config.driver == RING_DRIVER_PCI)
			speed = link.link_speed;
	}
	up = up && p->setup.config.enabled;
	if (up == p->link_up && speed == p->speed_mbps && p->last_change != 0)
		return;
	if (up)
		clear_errors(p);
	p->link_up = up;
	p->speed_mbps = speed;
	p->last_change = realtime_nanos();
	if (ports_link_changed != NULL)
		ports_link_changed(p);
}

void ports_link_poll(int ifindex) {
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++)
		if (live[s] != NULL && (live[s]->started || memif_client(live[s])) &&
		    (ifindex == 0 || live[s]->ifindex == RTE_MAX(ifindex, 0)))
			look(live[s]);
}

void ports_count_errors(void) {
	for (unsigned s = 0; s < MAX_PORT_SLOTS; s++) {
		struct port *p = live[s];
		struct port_counters *c = &control_thread()->counters->ports[s];
		struct rte_eth_stats stats;

		if (p == NULL || rte_eth_stats_get(p->ethdev, &stats) != 0)
			continue;
		c->rx_drops += stats.imissed + stats.rx_nombuf - p->missed + ring_drops(p);
		c->rx_errors += stats.ierrors - p->rx_errors;
		c->tx_errors += stats.oerrors - p->tx_errors;
		p->missed = stats.imissed + stats.rx_nombuf;
		p->rx_errors = stats.ierrors;
		p->tx_errors = stats.oerrors;
	}
}
