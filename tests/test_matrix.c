// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hook's matrix: which chains it holds, how they are closed, where jumps
 * lead, what can never match, and the bounds on the walk. Links the matrix,
 * its parts and the leaves.
 */
#include "unit.h"

#include <errno.h>

#include "arena.h"
#include "matrix.h"
#include "ruleset.h"

#define USER	NR_HOOKS	/* index of the first user chain */

/* Rulesets by hand: chains of rules that each have one -m of IP tests. */
struct making {
	struct arena arena;
	struct ruleset ruleset;
};

static struct making *make(unsigned int nr_user)
{
	struct making *m = calloc(1, sizeof(*m));
	unsigned int i, nr = USER + nr_user;

	arena_init(&m->arena);
	m->ruleset.nr_chains = nr;
	m->ruleset.nr_counters = NR_HOOKS;
	m->ruleset.chains = arena_alloc(&m->arena, nr, sizeof(struct chain *));
	for (i = 0; i < nr; i++) {
		struct chain *chain = arena_alloc(&m->arena, 1, sizeof(*chain));

		chain->name = "chain";
		chain->index = i;
		chain->hook = i < NR_HOOKS ? (int)i : -1;
		chain->policy = i < NR_HOOKS ? TARGET_DROP : TARGET_NONE;
		m->ruleset.chains[i] = chain;
	}
	return m;
}

static void unmake(struct making *m)
{
	arena_fini(&m->arena);
	free(m);
}

/* Room for rules of a chain; counters go on where they were. */
static void give_rules(struct making *m, unsigned int index, unsigned int nr)
{
	struct chain *chain = m->ruleset.chains[index];
	unsigned int i;

	chain->rules = arena_alloc(&m->arena, nr, sizeof(*chain->rules));
	chain->nr_rules = nr;
	chain->first_counter = m->ruleset.nr_counters;
	m->ruleset.nr_counters += nr;
	for (i = 0; i < nr; i++) {
		chain->rules[i].nr_matches = 1;
		chain->rules[i].matches =
			arena_alloc(&m->arena, 1, sizeof(struct match));
	}
}

static void set_target(struct making *m, unsigned int index, unsigned int rule,
		       enum target target, unsigned int to)
{
	m->ruleset.chains[index]->rules[rule].target = target;
	if (to)
		m->ruleset.chains[index]->rules[rule].jump =
			m->ruleset.chains[to];
}

static struct term *give_term(struct making *m, unsigned int index,
			      unsigned int rule)
{
	struct match *match = m->ruleset.chains[index]->rules[rule].matches;

	match->terms = arena_alloc(&m->arena, 1, sizeof(*match->terms));
	match->nr_terms = 1;
	return match->terms;
}

static void set_name(struct making *m, unsigned int index, unsigned int rule,
		     enum field field, bool invert)
{
	*give_term(m, index, rule) = (struct term){
		.field = field, .type = VALUE_IFNAME, .invert = invert,
		.value.ifname.name = "eth0",
	};
}

static struct matrix build(struct making *m, enum hook hook)
{
	struct matrix matrix;

	assert_int_equal(matrix_build(&m->arena, &m->ruleset, hook, &matrix),
			 0);
	return matrix;
}

static void assert_dump(const struct matrix *matrix, const char *expected)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	matrix_dump(matrix, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void test_empty(void **state)
{
	struct making *m = make(1);
	struct matrix matrix = build(m, HOOK_FORWARD);

	(void)state;
	assert_dump(&matrix,
		    "matrix FORWARD: 1 rows, policy row 0, depth 0, steps 5\n"
		    "row 0: counter 1 drop\n");
	assert_int_equal(matrix.columns, 0);
	unmake(m);
}

/* Chains lie as they are first jumped to, each once, those not reached not. */
static void test_chains(void **state)
{
	struct making *m = make(3);
	struct matrix matrix;

	(void)state;
	give_rules(m, HOOK_INPUT, 3);
	give_rules(m, USER, 1);
	give_rules(m, USER + 1, 1);
	give_rules(m, USER + 2, 2);
	set_target(m, HOOK_INPUT, 0, TARGET_JUMP, USER + 2);
	set_target(m, HOOK_INPUT, 1, TARGET_JUMP, USER);
	set_target(m, HOOK_INPUT, 2, TARGET_ACCEPT, 0);
	set_target(m, USER + 2, 0, TARGET_GOTO, USER);
	set_target(m, USER + 2, 1, TARGET_RETURN, 0);
	set_target(m, USER + 1, 0, TARGET_JUMP, USER);
	matrix = build(m, HOOK_INPUT);
	assert_dump(&matrix,
		    "matrix INPUT: 9 rows, policy row 3, depth 1, steps 21\n"
		    "row 0: counter 3 jump 4\n"
		    "row 1: counter 4 jump 7\n"
		    "row 2: counter 5 accept\n"
		    "row 3: counter 0 drop\n"
		    "row 4: counter 8 goto 7\n"
		    "row 5: counter 9 return\n"
		    "row 6: counter - return\n"
		    "row 7: counter 6 continue\n"
		    "row 8: counter - return\n");
	unmake(m);
}

/* Where a device's name is always "", tests on it are known beforehand. */
static void test_names_by_hook(void **state)
{
	struct making *m = make(2);
	struct matrix matrix;
	enum hook hook;

	(void)state;
	for (hook = 0; hook < NR_HOOKS; hook++) {
		give_rules(m, hook, 1);
		set_target(m, hook, 0, TARGET_JUMP, USER);
	}
	give_rules(m, USER, 3);
	set_name(m, USER, 0, FIELD_OIF, false);
	set_name(m, USER, 1, FIELD_OIF, true);
	set_name(m, USER, 2, FIELD_IIF, false);
	set_target(m, USER, 2, TARGET_JUMP, USER + 1);
	matrix = build(m, HOOK_INPUT);
	assert_dump(&matrix,
		    "matrix INPUT: 6 rows, policy row 1, depth 2, steps 16\n"
		    "row 0: counter 3 jump 2\n"
		    "row 1: counter 0 drop\n"
		    "row 2: counter 7 continue\n"
		    "row 3: counter 8 jump 5; iif eth0\n"
		    "row 4: counter - return\n"
		    "row 5: counter - return\n");
	matrix = build(m, HOOK_OUTPUT);
	assert_dump(&matrix,
		    "matrix OUTPUT: 5 rows, policy row 1, depth 1, steps 12\n"
		    "row 0: counter 5 jump 2\n"
		    "row 1: counter 2 drop\n"
		    "row 2: counter 6 continue; oif eth0\n"
		    "row 3: counter 7 continue; oif !eth0\n"
		    "row 4: counter - return\n");
	matrix = build(m, HOOK_FORWARD);
	assert_int_equal(matrix.nr_rows, 7);
	assert_int_equal(matrix.columns, 1u << COL_IIF | 1u << COL_OIF);
	unmake(m);
}

/* A list of chains each jumping, or going, to the next. */
static struct making *make_line(unsigned int nr, enum target target)
{
	struct making *m = make(nr);
	unsigned int i;

	give_rules(m, HOOK_INPUT, 1);
	set_target(m, HOOK_INPUT, 0, target, USER);
	for (i = 0; i + 1 < nr; i++) {
		give_rules(m, USER + i, 1);
		set_target(m, USER + i, 0, target, USER + i + 1);
	}
	return m;
}

static void test_depth(void **state)
{
	struct making *m = make_line(MAX_DEPTH, TARGET_JUMP);
	struct matrix matrix = build(m, HOOK_INPUT);

	(void)state;
	assert_int_equal(matrix.depth, MAX_DEPTH);
	unmake(m);
	m = make_line(MAX_DEPTH + 1, TARGET_JUMP);
	assert_int_equal(matrix_build(&m->arena, &m->ruleset, HOOK_INPUT,
				      &matrix), -ELOOP);
	unmake(m);
	m = make_line(MAX_DEPTH + 1, TARGET_GOTO);
	matrix = build(m, HOOK_INPUT);
	assert_int_equal(matrix.depth, 0);
	unmake(m);
}

/* Rules that are never met have no row, and may be part of a loop. */
static void test_dead(void **state)
{
	struct making *m = make(1);
	struct matrix matrix;

	(void)state;
	give_rules(m, HOOK_INPUT, 2);
	give_rules(m, USER, 1);
	set_target(m, HOOK_INPUT, 0, TARGET_ACCEPT, 0);
	set_target(m, HOOK_INPUT, 1, TARGET_JUMP, USER);
	set_target(m, USER, 0, TARGET_JUMP, USER);
	m->ruleset.chains[HOOK_INPUT]->rules[1].dead = true;
	matrix = build(m, HOOK_INPUT);
	assert_dump(&matrix,
		    "matrix INPUT: 2 rows, policy row 1, depth 0, steps 5\n"
		    "row 0: counter 3 accept\n"
		    "row 1: counter 0 drop\n");
	unmake(m);
}

/* What the ruleset's check refuses would hang here; it ends all the same. */
static void test_loop(void **state)
{
	struct making *m = make(2);
	struct matrix matrix;

	(void)state;
	give_rules(m, HOOK_INPUT, 1);
	give_rules(m, USER, 1);
	give_rules(m, USER + 1, 1);
	set_target(m, HOOK_INPUT, 0, TARGET_JUMP, USER);
	set_target(m, USER, 0, TARGET_JUMP, USER + 1);
	set_target(m, USER + 1, 0, TARGET_GOTO, USER);
	assert_int_equal(matrix_build(&m->arena, &m->ruleset, HOOK_INPUT,
				      &matrix), -ELOOP);
	unmake(m);
}

/* Each chain jumps to the next one twice: 2^40 visits. */
static void test_steps_saturate(void **state)
{
	struct making *m = make(40);
	struct matrix matrix;
	unsigned int i;

	(void)state;
	give_rules(m, HOOK_INPUT, 1);
	set_target(m, HOOK_INPUT, 0, TARGET_JUMP, USER);
	for (i = 0; i + 1 < 40; i++) {
		give_rules(m, USER + i, 2);
		set_target(m, USER + i, 0, TARGET_JUMP, USER + i + 1);
		set_target(m, USER + i, 1, TARGET_JUMP, USER + i + 1);
	}
	matrix = build(m, HOOK_INPUT);
	assert_int_equal(matrix.steps, MAX_STEPS);
	unmake(m);
}

static void test_too_many_rows(void **state)
{
	struct making *m = make(0);
	struct matrix matrix;

	(void)state;
	give_rules(m, HOOK_INPUT, MAX_ROWS - 1);
	matrix = build(m, HOOK_INPUT);
	assert_int_equal(matrix.nr_rows, MAX_ROWS);
	unmake(m);
	m = make(0);
	give_rules(m, HOOK_INPUT, MAX_ROWS);
	assert_int_equal(matrix_build(&m->arena, &m->ruleset, HOOK_INPUT,
				      &matrix), -E2BIG);
	unmake(m);
}

/* A rule on connections, even one that no packet reaches, has all hooks tracked
 * and their datagrams judged whole. */
static void test_tracked(void **state)
{
	struct making *m = make(1);
	struct matrix matrix;
	struct match *matches;
	enum hook hook;

	(void)state;
	give_rules(m, USER, 2);
	for (hook = 0; hook < NR_HOOKS; hook++) {
		matrix = build(m, hook);
		assert_false(matrix.tracked);
		assert_false(matrix.reads_header);
		assert_int_equal(matrix.datagrams, hook != HOOK_FORWARD);
	}
	matches = arena_alloc(&m->arena, 2, sizeof(*matches));
	matches[1].kind = MATCH_STATE;
	m->ruleset.chains[USER]->rules[1].matches = matches;
	m->ruleset.chains[USER]->rules[1].nr_matches = 2;
	for (hook = 0; hook < NR_HOOKS; hook++) {
		matrix = build(m, hook);
		assert_int_equal(matrix.nr_rows, 1);
		assert_true(matrix.tracked);
		assert_true(matrix.reads_header);
		assert_true(matrix.datagrams);
	}
	unmake(m);
}

/* The rule with one mask too many is named. */
static void test_too_many_extras(void **state)
{
	struct making *m = make(0);
	struct matrix matrix;
	struct match *match;
	unsigned int i;

	(void)state;
	give_rules(m, HOOK_INPUT, 2);
	match = m->ruleset.chains[HOOK_INPUT]->rules[1].matches;
	match->terms = arena_alloc(&m->arena, MAX_ROW_EXTRAS + 1,
				   sizeof(*match->terms));
	for (i = 0; i <= MAX_ROW_EXTRAS; i++)
		match->terms[i] = (struct term){
			.field = FIELD_MARK, .type = VALUE_MARK,
			.value.masked = { 1u << i, 0x55555555 | 1u << i },
		};
	match->nr_terms = MAX_ROW_EXTRAS;
	matrix = build(m, HOOK_INPUT);
	assert_int_equal(matrix.nr_extras, MAX_ROW_EXTRAS);
	match->nr_terms++;
	assert_int_equal(matrix_build(&m->arena, &m->ruleset, HOOK_INPUT,
				      &matrix), -ENOSPC);
	assert_ptr_equal(matrix.failed,
			 &m->ruleset.chains[HOOK_INPUT]->rules[1]);
	unmake(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_names_by_hook),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_steps_saturate),
		cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_too_many_extras),
		cmocka_unit_test(test_tracked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
