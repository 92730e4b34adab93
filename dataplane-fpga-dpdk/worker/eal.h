// Starting DPDK so that it takes nothing of the machine by itself.
#pragma once

#include <stdbool.h>

struct eal_settings {
	bool no_huge;	    // do not even try hugepages
	const char *prefix; // of runtime files; NULL: of this process
};

// 0 with *hugepages telling what it runs on, or -1 after saying why not.
int eal_start(const struct eal_settings *settings, bool *hugepages);
