/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a dump's table as a command: what it does to which chain, and
 * the rule that it describes. Chains are names here; whether they are there is
 * asked when the command is carried out.
 */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "ruleset.h"

struct ast_line;
struct ast_word;
struct lookup;

#define CHAIN_NAME_MAX	28u

/* Where a test of iptables' own stands in the saved text. */
enum ip_slot {
	SLOT_SOURCE,
	SLOT_DESTINATION,
	SLOT_IN,
	SLOT_OUT,
	SLOT_PROTOCOL,
	SLOT_FRAGMENT,
	NR_SLOTS_IP,
};

struct command {
	char letter;		/* A C D I R N X E F Z P; 0: nothing to do */
	const char *chain;	/* NULL: all of them */
	const struct ast_word *chain_word;
	const struct ast_word *second;	/* -E new name, -P policy */
	unsigned int number;	/* of a rule, 0 if none was given */
	const char *target;	/* word behind -j or -g, or NULL */
	const struct ast_word *target_word;
	bool go;		/* -g */
	FILE *verbose;		/* -v: where the rule is listed, or NULL */
	bool counted;		/* packets and bytes were given */
	uint64_t packets;
	uint64_t bytes;
	bool tests[NR_SLOTS_IP];
	struct term ip[NR_SLOTS_IP];
	unsigned int nr_addrs[2];	/* -s, -d: a list makes several rules */
	union value *addrs[2];
	unsigned int nr_matches;	/* without MATCH_IP */
	struct match *matches;
	struct loc at;
};

struct rule_input {
	struct arena *arena;
	struct lookup *lookup;
	struct diag *diag;
	const char *table;
	bool counters;		/* -c: counters before the words count */
};

/* False after a mistake, which has been reported. */
bool rule_parse(const struct rule_input *in, const struct ast_line *line,
		struct command *command);

/* The numbers of "p:b" or of two words; NULL or what is not numeric. */
const char *rule_counters(const char *packets, const char *bytes,
			  struct command *command);

/* Fills the rule of the i-th source and j-th destination. The target is left
 * to the caller. */
void rule_make(struct arena *arena, const struct command *command,
	       unsigned int i, unsigned int j, struct rule *rule);

/* Whether -D with the one would delete the other. */
bool rule_equal(const struct rule *a, const struct rule *b);

#endif
