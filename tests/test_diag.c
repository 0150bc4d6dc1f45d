// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages: what each kind prints and counts, iptables' words before ours, the
 * excerpt of a line at its start, its end and in the middle, and where it
 * stops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"

#define TEXT	"first\n\tsecond line\nthird"

/* stderr to a file while a test runs. */
static FILE *caught;
static int kept;

static void catch(void)
{
	fflush(stderr);
	kept = dup(STDERR_FILENO);
	caught = tmpfile();
	assert_non_null(caught);
	dup2(fileno(caught), STDERR_FILENO);
}

static const char *release(void)
{
	static char text[16384];
	size_t len;

	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(caught);
	len = fread(text, 1, sizeof(text) - 1, caught);
	text[len] = '\0';
	fclose(caught);
	return text;
}

static struct diag new_diag(void)
{
	return (struct diag){ .program = "x-restore", .file = "f",
			      .text = TEXT, .text_len = strlen(TEXT) };
}

static void test_kinds(void **state)
{
	static const struct {
		enum diag_kind kind;
		int status;
		const char *words;
	} kinds[] = {
		{ DIAG_PARAMETER, 2, "x-restore v" BPFIPT_VERSION
		  " (bpfipt): msg\nError occurred at line: 2\nTry `x-restore "
		  "-h' or 'x-restore --help' for more information.\n" },
		{ DIAG_BARE, 2, "msg\nError occurred at line: 2\nTry "
		  "`x-restore -h' or 'x-restore --help' for more "
		  "information.\n" },
		{ DIAG_UNSUPPORTED, 2, "x-restore v" BPFIPT_VERSION
		  " (bpfipt): msg\nError occurred at line: 2\nTry `x-restore "
		  "-h' or 'x-restore --help' for more information.\n" },
		{ DIAG_OTHER, 1, "x-restore v" BPFIPT_VERSION
		  " (bpfipt): msg\n" },
		{ DIAG_FAILED, 1, "x-restore: line 2 failed\n" },
		{ DIAG_PLAIN, 1, "x-restore: msg\n" },
	};
	struct loc at = { 2, 2, 6 };
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i < NR_DIAG_KINDS; i++) {
		diag = new_diag();
		diag.compat = true;
		catch();
		diag_error(&diag, kinds[i].kind, at, "hint", "msg");
		diag_error(&diag, DIAG_FAILED, at, NULL, "a second one");
		assert_string_equal(release(), kinds[i].words);
		assert_int_equal(diag.status, kinds[i].status);
		assert_int_equal(diag.nr_errors, 2);
	}
}

static void test_own_line(void **state)
{
	struct diag diag = new_diag();

	(void)state;
	catch();
	diag_error(&diag, DIAG_FAILED, (struct loc){ 2, 2, 6 }, "do this",
		   "no %s", "good");
	assert_string_equal(release(), "x-restore: line 2 failed\n"
			    "f:2:2: no good\n    \tsecond line\n"
			    "    \t^~~~~~\n    hint: do this\n");
	catch();
	diag_error(&diag, DIAG_UNSUPPORTED, (struct loc){ 3, 1, 5 }, "why",
		   "words\n");
	assert_string_equal(release(), "x-restore v" BPFIPT_VERSION
			    " (bpfipt): words\n\nError occurred at line: 3\n"
			    "f:3:1: why\n    third\n    ^~~~~\n");
	/* Behind the last line, and in none at all. */
	catch();
	diag_error(&diag, DIAG_PLAIN, (struct loc){ 4, 0, 0 }, NULL, "end");
	diag_error(&diag, DIAG_PLAIN, (struct loc){ 0 }, NULL, "argument");
	assert_string_equal(release(), "x-restore: end\nf:4:1: end\n"
			    "x-restore: argument\n");
}

static void test_long_line(void **state)
{
	char text[1001];
	struct diag diag = { .program = "x", .file = "f", .text = text,
			     .text_len = 1000 };
	const char *said, *shown;

	(void)state;
	memset(text, 'a', 1000);
	text[0] = '\x01';
	text[700] = 'b';
	text[1000] = '\0';
	catch();
	diag_error(&diag, DIAG_PLAIN, (struct loc){ 1, 701, 300 }, NULL, "m");
	said = release();
	shown = strstr(said, "    a");
	assert_non_null(shown);
	assert_int_equal(strcspn(shown, "\n"), 4 + 120);
	assert_int_equal(shown[4 + 60], 'b');
	assert_int_equal(strspn(strchr(shown, '^') + 1, "~"), 59);
	catch();
	diag_error(&diag, DIAG_PLAIN, (struct loc){ 1, 1, 1 }, NULL, "m");
	assert_non_null(strstr(release(), "    ?aaa"));
}

/* The caret stands under a character, whatever bytes are before it. */
static void test_characters(void **state)
{
	static const char text[] = "\xc3\xa4\xc3\xb6 w\xc3\xb6rd";
	struct diag diag = { .program = "x", .file = "f", .text = text,
			     .text_len = sizeof(text) - 1 };

	(void)state;
	catch();
	diag_error(&diag, DIAG_PLAIN, (struct loc){ 1, 6, 5 }, NULL, "m");
	assert_non_null(strstr(release(), "\n       ^~~~\n"));
}

static void test_count(void **state)
{
	struct diag diag = new_diag();
	struct loc at = { 1, 1, 1 };
	const char *said;
	unsigned int i;

	(void)state;
	catch();
	for (i = 0; i < 25; i++)
		diag_error(&diag, DIAG_FAILED, at, NULL, "mistake %u", i);
	diag_finish(&diag);
	said = release();
	assert_non_null(strstr(said, "mistake 19\n"));
	assert_null(strstr(said, "mistake 20\n"));
	assert_non_null(strstr(said, "f: 5 more errors\n"));
	assert_int_equal(diag.nr_errors, 25);
	diag = new_diag();
	catch();
	diag_error(&diag, DIAG_FAILED, at, NULL, "one");
	diag_finish(&diag);
	assert_null(strstr(release(), "more errors"));
}

static void test_others(void **state)
{
	struct diag diag = new_diag();

	(void)state;
	catch();
	diag_warn(&diag, "careful with %d", 5);
	assert_int_equal(diag_system(&diag, 2, "opening %s", "it"), -2);
	assert_int_equal(diag_system(&diag, 0, "cannot"), -5);
	diag_note(&diag, "Note");
	diag.quiet = true;
	diag_note(&diag, "Unsaid");
	assert_string_equal(release(), "x-restore: careful with 5\n"
			    "x-restore: opening it: No such file or directory\n"
			    "x-restore: cannot\nNote\n");
	assert_int_equal(diag.nr_errors, 0);
	assert_string_equal(diag_version("iptables-restore"), "1.8.9");
	assert_string_equal(diag_version("bpfipt-restore"), BPFIPT_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_own_line),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
