#include "testing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>

#include "eal.h"
#include "ring/messages.h"
#include "segment.h"

struct failure testing_failure;

static const int client = 1;

// Cables are ring devices, made once and used again; their own device is put in a port's place.
static struct {
	struct rte_ring *to_worker, *from_worker;
	uint16_t ethdev, displaced;
	uint32_t port;
} cables[8];
static unsigned cable_count;

int testing_start(void **state) {
	static bool eal;
	bool hugepages;

	(void)state;
	log_level = 3;
	if (!eal && eal_start(&(struct eal_settings){.no_huge = true}, &hugepages) < 0)
		return -1;
	if (!eal && ports_start(false) < 0)
		return -1;
	eal = true;
	if (segment_start(1, 1) < 0 || runtime_start(1) < 0 || transaction_start(true) < 0)
		return -1;
	return datapath_start(NULL);
}

static void unplug(void) {
	for (unsigned i = 0; i < cable_count; i++) {
		void *m;

		if (cables[i].port == 0)
			continue;
		port_io[testing_slot(cables[i].port)].ethdev = cables[i].displaced;
		cables[i].port = 0;
		while (rte_ring_dequeue(cables[i].from_worker, &m) == 0)
			rte_pktmbuf_free(m);
	}
}

int testing_stop(void **state) {
	(void)state;
	unplug();
	transaction_stop();
	datapath_stop();
	runtime_stop();
	segment_stop();
	return 0;
}

int testing_reset(void **state) {
	(void)state;
	testing_abort();
	unplug();
	if (testing_begin(true) < 0 || testing_prepare() < 0 || testing_commit() < 0) {
		print_error("cannot reset: %s\n", testing_failure.text);
		return -1;
	}
	testing_rounds(); // what modules had to say about it
	if (rte_mempool_in_use_count(port_pool(false)) != 0) {
		print_error("%u mbufs are lost\n", rte_mempool_in_use_count(port_pool(false)));
		return -1;
	}
	return rte_eth_dev_count_avail() == cable_count ? 0 : -1;
}

// --- requests ------------------------------------------------------------------------------------

int testing_begin(bool replace) {
	return transaction_begin(&client, replace, 0, 0, &testing_failure);
}

int testing_send(const void *message) {
	struct ring_header *h = (struct ring_header *)message;

	h->length = ring_message_size(h->type);
	if (ring_message_check(message, h->length) != RING_ERROR_OK) {
		print_error("%s is malformed\n", ring_message_name(h->type));
		return -1;
	}
	return transaction_message(&client, message, &testing_failure);
}

int testing_prepare(void) {
	return transaction_prepare(&client, 0, &testing_failure);
}

int testing_commit(void) {
	return transaction_commit(&client, 0, &testing_failure);
}

void testing_abort(void) {
	transaction_abort(&client);
}

void testing_fault(enum ring_fault_step step, enum ring_object object) {
	fault_set(&(struct ring_fault_set){.step = step, .object = object, .count = 1},
		  &testing_failure);
}

int testing_port(uint32_t number, uint32_t mtu) {
	struct ring_port_set m = {
		.header.type = RING_PORT_SET,
		.port = number,
		.driver = RING_DRIVER_NULL,
		.enabled = 1,
		.mtu = mtu,
		.mac = {2, 0, 0, 0, 0, number},
		.arguments = "copy=1",
	};

	snprintf(m.name, sizeof(m.name), "port%u", number);
	return testing_send(&m);
}

int testing_instance(uint32_t id, enum ring_instance_kind kind) {
	struct ring_instance_set m = {
		.header.type = RING_INSTANCE_SET,
		.instance = id,
		.kind = kind,
		.mac_learning = 1,
		.mac_ageing = 300,
	};

	snprintf(m.name, sizeof(m.name), "instance%u", id);
	return testing_send(&m);
}

int testing_bridged(
	uint32_t id, uint32_t port, uint32_t instance, enum ring_vlan_mode mode, uint16_t vlan
) {
	struct ring_interface_set m = {
		.header.type = RING_INTERFACE_SET,
		.interface = id,
		.port = port,
		.instance = instance,
		.kind = RING_INTERFACE_KIND_BRIDGED,
		.enabled = 1,
		.vlan_mode = mode,
		.vlan = vlan,
	};

	snprintf(m.name, sizeof(m.name), "interface%u", id);
	return testing_send(&m);
}

int testing_routed(uint32_t id, uint32_t port, uint32_t instance, uint16_t vlan) {
	struct ring_interface_set m = {
		.header.type = RING_INTERFACE_SET,
		.interface = id,
		.port = port,
		.instance = instance,
		.kind = RING_INTERFACE_KIND_ROUTED,
		.enabled = 1,
		.vlan = vlan,
	};

	snprintf(m.name, sizeof(m.name), "interface%u", id);
	return testing_send(&m);
}

int testing_trunk(uint32_t interface, uint16_t first, uint16_t last) {
	return testing_send(&(struct ring_vlan_member_set){
		.header.type = RING_VLAN_MEMBER_SET,
		.interface = interface,
		.first = first,
		.last = last,
	});
}

int testing_address(uint32_t interface, uint8_t family, const char *address, uint8_t length) {
	struct ring_address_set m = {
		.header.type = RING_ADDRESS_SET,
		.interface = interface,
		.family = family,
		.prefix_length = length,
	};

	if (inet_pton(family == 4 ? AF_INET : AF_INET6, address, m.address) != 1)
		return -1;
	return testing_send(&m);
}

// --- cables --------------------------------------------------------------------------------------

uint16_t testing_slot(uint32_t port) {
	const struct config_port *c = config_port(&face_current()->config, port);

	assert_non_null(c);
	return c->o.slot;
}

static void cable_make(unsigned i) {
	struct rte_eth_conf conf = {0};
	char name[32];
	int ethdev;

	snprintf(name, sizeof(name), "to-worker-%u", i);
	cables[i].to_worker = rte_ring_create(name, 256, SOCKET_ID_ANY, 0);
	snprintf(name, sizeof(name), "from-worker-%u", i);
	cables[i].from_worker = rte_ring_create(name, 256, SOCKET_ID_ANY, 0);
	snprintf(name, sizeof(name), "cable%u", i);
	ethdev = rte_eth_from_rings(
		name, &cables[i].to_worker, 1, &cables[i].from_worker, 1, SOCKET_ID_ANY
	);
	assert_true(ethdev >= 0);
	assert_int_equal(rte_eth_dev_configure(ethdev, 1, 1, &conf), 0);
	assert_int_equal(
		rte_eth_rx_queue_setup(ethdev, 0, 64, SOCKET_ID_ANY, NULL, port_pool(false)), 0
	);
	assert_int_equal(rte_eth_tx_queue_setup(ethdev, 0, 64, SOCKET_ID_ANY, NULL), 0);
	assert_int_equal(rte_eth_dev_start(ethdev), 0);
	cables[i].ethdev = ethdev;
	cable_count++;
}

void testing_plug(uint32_t port) {
	struct port_io *io = &port_io[testing_slot(port)];
	unsigned i = 0;

	while (i < cable_count && cables[i].port != 0)
		i++;
	assert_true(i < RTE_DIM(cables));
	if (i == cable_count)
		cable_make(i);
	cables[i].port = port;
	cables[i].displaced = io->ethdev;
	io->ethdev = cables[i].ethdev;
}

static unsigned cable_of(uint32_t port) {
	for (unsigned i = 0; i < cable_count; i++)
		if (cables[i].port == port)
			return i;
	assert_true(false);
	return 0;
}

void testing_rounds(void) {
	while (thread_round(datapath_thread(0)))
		;
}

void testing_frame(uint32_t port, const void *bytes, uint16_t length) {
	struct rte_mbuf *m = rte_pktmbuf_alloc(port_pool(false));

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, length), bytes, length);
	assert_int_equal(rte_ring_enqueue(cables[cable_of(port)].to_worker, m), 0);
	testing_rounds();
}

uint16_t testing_sent(uint32_t port, uint8_t *bytes, uint16_t room) {
	struct rte_mbuf *m;
	uint16_t length;

	if (rte_ring_dequeue(cables[cable_of(port)].from_worker, (void **)&m) != 0)
		return 0;
	length = m->pkt_len;
	assert_true(length <= room);
	memcpy(bytes, rte_pktmbuf_mtod(m, void *), length);
	rte_pktmbuf_free(m);
	return length;
}
