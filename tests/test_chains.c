// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chains while a dump is read: found, renamed and removed among thousands,
 * rules put in and taken out at any place, jumps counted, all of it sorted and
 * numbered at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "chains.h"

#define NR_CHAINS	10000

static struct rule rule_of(unsigned int line, struct building *jump)
{
	static struct match ip = { .kind = MATCH_IP };
	static struct match tested[2] = { { .kind = MATCH_IP },
					  { .kind = MATCH_COMMENT } };
	struct rule rule = { .nr_matches = jump ? 1 : 2,
			     .matches = jump ? &ip : tested,
			     .target = jump ? TARGET_JUMP : TARGET_NONE,
			     .jump = jump ? &jump->chain : NULL };

	rule.at.line = line;
	return rule;
}

static void add(struct chains *chains, struct building *chain,
		unsigned int before, unsigned int line, struct building *jump)
{
	struct rule rule = rule_of(line, jump);

	chains_insert(chains, chain, chains_rule(chain, before), &rule);
}

static void test_names(void **state)
{
	struct arena arena;
	struct chains *chains;
	struct building *chain;
	char name[32];
	unsigned int i;

	(void)state;
	arena_init(&arena);
	chains = chains_new(&arena);
	for (i = 0; i < NR_CHAINS; i++) {
		snprintf(name, sizeof(name), "chain-%u", i);
		assert_null(chains_find(chains, name));
		chains_add(chains, name, (struct loc){ i, 1, 1 });
	}
	for (i = 0; i < NR_CHAINS; i += 3) {
		snprintf(name, sizeof(name), "chain-%u", i);
		chains_remove(chains, chains_find(chains, name));
	}
	chain = chains_find(chains, "chain-1");
	chains_rename(chains, chain, "another");
	assert_ptr_equal(chains_find(chains, "another"), chain);
	assert_null(chains_find(chains, "chain-1"));
	for (i = 2; i < NR_CHAINS; i++) {
		snprintf(name, sizeof(name), "chain-%u", i);
		chain = chains_find(chains, name);
		assert_int_equal(chain != NULL, i % 3 != 0);
		if (chain)
			assert_int_equal(chain->chain.at.line, i);
	}
	assert_int_equal(chains_find(chains, "OUTPUT")->chain.hook,
			 HOOK_OUTPUT);
	arena_fini(&arena);
}

static void test_rules(void **state)
{
	static const unsigned int lines[] = { 5, 1, 4, 2 };
	struct arena arena;
	struct chains *chains;
	struct building *input, *user;
	struct ruleset *ruleset;
	struct rule rule;
	unsigned int i;

	(void)state;
	arena_init(&arena);
	chains = chains_new(&arena);
	input = chains_find(chains, "INPUT");
	user = chains_add(chains, "user", (struct loc){ 0 });
	add(chains, input, 0, 1, NULL);
	add(chains, input, 0, 2, NULL);
	add(chains, input, 2, 4, user);
	add(chains, input, 1, 5, user);
	add(chains, input, 3, 6, user);
	assert_int_equal(user->references, 3);
	chains_delete(input, chains_rule(input, 3));
	assert_int_equal(user->references, 2);
	assert_null(chains_rule(input, 0));
	assert_null(chains_rule(input, 5));
	rule = rule_of(5, NULL);
	chains_replace(chains_rule(input, 1), &rule);
	assert_int_equal(user->references, 1);
	ruleset = chains_finish(chains);
	assert_int_equal(ruleset->nr_rules, 4);
	assert_int_equal(ruleset->nr_counters, NR_HOOKS + 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(ruleset->chains[0]->rules[i].at.line,
				 lines[i]);
	arena_fini(&arena);
}

/* Against an array, at places that cannot be foreseen. */
static void test_many_places(void **state)
{
	unsigned int lines[2000], nr = 0, seed = 1, i, place;
	struct arena arena;
	struct chains *chains;
	struct building *input;

	(void)state;
	arena_init(&arena);
	chains = chains_new(&arena);
	input = chains_find(chains, "INPUT");
	for (i = 0; i < 2000; i++) {
		seed = seed * 1103515245u + 12345;
		place = nr ? (seed >> 8) % (nr + 1) : 0;
		if (nr && (seed >> 20) % 4 == 0 && place < nr) {
			chains_delete(input, chains_rule(input, place + 1));
			memmove(lines + place, lines + place + 1,
				(--nr - place) * sizeof(*lines));
			continue;
		}
		add(chains, input, place + 1, i, NULL);
		memmove(lines + place + 1, lines + place,
			(nr++ - place) * sizeof(*lines));
		lines[place] = i;
	}
	assert_int_equal(input->nr_rules, nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(chains_rule(input, i + 1)->rule.at.line,
				 lines[i]);
	arena_fini(&arena);
}

static void test_order(void **state)
{
	static const char *const names[] = { "b", "\xe9", "B", "_", "a", "a1",
					     "A", "-" };
	static const char *const sorted[] = { "INPUT", "FORWARD", "OUTPUT", "-",
					      "A", "B", "_", "a", "a1", "b",
					      "\xe9" };
	struct arena arena;
	struct chains *chains;
	struct ruleset *ruleset;
	unsigned int i, counter = NR_HOOKS;

	(void)state;
	arena_init(&arena);
	chains = chains_new(&arena);
	for (i = 0; i < 8; i++)
		add(chains, chains_add(chains, names[i], (struct loc){ 0 }), 0,
		    i, NULL);
	ruleset = chains_finish(chains);
	assert_int_equal(ruleset->nr_chains, 11);
	for (i = 0; i < 11; i++) {
		assert_string_equal(ruleset->chains[i]->name, sorted[i]);
		assert_int_equal(ruleset->chains[i]->index, i);
		assert_int_equal(ruleset->chains[i]->first_counter, counter);
		counter += ruleset->chains[i]->nr_rules;
	}
	arena_fini(&arena);
}

static void test_reset(void **state)
{
	struct arena arena;
	struct chains *chains;
	struct building *input, *user;

	(void)state;
	arena_init(&arena);
	chains = chains_new(&arena);
	input = chains_find(chains, "INPUT");
	input->chain.policy = TARGET_DROP;
	input->chain.packets = 5;
	user = chains_add(chains, "user", (struct loc){ 0 });
	add(chains, user, 0, 1, user);
	add(chains, input, 0, 2, user);
	chains_reset(chains);
	assert_null(chains_find(chains, "user"));
	assert_int_equal(input->nr_rules, 0);
	assert_int_equal(input->chain.policy, TARGET_DROP);
	assert_int_equal(input->chain.packets, 0);
	assert_int_equal(chains_finish(chains)->nr_chains, NR_HOOKS);
	arena_fini(&arena);
}

/* Behind a verdict without any test; a comment is a test to the kernel. */
static void test_dead(void **state)
{
	struct arena arena;
	struct chains *chains;
	struct building *input, *user;
	struct chain *chain;
	struct rule rule;

	(void)state;
	arena_init(&arena);
	chains = chains_new(&arena);
	input = chains_find(chains, "INPUT");
	user = chains_add(chains, "user", (struct loc){ 0 });
	rule = rule_of(1, NULL);
	rule.target = TARGET_DROP;
	chains_insert(chains, input, NULL, &rule);
	add(chains, input, 0, 2, user);
	rule = rule_of(3, user);
	rule.target = TARGET_RETURN;
	rule.jump = NULL;
	chains_insert(chains, input, NULL, &rule);
	add(chains, input, 0, 4, user);
	chain = chains_finish(chains)->chains[0];
	assert_false(chain->rules[0].dead);
	assert_false(chain->rules[1].dead);
	assert_false(chain->rules[2].dead);
	assert_true(chain->rules[3].dead);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_many_places),
		cmocka_unit_test(test_order), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
