// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of a table while a dump is being read. In: what commands do to
 * them, already found to be allowed. Out: the ruleset, chains in the order in
 * which they are saved, rules in arrays. Finding a chain takes the same time
 * for ten and for ten thousand.
 */
#include "chains.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

#define NR_BUCKETS	4096u

struct chains {
	struct arena *arena;
	struct building *first;
	struct building *last;
	unsigned int nr;
	bool changed;		/* since the last COMMIT */
	bool edited;		/* before it */
	struct building *buckets[NR_BUCKETS];
};

static const char *const hook_names[NR_HOOKS] = {
	[HOOK_INPUT] = "INPUT",
	[HOOK_FORWARD] = "FORWARD",
	[HOOK_OUTPUT] = "OUTPUT",
};

static unsigned int bucket_of(const char *name)
{
	unsigned int hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return (hash ^ hash >> 15) % NR_BUCKETS;
}

static void link_name(struct chains *chains, struct building *chain)
{
	unsigned int number = bucket_of(chain->chain.name);
	struct building **bucket = &chains->buckets[number];

	chain->next = *bucket;
	*bucket = chain;
}

static void unlink_name(struct chains *chains, struct building *chain)
{
	unsigned int number = bucket_of(chain->chain.name);
	struct building **at = &chains->buckets[number];

	while (*at != chain)
		at = &(*at)->next;
	*at = chain->next;
}

struct building *chains_add(struct chains *chains, const char *name,
			    struct loc at)
{
	struct building *chain = arena_alloc(chains->arena, 1, sizeof(*chain));

	chain->chain.name = arena_strndup(chains->arena, name, strlen(name));
	chain->chain.hook = -1;
	chain->chain.at = at;
	if (chains->last)
		chains->last->after = chain;
	else
		chains->first = chain;
	chains->last = chain;
	chains->nr++;
	link_name(chains, chain);
	return chain;
}

struct chains *chains_new(struct arena *arena)
{
	struct chains *chains = arena_alloc(arena, 1, sizeof(*chains));
	struct building *chain;
	int hook;

	chains->arena = arena;
	for (hook = 0; hook < NR_HOOKS; hook++) {
		chain = chains_add(chains, hook_names[hook], (struct loc){ 0 });
		chain->chain.hook = hook;
		chain->chain.policy = TARGET_ACCEPT;
		chain->chain.kept = true;
	}
	return chains;
}

struct building *chains_find(const struct chains *chains, const char *name)
{
	struct building *chain = chains->buckets[bucket_of(name)];

	while (chain && strcmp(chain->chain.name, name) != 0)
		chain = chain->next;
	return chain;
}

struct building *chains_first(const struct chains *chains)
{
	return chains->first;
}

void chains_remove(struct chains *chains, struct building *chain)
{
	unlink_name(chains, chain);
	chain->deleted = true;
	chains->nr--;
}

void chains_rename(struct chains *chains, struct building *chain,
		   const char *name)
{
	unlink_name(chains, chain);
	chain->chain.name = arena_strndup(chains->arena, name, strlen(name));
	link_name(chains, chain);
}

/* The chain that a rule jumps to. */
static struct building *jumped(const struct rule *rule)
{
	char *chain = (char *)rule->jump;

	if (!chain)
		return NULL;
	return (struct building *)(chain - offsetof(struct building, chain));
}

static void refer(const struct rule *rule, int by)
{
	struct building *chain = jumped(rule);

	if (chain)
		chain->references += (unsigned int)by;
}

struct chain_rule *chains_rule(struct building *chain, unsigned int number)
{
	struct chain_rule *rule;

	if (number == 0 || number > chain->nr_rules)
		return NULL;
	if (number > chain->nr_rules / 2) {
		rule = chain->last;
		for (number = chain->nr_rules - number; number; number--)
			rule = rule->prev;
		return rule;
	}
	for (rule = chain->first; number > 1; number--)
		rule = rule->next;
	return rule;
}

void chains_insert(struct chains *chains, struct building *chain,
		   struct chain_rule *before, const struct rule *rule)
{
	struct chain_rule *new = arena_alloc(chains->arena, 1, sizeof(*new));

	new->rule = *rule;
	new->next = before;
	new->prev = before ? before->prev : chain->last;
	if (new->prev)
		new->prev->next = new;
	else
		chain->first = new;
	if (before)
		before->prev = new;
	else
		chain->last = new;
	chain->nr_rules++;
	refer(rule, 1);
}

void chains_delete(struct building *chain, struct chain_rule *rule)
{
	if (rule->prev)
		rule->prev->next = rule->next;
	else
		chain->first = rule->next;
	if (rule->next)
		rule->next->prev = rule->prev;
	else
		chain->last = rule->prev;
	chain->nr_rules--;
	refer(&rule->rule, -1);
}

void chains_replace(struct chain_rule *place, const struct rule *rule)
{
	refer(&place->rule, -1);
	place->rule = *rule;
	refer(rule, 1);
}

void chains_flush(struct building *chain)
{
	struct chain_rule *rule;

	for (rule = chain->first; rule; rule = rule->next)
		refer(&rule->rule, -1);
	chain->first = NULL;
	chain->last = NULL;
	chain->nr_rules = 0;
}

void chains_reset(struct chains *chains)
{
	struct building *chain;

	for (chain = chains->first; chain; chain = chain->after) {
		chain->chain.packets = 0;
		chain->chain.bytes = 0;
		if (!chain->deleted)
			chains_flush(chain);
	}
	for (chain = chains->first; chain; chain = chain->after) {
		if (!chain->deleted && chain->chain.hook < 0)
			chains_remove(chains, chain);
	}
}

static void load_chain(struct chains *chains, const struct chain *loaded)
{
	struct building *to = chains_find(chains, loaded->name);

	if (!to)
		to = chains_add(chains, loaded->name, (struct loc){ 0 });
	to->chain.policy = loaded->policy;
	to->chain.kept = false;
	to->chain.from = loaded->from;
	to->chain.packets = loaded->packets;
	to->chain.bytes = loaded->bytes;
}

static void load_rules(struct chains *chains, const struct chain *loaded)
{
	struct building *to = chains_find(chains, loaded->name);
	struct rule rule;
	unsigned int i;

	for (i = 0; i < loaded->nr_rules; i++) {
		rule = loaded->rules[i];
		rule.at = (struct loc){ 0 };
		rule.settled = true;
		if (rule.jump)
			rule.jump = &chains_find(chains,
						 rule.jump->name)->chain;
		chains_insert(chains, to, NULL, &rule);
	}
}

void chains_load(struct chains *chains, const struct ruleset *loaded)
{
	unsigned int i;

	for (i = 0; i < loaded->nr_chains; i++)
		load_chain(chains, loaded->chains[i]);
	for (i = 0; i < loaded->nr_chains; i++)
		load_rules(chains, loaded->chains[i]);
}

void chains_zero_rule(struct chain_rule *rule)
{
	if (!rule->rule.settled)
		return;
	rule->rule.packets = 0;
	rule->rule.bytes = 0;
}

void chains_zero(struct building *chain)
{
	struct chain_rule *rule;

	for (rule = chain->first; rule; rule = rule->next)
		chains_zero_rule(rule);
}

void chains_touch(struct chains *chains)
{
	chains->changed = true;
}

static void commit_chain(struct building *chain)
{
	struct chain_rule *rule;

	if (!chain->given) {
		chain->chain.packets = 0;
		chain->chain.bytes = 0;
	}
	chain->given = false;
	for (rule = chain->first; rule; rule = rule->next)
		rule->rule.settled = true;
}

bool chains_commit(struct chains *chains)
{
	struct building *chain;

	if (!chains->changed)
		return chains->edited;
	for (chain = chains->first; chain; chain = chain->after)
		commit_chain(chain);
	chains->changed = false;
	chains->edited = true;
	return true;
}

/* Built-in chains as the kernel has them, then the others by their bytes. */
static int compare(const void *a, const void *b)
{
	const struct chain *x = *(struct chain *const *)a;
	const struct chain *y = *(struct chain *const *)b;

	if (x->hook >= 0 && y->hook >= 0)
		return x->hook - y->hook;
	if (x->hook >= 0 || y->hook >= 0)
		return x->hook >= 0 ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* A verdict of iptables' own without any test: nothing behind it in the chain
 * is ever met, and the kernel does not follow what stands there. */
static bool ends_chain(const struct rule *rule)
{
	return !rule->any_device && rule->nr_matches == 1 &&
	       rule->matches[0].nr_terms == 0 &&
	       (rule->target == TARGET_ACCEPT || rule->target == TARGET_DROP ||
		rule->target == TARGET_RETURN);
}

static void finish_rules(struct arena *arena, struct building *building)
{
	struct chain *chain = &building->chain;
	struct chain_rule *rule;
	bool dead = false;

	chain->rules = arena_alloc(arena, building->nr_rules,
				   sizeof(*chain->rules));
	for (rule = building->first; rule; rule = rule->next) {
		rule->rule.dead = dead;
		dead = dead || ends_chain(&rule->rule);
		chain->rules[chain->nr_rules++] = rule->rule;
	}
}

struct ruleset *chains_finish(struct chains *chains)
{
	struct arena *arena = chains->arena;
	struct ruleset *ruleset = arena_alloc(arena, 1, sizeof(*ruleset));
	struct building *building;
	struct chain *chain;
	unsigned int i;

	ruleset->chains = arena_alloc(arena, chains->nr,
				      sizeof(*ruleset->chains));
	for (building = chains->first; building; building = building->after) {
		if (building->deleted)
			continue;
		finish_rules(arena, building);
		ruleset->chains[ruleset->nr_chains++] = &building->chain;
	}
	qsort(ruleset->chains, ruleset->nr_chains, sizeof(*ruleset->chains),
	      compare);
	for (i = 0; i < ruleset->nr_chains; i++) {
		chain = ruleset->chains[i];
		chain->index = i;
		chain->first_counter = NR_HOOKS + ruleset->nr_rules;
		ruleset->nr_rules += chain->nr_rules;
	}
	ruleset->nr_counters = NR_HOOKS + ruleset->nr_rules;
	return ruleset;
}
