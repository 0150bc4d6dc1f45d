// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pool: equal pieces get one place, whatever they are of and however much
 * it has grown in between; limits are kept. Links the pool alone.
 */
#include "unit.h"

#include <errno.h>

#include "pool.h"

static void test_equal_once(void **state)
{
	const uint64_t a[] = { 1, 2, 3 }, b[] = { 1, 2, 4 };
	struct pool pool;
	uint32_t first, second, third, nr;
	uint64_t *data;

	(void)state;
	pool_init(&pool, sizeof(*a), 100);
	assert_int_equal(pool_add(&pool, a, 3, &first), 0);
	assert_int_equal(pool_add(&pool, b, 3, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(pool_add(&pool, a, 3, &third), 0);
	assert_int_equal(first, third);
	/* A beginning of another piece is a piece of its own. */
	assert_int_equal(pool_add(&pool, a, 2, &third), 0);
	assert_int_equal(third, 6);
	data = pool_take(&pool, &nr);
	assert_int_equal(nr, 8);
	assert_memory_equal(data + second, b, sizeof(b));
	free(data);
	pool_fini(&pool);
}

/* A piece of n elements that tell its number. */
static uint32_t make_piece(uint32_t *piece, uint32_t number)
{
	uint32_t n = 1 + number % 7, i;

	for (i = 0; i < n; i++)
		piece[i] = number * 8 + i;
	return n;
}

static void test_growth(void **state)
{
	const uint32_t count = 50000;
	uint32_t *places = calloc(count, sizeof(*places));
	uint32_t piece[8], i, n, place, nr;
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(*piece), UINT32_MAX);
	for (i = 0; i < count; i++) {
		n = make_piece(piece, i);
		assert_int_equal(pool_add(&pool, piece, n, &places[i]), 0);
	}
	nr = pool.nr;
	for (i = 0; i < count; i++) {
		n = make_piece(piece, i);
		assert_int_equal(pool_add(&pool, piece, n, &place), 0);
		assert_int_equal(place, places[i]);
		assert_memory_equal((uint32_t *)pool.data + place, piece,
				    n * sizeof(*piece));
	}
	assert_int_equal(pool.nr, nr);
	pool_fini(&pool);
	free(places);
}

static void test_limit(void **state)
{
	const uint64_t piece[4] = { 1, 2, 3, 4 };
	struct pool pool;
	uint32_t place;

	(void)state;
	pool_init(&pool, sizeof(*piece), 6);
	assert_int_equal(pool_add(&pool, piece, 4, &place), 0);
	assert_int_equal(pool_add(&pool, piece + 1, 3, &place), -E2BIG);
	assert_int_equal(pool_reserve(&pool, 3, &place), -E2BIG);
	assert_int_equal(pool_reserve(&pool, 2, &place), 0);
	assert_int_equal(place, 4);
	assert_int_equal(((uint64_t *)pool.data)[5], 0);
	pool_fini(&pool);
}

/* What is reserved is filled later and shared with nobody. */
static void test_reserved_is_not_shared(void **state)
{
	const uint32_t zero[2] = { 0 };
	struct pool pool;
	uint32_t place, other;

	(void)state;
	pool_init(&pool, sizeof(*zero), 10);
	assert_int_equal(pool_reserve(&pool, 2, &place), 0);
	assert_int_equal(pool_add(&pool, zero, 2, &other), 0);
	assert_int_not_equal(place, other);
	pool_fini(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_once),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_reserved_is_not_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
