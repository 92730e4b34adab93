// A worker of one thread for tests of modules: real mbufs and nodes, but ports only record what is
// sent, the control thread is the test, and time passes when it says so.
//
// The box, unless a test changes it (MACs 02:00:00:00:00:0P of port P):
//
//     interface  slot  port  tag  instance  addresses
//            11     1     1    -         1  10.1.0.1/24, 2001:db8:1::1/64
//            12     2     2    -         1  10.2.0.1/24, 2001:db8:2::1/64
//            13     3     2  100         1  10.3.0.1/24, 2001:db8:3::1/64
//            14     4     3    -         2  10.1.0.1/24, 2001:db8:1::1/64
//            15     5     4    -         2  10.5.0.1/24
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// The worker has a function of this name.
#undef fail
#undef fail_msg
#define fail_msg(...)                                                                              \
	do {                                                                                       \
		print_error(__VA_ARGS__);                                                          \
		_fail(__FILE__, __LINE__);                                                         \
	} while (0)

#include "feature.h"
#include "ip/ip.h"
#include "messages.h"
#include "runtime.h"

extern struct thread *fake_thread;
extern struct draft fake_draft;

struct sent {
	uint16_t port;
	uint16_t length;
	uint8_t bytes[2048];
};

#define FAKE_SENT_MAX 256
extern struct sent fake_sent[FAKE_SENT_MAX];
extern unsigned fake_sent_count;

// EAL without hugepages and without devices. For cmocka_run_group_tests.
int fake_group_start(void **state);
int fake_group_stop(void **state);
// Starts the features and commits the box above; stops them and finds lost mbufs.
int fake_start(const struct feature *const *modules, unsigned count);
int fake_stop(void);

// Transactions: change fake_draft.next by the calls below or messages, then commit.
void fake_begin(bool replace);
int fake_message(const void *message);
int fake_prepare(void);
void fake_commit(void);
void fake_abort(void);
extern struct failure fake_failure;
struct config_interface *fake_interface(uint32_t id); // a copy in the draft, to be changed
void fake_interface_remove(uint32_t id);
void fake_address(struct config_interface *i, const char *address, uint8_t length);

// Routes, by the messages an agent sends. gateway NULL: the kind alone.
int fake_route(uint32_t instance, const char *prefix, uint8_t length, uint8_t kind, const char *gateway, uint32_t interface);
int fake_route_delete(uint32_t instance, const char *prefix, uint8_t length);

// Time: runs the timers that become due.
void fake_advance(uint64_t millis);

// Receives a frame on an interface (by id) and lets the datapath and the control thread work until
// nothing is left to do. What was sent before is forgotten.
void fake_receive(uint32_t interface, const void *frame, uint16_t length);
void fake_receive_flags(uint32_t interface, const void *frame, uint16_t length, uint8_t flags);
void fake_run(void);
uint64_t fake_drops(enum drop_reason reason); // since fake_start
uint64_t fake_drops_all(void);

// Rows of a dump, as they came.
unsigned fake_dump(const struct feature *feature, uint32_t instance, uint8_t rows[][512], unsigned most);

// Frames: builders for what tests send.
struct frame {
	uint16_t length;
	uint8_t bytes[2048];
};
void fake_mac(uint8_t *mac, uint8_t host); // 02:00:00:00:01:host
void frame_ether(struct frame *f, uint8_t to_port, uint8_t from_host, uint16_t type);
void frame_bytes(struct frame *f, const void *bytes, uint16_t length);
void frame_ip4(struct frame *f, const char *from, const char *to, uint8_t ttl, uint8_t protocol, uint16_t payload);
void frame_ip6(struct frame *f, const char *from, const char *to, uint8_t hop_limit, uint8_t protocol, uint16_t payload);
// UDP of that many bytes of data from host to the box's port, ready to be routed.
struct frame frame_udp4(uint8_t port, const char *from, const char *to, uint8_t ttl, uint16_t data);
struct frame frame_udp6(uint8_t port, const char *from, const char *to, uint8_t hop_limit, uint16_t data);
// Makes host H known at an address by ARP or an unsolicited exchange on the interface.
void fake_know(uint32_t interface, const char *address, uint8_t host);
void fake_parse(const char *text, uint8_t *family, uint8_t *address);
