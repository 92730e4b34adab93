// The control thread's loop: clients and their rings, links, timers, punted packets.
#pragma once

#include <stdbool.h>

struct control_settings {
	const char *run; // directory of worker.sock
	bool faults;
	bool hugepages;
};

// Serves until SIGTERM or SIGINT. 0, or -errno if it could not start.
int control_run(const struct control_settings *settings);
