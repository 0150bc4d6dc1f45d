// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of one run: zeroed, aligned, apart from each other, in pieces of any
 * size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "arena.h"

static void test_pieces(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 1000, 70000,
					3000000, 1, 9000000, 5 };
	unsigned char *pieces[11];
	struct arena arena;
	size_t i, j;

	(void)state;
	arena_init(&arena);
	for (i = 0; i < 11; i++) {
		pieces[i] = arena_alloc(&arena, sizes[i], 1);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i + 1, sizes[i]);
	}
	for (i = 0; i < 11; i++) {
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], i + 1);
	}
	arena_fini(&arena);
	arena_fini(&arena);
}

static void test_many(void **state)
{
	struct arena arena;
	unsigned int i, *last = NULL, *piece;

	(void)state;
	arena_init(&arena);
	for (i = 0; i < 300000; i++) {
		piece = arena_alloc(&arena, 3, sizeof(*piece));
		assert_int_equal(piece[0] | piece[1] | piece[2], 0);
		piece[0] = i;
		piece[2] = ~i;
		if (last)
			assert_int_equal(last[2], ~(i - 1));
		last = piece;
	}
	arena_fini(&arena);
}

static void test_text(void **state)
{
	struct arena arena;
	char long_text[5000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	arena_init(&arena);
	assert_string_equal(arena_strndup(&arena, "hello", 4), "hell");
	assert_string_equal(arena_strndup(&arena, "", 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", "a", 5), "a-5");
	assert_string_equal(arena_printf(&arena, "%s", long_text), long_text);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
