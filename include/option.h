/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a rule as options, in the order in which iptables sees them:
 * getopt_long's rules on abbreviations, clusters and values, over iptables' own
 * options and those of the matches loaded so far.
 */
#ifndef OPTION_H
#define OPTION_H

#include <stdbool.h>

#include "match.h"

struct ast_word;

/* What was found, besides the letters of iptables' own options. */
enum option_code {
	OPTION_END = -1,
	OPTION_WORD = 1,	/* no option: a word alone */
	OPTION_MATCH = 2,	/* an option of a match */
	OPTION_UNKNOWN = '?',
	OPTION_NO_VALUE = ':',
};

/* A match as it is being filled: by the id of its options. */
#define MAX_TERMS	13

struct loaded {
	struct loaded *older;
	struct loaded *newer;
	enum match_kind kind;
	unsigned int given;	/* bit i: term i is there */
	struct loaded *latest;	/* the newest of its kind, on the first one; on
				 * the others NULL: their options are known */
	bool silent[MAX_TERMS];	/* given, but lets everything through */
	struct term terms[MAX_TERMS];
	struct loc at;
};

struct option_walk {
	const struct ast_word *const *words;
	unsigned int nr;
	unsigned int next;	/* index of the next word */
	const char *cluster;	/* rest of "-abc", or NULL */
	const char *table;	/* what iptables has in front of the words */
};

struct option {
	int code;		/* a letter or enum option_code */
	const char *value;	/* or NULL */
	const struct ast_word *word; /* with the option */
	const struct ast_word *value_word; /* with the value, maybe the same */
	struct loaded *loaded;	/* OPTION_MATCH */
	const struct match_option *row;
};

/* The next option; newest is the match loaded last. */
struct option option_next(struct option_walk *walk, struct loaded *newest);

/* The word before the next one: where iptables looks for some values, and what
 * it names in messages. */
const char *option_last_text(const struct option_walk *walk);

/* The next word if it is no option, "!" nor missing, and goes over it; else
 * NULL. */
const struct ast_word *option_take(struct option_walk *walk);

#endif
