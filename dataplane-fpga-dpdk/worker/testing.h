// The whole worker inside a test: real transactions, ports and nodes, but its one datapath thread turns
// only when the test says so, and each port's cable ends in the test.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// The worker has a function of this name.
#undef fail
#undef fail_msg

#include "datapath.h"
#include "draft.h"
#include "port.h"
#include "transaction.h"

// Group fixtures: EAL without hugepages, and a worker that accepts faults.
int testing_start(void **state);
int testing_stop(void **state);
// Test fixture: back to the empty configuration, nothing lost.
int testing_reset(void **state);

extern struct failure testing_failure; // of the last call that returned -1

// Requests, as client 1.
int testing_begin(bool replace);
int testing_send(const void *message); // struct ring_*; its length is filled in
int testing_prepare(void);
int testing_commit(void);
void testing_abort(void);
void testing_fault(enum ring_fault_step step, enum ring_object object);

// The messages that most tests need. Ports: driver null, MAC 02:00:00:00:00:PP.
int testing_port(uint32_t number, uint32_t mtu);
int testing_instance(uint32_t id, enum ring_instance_kind kind);
int testing_bridged(
	uint32_t id, uint32_t port, uint32_t instance, enum ring_vlan_mode mode, uint16_t vlan
);
int testing_routed(uint32_t id, uint32_t port, uint32_t instance, uint16_t vlan);
int testing_trunk(uint32_t interface, uint16_t first, uint16_t last);
int testing_address(uint32_t interface, uint8_t family, const char *address, uint8_t length);

// Plugs the test into a port.
void testing_plug(uint32_t port);
// A frame arrives; the thread turns until nothing is left to do.
void testing_frame(uint32_t port, const void *bytes, uint16_t length);
// What a port has sent: the length, 0 if nothing.
uint16_t testing_sent(uint32_t port, uint8_t *bytes, uint16_t room);
void testing_rounds(void);

uint16_t testing_slot(uint32_t port);
