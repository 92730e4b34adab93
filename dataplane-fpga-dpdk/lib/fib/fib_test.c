// The trie against a list of prefixes searched from end to end.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fib.h"

static uint64_t seed;

static uint32_t rnd(uint32_t below) {
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

struct item {
	uint8_t address[16];
	uint8_t length;
	uint32_t hop;
};

#define MODEL_MAX 400

struct model {
	unsigned n;
	struct item items[MODEL_MAX];
};

static bool covers(const struct item *item, const uint8_t *address) {
	unsigned whole = item->length / 8, rest = item->length % 8;
	if (memcmp(item->address, address, whole) != 0)
		return false;
	return rest == 0 || ((item->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static const struct item *
model_longest(const struct model *m, const uint8_t *address, unsigned shorter_than) {
	const struct item *best = NULL;
	for (unsigned i = 0; i < m->n; i++) {
		const struct item *item = &m->items[i];
		if (item->length < shorter_than && covers(item, address)
		    && (best == NULL || item->length > best->length))
			best = item;
	}
	return best;
}

static struct item *model_find(struct model *m, const uint8_t *address, unsigned length) {
	for (unsigned i = 0; i < m->n; i++)
		if (m->items[i].length == length && memcmp(m->items[i].address, address, 16) == 0)
			return &m->items[i];
	return NULL;
}

// Few distinct bytes, so that prefixes nest, share nodes and part in the middle.
static void random_address(enum fib_family family, uint8_t *address) {
	static const uint8_t bytes[] = {0, 1, 2, 10, 127, 128, 200, 255};
	memset(address, 0, 16);
	for (unsigned i = 0; i < fib_bits(family) / 8; i++)
		address[i] = rnd(4) == 0 ? rnd(256) : bytes[rnd(i < 4 ? 4 : 8)];
}

static void mask(uint8_t *address, unsigned length) {
	for (unsigned i = 0; i < 16; i++) {
		int bits = (int)length - (int)i * 8;
		address[i] &= bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits);
	}
}

static void random_prefix(enum fib_family family, uint8_t *address, unsigned *length) {
	random_address(family, address);
	*length = rnd(fib_bits(family) + 1);
	if (family == FIB_IP6 && rnd(2) == 0)
		*length = 16 * (1 + rnd(8));
	mask(address, *length);
}

static void assert_same(
	const struct fib_pool *pool,
	enum fib_family family,
	const struct fib_tree *tree,
	const struct model *m,
	unsigned probes
) {
	uint8_t addresses[FIB_BURST][16];
	const uint8_t *pointers[FIB_BURST];
	uint32_t host[FIB_BURST], found[FIB_BURST];

	for (unsigned done = 0; done < probes; done += FIB_BURST) {
		for (unsigned i = 0; i < FIB_BURST; i++) {
			random_address(family, addresses[i]);
			if (m->n > 0 && rnd(2) == 0) // inside a prefix, or at its edge
				memcpy(addresses[i], m->items[rnd(m->n)].address, 16);
			if (rnd(4) == 0)
				addresses[i][fib_bits(family) / 8 - 1] ^= 1;
			pointers[i] = addresses[i];
			host[i] = (uint32_t)addresses[i][0] << 24 | addresses[i][1] << 16
				| addresses[i][2] << 8 | addresses[i][3];
		}
		if (family == FIB_IP4)
			fib_lookup4(pool, tree, host, found, FIB_BURST);
		else
			fib_lookup6(pool, tree, pointers, found, FIB_BURST);
		for (unsigned i = 0; i < FIB_BURST; i++) {
			const struct item *best = model_longest(m, addresses[i], 129);
			assert_int_equal(found[i], best != NULL ? best->hop : FIB_NO_ROUTE);
		}
	}
}

static void change(
	struct fib_txn *txn, enum fib_family family, struct fib_tree *tree, struct model *m
) {
	uint8_t address[16];
	unsigned length;

	random_prefix(family, address, &length);
	if (m->n > 0 && rnd(5) < 2) {
		const struct item *item = &m->items[rnd(m->n)];
		memcpy(address, item->address, 16);
		length = item->length;
	}
	struct item *item = model_find(m, address, length);
	if (item != NULL && rnd(3) > 0) {
		const struct item *cover = model_longest(m, address, length);
		assert_int_equal(
			fib_unset(
				txn,
				family,
				tree,
				address,
				length,
				cover != NULL ? cover->hop : FIB_NO_ROUTE,
				cover != NULL ? cover->length : 0
			),
			0
		);
		*item = m->items[--m->n];
		return;
	}
	if (item == NULL) {
		if (m->n == MODEL_MAX)
			return;
		item = &m->items[m->n++];
		memcpy(item->address, address, 16);
		item->length = length;
	}
	item->hop = 1 + rnd(1000);
	assert_int_equal(fib_set(txn, family, tree, address, length, item->hop), 0);
}

// A history of transactions of 1 to 64 changes. What was aborted must not be seen, what was committed
// must be, the former tree must stay as it was until it is reclaimed, and no node may be lost.
static void play(enum fib_family family, unsigned changes) {
	static struct model now, next;
	struct fib_pool *pool = fib_pool_new(64 << 20);
	struct fib_tree tree = {0}, former;
	struct fib_pool_stats stats;

	assert_non_null(pool);
	now.n = 0;
	for (unsigned done = 0; done < changes;) {
		struct fib_txn *txn = fib_txn_begin(pool);
		struct fib_tree draft = tree;
		unsigned n = 1 + rnd(64);

		assert_non_null(txn);
		assert_null(fib_txn_begin(pool));
		assert_int_equal(errno, EBUSY);
		next = now;
		for (unsigned i = 0; i < n; i++, done++)
			change(txn, family, &draft, &next);
		assert_same(pool, family, &draft, &next, 64);
		if (rnd(4) > 0)
			fib_txn_seal(txn, &draft);
		if (rnd(4) == 0) { // sealed nodes can be changed again
			change(txn, family, &draft, &next);
			fib_txn_seal(txn, &draft);
		}
		assert_same(pool, family, &draft, &next, 128);
		assert_same(pool, family, &tree, &now, 64);
		if (rnd(3) == 0) {
			fib_txn_abort(txn);
			assert_same(pool, family, &tree, &now, 64);
			continue;
		}
		former = tree;
		tree = draft;
		struct fib_garbage *garbage = fib_txn_commit(txn);
		assert_same(pool, family, &former, &now, 64);
		fib_reclaim(pool, garbage);
		now = next;
		assert_same(pool, family, &tree, &now, 64);
	}

	// Emptied one by one, nothing is left.
	struct fib_txn *txn = fib_txn_begin(pool);
	while (now.n > 0) {
		struct item item = now.items[--now.n];
		const struct item *cover = model_longest(&now, item.address, item.length);
		assert_int_equal(
			fib_unset(
				txn,
				family,
				&tree,
				item.address,
				item.length,
				cover != NULL ? cover->hop : FIB_NO_ROUTE,
				cover != NULL ? cover->length : 0
			),
			0
		);
	}
	fib_reclaim(pool, fib_txn_commit(txn));
	assert_int_equal(tree.root, 0);
	assert_int_equal(tree.fallback, 0);
	fib_pool_stats(pool, &stats);
	assert_int_equal(stats.nodes, 0);
	assert_int_equal(stats.used_bytes, 0);
	fib_pool_free(pool);
}

/* R43 R49 */
static void ip4_answers_as_the_model_through_any_history(void **state) {
	play(FIB_IP4, 100000);
}

/* R43 R49 */
static void ip6_answers_as_the_model_through_any_history(void **state) {
	play(FIB_IP6, 100000);
}

/* R43 */
static void a_change_costs_the_same_in_a_large_table(void **state) {
	struct fib_pool *pool = fib_pool_new(256 << 20);
	struct fib_txn *txn = fib_txn_begin(pool);
	struct fib_tree tree = {0};
	struct fib_pool_stats before, after;

	for (uint32_t i = 0; i < 100000; i++) {
		uint8_t address[4] = {1 + (i >> 16), i >> 8, i, 0};
		assert_int_equal(fib_set(txn, FIB_IP4, &tree, address, 24, 1 + i % 7), 0);
	}
	fib_txn_seal(txn, &tree);
	fib_reclaim(pool, fib_txn_commit(txn));

	fib_pool_stats(pool, &before);
	txn = fib_txn_begin(pool);
	struct fib_tree next = tree;
	assert_int_equal(fib_set(txn, FIB_IP4, &next, (uint8_t[4]) {1, 2, 3, 4}, 32, 9), 0);
	assert_int_equal(fib_set(txn, FIB_IP4, &next, (uint8_t[4]) {0}, 0, 8), 0);
	fib_txn_seal(txn, &next);
	fib_pool_stats(pool, &after);
	assert_in_range(after.nodes - before.nodes, 1, 4);
	assert_in_range(after.used_bytes - before.used_bytes, 64, 4 * 2112);
	assert_int_equal(fib_lookup(pool, FIB_IP4, &tree, (uint8_t[4]) {9, 9, 9, 9}), FIB_NO_ROUTE);
	assert_int_equal(fib_lookup(pool, FIB_IP4, &next, (uint8_t[4]) {9, 9, 9, 9}), 8);
	fib_txn_abort(txn);
	fib_pool_stats(pool, &after);
	assert_int_equal(after.nodes, before.nodes);
	fib_pool_free(pool);
}

/* R43 */
static void a_full_pool_refuses_and_leaves_the_tree_alone(void **state) {
	struct fib_pool *pool = fib_pool_new(256 << 10);
	struct fib_txn *txn = fib_txn_begin(pool);
	struct fib_tree tree = {0};
	uint32_t n = 0;
	int ret;

	do {
		uint8_t address[4] = {10, n, n + 1, n};
		ret = fib_set(txn, FIB_IP4, &tree, address, 32, 1 + n);
		n += ret == 0;
	} while (ret == 0);
	assert_int_equal(ret, -ENOSPC);
	assert_in_range(n, 10, 256);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t address[4] = {10, i, i + 1, i};
		assert_int_equal(fib_lookup(pool, FIB_IP4, &tree, address), 1 + i);
	}
	// What is packed makes room again.
	fib_txn_seal(txn, &tree);
	fib_reclaim(pool, fib_txn_commit(txn));
	txn = fib_txn_begin(pool);
	assert_int_equal(fib_set(txn, FIB_IP4, &tree, (uint8_t[4]) {10, 250, 1, 1}, 32, 7), 0);
	fib_txn_abort(txn);
	fib_pool_free(pool);
}

/* R43 */
static void a_cleared_tree_gives_its_nodes_back(void **state) {
	static struct model m;
	struct fib_pool *pool = fib_pool_new(16 << 20);
	struct fib_tree tree = {0};
	struct fib_pool_stats stats;

	m.n = 0;
	struct fib_txn *txn = fib_txn_begin(pool);
	for (unsigned i = 0; i < 500; i++)
		change(txn, FIB_IP6, &tree, &m);
	fib_txn_seal(txn, &tree);
	fib_reclaim(pool, fib_txn_commit(txn));
	txn = fib_txn_begin(pool);
	assert_int_equal(fib_clear(txn, &tree), 0);
	fib_reclaim(pool, fib_txn_commit(txn));
	fib_pool_stats(pool, &stats);
	assert_int_equal(stats.nodes, 0);
	fib_pool_free(pool);
}

int main(void) {
	const char *given = getenv("LAGOPUS_SEED");
	seed = given != NULL ? strtoull(given, NULL, 0) : 20260101;
	printf("seed %llu (LAGOPUS_SEED sets it)\n", (unsigned long long)seed);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip4_answers_as_the_model_through_any_history),
		cmocka_unit_test(ip6_answers_as_the_model_through_any_history),
		cmocka_unit_test(a_change_costs_the_same_in_a_large_table),
		cmocka_unit_test(a_full_pool_refuses_and_leaves_the_tree_alone),
		cmocka_unit_test(a_cleared_tree_gives_its_nodes_back),
	};
	return cmocka_run_group_tests_name("fib", tests, NULL, NULL);
}
