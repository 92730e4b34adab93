// How fast the trie is: one line `fib MEASURE VALUE UNIT -` each. Prefix lengths are mixed as in a
// full routing table, destinations are random inside the prefixes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fib.h"

static uint64_t seed = 1;

static uint32_t rnd(void) {
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

static double seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

#define PROBES (1u << 20)

static uint8_t prefixes[1000000][16];
static uint8_t lengths[1000000];
static uint8_t probes[PROBES][16];

static void make(enum fib_family family, unsigned n) {
	for (unsigned i = 0; i < n; i++) {
		unsigned part = rnd() % 100;
		for (unsigned b = 0; b < 16; b += 4) {
			uint32_t word = rnd();
			memcpy(&prefixes[i][b], &word, 4);
		}
		if (family == FIB_IP4) {
			prefixes[i][0] = 1 + prefixes[i][0] % 223;
			lengths[i] = part < 60 ? 24 : part < 90 ? 16 + part % 8 : 8 + part % 8;
		} else {
			prefixes[i][0] = 0x20 + prefixes[i][0] % 16;
			lengths[i] = part < 50 ? 48 : part < 70 ? 32 : part < 90 ? 36 + part % 12 : 64;
			prefixes[i][2] &= 0x1f; // allocations are dense at the top
		}
		for (unsigned b = 0; b < 16; b++) {
			int bits = (int)lengths[i] - (int)b * 8;
			prefixes[i][b] &= bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits);
		}
	}
	for (unsigned i = 0; i < PROBES; i++) {
		unsigned from = rnd() % n, keep = lengths[from] / 8;
		for (unsigned b = 0; b < 16; b++)
			probes[i][b] = b < keep ? prefixes[from][b] : rnd();
	}
}

static void line(enum fib_family family, unsigned n, const char *what, double value, const char *unit) {
	printf("fib ip%d-%u-%s %.2f %s -\n", family, n, what, value, unit);
}

static void measure(enum fib_family family, unsigned n) {
	struct fib_pool *pool = fib_pool_new((size_t)4 << 30);
	struct fib_txn *txn = fib_txn_begin(pool);
	struct fib_tree tree = {0};
	struct fib_pool_stats stats;
	uint32_t hops[32], host[32], sum = 0;
	const uint8_t *address[32];

	make(family, n);
	double start = seconds();
	for (unsigned i = 0; i < n; i++)
		if (fib_set(txn, family, &tree, prefixes[i], lengths[i], 1 + i % 1000) < 0)
			exit(1);
	fib_txn_seal(txn, &tree);
	fib_reclaim(pool, fib_txn_commit(txn));
	line(family, n, "insert", n / (seconds() - start) / 1e6, "M/s");
	fib_pool_stats(pool, &stats);
	line(family, n, "memory", stats.used_bytes / 1048576.0, "MiB");

	unsigned rounds = n > 10000 ? 4 : 20;
	start = seconds();
	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned i = 0; i < PROBES; i += 32) {
			for (unsigned j = 0; j < 32; j++) {
				memcpy(&host[j], probes[i + j], 4);
				host[j] = __builtin_bswap32(host[j]);
				address[j] = probes[i + j];
			}
			if (family == FIB_IP4)
				fib_lookup4(pool, &tree, host, hops, 32);
			else
				fib_lookup6(pool, &tree, address, hops, 32);
			sum += hops[0];
		}
	}
	line(family, n, "lookup", (double)PROBES * rounds / (seconds() - start) / 1e6, "M/s");

	start = seconds();
	for (unsigned i = 0; i < 20000; i++) {
		txn = fib_txn_begin(pool);
		fib_set(txn, family, &tree, prefixes[i % n], lengths[i % n], 1 + i % 7);
		fib_txn_seal(txn, &tree);
		fib_reclaim(pool, fib_txn_commit(txn));
	}
	line(family, n, "transaction", 20000 / (seconds() - start) / 1e3, "k/s");
	fib_pool_free(pool);
	if (sum == 42)
		putchar(' ');
}

int main(void) {
	measure(FIB_IP4, 8);
	measure(FIB_IP4, 10000);
	measure(FIB_IP4, 1000000);
	measure(FIB_IP6, 8);
	measure(FIB_IP6, 10000);
	measure(FIB_IP6, 200000);
	return 0;
}
