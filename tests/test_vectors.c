// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vectors of one, two and three levels: sets of rows changed at random and
 * written, then read back as abi.h says and compared row by row. Links the
 * vectors and the pool.
 */
#include "unit.h"

#include "pool.h"
#include "vectors.h"

#define ROUNDS	200

static const uint32_t sizes[] = { 1, 63, 64, 65, 4095, 4096, 4097, 20000,
				  MAX_ROWS };

static uint64_t at(const struct pool *words, uint64_t place)
{
	assert_true(place < words->nr);
	return ((uint64_t *)words->data)[place];
}

/* Element i of a summary and what follows it. */
static uint64_t element(const struct pool *words, uint64_t place, uint32_t i)
{
	uint64_t top = at(words, place);

	if (!(top >> i & 1))
		return 0;
	return at(words, place + 1 +
		  __builtin_popcountll(top & ((1ull << i) - 1)));
}

static uint64_t own_word(const struct vectors *v, uint64_t place, uint32_t w)
{
	if (v->levels == 1)
		return at(v->words, place);
	if (v->levels == 3)
		place = element(v->words, place, w / 64);
	return element(v->words, place, w % 64);
}

static uint64_t any_word(const struct vectors *v,
			 const struct abi_column *column, uint32_t w)
{
	uint64_t top = column->any_top;

	if (v->levels == 1)
		return top;
	if (v->levels == 3)
		top = top >> w / 64 & 1 ?
		      at(v->words, column->any_block + w / 64) : 0;
	return top >> w % 64 & 1 ? at(v->words, column->any + w) : 0;
}

static void check(const struct vectors *v, const uint64_t *expected,
		  uint32_t place, const struct abi_column *any)
{
	uint32_t w;

	for (w = 0; w < (v->nr_rows + 63) / 64; w++) {
		assert_int_equal(own_word(v, place, w), expected[w]);
		assert_int_equal(any_word(v, any, w), expected[w]);
	}
}

/* Some rows near each other, as rules come in groups. */
static void change(struct vectors *v, uint64_t *expected, uint64_t *random)
{
	uint32_t row = unit_below(random, v->nr_rows);
	uint32_t n = unit_below(random, 8) ? unit_below(random, 3) :
					     unit_below(random, 300);

	for (; n && row < v->nr_rows; n--, row++) {
		vectors_toggle(v, row);
		expected[row / 64] ^= 1ull << row % 64;
	}
}

static void try_size(uint32_t nr_rows, uint64_t *random)
{
	uint64_t *expected = calloc(MAX_ROWS / 64, sizeof(*expected));
	struct vectors v;
	struct pool words;
	uint32_t place, again, nr, i;

	pool_init(&words, sizeof(uint64_t), UINT32_MAX);
	assert_int_equal(vectors_init(&v, &words, nr_rows), 0);
	assert_int_equal(vectors_write(&v, &place), 0);
	assert_int_equal(place, 0);
	for (i = 0; i < ROUNDS; i++) {
		struct abi_column any = { 0 };

		change(&v, expected, random);
		assert_int_equal(vectors_write(&v, &place), 0);
		assert_int_equal(vectors_write_any(&v, &any), 0);
		check(&v, expected, place, &any);
		nr = words.nr;
		assert_int_equal(vectors_write(&v, &again), 0);
		assert_int_equal(again, place);
		assert_int_equal(words.nr, nr);
	}
	vectors_clear(&v);
	assert_int_equal(vectors_write(&v, &place), 0);
	assert_int_equal(place, 0);
	vectors_fini(&v);
	pool_fini(&words);
	free(expected);
}

static void test_levels(void **state)
{
	uint64_t random = 1;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		try_size(sizes[i], &random);
}

/* The same set reached another way is the same vector. */
static void test_equal_sets_once(void **state)
{
	struct vectors v;
	struct pool words;
	uint32_t a, b, c;

	(void)state;
	pool_init(&words, sizeof(uint64_t), UINT32_MAX);
	assert_int_equal(vectors_init(&v, &words, 10000), 0);
	vectors_toggle(&v, 7);
	vectors_toggle(&v, 9999);
	assert_int_equal(vectors_write(&v, &a), 0);
	vectors_toggle(&v, 5000);
	assert_int_equal(vectors_write(&v, &b), 0);
	assert_int_not_equal(a, b);
	vectors_clear(&v);
	vectors_toggle(&v, 9999);
	vectors_toggle(&v, 7);
	assert_int_equal(vectors_write(&v, &c), 0);
	assert_int_equal(a, c);
	/* Word 0; blocks {7} and {9999} with a top; {5000} with another. */
	assert_int_equal(words.nr, 1 + 2 + 2 + 3 + 2 + 4);
	vectors_fini(&v);
	pool_fini(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_equal_sets_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
