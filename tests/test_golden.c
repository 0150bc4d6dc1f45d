// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Golden files of the text's side. Each text/NAME.rules under tests/fixtures
 * has its .ast, .ruleset and .save beside it and, if anything is said of it,
 * its .err; what is saved must read back and save the same. Each line of a
 * lines/NAME.lines is a dump of its own: the .err holds what is said of each,
 * the .save what becomes of those that are accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "golden.h"
#include "names.h"
#include "ruleset.h"

#define PROGRAM	"bpfipt-restore"

/* How a fixture is to be read: its first line may be "# options: -c -T X -v".
 * What -v prints stands in its .verbose. */
struct reading {
	const char *file;
	FILE *verbose;
	char *verbose_text;
	size_t verbose_len;
	bool counters;
	bool compat;
	bool quiet;
	char table[32];
};

struct taken {
	struct arena arena;
	struct diag diag;
	struct ast *ast;
	struct ruleset *ruleset;
};

static void read_options(struct reading *reading, const char *text)
{
	const char *at;

	if (strncmp(text, "# options:", 10) != 0)
		return;
	for (at = text; *at && *at != '\n'; at++) {
		if (strncmp(at, " -c", 3) == 0)
			reading->counters = true;
		if (strncmp(at, " -v", 3) == 0)
			reading->verbose = open_memstream(
				&reading->verbose_text, &reading->verbose_len);
		sscanf(at, " -T %31s", reading->table);
	}
}

static void take(struct taken *taken, const struct reading *reading,
		 const char *text, size_t len)
{
	memset(taken, 0, sizeof(*taken));
	arena_init(&taken->arena);
	taken->diag = (struct diag){ .program = PROGRAM,
				     .file = reading->file,
				     .text = text,
				     .text_len = len,
				     .compat = reading->compat,
				     .verbose = reading->verbose,
				     .quiet = reading->quiet };
	taken->ast = ast_parse(&taken->arena, &taken->diag);
	taken->ast->only_table = *reading->table ? reading->table : NULL;
	taken->ruleset = ruleset_build(&taken->arena, taken->ast, &names_fixed,
				       reading->counters, &taken->diag);
	diag_finish(&taken->diag);
}

/* What is printed of something taken, to be freed. */
static char *printed(const struct taken *taken,
		     void (*print)(const struct taken *taken, FILE *out),
		     size_t *len)
{
	char *text;
	FILE *out = open_memstream(&text, len);

	assert_non_null(out);
	print(taken, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void print_ast(const struct taken *taken, FILE *out)
{
	ast_dump(taken->ast, out);
}

static void print_form(const struct taken *taken, FILE *out)
{
	ruleset_dump(taken->ruleset, out);
}

static void print_saved(const struct taken *taken, FILE *out)
{
	print_ruleset(taken->ruleset, NULL, false, out);
}

static bool same_form(const struct taken *taken, const char *path,
		      const char *ending,
		      void (*print)(const struct taken *taken, FILE *out))
{
	size_t len;
	char *text = printed(taken, print, &len);
	bool same = golden_same(path, ending, text, len);

	free(text);
	return same;
}

/* What is saved is read again and must be accepted and saved the same. */
static bool reads_back(const struct taken *taken, const char *path)
{
	struct reading reading = { .file = path, .quiet = true };
	size_t len, again_len;
	char *text = printed(taken, print_saved, &len), *again;
	struct taken back;
	bool same;

	take(&back, &reading, text, len);
	again = printed(&back, print_saved, &again_len);
	same = !back.diag.nr_errors && len == again_len &&
	       memcmp(text, again, len) == 0;
	if (!same)
		fprintf(stderr, "%s: saved as\n%sand read again saved as\n%s",
			path, text, again);
	arena_fini(&back.arena);
	free(again);
	free(text);
	return same;
}

static bool check_rules(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct reading reading = { .file = slash + 1 };
	struct golden_stderr caught;
	size_t len, err_len;
	char *text = golden_read(path, &len), *err;
	struct taken taken;
	bool good;

	assert_non_null(text);
	read_options(&reading, text);
	golden_catch(&caught);
	take(&taken, &reading, text, len);
	err = golden_release(&caught, &err_len);
	good = golden_same(path, ".err", err, err_len);
	good &= same_form(&taken, path, ".ast", print_ast);
	if (reading.verbose) {
		fclose(reading.verbose);
		good &= golden_same(path, ".verbose", reading.verbose_text,
				    reading.verbose_len);
		free(reading.verbose_text);
	}
	if (!taken.diag.nr_errors) {
		good &= same_form(&taken, path, ".ruleset", print_form);
		good &= same_form(&taken, path, ".save", print_saved);
		good &= reads_back(&taken, path);
	}
	arena_fini(&taken.arena);
	free(err);
	free(text);
	return good;
}

/* "\n" and the like in a line that is a whole dump. */
static size_t unescape(const char *line, size_t len, char *dump)
{
	static const char from[] = "nrt0\\", to[] = "\n\r\t\0\\";
	const char *found;
	size_t i, out = 0;

	for (i = 0; i < len; i++) {
		found = line[i] == '\\' && i + 1 < len ?
				memchr(from, line[i + 1], sizeof(from) - 1) :
				NULL;
		if (found)
			i++;
		dump[out++] = found ? to[found - from] : line[i];
	}
	return out;
}

/* A line is a rule of INPUT; with @ before it, a dump. */
static size_t make_dump(const char *line, size_t len, char *dump, size_t size)
{
	assert_true(len < size - 100);
	if (line[0] == '@')
		return unescape(line + 1, len - 1, dump);
	return (size_t)snprintf(dump, size,
				"*filter\n:FOO - [0:0]\n-A INPUT %.*s\nCOMMIT\n",
				(int)len, line);
}

struct lines {
	FILE *err;
	FILE *save;
	const char *path;
	bool good;
};

/* What is said of a dump with and without --errors=compat. */
static void run_line(struct lines *lines, const char *line, size_t len)
{
	struct reading reading = { .file = "<stdin>" };
	struct golden_stderr caught;
	char dump[32768], *err;
	size_t dump_len = make_dump(line, len, dump, sizeof(dump)), err_len;
	struct taken taken;

	golden_catch(&caught);
	take(&taken, &reading, dump, dump_len);
	err = golden_release(&caught, &err_len);
	if (err_len)
		fprintf(lines->err, "== %.*s\n%s-- %d\n", (int)len, line, err,
			taken.diag.status);
	free(err);
	if (!taken.diag.nr_errors) {
		fprintf(lines->save, "== %.*s\n", (int)len, line);
		print_saved(&taken, lines->save);
		lines->good &= reads_back(&taken, lines->path);
		arena_fini(&taken.arena);
		return;
	}
	arena_fini(&taken.arena);
	reading.compat = true;
	golden_catch(&caught);
	take(&taken, &reading, dump, dump_len);
	err = golden_release(&caught, &err_len);
	fprintf(lines->err, "-- compat\n%s", err);
	arena_fini(&taken.arena);
	free(err);
}

static bool check_lines(const char *path)
{
	struct lines lines = { .path = path, .good = true };
	char *err, *save, *text, *at;
	size_t err_len, save_len, len;

	text = golden_read(path, &len);
	assert_non_null(text);
	lines.err = open_memstream(&err, &err_len);
	lines.save = open_memstream(&save, &save_len);
	assert_true(lines.err && lines.save);
	for (at = text; *at; at += len + 1) {
		len = strcspn(at, "\n");
		if (len)
			run_line(&lines, at, len);
		if (!at[len])
			break;
	}
	fclose(lines.err);
	fclose(lines.save);
	lines.good &= golden_same(path, ".err", err, err_len);
	lines.good &= golden_same(path, ".save", save, save_len);
	free(err);
	free(save);
	free(text);
	return lines.good;
}

static void check_all(const char *pattern, bool (*check)(const char *path))
{
	unsigned int failed = 0;
	glob_t found;
	size_t i;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		failed += !check(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(failed, 0);
}

static void test_rules(void **state)
{
	(void)state;
	check_all("tests/fixtures/text/*.rules", check_rules);
}

static void test_lines(void **state)
{
	(void)state;
	check_all("tests/fixtures/lines/*.lines", check_lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
