// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words as options: clusters, abbreviations, values behind "=", in the next
 * word and in the same one, words alone; whose option a name is when several
 * matches are loaded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ast.h"
#include "option.h"

#define MAX_WORDS	16

struct bench {
	struct ast_word words[MAX_WORDS];
	const struct ast_word *list[MAX_WORDS];
	char text[256];
	struct option_walk walk;
	struct loaded loaded[3];
};

/* Words between blanks. */
static void give(struct bench *bench, const char *text)
{
	char *word, *save = NULL;
	unsigned int nr = 0;

	memset(bench, 0, sizeof(*bench));
	assert_true(strlen(text) < sizeof(bench->text));
	memcpy(bench->text, text, strlen(text) + 1);
	for (word = strtok_r(bench->text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		bench->words[nr].text = word;
		bench->list[nr] = &bench->words[nr];
		nr++;
	}
	bench->walk.words = bench->list;
	bench->walk.nr = nr;
	bench->walk.table = "filter";
}

static void expect(struct bench *bench, struct loaded *newest, int code,
		   const char *value)
{
	struct option option = option_next(&bench->walk, newest);

	assert_int_equal(option.code, code);
	if (value)
		assert_string_equal(option.value, value);
	else
		assert_null(option.value);
}

static void test_own(void **state)
{
	struct bench bench;

	(void)state;
	give(&bench, "-A INPUT -fvj ACCEPT --source 1.1.1.1 --proto=tcp - ! "
	     "-dx -F");
	expect(&bench, NULL, 'A', "INPUT");
	expect(&bench, NULL, 'f', NULL);
	expect(&bench, NULL, 'v', NULL);
	expect(&bench, NULL, 'j', "ACCEPT");
	expect(&bench, NULL, 's', "1.1.1.1");
	expect(&bench, NULL, 'p', "tcp");
	expect(&bench, NULL, OPTION_WORD, "-");
	expect(&bench, NULL, OPTION_WORD, "!");
	expect(&bench, NULL, 'd', "x");
	expect(&bench, NULL, 'F', NULL);
	expect(&bench, NULL, OPTION_END, NULL);
}

static void test_abbreviated(void **state)
{
	struct bench bench;

	(void)state;
	give(&bench, "--app X --prot tcp --s 1 --sr 1 --frag --i --flush=C "
	     "--fragments=1");
	expect(&bench, NULL, 'A', "X");
	expect(&bench, NULL, 'p', "tcp");
	expect(&bench, NULL, OPTION_UNKNOWN, NULL);
	assert_string_equal(option_last_text(&bench.walk), "--s");
	expect(&bench, NULL, OPTION_WORD, "1");
	expect(&bench, NULL, 's', "1");
	expect(&bench, NULL, 'f', NULL);
	expect(&bench, NULL, OPTION_UNKNOWN, NULL);
	expect(&bench, NULL, 'F', "C");
	expect(&bench, NULL, OPTION_UNKNOWN, NULL);
}

static void test_ends(void **state)
{
	struct bench bench;

	(void)state;
	give(&bench, "-s");
	expect(&bench, NULL, OPTION_NO_VALUE, NULL);
	give(&bench, "--jump");
	expect(&bench, NULL, OPTION_NO_VALUE, NULL);
	give(&bench, "-- -f");
	expect(&bench, NULL, OPTION_END, NULL);
	assert_int_equal(bench.walk.next, 1);
	give(&bench, "-qf");
	expect(&bench, NULL, OPTION_UNKNOWN, NULL);
	assert_string_equal(option_last_text(&bench.walk), "filter");
	expect(&bench, NULL, 'f', NULL);
}

static void test_take(void **state)
{
	struct bench bench;

	(void)state;
	give(&bench, "-I INPUT 5 ! -I X -f");
	expect(&bench, NULL, 'I', "INPUT");
	assert_string_equal(option_take(&bench.walk)->text, "5");
	assert_null(option_take(&bench.walk));
	expect(&bench, NULL, OPTION_WORD, "!");
	expect(&bench, NULL, 'I', "X");
	assert_null(option_take(&bench.walk));
	expect(&bench, NULL, 'f', NULL);
	assert_null(option_take(&bench.walk));
}

static void load(struct bench *bench, unsigned int i, enum match_kind kind,
		 unsigned int first)
{
	bench->loaded[i].kind = kind;
	bench->loaded[i].older = i ? &bench->loaded[i - 1] : NULL;
	bench->loaded[first].latest = &bench->loaded[i];
}

static void expect_match(struct bench *bench, unsigned int newest,
			 unsigned int whose, const char *name)
{
	struct option option =
		option_next(&bench->walk, &bench->loaded[newest]);

	assert_int_equal(option.code, OPTION_MATCH);
	assert_ptr_equal(option.loaded, &bench->loaded[whose]);
	assert_string_equal(option.row->name, name);
}

/* tcp, then udp, then tcp again: names in both are udp's, which brought them
 * last; what only tcp has goes to the second one. */
static void test_matches(void **state)
{
	struct bench bench;

	(void)state;
	give(&bench, "--dport 1 --sy --tcp-f SYN --sp 5 --source-p 7");
	load(&bench, 0, MATCH_TCP, 0);
	expect_match(&bench, 0, 0, "dport");
	load(&bench, 1, MATCH_UDP, 1);
	load(&bench, 2, MATCH_TCP, 0);
	expect_match(&bench, 2, 2, "syn");
	expect_match(&bench, 2, 2, "tcp-flags");
	expect(&bench, &bench.loaded[2], OPTION_UNKNOWN, NULL);
	expect(&bench, &bench.loaded[2], OPTION_WORD, "5");
	expect(&bench, &bench.loaded[2], OPTION_UNKNOWN, NULL);
	give(&bench, "--dport 1");
	load(&bench, 0, MATCH_TCP, 0);
	load(&bench, 1, MATCH_UDP, 1);
	load(&bench, 2, MATCH_TCP, 0);
	expect_match(&bench, 2, 1, "dport");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),  cmocka_unit_test(test_abbreviated),
		cmocka_unit_test(test_ends), cmocka_unit_test(test_take),
		cmocka_unit_test(test_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
