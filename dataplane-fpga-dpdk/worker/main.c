// lagopus-worker: ports, packets and tables on DPDK, driven over shared-memory rings.

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>

#include "control.h"
#include "datapath.h"
#include "eal.h"
#include "port.h"
#include "segment.h"
#include "transaction.h"

struct options {
	struct control_settings control;
	struct eal_settings eal;
	unsigned cpus[MAX_THREADS];
	unsigned threads;
};

static void usage(FILE *to) {
	fputs("usage: lagopus-worker --run DIR [options]\n"
	      "  --run DIR           directory of worker.sock (/run/lagopus)\n"
	      "  --cores LIST        CPUs of the datapath threads, one thread each: 1,2 or 2-5; a CPU\n"
	      "                      may be named again (default: all allowed but the first, at most 16)\n"
	      "  --no-huge           do without hugepages\n"
	      "  --file-prefix NAME  of DPDK's runtime files (default: of this process)\n"
	      "  --faults            accept injected faults, for tests\n"
	      "  --log LEVEL         error, warning, info or debug (info)\n"
	      "  --version, --help\n",
	      to);
}

static int parse_cores(const char *list, struct options *o) {
	o->threads = 0;
	while (*list != 0) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			return -1;
		if (*end == '-') {
			list = end + 1;
			last = strtoul(list, &end, 10);
			if (end == list)
				return -1;
		}
		if (last < first || last >= CPU_SETSIZE)
			return -1;
		for (unsigned long cpu = first; cpu <= last; cpu++) {
			if (o->threads == MAX_THREADS)
				return -1;
			o->cpus[o->threads++] = cpu;
		}
		if (*end == ',')
			end++;
		else if (*end != 0)
			return -1;
		list = end;
	}
	return o->threads > 0 ? 0 : -1;
}

static void default_cores(struct options *o) {
	cpu_set_t set;
	bool first = true;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && o->threads < MAX_THREADS; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		// The first one is the control thread's, unless it is the only one.
		if (!first || CPU_COUNT(&set) == 1)
			o->cpus[o->threads++] = cpu;
		first = false;
	}
}

static int parse_level(const char *name) {
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"error", 3}, {"warning", 4}, {"info", 6}, {"debug", 7}};

	for (unsigned i = 0; i < 4; i++)
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].level;
	return -1;
}

// Exit status, or -1 to go on.
static int parse(int argc, char **argv, struct options *o) {
	static const struct option names[] = {
		{"run", required_argument, NULL, 'r'},	   {"cores", required_argument, NULL, 'c'},
		{"no-huge", no_argument, NULL, 'n'},	   {"file-prefix", required_argument, NULL, 'p'},
		{"faults", no_argument, NULL, 'f'},	   {"log", required_argument, NULL, 'l'},
		{"version", no_argument, NULL, 'v'},	   {"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'r':
			o->control.run = optarg;
			break;
		case 'c':
			if (parse_cores(optarg, o) < 0) {
				fprintf(stderr, "lagopus-worker: no list of CPUs: %s\n", optarg);
				return 2;
			}
			break;
		case 'n':
			o->eal.no_huge = true;
			break;
		case 'p':
			o->eal.prefix = optarg;
			break;
		case 'f':
			o->control.faults = true;
			break;
		case 'l':
			log_level = parse_level(optarg);
			if (log_level < 0) {
				fprintf(stderr, "lagopus-worker: no log level: %s\n", optarg);
				return 2;
			}
			break;
		case 'v':
			printf("lagopus-worker %s\n", WORKER_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "lagopus-worker: unexpected %s\n", argv[optind]);
		return 2;
	}
	if (o->threads == 0)
		default_cores(o);
	return -1;
}

static int start(const struct options *o) {
	int error = segment_start(o->threads, random_u64());

	if (error == 0)
		error = ports_start(o->control.hugepages);
	if (error == 0)
		error = runtime_start(o->threads);
	if (error == 0)
		error = transaction_start(o->control.faults);
	if (error == 0)
		error = datapath_start(o->cpus);
	if (error < 0)
		log_error("cannot start: %s", strerror(-error));
	return error;
}

int main(int argc, char **argv) {
	struct options o = {.control.run = "/run/lagopus"};
	int status = parse(argc, argv, &o);
	sigset_t signals;

	if (status >= 0)
		return status;
	if (mkdir(o.control.run, 0755) < 0 && errno != EEXIST) {
		fprintf(stderr, "lagopus-worker: %s: %s\n", o.control.run, strerror(errno));
		return 1;
	}
	// For the signalfd; all threads inherit it.
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (eal_start(&o.eal, &o.control.hugepages) < 0)
		return 1;
	if (start(&o) < 0)
		return 1;
	status = control_run(&o.control) < 0;
	datapath_stop();
	transaction_stop();
	runtime_stop();
	segment_stop();
	rte_eal_cleanup();
	return status;
}
