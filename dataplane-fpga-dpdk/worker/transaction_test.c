// Transactions: what is refused, what a failure leaves behind, and what stays untouched.

#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ring/messages.h"

static void commit(void) {
	if (testing_prepare() < 0 || testing_commit() < 0) {
		print_error("%s\n", testing_failure.text);
		assert_true(false);
	}
}

// Two ports, bridged.
static void two_ports(void) {
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_port(2, 1500), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L2), 0);
	assert_int_equal(testing_bridged(11, 1, 1, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_bridged(12, 2, 1, RING_VLAN_MODE_ANY, 0), 0);
	commit();
}

#define assert_refused(call, what, about, number)                                                  \
	do {                                                                                       \
		memset(&testing_failure, 0, sizeof(testing_failure));                              \
		assert_int_equal(call, -1);                                                        \
		if (testing_failure.error != (what))                                               \
			print_error("%s\n", testing_failure.text);                                 \
		assert_int_equal(testing_failure.error, what);                                     \
		assert_int_equal(testing_failure.object, about);                                   \
		assert_int_equal(testing_failure.object_id, number);                               \
		assert_true(testing_failure.text[0] != 0);                                         \
	} while (0)

/* R21 */
static void prepare_shows_nothing_and_commit_flips(void **state) {
	const struct face *before = face_current();

	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_instance(7, RING_INSTANCE_KIND_L3), 0);
	assert_int_equal(testing_routed(70, 1, 7, 0), 0);
	assert_int_equal(testing_address(70, 4, "10.0.0.1", 24), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_ptr_equal(face_current(), before);
	assert_null(port_live(1));
	assert_int_equal(testing_commit(), 0);
	assert_ptr_not_equal(face_current(), before);

	const struct face *face = face_current();
	const struct face_interface *i = face_interface_by_id(face, 70);
	static const uint8_t mine[] = {10, 0, 0, 1}, other[] = {10, 0, 0, 2};

	assert_non_null(i);
	assert_int_equal(face->instances[i->instance].id, 7);
	assert_int_equal(i->mtu4, 1500);
	assert_int_equal(i->mac.addr_bytes[5], 1);
	assert_int_equal(i->next[INPUT_IP4], NODE_IP4_INPUT);
	assert_true(face_interface_has(i, 4, mine));
	assert_false(face_interface_has(i, 4, other));
	assert_null(face_interface_by_id(face, 71));
}

/* R21 */
static void abort_leaves_nothing(void **state) {
	const struct face *before = face_current();
	unsigned devices = rte_eth_dev_count_avail();

	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_int_equal(rte_eth_dev_count_avail(), devices + 1);
	testing_abort();
	assert_int_equal(rte_eth_dev_count_avail(), devices);
	assert_ptr_equal(face_current(), before);
	assert_refused(testing_commit(), RING_ERROR_NO_TRANSACTION, RING_OBJECT_NONE, 0);
}

/* R31 */
static void one_transaction_at_a_time(void **state) {
	static const int other = 2;

	assert_int_equal(testing_begin(false), 0);
	assert_refused(
		transaction_begin(&other, false, 0, 0, &testing_failure),
		RING_ERROR_IN_TRANSACTION, RING_OBJECT_NONE, 0
	);
	assert_refused(
		transaction_prepare(&other, 0, &testing_failure), RING_ERROR_NO_TRANSACTION,
		RING_OBJECT_NONE, 0
	);
	// As when the first client's socket ends.
	testing_abort();
	assert_int_equal(transaction_begin(&other, false, 0, 0, &testing_failure), 0);
	transaction_abort(&other);
}

/* R31 */
static void changes_need_a_transaction(void **state) {
	assert_refused(testing_port(1, 1500), RING_ERROR_NO_TRANSACTION, RING_OBJECT_NONE, 0);
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_refused(testing_port(1, 1500), RING_ERROR_NO_TRANSACTION, RING_OBJECT_NONE, 0);
}

static void refused_in_prepare(enum ring_error error, enum ring_object object, uint64_t id) {
	const struct face *before = face_current();
	unsigned devices = rte_eth_dev_count_avail();

	assert_refused(testing_prepare(), error, object, id);
	assert_ptr_equal(face_current(), before);
	assert_int_equal(rte_eth_dev_count_avail(), devices);
}

static int pcap_port(uint32_t number, const char *arguments) {
	struct ring_port_set m = {
		.header.type = RING_PORT_SET,
		.port = number,
		.driver = RING_DRIVER_PCAP,
		.enabled = 1,
		.mtu = 1500,
	};

	snprintf(m.arguments, sizeof(m.arguments), "%s", arguments);
	snprintf(m.name, sizeof(m.name), "pcap%u", number);
	return testing_send(&m);
}

/* R64 R65 */
static void two_ports_on_one_device_are_refused(void **state) {
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "tx_pcap=/tmp/lagopus-test-%d.pcap", getpid());
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(pcap_port(3, arguments), 0);
	assert_int_equal(pcap_port(4, arguments), 0);
	refused_in_prepare(RING_ERROR_IN_USE, RING_OBJECT_PORT, 4);
	assert_non_null(strstr(testing_failure.text, "port 3"));
}

/* R64 */
static void references_must_exist(void **state) {
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L2), 0);
	assert_int_equal(testing_bridged(11, 5, 1, RING_VLAN_MODE_ANY, 0), 0);
	refused_in_prepare(RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_INTERFACE, 11);

	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(5, 1500), 0);
	assert_int_equal(testing_bridged(11, 5, 9, RING_VLAN_MODE_ANY, 0), 0);
	refused_in_prepare(RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_INTERFACE, 11);

	assert_int_equal(testing_begin(false), 0);
	assert_refused(
		testing_address(99, 4, "10.0.0.1", 24), RING_ERROR_UNKNOWN_OBJECT,
		RING_OBJECT_INTERFACE, 99
	);
}

/* R64 */
static void a_vlan_has_one_owner_on_a_port(void **state) {
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L2), 0);
	assert_int_equal(testing_instance(2, RING_INSTANCE_KIND_L3), 0);
	assert_int_equal(testing_bridged(11, 1, 1, RING_VLAN_MODE_TRUNK, 0), 0);
	assert_int_equal(testing_trunk(11, 10, 20), 0);
	assert_int_equal(testing_routed(12, 1, 2, 15), 0);
	refused_in_prepare(RING_ERROR_IN_USE, RING_OBJECT_INTERFACE, 12);
}

/* R64 */
static void an_address_is_used_once_in_an_instance(void **state) {
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_port(2, 1500), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L3), 0);
	assert_int_equal(testing_instance(2, RING_INSTANCE_KIND_L3), 0);
	assert_int_equal(testing_routed(11, 1, 1, 0), 0);
	assert_int_equal(testing_routed(12, 2, 2, 0), 0);
	assert_int_equal(testing_address(11, 4, "10.0.0.1", 24), 0);
	assert_int_equal(testing_address(12, 4, "10.0.0.1", 24), 0);
	// In another instance: fine.
	assert_int_equal(testing_prepare(), 0);
	testing_abort();

	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L3), 0);
	assert_int_equal(testing_routed(11, 1, 1, 0), 0);
	assert_int_equal(testing_routed(12, 1, 1, 5), 0);
	assert_int_equal(testing_address(11, 4, "10.0.0.1", 24), 0);
	assert_int_equal(testing_address(12, 4, "10.0.0.1", 16), 0);
	refused_in_prepare(RING_ERROR_IN_USE, RING_OBJECT_ADDRESS, 12);
}

/* R64 */
static void fields_outside_their_range_are_refused_at_once(void **state) {
	assert_int_equal(testing_begin(false), 0);
	assert_refused(testing_port(0, 1500), RING_ERROR_MALFORMED, RING_OBJECT_PORT, 0);
	assert_refused(testing_port(65536, 1500), RING_ERROR_MALFORMED, RING_OBJECT_PORT, 65536);
	assert_refused(testing_port(1, 40), RING_ERROR_MALFORMED, RING_OBJECT_PORT, 1);
	assert_refused(
		testing_instance(0, RING_INSTANCE_KIND_L2), RING_ERROR_MALFORMED,
		RING_OBJECT_INSTANCE, 0
	);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_routed(11, 1, 0, 0), 0);
	assert_refused(
		testing_address(11, 4, "224.0.0.1", 24), RING_ERROR_MALFORMED, RING_OBJECT_ADDRESS, 11
	);
	assert_refused(
		testing_address(11, 6, "::1", 128), RING_ERROR_MALFORMED, RING_OBJECT_ADDRESS, 11
	);
	assert_refused(
		testing_trunk(11, 20, 10), RING_ERROR_MALFORMED, RING_OBJECT_VLAN_MEMBER, 11
	);
	// None of this has spoiled the draft.
	assert_int_equal(testing_prepare(), 0);
}

/* R60 */
static void more_ports_than_dpdk_has_are_refused_with_the_remedy(void **state) {
	assert_int_equal(testing_begin(false), 0);
	for (uint32_t n = 1; n <= RTE_MAX_ETHPORTS + 1; n++)
		assert_int_equal(testing_port(n, 1500), 0);
	refused_in_prepare(RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, RTE_MAX_ETHPORTS + 1);
	assert_non_null(strstr(testing_failure.text, "max_ethports"));
}

/* R60 */
static void an_mtu_the_worker_cannot_carry_is_refused(void **state) {
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 9601), 0);
	refused_in_prepare(RING_ERROR_NOT_SUPPORTED, RING_OBJECT_PORT, 1);
}

static int pci_port(const char *device) {
	struct ring_port_set m = {
		.header.type = RING_PORT_SET,
		.port = 1,
		.driver = RING_DRIVER_PCI,
		.enabled = 1,
		.mtu = 1500,
	};

	snprintf(m.device, sizeof(m.device), "%s", device);
	return testing_send(&m);
}

/* R60 */
static void a_device_of_the_kernel_is_never_taken(void **state) {
	char folder[] = "/tmp/lagopus-pci-XXXXXX", device[64], driver[80];
	const char *real = port_pci_devices;

	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(pci_port("0000:7f:1f.7"), 0);
	refused_in_prepare(RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, 1);
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(pci_port("eth0"), 0);
	refused_in_prepare(RING_ERROR_MALFORMED, RING_OBJECT_PORT, 1);

	// A card that the kernel drives, in a tree of our own: no test names a real one.
	assert_non_null(mkdtemp(folder));
	snprintf(device, sizeof(device), "%s/0000:7f:1f.6", folder);
	snprintf(driver, sizeof(driver), "%s/driver", device);
	assert_int_equal(mkdir(device, 0700), 0);
	assert_int_equal(symlink("../../../bus/pci/drivers/virtio-pci", driver), 0);
	port_pci_devices = folder;
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(pci_port("0000:7f:1f.6"), 0);
	refused_in_prepare(RING_ERROR_MANAGEMENT_PORT, RING_OBJECT_PORT, 1);
	port_pci_devices = real;
	unlink(driver);
	rmdir(device);
	rmdir(folder);
}

// Everything that tells one state of the worker from another.
struct picture {
	const struct face *face;
	unsigned devices;
	uint16_t ethdev[3], mtu[3];
	bool open[3];
};

static struct picture take_picture(void) {
	struct picture p = {face_current(), rte_eth_dev_count_avail(), {0}, {0}, {0}};

	for (unsigned n = 1; n <= 2; n++) {
		p.ethdev[n] = port_live(n)->ethdev;
		p.open[n] = port_io[n].open;
		rte_eth_dev_get_mtu(p.ethdev[n], &p.mtu[n]);
	}
	return p;
}

static void a_fault_restores_everything(enum ring_fault_step step) {
	struct picture before, after;

	two_ports();
	before = take_picture();
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1400), 0);
	assert_int_equal(testing_port(3, 1500), 0);
	assert_int_equal(testing_bridged(13, 3, 1, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_send(&(struct ring_port_delete){
				 .header.type = RING_PORT_DELETE, .port = 2}), 0);
	testing_fault(step, RING_OBJECT_PORT);
	if (step == RING_FAULT_STEP_IN_PREPARE) {
		assert_refused(testing_prepare(), RING_ERROR_FAULT, RING_OBJECT_PORT, 0);
	} else {
		assert_int_equal(testing_prepare(), 0);
		assert_refused(testing_commit(), RING_ERROR_FAULT, RING_OBJECT_PORT, 0);
	}
	after = take_picture();
	assert_memory_equal(&before, &after, sizeof(before));
	assert_null(config_port(&face_current()->config, 3));

	// The fault was for once, and the same goes through now.
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1400), 0);
	commit();
	after = take_picture();
	assert_int_equal(after.mtu[1], 1400);
	assert_int_equal(after.ethdev[1], before.ethdev[1]);
}

/* R65 */
static void a_fault_in_prepare_restores_everything(void **state) {
	a_fault_restores_everything(RING_FAULT_STEP_IN_PREPARE);
}

/* R65 */
static void a_fault_in_apply_restores_everything(void **state) {
	a_fault_restores_everything(RING_FAULT_STEP_IN_APPLY);
}

/* R65 */
static void a_fault_in_flip_restores_everything(void **state) {
	a_fault_restores_everything(RING_FAULT_STEP_IN_FLIP);
}

/* R65 */
static void a_fault_waits_for_its_object(void **state) {
	two_ports();
	testing_fault(RING_FAULT_STEP_IN_APPLY, RING_OBJECT_INTERFACE);
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1400), 0);
	commit();
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_bridged(12, 2, 0, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_refused(testing_commit(), RING_ERROR_FAULT, RING_OBJECT_INTERFACE, 0);
}

/* R65 */
static void a_device_that_fails_to_reopen_comes_back_with_its_old_parameters(void **state) {
	char with[128], without[256];
	uint16_t mtu = 0;

	snprintf(with, sizeof(with), "tx_pcap=/tmp/lagopus-test-%d.pcap", getpid());
	snprintf(without, sizeof(without), "%s,rx_pcap=/nonexistent", with);
	two_ports();
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(pcap_port(5, with), 0);
	commit();
	const struct face *before = face_current();
	uint16_t slot = testing_slot(5);

	// The same device, other arguments: it has to be closed before it can be opened with them.
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_port(1, 1400), 0);
	assert_int_equal(pcap_port(5, without), 0);
	assert_int_equal(testing_prepare(), 0);
	assert_refused(testing_commit(), RING_ERROR_NO_RESOURCE, RING_OBJECT_PORT, 5);
	assert_ptr_equal(face_current(), before);
	assert_non_null(port_live(slot));
	assert_true(port_live(slot)->started);
	assert_true(port_io[slot].open);
	assert_string_equal(port_live(slot)->setup.config.arguments, with);
	rte_eth_dev_get_mtu(port_live(testing_slot(1))->ethdev, &mtu);
	assert_int_equal(mtu, 1500);
	unlink(with + strlen("tx_pcap="));
}

/* R65 */
static void two_ports_exchange_their_devices_or_nothing_happens(void **state) {
	char one[128], two[128];

	snprintf(one, sizeof(one), "tx_pcap=/tmp/lagopus-test-%d-1.pcap", getpid());
	snprintf(two, sizeof(two), "tx_pcap=/tmp/lagopus-test-%d-2.pcap", getpid());
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(pcap_port(1, one), 0);
	assert_int_equal(pcap_port(2, two), 0);
	commit();
	for (int round = 0; round < 2; round++) {
		assert_int_equal(testing_begin(false), 0);
		assert_int_equal(pcap_port(1, two), 0);
		assert_int_equal(pcap_port(2, one), 0);
		assert_int_equal(testing_prepare(), 0);
		if (round == 0) {
			testing_fault(RING_FAULT_STEP_IN_FLIP, RING_OBJECT_PORT);
			assert_refused(testing_commit(), RING_ERROR_FAULT, RING_OBJECT_PORT, 0);
		} else {
			assert_int_equal(testing_commit(), 0);
		}
		assert_string_equal(port_live(testing_slot(1))->setup.config.arguments,
				    round == 0 ? one : two);
		assert_string_equal(port_live(testing_slot(2))->setup.config.arguments,
				    round == 0 ? two : one);
		assert_true(port_live(testing_slot(1))->started);
		assert_true(port_io[testing_slot(1)].open && port_io[testing_slot(2)].open);
	}
	unlink(one + strlen("tx_pcap="));
	unlink(two + strlen("tx_pcap="));
}

/* R60 */
static void queues_of_a_port_change_without_touching_the_other(void **state) {
	struct ring_port_set m = {
		.header.type = RING_PORT_SET,
		.port = 1,
		.driver = RING_DRIVER_NULL,
		.enabled = 1,
		.mtu = 1500,
		.mac = {2, 0, 0, 0, 0, 1},
		.arguments = "copy=1",
		.name = "port1",
		.rx_queues = 2,
	};
	struct picture before, after;

	two_ports();
	before = take_picture();
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_send(&m), 0);
	commit();
	after = take_picture();
	assert_int_equal(port_io[1].rx_queues, 2);
	assert_true(port_io[1].open);
	assert_int_equal(after.ethdev[2], before.ethdev[2]);
	assert_int_equal(face_current()->poll[0].count, 3);
}

/* R20 R21 */
static void a_full_replay_touches_nothing(void **state) {
	struct picture before, after;
	const struct config_port *object;

	two_ports();
	before = take_picture();
	object = config_port(&face_current()->config, 1);
	assert_int_equal(testing_begin(true), 0);
	assert_int_equal(testing_instance(1, RING_INSTANCE_KIND_L2), 0);
	assert_int_equal(testing_port(2, 1500), 0);
	assert_int_equal(testing_port(1, 1500), 0);
	assert_int_equal(testing_bridged(12, 2, 1, RING_VLAN_MODE_ANY, 0), 0);
	assert_int_equal(testing_bridged(11, 1, 1, RING_VLAN_MODE_ANY, 0), 0);
	commit();
	after = take_picture();
	assert_ptr_equal(config_port(&face_current()->config, 1), object);
	assert_memory_equal(before.ethdev, after.ethdev, sizeof(before.ethdev));
	assert_int_equal(before.devices, after.devices);
}

/* R21 */
static void deleting_a_port_takes_its_interfaces(void **state) {
	two_ports();
	assert_int_equal(testing_begin(false), 0);
	assert_int_equal(testing_send(&(struct ring_port_delete){
				 .header.type = RING_PORT_DELETE, .port = 2}), 0);
	commit();
	assert_null(config_interface(&face_current()->config, 12));
	assert_non_null(config_interface(&face_current()->config, 11));
	assert_int_equal(face_instance_by_id(face_current(), 1)->member_count, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, testing_reset)
	const struct CMUnitTest tests[] = {
		TEST(prepare_shows_nothing_and_commit_flips),
		TEST(abort_leaves_nothing),
		TEST(one_transaction_at_a_time),
		TEST(changes_need_a_transaction),
		TEST(two_ports_on_one_device_are_refused),
		TEST(references_must_exist),
		TEST(a_vlan_has_one_owner_on_a_port),
		TEST(an_address_is_used_once_in_an_instance),
		TEST(fields_outside_their_range_are_refused_at_once),
		TEST(more_ports_than_dpdk_has_are_refused_with_the_remedy),
		TEST(an_mtu_the_worker_cannot_carry_is_refused),
		TEST(a_device_of_the_kernel_is_never_taken),
		TEST(a_fault_in_prepare_restores_everything),
		TEST(a_fault_in_apply_restores_everything),
		TEST(a_fault_in_flip_restores_everything),
		TEST(a_fault_waits_for_its_object),
		TEST(a_device_that_fails_to_reopen_comes_back_with_its_old_parameters),
		TEST(two_ports_exchange_their_devices_or_nothing_happens),
		TEST(queues_of_a_port_change_without_touching_the_other),
		TEST(a_full_replay_touches_nothing),
		TEST(deleting_a_port_takes_its_interfaces),
	};

	return cmocka_run_group_tests_name("transaction", tests, testing_start, testing_stop);
}
