// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trie: whatever the runs, a look-up as abi.h describes it gives the run's
 * place at both sides of every bound; equal nodes are there once. Links the
 * trie and the pool.
 */
#include "unit.h"

#include "abi.h"
#include "classify.h"
#include "pool.h"
#include "sweep.h"

#define MAX_RUNS	3000

static uint32_t at(const struct pool *tables, uint32_t place)
{
	assert_true(place < tables->nr);
	return ((uint32_t *)tables->data)[place];
}

static uint32_t node_entry(const struct pool *tables, uint32_t node,
			   uint32_t slot)
{
	uint32_t before = at(tables, node + TRIE_BITS + slot / 32 / 4);
	uint32_t bits = at(tables, node + slot / 32);
	uint32_t rank = before >> slot / 32 % 4 * 8 & 255;

	assert_true(at(tables, node) & 1);
	rank += __builtin_popcount(bits & ((2u << slot % 32) - 1));
	return at(tables, node + TRIE_HEAD + rank - 1);
}

static uint32_t look_up(const struct pool *tables,
			const struct abi_column *column, uint32_t value)
{
	uint32_t entry = at(tables, column->table + (value >> 16));

	if (entry & TRIE_NODE)
		entry = node_entry(tables, entry & ~TRIE_NODE,
				   value >> 8 & 255);
	if (entry & TRIE_NODE)
		entry = node_entry(tables, entry & ~TRIE_NODE, value & 255);
	assert_false(entry & TRIE_NODE);
	return entry;
}

static void check(const struct runs *runs)
{
	struct abi_column column = { 0 };
	struct pool tables;
	uint32_t i, lo, hi, other;

	pool_init(&tables, sizeof(uint32_t), UINT32_MAX);
	assert_int_equal(pool_reserve(&tables, 3, &other), 0);
	assert_int_equal(classify_trie(runs, &tables, &column), 0);
	assert_int_equal(column.classifier, CLASSIFY_TRIE);
	for (i = 0; i < runs->nr; i++) {
		lo = runs->run[i].at.lo;
		hi = i + 1 < runs->nr ? runs->run[i + 1].at.lo - 1 :
					UINT32_MAX;
		assert_int_equal(look_up(&tables, &column, lo),
				 runs->run[i].place);
		assert_int_equal(look_up(&tables, &column, hi),
				 runs->run[i].place);
		assert_int_equal(look_up(&tables, &column,
					 lo + (hi - lo) / 2),
				 runs->run[i].place);
	}
	pool_fini(&tables);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Bounds as addresses have them: near each other, round, at the ends. */
static uint32_t random_bound(uint64_t *random)
{
	static const uint32_t bases[] = { 0, 0x0a000000, 0x0a00ff00,
					  0xc0a80000, 0xffffff00 };
	uint32_t base = bases[unit_below(random, 5)];

	switch (unit_below(random, 4)) {
	case 0:
		return unit_random(random);
	case 1:
		return unit_random(random) & ~0u << unit_below(random, 32);
	case 2:
		return base + unit_below(random, 256);
	default:
		return base + unit_below(random, 70000);
	}
}

static void random_runs(uint64_t *random, struct run *run, struct runs *runs)
{
	uint32_t bound[MAX_RUNS], n = 1 + unit_below(random, MAX_RUNS), i;

	for (i = 0; i < n; i++)
		bound[i] = i ? random_bound(random) : 0;
	qsort(bound, n, sizeof(*bound), by_number);
	*runs = (struct runs){ .run = run };
	for (i = 0; i < n; i++) {
		uint32_t place = unit_below(random, 1000);

		if (i && bound[i] == bound[i - 1])
			continue;
		if (runs->nr && run[runs->nr - 1].place == place)
			place++;
		run[runs->nr].at = key_number(bound[i]);
		run[runs->nr++].place = place;
	}
}

static void test_random(void **state)
{
	struct run *run = calloc(MAX_RUNS, sizeof(*run));
	uint64_t random = 3;
	struct runs runs;
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		random_runs(&random, run, &runs);
		check(&runs);
	}
	free(run);
}

static void test_ends(void **state)
{
	struct run one[] = { { { 0, 0 }, 5 } };
	struct run last[] = { { { 0, 0 }, 5 }, { { 0, UINT32_MAX }, 6 } };
	struct run first[] = { { { 0, 0 }, 5 }, { { 0, 1 }, 6 } };
	struct run quarter[] = { { { 0, 0 }, 5 }, { { 0, 0x40000000 }, 6 },
				 { { 0, 0x40010000 }, 5 } };

	(void)state;
	check(&(struct runs){ .nr = 1, .run = one });
	check(&(struct runs){ .nr = 2, .run = last });
	check(&(struct runs){ .nr = 2, .run = first });
	check(&(struct runs){ .nr = 3, .run = quarter });
}

/* The host .1 of each of 1,000 networks: one node for the hosts, and one each
 * for the /16s that are full and the one that is not. */
static void test_equal_nodes_once(void **state)
{
	struct run *run = calloc(2001, sizeof(*run));
	struct runs runs = { .nr = 2001, .run = run };
	struct abi_column column = { 0 };
	struct pool tables;
	uint32_t i;

	(void)state;
	run[0].place = 1;
	for (i = 0; i < 1000; i++) {
		run[2 * i + 1] = (struct run){
			key_number(0x0a000001 + (i << 8)), 2
		};
		run[2 * i + 2] = (struct run){
			key_number(0x0a000002 + (i << 8)), 1
		};
	}
	check(&runs);
	pool_init(&tables, sizeof(uint32_t), UINT32_MAX);
	assert_int_equal(classify_trie(&runs, &tables, &column), 0);
	assert_int_equal(tables.nr, TRIE_ROOT + (TRIE_HEAD + 3) +
			 (TRIE_HEAD + 1) + (TRIE_HEAD + 2));
	pool_fini(&tables);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_equal_nodes_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
