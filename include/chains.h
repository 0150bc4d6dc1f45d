/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of a table while a dump is being read: found by name, changed as
 * iptables' commands change them, made into a ruleset at the end.
 */
#ifndef CHAINS_H
#define CHAINS_H

#include <stdbool.h>

#include "ruleset.h"

struct chains;

/* A rule in its chain; the first is number 1. */
struct chain_rule {
	struct chain_rule *next;
	struct chain_rule *prev;
	struct rule rule;
};

struct building {
	struct chain chain;	/* what rules point to */
	struct building *next;	/* in its bucket */
	struct building *after;	/* in the order of declaration */
	struct chain_rule *first;
	struct chain_rule *last;
	unsigned int nr_rules;
	unsigned int references; /* jumps to it */
	bool deleted;
	bool given;		/* its policy, since the last COMMIT */
};

struct chains *chains_new(struct arena *arena);

/* Rules and user chains go, policies stay but for their counters: what *filter
 * does. */
void chains_reset(struct chains *chains);

/* Begins with the chains and rules of a ruleset; nothing is changed yet. */
void chains_load(struct chains *chains, const struct ruleset *loaded);

/* Something is changed, if only a counter. */
void chains_touch(struct chains *chains);

/*
 * What COMMIT does to counters: policies' that were not given go to zero
 * wherever anything was changed, as iptables has it. Whether anything was, here
 * or at a COMMIT before.
 */
bool chains_commit(struct chains *chains);

/* NULL if there is none. */
struct building *chains_find(const struct chains *chains, const char *name);

/* The first one, built-in chains in front; the others by ->after, deleted ones
 * among them. */
struct building *chains_first(const struct chains *chains);

/* The name must not be there yet. */
struct building *chains_add(struct chains *chains, const char *name,
			    struct loc at);
/* The chain must be empty, and nothing may jump to it. */
void chains_remove(struct chains *chains, struct building *chain);
void chains_rename(struct chains *chains, struct building *chain,
		   const char *name);

/* The rule of that number, or NULL. */
struct chain_rule *chains_rule(struct building *chain, unsigned int number);

/* Puts a rule before another, or at the end for NULL. */
void chains_insert(struct chains *chains, struct building *chain,
		   struct chain_rule *before, const struct rule *rule);
void chains_delete(struct building *chain, struct chain_rule *rule);
void chains_replace(struct chain_rule *place, const struct rule *rule);
void chains_flush(struct building *chain);

/* What -Z does to one rule, or to all of a chain. What is new keeps the
 * counters that it was given. */
void chains_zero_rule(struct chain_rule *rule);
void chains_zero(struct building *chain);

/* Sorts, counts and numbers all there is. */
struct ruleset *chains_finish(struct chains *chains);

#endif
