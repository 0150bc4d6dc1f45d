// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Golden file of --noflush. Each line of edit/edits.lines is a dump that edits
 * the same loaded ruleset; the .out beside it says with what message, with and
 * without -c, and what becomes of the rules, their counters, and which counter
 * of the loaded ones each goes on from. What is loaded is read back from text,
 * as it is from the kernel. test_kernel_edit has iptables do the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "edits.h"
#include "golden.h"
#include "loaded.h"
#include "names.h"
#include "plan.h"
#include "ruleset.h"
#include "running.h"
#include "stored.h"

#define LINES	"tests/fixtures/edit/edits.lines"
#define DIAG	{ .program = "bpfipt-restore", .file = "<stdin>" }

/* A generation that holds EDITS_BASE, as it is read back. */
static void run_base(struct arena *arena, struct running *running)
{
	struct diag diag = DIAG;
	struct ruleset *ruleset;
	struct plan plan;

	diag.text = EDITS_BASE;
	diag.text_len = strlen(EDITS_BASE);
	ruleset = ruleset_build(arena, ast_parse(arena, &diag), &names_fixed,
				true, &diag);
	assert_int_equal(plan_build(arena, ruleset, &diag, &plan), 0);
	running->number = 1;
	running->counters = plan.counters;
	running->stored = calloc(1, sizeof(*running->stored) + plan.text_len);
	assert_non_null(running->stored);
	running->stored->nr_counters = plan.nr_counters;
	running->stored->text_len = (uint32_t)plan.text_len;
	memcpy(running->stored->text, plan.text, plan.text_len);
	plan_free(&plan);
}

static void print_sources(const struct plan *plan, FILE *out)
{
	unsigned int i;

	fputs("goes on from", out);
	for (i = 0; i < plan->nr_counters; i++) {
		if (plan->from[i] == COUNTER_NONE)
			fputs(" -", out);
		else
			fprintf(out, " %u", plan->from[i]);
	}
	fputc('\n', out);
}

/* As the kernel's half reads them. */
static void add_seen(const struct plan *plan, const struct running *running)
{
	unsigned int i;

	for (i = 0; i < plan->nr_counters; i++) {
		if (plan->from[i] == COUNTER_NONE)
			continue;
		assert_true(plan->from[i] < plan->nr_before);
		plan->counters[i].packets +=
			running->counters[plan->from[i]].packets;
		plan->counters[i].bytes +=
			running->counters[plan->from[i]].bytes;
	}
}

/* What is stored says more than what is saved. */
static void print_stored(const struct ruleset *edited, const struct plan *plan,
			 FILE *out)
{
	size_t len;
	char *saved;
	FILE *save = open_memstream(&saved, &len);

	assert_non_null(save);
	print_ruleset(edited, NULL, false, save);
	fclose(save);
	if (strcmp(saved, plan->text) != 0)
		fprintf(out, "stored as\n%s", plan->text);
	free(saved);
}

static void print_edited(struct arena *arena, const struct ruleset *edited,
			 const struct running *running, FILE *out)
{
	struct diag diag = DIAG;
	struct plan plan;

	assert_int_equal(plan_build(arena, edited, &diag, &plan), 0);
	add_seen(&plan, running);
	print_ruleset(edited, plan.counters, true, out);
	print_sources(&plan, out);
	print_stored(edited, &plan, out);
	plan_free(&plan);
}

static void run_edit(const struct edit *edit, const struct running *running,
		     bool counters, FILE *out)
{
	struct diag diag = DIAG;
	struct ruleset *loaded, *edited;
	struct golden_stderr caught;
	struct arena arena;
	size_t len;
	char *err;

	arena_init(&arena);
	diag.text = edit->text;
	diag.text_len = edit->len;
	golden_catch(&caught);
	loaded = loaded_build(&arena, running, &names_fixed, &diag);
	edited = ruleset_edit(&arena, ast_parse(&arena, &diag), loaded,
			      counters, &diag);
	diag_finish(&diag);
	err = golden_release(&caught, &len);
	fprintf(out, "-- %s%d\n%s", counters ? "-c " : "", diag.status, err);
	if (!diag.nr_errors && !edited->given)
		fputs("unchanged\n", out);
	else if (!diag.nr_errors)
		print_edited(&arena, edited, running, out);
	free(err);
	arena_fini(&arena);
}

static void test_edits(void **state)
{
	struct running running = {};
	struct edit edit = {};
	struct arena arena;
	size_t len, out_len;
	char *lines = golden_read(LINES, &len), *written;
	const char *at = lines;
	FILE *out = open_memstream(&written, &out_len);

	(void)state;
	assert_true(lines && out);
	arena_init(&arena);
	run_base(&arena, &running);
	while (edits_next(&at, &edit)) {
		fprintf(out, "== %.*s\n", edit.line_len, edit.line);
		run_edit(&edit, &running, false, out);
		run_edit(&edit, &running, true, out);
	}
	fclose(out);
	assert_true(golden_same(LINES, ".out", written, out_len));
	arena_fini(&arena);
	free(running.stored);
	free(written);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
