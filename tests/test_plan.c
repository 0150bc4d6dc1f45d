// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan: what it takes over from the ruleset, and what it says of rulesets
 * that have too much of something. Links the plan and all left of it down to
 * the arena; printing and diagnostics are stood in for here, so that a message
 * is text to compare.
 */
#include "unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "arena.h"
#include "diag.h"
#include "matrix.h"
#include "plan.h"
#include "ruleset.h"

#define TEXT	"*filter\nCOMMIT\n"

/* Where the stand-in for diag.c leaves the message. */
struct heard {
	struct diag diag;
	char text[256];
};

void diag_error(struct diag *diag, enum diag_kind kind, struct loc at,
		const char *hint, const char *fmt, ...)
{
	struct heard *heard = (struct heard *)diag;
	int len = snprintf(heard->text, sizeof(heard->text), "%u: ", at.line);
	va_list ap;

	assert_int_equal(kind, DIAG_PARAMETER);
	assert_null(hint);
	va_start(ap, fmt);
	vsnprintf(heard->text + len, sizeof(heard->text) - (size_t)len, fmt,
		  ap);
	va_end(ap);
	diag->nr_errors++;
}

int diag_system(const struct diag *diag, int err, const char *fmt, ...)
{
	(void)diag;
	fail_msg("%s: %s", fmt, strerror(err));
	return -err;
}

void print_ruleset_exact(const struct ruleset *ruleset, FILE *out)
{
	(void)ruleset;
	fputs(TEXT, out);
}

/* A ruleset whose INPUT has some rules and whose user chains are in a line. */
struct making {
	struct arena arena;
	struct ruleset ruleset;
	struct heard heard;
	struct plan plan;
};

static void fill_chain(struct making *m, unsigned int index, unsigned int nr)
{
	struct chain *chain = m->ruleset.chains[index];
	struct match *matches = arena_alloc(&m->arena, nr, sizeof(*matches));
	unsigned int i;

	chain->rules = arena_alloc(&m->arena, nr, sizeof(*chain->rules));
	chain->nr_rules = nr;
	chain->first_counter = m->ruleset.nr_counters;
	m->ruleset.nr_counters += nr;
	for (i = 0; i < nr; i++) {
		chain->rules[i].matches = &matches[i];
		chain->rules[i].nr_matches = 1;
		chain->rules[i].at.line = 10 + i;
	}
}

static struct making *make(unsigned int nr_rules, unsigned int nr_user)
{
	static const char *const names[] = { "INPUT", "FORWARD", "OUTPUT" };
	struct making *m = calloc(1, sizeof(*m));
	unsigned int i, nr = NR_HOOKS + nr_user;

	arena_init(&m->arena);
	m->ruleset.nr_chains = nr;
	m->ruleset.nr_counters = NR_HOOKS;
	m->ruleset.chains = arena_alloc(&m->arena, nr, sizeof(struct chain *));
	for (i = 0; i < nr; i++) {
		struct chain *chain = arena_alloc(&m->arena, 1, sizeof(*chain));

		chain->name = i < NR_HOOKS ? names[i] : "user";
		chain->index = i;
		chain->hook = i < NR_HOOKS ? (int)i : -1;
		chain->policy = i < NR_HOOKS ? TARGET_ACCEPT : TARGET_NONE;
		chain->at.line = 1 + i;
		m->ruleset.chains[i] = chain;
	}
	fill_chain(m, HOOK_INPUT, nr_rules);
	return m;
}

static void unmake(struct making *m)
{
	plan_free(&m->plan);
	arena_fini(&m->arena);
	free(m);
}

static int build(struct making *m)
{
	return plan_build(&m->arena, &m->ruleset, &m->heard.diag, &m->plan);
}

static struct term *give_terms(struct making *m, unsigned int rule,
			       unsigned int nr)
{
	struct chain *chain = m->ruleset.chains[HOOK_INPUT];
	struct match *match = chain->rules[rule].matches;

	match->terms = arena_alloc(&m->arena, nr, sizeof(*match->terms));
	match->nr_terms = nr;
	return match->terms;
}

static void assert_refused(struct making *m, int err, const char *message)
{
	assert_int_equal(build(m), err);
	assert_int_equal(m->heard.diag.nr_errors, 1);
	assert_string_equal(m->heard.text, message);
	assert_null(m->plan.text);
	assert_null(m->plan.hook[HOOK_INPUT].rows);
	unmake(m);
}

static void test_plan(void **state)
{
	struct making *m = make(2, 0);
	struct chain *input = m->ruleset.chains[HOOK_INPUT];
	char *text;
	size_t len;
	FILE *out;

	(void)state;
	input->packets = 7;
	input->bytes = 700;
	input->rules[1].packets = 1;
	input->rules[1].bytes = 60;
	give_terms(m, 0, 1)[0] = (struct term){
		.field = FIELD_PROTO, .type = VALUE_PROTO, .value.byte = 6,
	};
	assert_int_equal(build(m), 0);
	out = open_memstream(&text, &len);
	plan_dump(&m->plan, out);
	fclose(out);
	assert_string_equal(text,
		"hook INPUT: levels 1, rows 3, policy row 2, depth 0, steps 7\n"
		"  tables 1799, words 2, extras 0, counters 5\n"
		"  columns proto; datagrams\n"
		"hook FORWARD: levels 1, rows 1, policy row 0, depth 0, "
		"steps 5\n"
		"  tables 0, words 1, extras 0, counters 5\n"
		"  no columns\n"
		"hook OUTPUT: levels 1, rows 1, policy row 0, depth 0, "
		"steps 5\n"
		"  tables 0, words 1, extras 0, counters 5\n"
		"  no columns; datagrams\n"
		"counters 5\n"
		"  0: 7:700\n"
		"  4: 1:60\n"
		"text 15 bytes\n" TEXT);
	free(text);
	unmake(m);
}

static void test_too_many_rows(void **state)
{
	(void)state;
	assert_refused(make(MAX_ROWS, 0), -E2BIG,
		       "1: chain `INPUT' has more than 262144 rows");
}

static void test_too_deep(void **state)
{
	struct making *m = make(1, MAX_DEPTH + 1);
	unsigned int i;

	(void)state;
	m->ruleset.chains[HOOK_INPUT]->rules[0].target = TARGET_JUMP;
	m->ruleset.chains[HOOK_INPUT]->rules[0].jump =
		m->ruleset.chains[NR_HOOKS];
	for (i = NR_HOOKS; i + 1 < m->ruleset.nr_chains; i++) {
		fill_chain(m, i, 1);
		m->ruleset.chains[i]->rules[0].target = TARGET_JUMP;
		m->ruleset.chains[i]->rules[0].jump = m->ruleset.chains[i + 1];
	}
	assert_refused(m, -ELOOP,
		       "1: chain `INPUT' jumps to chains nested deeper than "
		       "4096");
}

static void test_too_many_extras(void **state)
{
	struct making *m = make(2, 0);
	struct term *terms = give_terms(m, 1, MAX_ROW_EXTRAS + 1);
	unsigned int i;

	(void)state;
	for (i = 0; i <= MAX_ROW_EXTRAS; i++)
		terms[i] = (struct term){
			.field = FIELD_MARK, .type = VALUE_MARK,
			.value.masked = { 1u << i, 0x55555555 | 1u << i },
		};
	assert_refused(m, -ENOSPC,
		       "11: too many --ports, --tcp-option, masks with holes "
		       "or tests of connections in one rule");
}

/* 256 ranges in each of very many rules. */
static void test_too_many_ranges(void **state)
{
	const unsigned int nr = MAX_INTERVALS / 256 + 1;
	struct making *m = make(nr, 0);
	unsigned int i;

	(void)state;
	for (i = 0; i < nr; i++)
		give_terms(m, i, 1)[0] = (struct term){
			.field = FIELD_SADDR, .type = VALUE_ADDR,
			.value.masked = { 1, 0xffff00ff },
		};
	assert_refused(m, -EFBIG,
		       "1: chain `INPUT' reaches rules with more than 8388608 "
		       "ranges of values");
}

static void test_too_many_names(void **state)
{
	struct making *m = make(SEARCH_MAX / 2 + 1, 0);
	unsigned int i;

	(void)state;
	for (i = 0; i <= SEARCH_MAX / 2; i++) {
		struct term *term = give_terms(m, i, 1);

		term->field = FIELD_IIF;
		term->type = VALUE_IFNAME;
		snprintf(term->value.ifname.name, IFNAME_SIZE, "dev%u", i);
	}
	assert_refused(m, -ENOSPC,
		       "1: chain `INPUT' reaches rules with more than 32767 "
		       "interfaces or MACs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_too_many_extras),
		cmocka_unit_test(test_too_many_ranges),
		cmocka_unit_test(test_too_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
