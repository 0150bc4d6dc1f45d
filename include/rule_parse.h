/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that parse one line have between them: the state while its
 * options are gone through. Others use rule.h.
 */
#ifndef RULE_PARSE_H
#define RULE_PARSE_H

#include "option.h"
#include "rule.h"

/* Matches of one line that need no memory of the arena: few have more. */
#define NR_POOL	4
#define NR_WORDS	512	/* twice what iptables-restore takes */

/* What stands at the end, words and pool, is set as it is used. */
struct parse {
	const struct rule_input *in;
	const struct ast_line *line;
	struct command *command;
	struct option_walk walk;
	struct loaded *newest;
	struct loaded *oldest;
	unsigned int nr_loaded;
	uint64_t given;		/* options seen, by parse_flag */
	bool invert;		/* a ! waits for its option */
	bool skip;		/* -6: the line is another program's */
	bool proto_used;	/* the protocol's match was loaded by itself */
	const char *protocol;	/* word behind -p */
	const struct ast_word *addr_word[2];	/* -s, -d: read at the end */
	const struct ast_word *words[NR_WORDS];
	struct loaded pool[NR_POOL];
};

/* The bit of an option's letter in parse.given. */
static inline uint64_t parse_flag(char letter)
{
	if (letter >= 'a')
		return 1ull << (letter - 'a');
	return 1ull << (letter >= 'A' ? letter - 'A' + 26 : letter - '0' + 52);
}

/* Reports a mistake at a word (or the line's end, for NULL); false. */
bool parse_fail(struct parse *parse, const struct ast_word *word,
		const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* One option; false after a mistake. */
bool parse_option(struct parse *parse, struct option *option);

/* What can only be seen at the line's end. */
bool parse_check(struct parse *parse);

/* Loads a match by name; false after reporting that there is none. */
bool parse_load(struct parse *parse, const char *name,
		const struct ast_word *word);

/* An option of a loaded match. */
bool parse_match_option(struct parse *parse, const struct option *option);

/* The matches' own conditions at the line's end. */
bool parse_check_matches(struct parse *parse);

/* An option that is none so far: loads the protocol's match and has it looked
 * at again, or says what is wrong with it. */
bool parse_unknown(struct parse *parse, const struct option *option);

#endif
