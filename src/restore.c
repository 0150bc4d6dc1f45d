// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flow from text to what runs. In: the text and the options. Out: the new
 * generation, or one of the forms on the way; one call and one check for each
 * step. Up to the bar nothing but names is asked of the system, and a dump with
 * any mistake ends there.
 */
#include "restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ast.h"
#include "changes.h"
#include "commit.h"
#include "diag.h"
#include "kept.h"
#include "loaded.h"
#include "matrix.h"
#include "names.h"
#include "options.h"
#include "plan.h"
#include "ruleset.h"
#include "running.h"

#define READ_SIZE	65536u

static int read_all(FILE *in, char **text, size_t *len)
{
	size_t size = 0, used = 0, got;
	char *grown, *all = NULL;

	errno = 0;
	do {
		if (size - used < READ_SIZE) {
			size = size * 2 + READ_SIZE;
			grown = realloc(all, size);
			if (!grown) {
				free(all);
				return -ENOMEM;
			}
			all = grown;
		}
		got = fread(all + used, 1, size - used, in);
		used += got;
	} while (got);
	if (ferror(in)) {
		free(all);
		return errno ? -errno : -EIO;
	}
	*text = all;
	*len = used;
	return 0;
}

int restore_read(const char *file, char **text, size_t *len)
{
	FILE *in = file ? fopen(file, "re") : stdin;
	int err;

	if (!in) {
		err = -errno;
		fprintf(stderr, "Can't open %s: %s\n", file, strerror(-err));
		return err;
	}
	err = read_all(in, text, len);
	if (err)
		fprintf(stderr, "Can't read %s: %s\n",
			file ? file : "standard input", strerror(-err));
	if (file)
		fclose(in);
	return err;
}

static void dump_matrices(struct arena *arena, const struct ruleset *ruleset)
{
	struct matrix matrix;
	enum hook hook;

	for (hook = 0; hook < NR_HOOKS; hook++) {
		if (matrix_build(arena, ruleset, hook, &matrix) == 0)
			matrix_dump(&matrix, stdout);
	}
}

static void dump_plan(const struct plan *plan, enum form form)
{
	enum hook hook;

	if (form == FORM_PLAN)
		plan_dump(plan, stdout);
	for (hook = 0; form == FORM_TABLES && hook < NR_HOOKS; hook++)
		tables_dump(&plan->hook[hook], stdout);
}

/* The plan of a ruleset, and what is to be done with it. running is what the
 * ruleset was made from, or NULL. */
static int run_plan(struct arena *arena, const struct options *options,
		    const struct ruleset *ruleset,
		    const struct running *running, struct diag *diag)
{
	const uint32_t *expected = running ? &running->number : NULL;
	struct commit_request request = { .netns = options->netns,
					  .settings = &options->settings,
					  .wait_s = options->wait_s,
					  .forced = options->forced,
					  .expected = expected };
	struct plan plan;
	int err = plan_build(arena, ruleset, diag, &plan);

	if (err)
		return err;
	if (options->dump)
		dump_plan(&plan, options->dump);
	else if (options->diff)
		err = changes_print(arena, running, ruleset, diag, stdout);
	/* The bar: from here on the kernel is asked and changed. */
	else if (!options->test)
		err = commit_run(&plan, &request, diag);
	plan_free(&plan);
	return err;
}

/* A ruleset, up to the form that is asked for. running as above. */
static int run_ruleset(struct arena *arena, const struct options *options,
		       const struct ruleset *ruleset,
		       const struct running *running, struct diag *diag)
{
	if (diag->nr_errors)
		return 0;
	if (options->dump == FORM_RULESET)
		ruleset_dump(ruleset, stdout);
	if (options->dump == FORM_MATRIX)
		dump_matrices(arena, ruleset);
	if (options->dump == FORM_RULESET || options->dump == FORM_MATRIX)
		return 0;
	if (!ruleset->given && !options->dump)
		return 0;
	return run_plan(arena, options, ruleset, running, diag);
}

/* ruleset is NULL for --noflush: then the dump's lines edit what runs; else
 * policies that it does not give are those of what runs. */
static int run_on(const struct options *options, const struct running *running,
		  const struct ast *ast, struct ruleset *ruleset,
		  struct diag *diag)
{
	const struct ruleset *loaded;

	if (ruleset) {
		kept_policies(ruleset, running);
	} else {
		loaded = loaded_build(ast->arena, running, &names_system, diag);
		if (!loaded)
			return -EIO;
		ruleset = ruleset_edit(ast->arena, ast, loaded,
				       options->counters, diag);
	}
	return run_ruleset(ast->arena, options, ruleset, running, diag);
}

/* What runs may be replaced before the lock is held; then it is read again. */
static int run_running(const struct options *options, const struct ast *ast,
		       struct ruleset *ruleset, struct diag *diag)
{
	struct running running;
	int err;

	do {
		err = running_open(&running, options->netns, diag);
		if (!err)
			err = run_on(options, &running, ast, ruleset, diag);
		running_close(&running);
		diag->again = true;
		diag->verbose = NULL;
	} while (err == -ESTALE);
	return err;
}

static int run(struct arena *arena, const struct options *options,
	       struct diag *diag)
{
	struct ruleset *ruleset;
	struct ast *ast = ast_parse(arena, diag);

	if (options->dump == FORM_AST) {
		ast_dump(ast, stdout);
		return 0;
	}
	ast->only_table = options->table;
	if (options->noflush)
		return run_running(options, ast, NULL, diag);
	ruleset = ruleset_build(arena, ast, &names_system, options->counters,
				diag);
	if (!diag->nr_errors && ruleset->given && !options->dump &&
	    (options->diff || (!options->test && kept_any(ruleset))))
		return run_running(options, ast, ruleset, diag);
	return run_ruleset(arena, options, ruleset, NULL, diag);
}

int restore_run(const struct options *options, struct diag *diag)
{
	struct arena arena;
	int err;

	diag->compat = options->compat;
	if (options->verbose && !options->diff)
		diag->verbose = stdout;
	arena_init(&arena);
	err = run(&arena, options, diag);
	diag_finish(diag);
	arena_fini(&arena);
	return err;
}
