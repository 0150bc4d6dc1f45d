// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What legacy iptables learns from the kernel at COMMIT only: a match without
 * its protocol, a match in a hook where it cannot be, a circle of jumps. In:
 * the whole ruleset. Out: messages with the line of the rule, nothing else.
 * Follows the kernel in not looking behind a chain's unconditional verdict.
 */
#include "check.h"

#include <string.h>

#include "arena.h"
#include "match.h"
#include "ruleset.h"

/* A chain on the way from a built-in chain, and how far it has been read. */
struct step {
	const struct chain *chain;
	unsigned int rule;
};

struct walk {
	struct diag *diag;
	struct arena *arena;
	struct step *steps;
	unsigned int depth;
	unsigned char *state;	/* by chain index: enum state */
	unsigned char *hooks;	/* by chain index: bit h, hook h gets there */
	bool looped;
};

enum state {
	UNSEEN,
	OPEN,
	DONE,
};

static void enter(struct walk *walk, const struct chain *chain, int hook)
{
	walk->steps[walk->depth++] = (struct step){ chain, 0 };
	walk->state[chain->index] = OPEN;
	walk->hooks[chain->index] |= (unsigned char)(1u << hook);
}

/* "A -> B -> A": at most the last few, a circle may be long. */
static const char *circle(const struct walk *walk, const struct chain *to)
{
	const char *text = to->name;
	unsigned int i = walk->depth, shown = 0;

	while (i-- > 0 && shown++ < 8) {
		text = arena_printf(walk->arena, "%s -> %s",
				    walk->steps[i].chain->name, text);
		if (walk->steps[i].chain == to)
			return text;
	}
	return arena_printf(walk->arena, "%s -> ... -> %s", to->name, text);
}

static void report_loop(struct walk *walk, const struct rule *rule)
{
	/* Each hook that leads there would tell of it again. */
	if (walk->looped)
		return;
	walk->looped = true;
	diag_error(walk->diag, DIAG_FAILED, rule->target_at, NULL,
		   "the jumps go in a circle: %s", circle(walk, rule->jump));
}

/* Depth first without recursion: chains may be nested as deep as there are
 * chains. */
static void walk_hook(struct walk *walk, const struct chain *start)
{
	const struct rule *rule;
	struct step *step;

	enter(walk, start, start->hook);
	while (walk->depth) {
		step = &walk->steps[walk->depth - 1];
		if (step->rule == step->chain->nr_rules ||
		    step->chain->rules[step->rule].dead) {
			walk->state[step->chain->index] = DONE;
			walk->depth--;
			continue;
		}
		rule = &step->chain->rules[step->rule++];
		if (!rule->jump)
			continue;
		if (walk->state[rule->jump->index] == OPEN)
			report_loop(walk, rule);
		else if (walk->state[rule->jump->index] == UNSEEN)
			enter(walk, rule->jump, start->hook);
	}
}

/* The rule's protocol if it tests for just one, else 0. */
static int protocol_of(const struct rule *rule)
{
	const struct match *ip = &rule->matches[0];
	unsigned int i;

	for (i = 0; i < ip->nr_terms; i++) {
		if (ip->terms[i].field == FIELD_PROTO && !ip->terms[i].invert)
			return ip->terms[i].value.byte;
	}
	return 0;
}

static void check_match(struct walk *walk, const struct rule *rule,
			const struct match *match, unsigned int hooks)
{
	static const char *const names[NR_HOOKS] = { "INPUT", "FORWARD",
						     "OUTPUT" };
	const struct match_type *type = &match_types[match->kind];
	unsigned int wrong;

	if (type->protocol && protocol_of(rule) != type->protocol)
		diag_error(walk->diag, DIAG_FAILED, match->at,
			   arena_printf(walk->arena, "add -p %s", type->name),
			   "match `%s' needs -p %s in the same rule",
			   type->name, type->name);
	wrong = type->hooks && !rule->dead ? hooks & ~type->hooks : 0;
	if (wrong)
		diag_error(walk->diag, DIAG_FAILED, match->at, NULL,
			   "match `%s' cannot be used in %s, which leads here",
			   type->name, names[__builtin_ctz(wrong)]);
}

static void check_chain(struct walk *walk, const struct chain *chain)
{
	const struct rule *rule;
	unsigned int i, j;

	for (i = 0; i < chain->nr_rules; i++) {
		rule = &chain->rules[i];
		for (j = 1; j < rule->nr_matches; j++)
			check_match(walk, rule, &rule->matches[j],
				    walk->hooks[chain->index]);
	}
}

void check_ruleset(struct arena *arena, const struct ruleset *ruleset,
		   struct diag *diag)
{
	unsigned int nr = ruleset->nr_chains, i;
	struct walk walk = { .diag = diag, .arena = arena };

	walk.steps = arena_alloc(arena, nr, sizeof(*walk.steps));
	walk.state = arena_alloc(arena, nr, sizeof(*walk.state));
	walk.hooks = arena_alloc(arena, nr, sizeof(*walk.hooks));
	for (i = 0; i < NR_HOOKS; i++) {
		memset(walk.state, UNSEEN, nr);
		walk_hook(&walk, ruleset->chains[i]);
	}
	for (i = 0; i < nr; i++)
		check_chain(&walk, ruleset->chains[i]);
}
