// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Golden files of the steps from ruleset to plan: each NAME.rules under
 * tests/fixtures/tables has NAME.matrix, NAME.tables and NAME.plan beside it,
 * which must be what the dumps print. GOLDEN=update writes them instead.
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
#include "matrix.h"
#include "names.h"
#include "plan.h"
#include "ruleset.h"

#define RULES	"tests/fixtures/tables/*.rules"

/* One dump, taken as far as it goes. */
struct taken {
	struct arena arena;
	struct diag diag;
	const struct ruleset *ruleset;
	struct matrix matrix[NR_HOOKS];
	struct plan plan;
};

static char *read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	*len = 0;
	if (!in)
		return calloc(1, 1);
	n = getdelim(&text, &room, '\0', in);
	fclose(in);
	if (n < 0) {
		free(text);
		return calloc(1, 1);
	}
	*len = (size_t)n;
	return text;
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void take(struct taken *taken, const char *path, const char *text,
		 size_t len)
{
	struct ast *ast;
	enum hook hook;

	memset(taken, 0, sizeof(*taken));
	arena_init(&taken->arena);
	taken->diag = (struct diag){
		.program = "golden", .file = path,
		.text = text, .text_len = len,
	};
	ast = ast_parse(&taken->arena, &taken->diag);
	taken->ruleset = ruleset_build(&taken->arena, ast, &names_fixed, true,
				       &taken->diag);
	assert_int_equal(taken->diag.nr_errors, 0);
	for (hook = 0; hook < NR_HOOKS; hook++)
		assert_int_equal(matrix_build(&taken->arena, taken->ruleset,
					      hook, &taken->matrix[hook]), 0);
	assert_int_equal(plan_build(&taken->arena, taken->ruleset,
				    &taken->diag, &taken->plan), 0);
}

static void give_back(struct taken *taken)
{
	plan_free(&taken->plan);
	arena_fini(&taken->arena);
}

static void dump_matrices(const struct taken *taken, FILE *out)
{
	enum hook hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		matrix_dump(&taken->matrix[hook], out);
}

static void dump_tables(const struct taken *taken, FILE *out)
{
	enum hook hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		tables_dump(&taken->plan.hook[hook], out);
}

static void dump_plan(const struct taken *taken, FILE *out)
{
	plan_dump(&taken->plan, out);
}

/* Whether a dump is what its file says; with GOLDEN=update it is then. */
static int compare(const struct taken *taken, const char *rules,
		   const char *form,
		   void (*dump)(const struct taken *taken, FILE *out))
{
	const char *mode = getenv("GOLDEN");
	char path[256], *text, *expected;
	size_t len, expected_len;
	int same;
	FILE *out;

	snprintf(path, sizeof(path), "%.*s%s",
		 (int)(strlen(rules) - strlen("rules")), rules, form);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	dump(taken, out);
	fclose(out);
	if (mode && strcmp(mode, "update") == 0)
		write_file(path, text, len);
	expected = read_file(path, &expected_len);
	same = len == expected_len && memcmp(text, expected, len) == 0;
	if (!same)
		fprintf(stderr, "%s: expected\n%sgot\n%s", path, expected,
			text);
	free(expected);
	free(text);
	return same;
}

static int check_file(const char *path)
{
	struct taken taken;
	size_t len;
	char *text = read_file(path, &len);
	int good;

	take(&taken, path, text, len);
	good = compare(&taken, path, "matrix", dump_matrices);
	good &= compare(&taken, path, "tables", dump_tables);
	good &= compare(&taken, path, "plan", dump_plan);
	give_back(&taken);
	free(text);
	return good;
}

static void dumps_are_as_kept(void **state)
{
	glob_t found;
	size_t i;
	int bad = 0;

	(void)state;
	assert_int_equal(glob(RULES, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		bad += !check_file(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dumps_are_as_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
