#include "eal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_version.h>

#include "datapath.h"

// The smallest number of free 2 MiB pages worth starting with.
#define FEWEST_PAGES 64

static long free_pages(void) {
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	long pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages;
}

static unsigned first_cpu(void) {
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			return i;
	return 0;
}

int eal_start(const struct eal_settings *settings, bool *hugepages) {
	char prefix[64], lcores[32];
	char *arguments[24]; // DPDK shuffles them, but keeps its hands off their text
	int n = 0;
	cpu_set_t allowed;
	long pages = settings->no_huge ? 0 : free_pages();

	*hugepages = pages >= FEWEST_PAGES;
	snprintf(prefix, sizeof(prefix), "lagopus-%d", getpid());
	snprintf(lcores, sizeof(lcores), "0@%u", first_cpu());
	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);

	arguments[n++] = (char *)"lagopus-worker";
	arguments[n++] = (char *)"--lcores";
	arguments[n++] = lcores;
	arguments[n++] = (char *)"--file-prefix";
	arguments[n++] = settings->prefix != NULL ? (char *)settings->prefix : prefix;
	arguments[n++] = (char *)"--iova-mode=va";
	// An allow-list with an address that no device has: nothing is taken by the scan, and devices
	// that configuration names can still be plugged in.
	arguments[n++] = (char *)"--allow=ffff:ff:1f.7";
	arguments[n++] = (char *)"--log-level=*:warning";
	if (log_level < 7) {
		// The kernel has no multi-queue scheduler for taps, no bpf file system, and so on:
		// the drivers say so at each open.
		arguments[n++] = (char *)"--log-level=pmd*:error";
		arguments[n++] = (char *)"--log-level=lib.eal:error";
	}
	if (*hugepages) {
		arguments[n++] = (char *)"--in-memory";
	} else {
		arguments[n++] = (char *)"--no-huge";
		arguments[n++] = (char *)"--no-shconf";
		arguments[n++] = (char *)"-m";
		arguments[n++] = (char *)"512";
	}
	arguments[n] = NULL;
	if (rte_eal_init(n, arguments) < 0) {
		log_error("DPDK did not start: %s", rte_strerror(rte_errno));
		return -1;
	}
	// EAL pins its main thread; ours may run wherever the datapath threads are not.
	sched_setaffinity(0, sizeof(allowed), &allowed);
	if (*hugepages)
		log_info("%s, memory from %ld hugepages of 2 MiB", rte_version(), pages);
	else
		log_warning("%s without hugepages (%s): 512 MiB, about a third slower, memif cannot "
			    "share buffers",
			    rte_version(),
			    settings->no_huge ? "--no-huge" : "fewer than 64 of 2 MiB are free");
	return 0;
}
