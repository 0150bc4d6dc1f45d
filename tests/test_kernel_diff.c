// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a restore would change, asked of what runs: the diff, its exit status,
 * and that asking changes nothing. And how what runs is saved: as JSON, and
 * with which date.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "side_tool.h"

#define RUNS	"*filter\n" \
		":INPUT DROP [0:0]\n" \
		":FORWARD ACCEPT [0:0]\n" \
		":OUTPUT ACCEPT [0:0]\n" \
		":old - [0:0]\n" \
		"-A INPUT -i lo -j ACCEPT\n" \
		"-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n" \
		"-A old -j RETURN\n" \
		"COMMIT\n"

struct bench {
	const char *missing;	/* why nothing can run here */
	struct testns ns;
	struct tool tool;
};

static const struct bench *bench_of(void **state)
{
	struct bench *bench = *state;

	if (bench->missing) {
		printf("SKIP: %s\n", bench->missing);
		skip();
	}
	return bench;
}

/* Restores the text with options: its status, and what it says is just that. */
static void assert_said(const struct bench *bench, const char *const options[],
			const char *text, int status, const char *expected)
{
	const char *argv[8] = { bench->tool.restore };
	char *said = NULL;
	int i, got;

	for (i = 0; options[i]; i++)
		argv[i + 1] = options[i];
	got = testns_run(&bench->ns, argv, text, &said);
	if (got != status)
		fail_msg("status %d, not %d:\n%s", got, status, said);
	assert_string_equal(said, expected);
	free(said);
}

static const char *const diff[] = { "--diff", NULL };
static const char *const edit[] = { "--diff", "--noflush", NULL };

static void nothing_loaded_is_an_empty_table(void **state)
{
	const struct bench *bench = bench_of(state);

	assert_said(bench, diff,
		    "*filter\n:INPUT ACCEPT [5:5]\n:FORWARD ACCEPT\n"
		    ":OUTPUT ACCEPT\nCOMMIT\n", 0, "");
	assert_said(bench, diff, "*filter\n-A OUTPUT -j DROP\nCOMMIT\n", 1,
		    "--- running\n+++ <stdin>\n@@ -2,4 +2,5 @@\n"
		    " :INPUT ACCEPT [0:0]\n :FORWARD ACCEPT [0:0]\n"
		    " :OUTPUT ACCEPT [0:0]\n+-A OUTPUT -j DROP\n COMMIT\n");
}

static void the_same_in_other_words_is_the_same(void **state)
{
	const struct bench *bench = bench_of(state);
	static const char *const counted[] = { "--diff", "-c", "-v", NULL };

	assert_int_equal(tool_restore(&bench->tool, &bench->ns, NULL, RUNS), 0);
	assert_said(bench, diff, RUNS, 0, "");
	/* The policy that is not given stays. */
	assert_said(bench, counted,
		    "*filter\n:old -\n:INPUT - [0:0]\n"
		    "[7:7] --append INPUT --in-interface lo --jump ACCEPT\n"
		    "-A INPUT --protocol 6 --dport ssh -s 0/0 -j ACCEPT\n"
		    "-A old -j RETURN\nCOMMIT\n", 0, "");
	assert_said(bench, diff, "# nothing\n", 0, "");
	assert_said(bench, edit, "*filter\nCOMMIT\n", 0, "");
}

static void differences_are_shown_and_not_made(void **state)
{
	const struct bench *bench = bench_of(state);
	char *before, *after;

	assert_int_equal(tool_restore(&bench->tool, &bench->ns, NULL, RUNS), 0);
	before = tool_save(&bench->tool, &bench->ns);
	assert_said(bench, diff,
		    "*filter\n-A INPUT -i lo -j ACCEPT\n"
		    "-A INPUT -p tcp --dport 23 -j ACCEPT\nCOMMIT\n", 1,
		    "--- running\n+++ <stdin>\n@@ -2,8 +2,6 @@\n"
		    " :INPUT DROP [0:0]\n :FORWARD ACCEPT [0:0]\n"
		    " :OUTPUT ACCEPT [0:0]\n-:old - [0:0]\n"
		    " -A INPUT -i lo -j ACCEPT\n"
		    "--A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
		    "--A old -j RETURN\n"
		    "+-A INPUT -p tcp -m tcp --dport 23 -j ACCEPT\n"
		    " COMMIT\n");
	assert_said(bench, edit,
		    "*filter\n-I INPUT ! -i + -j DROP\n-F old\nCOMMIT\n", 1,
		    "--- running\n+++ <stdin>\n@@ -3,7 +3,7 @@\n"
		    " :FORWARD ACCEPT [0:0]\n :OUTPUT ACCEPT [0:0]\n"
		    " :old - [0:0]\n+-A INPUT ! -i + -j DROP\n"
		    " -A INPUT -i lo -j ACCEPT\n"
		    " -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
		    "--A old -j RETURN\n COMMIT\n");
	after = tool_save(&bench->tool, &bench->ns);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* 1 says that something differs: what else ends with 1 ends with 2. */
static void mistakes_are_no_differences(void **state)
{
	const struct bench *bench = bench_of(state);
	static const struct {
		const char *options[4];
		const char *text;
		int status;
	} cases[] = {
		{ { "--diff" }, "*filter\n-A nosuch -j DROP\nCOMMIT\n", 2 },
		{ { "--diff" }, "*filter\n-A INPUT --nosuch\nCOMMIT\n", 2 },
		{ { "--diff" }, "*filter\n", 2 },
		{ { "--diff", "-n" }, "*filter\n-D INPUT 9\nCOMMIT\n", 2 },
		{ { "--diff", "/nonexistent/file" }, NULL, 2 },
		{ { "--diff", "a", "b" }, NULL, 2 },
		{ { "--diff", "--netns", "nosuch" }, RUNS, 4 },
	};
	const char *argv[6];
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		argv[0] = bench->tool.restore;
		for (j = 0; j < 4; j++)
			argv[j + 1] = cases[i].options[j];
		argv[5] = NULL;
		if (testns_run(&bench->ns, argv, cases[i].text, NULL) !=
		    cases[i].status)
			fail_msg("not %d: %s", cases[i].status, cases[i].text);
	}
}

/* As testns_run has a pipe for both streams, a shell sends one elsewhere. */
static void a_diff_that_cannot_be_written_is_an_error(void **state)
{
	const struct bench *bench = bench_of(state);
	const char *const argv[] = {
		"sh", "-c", "\"$0\" --diff >/dev/full", bench->tool.restore,
		NULL,
	};
	char *said;

	assert_int_equal(testns_run(&bench->ns, argv,
				    "*filter\n-A OUTPUT -j DROP\nCOMMIT\n",
				    &said), 4);
	assert_non_null(strstr(said, "No space left"));
	free(said);
}

static void what_runs_is_json(void **state)
{
	const struct bench *bench = bench_of(state);
	const char *const save[] = { bench->tool.save, "--json", NULL };
	const char *const nat[] = {
		bench->tool.save, "--json", "-t", "nat", NULL,
	};
	char *said;

	assert_int_equal(tool_restore(&bench->tool, &bench->ns, "-c",
				      "*filter\n[3:4] -A OUTPUT\nCOMMIT\n"), 0);
	assert_int_equal(testns_run(&bench->ns, save, NULL, &said), 0);
	assert_non_null(strstr(said, "{\"packets\":3,\"bytes\":4,"
				     "\"matches\":[],\"target\":null}"));
	free(said);
	assert_int_equal(testns_run(&bench->ns, nat, NULL, &said), 0);
	assert_string_equal(said, "{\"version\":1,\"tables\":[]}\n");
	free(said);
}

/* A shell's line, with the tool as $0, prints comments that end so, or not. */
static void assert_dates(const struct bench *bench, const char *line,
			 const char *end, bool so)
{
	const char *const argv[] = { "sh", "-c", line, bench->tool.save, NULL };
	char *said, comment[128];
	bool has;

	assert_int_equal(testns_run(&bench->ns, argv, NULL, &said), 0);
	snprintf(comment, sizeof(comment), "# Completed%s\n", end);
	has = strstr(said, comment);
	snprintf(comment, sizeof(comment), "%s\n*filter\n", end);
	if (has != so || (*end && !strstr(said, comment) == so))
		fail_msg("%s prints\n%s", line, said);
	free(said);
}

static void dates_are_left_out_or_fixed(void **state)
{
	const struct bench *bench = bench_of(state);
	static const char date[] = " on Thu Jan  1 00:01:40 1970";

	assert_dates(bench, "TZ=Asia/Tokyo SOURCE_DATE_EPOCH=100 \"$0\"", date,
		     true);
	assert_dates(bench, "SOURCE_DATE_EPOCH=100x \"$0\"", date, false);
	assert_dates(bench, "SOURCE_DATE_EPOCH=100 \"$0\" --no-timestamp", "",
		     true);
	assert_dates(bench, "\"$0\" --no-timestamp", "", true);
	assert_dates(bench, "\"$0\"", "", false);
}

static int unload(void **state)
{
	struct bench *bench = *state;

	if (!bench->missing)
		tool_unload(&bench->tool, &bench->ns);
	return 0;
}

#define TEST(name)	{ #name, name, NULL, unload, &bench }

int main(void)
{
	struct bench bench = {};
	const struct CMUnitTest tests[] = {
		TEST(nothing_loaded_is_an_empty_table),
		TEST(the_same_in_other_words_is_the_same),
		TEST(differences_are_shown_and_not_made),
		TEST(mistakes_are_no_differences),
		TEST(a_diff_that_cannot_be_written_is_an_error),
		TEST(what_runs_is_json),
		TEST(dates_are_left_out_or_fixed),
	};
	int failed;

	bench.missing = testns_guard(120);
	bench.tool = tool_product();
	if (!bench.missing && testns_add(&bench.ns, "diff"))
		bench.missing = "the namespace cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!bench.missing)
		testns_del(&bench.ns);
	return failed;
}
