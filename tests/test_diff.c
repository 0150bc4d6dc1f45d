// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Diffs of random texts: applied to the one text they give the other, they are
 * no longer than what is known to do, and long texts without anything in
 * common in order are compared in bounded time.
 */
#include "unit.h"

#include <stdio.h>
#include <time.h>

#include "arena.h"
#include "diff.h"

#define MAX_LINES	60
#define ROUNDS		20000
#define LONG		50000u
#define SECONDS		20.0	/* with sanitizers, on a busy machine */

struct text {
	char *text;
	size_t len;
};

static struct text text_new(const unsigned int *lines, unsigned int nr)
{
	struct text text;
	FILE *out = open_memstream(&text.text, &text.len);
	unsigned int i;

	assert_non_null(out);
	for (i = 0; i < nr; i++)
		fprintf(out, "%u\n", lines[i]);
	assert_int_equal(fclose(out), 0);
	return text;
}

static struct text diff(const struct text *old, const struct text *new)
{
	const struct diff_side a = { "running", old->text, old->len };
	const struct diff_side b = { "a file", new->text, new->len };
	struct arena arena;
	struct text text;
	FILE *out = open_memstream(&text.text, &text.len);
	bool differ;

	assert_non_null(out);
	arena_init(&arena);
	differ = diff_print(&arena, &a, &b, out);
	arena_fini(&arena);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(differ, text.len != 0);
	assert_int_equal(differ, old->len != new->len ||
				 memcmp(old->text, new->text, old->len) != 0);
	return text;
}

static const char *line_end(const char *at)
{
	return strchr(at, '\n') + 1;
}

/* Copies lines of old until it is at the line of that number, from 1. */
static const char *copy_to(const char *at, int *line, int number, FILE *out)
{
	const char *end;

	for (; *line < number; ++*line, at = end) {
		end = line_end(at);
		fwrite(at, 1, (size_t)(end - at), out);
	}
	return at;
}

/* The numbers of "@@ -l,n +l,n @@"; n is 1 if it is not there. */
static void read_hunk(const char *at, int numbers[4])
{
	char *end = NULL;
	int i;

	assert_memory_equal(at, "@@ -", 4);
	at += 4;
	for (i = 0; i < 4; i += 2) {
		numbers[i] = (int)strtol(at, &end, 10);
		numbers[i + 1] = 1;
		if (*end == ',')
			numbers[i + 1] = (int)strtol(end + 1, &end, 10);
		at = end + 2;
	}
	assert_memory_equal(end, " @@\n", 4);
}

/* As patch(1), and no line of it may stand at a place it does not name. */
static struct text apply(const struct text *old, const char *at,
			 unsigned int *edits)
{
	const char *from = old->text;
	struct text new;
	FILE *out = open_memstream(&new.text, &new.len);
	int n[4], line = 1, left[2];

	assert_memory_equal(at, "--- running\n+++ a file\n", 23);
	for (at += 23; *at;) {
		read_hunk(at, n);
		from = copy_to(from, &line, n[1] ? n[0] : n[0] + 1, out);
		left[0] = n[1];
		left[1] = n[3];
		for (at = line_end(at); left[0] || left[1]; at = line_end(at)) {
			assert_non_null(strchr(" -+", *at));
			if (*at != '+') {
				assert_memory_equal(at + 1, from,
						    line_end(from) - from);
				from = line_end(from);
				line++;
				left[0]--;
			}
			if (*at != '-') {
				fwrite(at + 1, 1, (size_t)(line_end(at) - at) -
				       1, out);
				left[1]--;
			}
			*edits += *at != ' ';
			assert_true(left[0] >= 0 && left[1] >= 0);
		}
	}
	fputs(from, out);
	assert_int_equal(fclose(out), 0);
	return new;
}

/* How many edits a shortest diff has, by the whole matrix. */
static unsigned int shortest(const unsigned int *a, unsigned int nr_a,
			     const unsigned int *b, unsigned int nr_b)
{
	static unsigned int common[MAX_LINES + 1][MAX_LINES + 1];
	unsigned int i, j, best;

	for (i = 1; i <= nr_a; i++) {
		for (j = 1; j <= nr_b; j++) {
			best = common[i - 1][j];
			if (common[i][j - 1] > best)
				best = common[i][j - 1];
			if (a[i - 1] == b[j - 1])
				best = common[i - 1][j - 1] + 1;
			common[i][j] = best;
		}
	}
	return nr_a + nr_b - 2 * common[nr_a][nr_b];
}

/* Returns the number of edits. */
static unsigned int check(const unsigned int *a, unsigned int nr_a,
			  const unsigned int *b, unsigned int nr_b)
{
	struct text old = text_new(a, nr_a), new = text_new(b, nr_b);
	struct text said = diff(&old, &new), got;
	unsigned int edits = 0;

	if (said.len) {
		got = apply(&old, said.text, &edits);
		assert_int_equal(got.len, new.len);
		assert_memory_equal(got.text, new.text, new.len);
		free(got.text);
	}
	free(said.text);
	free(new.text);
	free(old.text);
	return edits;
}

static void random_texts(void **state)
{
	unsigned int a[MAX_LINES], b[MAX_LINES], nr_a, nr_b, kinds, i, round;
	uint64_t random = 1;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		nr_a = unit_below(&random, MAX_LINES + 1);
		nr_b = unit_below(&random, MAX_LINES + 1);
		kinds = 1 + unit_below(&random, round & 1 ? 4 : 80);
		for (i = 0; i < nr_a; i++)
			a[i] = unit_below(&random, kinds);
		for (i = 0; i < nr_b; i++)
			b[i] = i < nr_a && unit_below(&random, 8) ?
				       a[i] : unit_below(&random, kinds);
		assert_int_equal(check(a, nr_a, b, nr_b),
				 shortest(a, nr_a, b, nr_b));
	}
}

static void shuffle(unsigned int *lines, unsigned int nr, uint64_t *random)
{
	unsigned int i, j, kept;

	for (i = nr; i > 1; i--) {
		j = unit_below(random, i);
		kept = lines[i - 1];
		lines[i - 1] = lines[j];
		lines[j] = kept;
	}
}

/* Returns the number of edits from a to b, in bounded time. */
static unsigned int timed(const unsigned int *a, const unsigned int *b)
{
	clock_t start = clock();
	unsigned int edits = check(a, LONG, b, LONG);
	double took = (double)(clock() - start) / CLOCKS_PER_SEC;

	printf("%u lines against as many: %u edits, %.2f s\n", LONG, edits,
	       took);
	assert_true(took < SECONDS);
	return edits;
}

static void long_texts(void **state)
{
	static unsigned int a[LONG], b[LONG];
	uint64_t random = 2;
	unsigned int i;

	(void)state;
	for (i = 0; i < LONG; i++)
		a[i] = b[i] = i;
	for (i = 0; i < LONG; i += 500)
		b[i] = LONG + i;
	assert_int_equal(timed(a, b), 200);
	for (i = 0; i < LONG; i++)
		b[i] = LONG + i;
	assert_int_equal(timed(a, b), 2 * LONG);
	for (i = 0; i < LONG; i++)
		b[i] = LONG - i;
	timed(a, b);
	shuffle(b, LONG, &random);
	timed(a, b);
	for (i = 0; i < LONG; i++) {
		a[i] = unit_below(&random, 3);
		b[i] = unit_below(&random, 3);
	}
	timed(a, b);
}

static void hunks_are_joined_and_parted(void **state)
{
	static const char old[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"
				  "13\n14\n15\n16\n17\n18\n";
	static const char new[] = "1\n2\n3\nx\n5\n6\n7\n8\n9\n10\n12\n13\n"
				  "14\n15\n16\n17\n18\ny\n";
	static const char expected[] =
		"--- running\n+++ a file\n"
		"@@ -1,14 +1,13 @@\n 1\n 2\n 3\n-4\n+x\n 5\n 6\n 7\n 8\n"
		" 9\n 10\n-11\n 12\n 13\n 14\n"
		"@@ -16,3 +15,4 @@\n 16\n 17\n 18\n+y\n";
	const struct text a = { (char *)old, strlen(old) };
	const struct text b = { (char *)new, strlen(new) };
	struct text said = diff(&a, &b);

	(void)state;
	assert_string_equal(said.text, expected);
	free(said.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_texts),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(hunks_are_joined_and_parted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
