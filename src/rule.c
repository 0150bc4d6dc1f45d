// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line's words to a command. In: one line of the ast. Out: the command with
 * its rule, values parsed and names resolved, or one message: as iptables, it
 * stops at a line's first mistake. Looks at no chain and at no other line.
 */
#include "rule.h"

#include <stddef.h>
#include <string.h>

#include "arena.h"
#include "ast.h"
#include "lookup.h"
#include "rule_parse.h"

/* Limits of iptables-restore's own buffers: bytes of a word, words of a line
 * (with its name, the table and the counters). */
#define WORD_MAX_BYTES	1023u
#define MAX_ARGUMENTS	254u

static bool read_words(struct parse *parse, const struct ast_line *line)
{
	unsigned int room = MAX_ARGUMENTS - 3;
	const struct ast_word *word;

	if (parse->in->counters && line->counters)
		room -= 3;
	/* Saved text has a word for each value that was given as --a=b, and
	 * names the matches that were not. */
	if (parse->in->diag->quiet)
		room = NR_WORDS;
	for (word = line->words; word; word = word->next) {
		/* No word is longer than what it was written as. */
		if (word->at.len > WORD_MAX_BYTES &&
		    strlen(word->text) > WORD_MAX_BYTES)
			return parse_fail(parse, word, NULL,
					  "Parameter too long!");
		if (parse->walk.nr == room)
			return parse_fail(parse, word, NULL,
					  "Parser cannot handle more arguments");
		parse->words[parse->walk.nr++] = word;
	}
	return true;
}

/* What stands before the words: "[p:b]", right at the line's start. */
static bool line_counters(struct parse *parse, const struct ast_line *line)
{
	const struct ast_word *first = line->words;
	const char *colon, *wrong;
	char *packets;

	if (!line->counters) {
		if (!first || first->at.column != 1 || first->text[0] != '[')
			return true;
		return parse_fail(parse, first, NULL, "Bad line %u: need ]",
				  line->at.line);
	}
	colon = strchr(line->counters->text, ':');
	if (!colon || colon == line->counters->text)
		return parse_fail(parse, line->counters, NULL,
				  "Bad line %u: need ]", line->at.line);
	if (!parse->in->counters)
		return true;
	packets = arena_strndup(parse->in->arena, line->counters->text,
				(size_t)(colon - line->counters->text));
	wrong = rule_counters(packets, colon + 1, parse->command);
	if (wrong)
		return parse_fail(parse, line->counters, NULL,
				  "-c %s counter not numeric", wrong);
	parse->given |= parse_flag('c');
	return true;
}

/* The matches in the order given, each with its terms in the order saved. */
static void collect_matches(struct parse *parse)
{
	struct command *command = parse->command;
	struct arena *arena = parse->in->arena;
	struct loaded *loaded;
	struct match *match;
	unsigned int id;

	command->matches = arena_alloc(arena, parse->nr_loaded,
				       sizeof(*command->matches));
	for (loaded = parse->oldest; loaded; loaded = loaded->newer) {
		match = &command->matches[command->nr_matches++];
		match->kind = loaded->kind;
		match->at = loaded->at;
		match->terms = arena_alloc(arena,
				(unsigned int)__builtin_popcount(loaded->given),
				sizeof(*match->terms));
		for (id = 0; id < MAX_TERMS; id++) {
			if (loaded->given & 1u << id && !loaded->silent[id])
				match->terms[match->nr_terms++] =
					loaded->terms[id];
		}
	}
}

static void init(struct parse *parse, const struct rule_input *in,
		 const struct ast_line *line, struct command *command)
{
	memset(parse, 0, offsetof(struct parse, words));
	parse->in = in;
	parse->line = line;
	parse->command = command;
	parse->walk.words = parse->words;
	parse->walk.table = in->table;
}

bool rule_parse(const struct rule_input *in, const struct ast_line *line,
		struct command *command)
{
	struct option option;
	struct parse parse;

	memset(command, 0, sizeof(*command));
	init(&parse, in, line, command);
	command->at = line->at;
	if (!read_words(&parse, line) || !line_counters(&parse, line))
		return false;
	for (;;) {
		option = option_next(&parse.walk, parse.newest);
		if (option.code == OPTION_END)
			break;
		if (!parse_option(&parse, &option))
			return false;
		if (parse.skip) {
			command->letter = 0;
			return true;
		}
	}
	if (!parse_check(&parse))
		return false;
	collect_matches(&parse);
	command->verbose = in->diag->verbose;
	if (parse.given & parse_flag('v'))
		command->verbose = in->diag->again ? NULL : stdout;
	return true;
}

/* A test that lets everything through is none. */
static bool says_nothing(enum ip_slot slot, const struct term *term)
{
	if (term->invert)
		return false;
	switch (slot) {
	case SLOT_SOURCE:
	case SLOT_DESTINATION:
		return term->value.masked.mask == 0;
	case SLOT_IN:
	case SLOT_OUT:
		return term->value.ifname.prefix && !*term->value.ifname.name;
	case SLOT_PROTOCOL:
		return term->value.byte == 0;
	default:
		return false;
	}
}

void rule_make(struct arena *arena, const struct command *command,
	       unsigned int i, unsigned int j, struct rule *rule)
{
	struct term terms[NR_SLOTS_IP];
	unsigned int slot, nr = 0;
	bool any_device = false;
	struct match *ip;

	for (slot = 0; slot < NR_SLOTS_IP; slot++) {
		if (!command->tests[slot])
			continue;
		terms[nr] = command->ip[slot];
		if (slot == SLOT_SOURCE)
			terms[nr].value = command->addrs[slot][i];
		if (slot == SLOT_DESTINATION)
			terms[nr].value = command->addrs[slot][j];
		if (!says_nothing((enum ip_slot)slot, &terms[nr]))
			nr++;
		else if (slot == SLOT_IN || slot == SLOT_OUT)
			any_device = true;
	}
	memset(rule, 0, sizeof(*rule));
	rule->any_device = any_device;
	rule->nr_matches = command->nr_matches + 1;
	rule->matches = arena_alloc(arena, rule->nr_matches, sizeof(*ip));
	ip = &rule->matches[0];
	ip->kind = MATCH_IP;
	ip->at = command->at;
	ip->nr_terms = nr;
	ip->terms = arena_alloc(arena, nr, sizeof(*ip->terms));
	memcpy(ip->terms, terms, nr * sizeof(*terms));
	memcpy(ip + 1, command->matches, command->nr_matches * sizeof(*ip));
	rule->packets = command->packets;
	rule->bytes = command->bytes;
	rule->at = command->at;
	if (command->target_word)
		rule->target_at = command->target_word->at;
}

static bool match_equal(const struct match *a, const struct match *b)
{
	const struct term *x = a->terms, *y = b->terms;
	unsigned int i;

	if (a->kind != b->kind || a->nr_terms != b->nr_terms)
		return false;
	for (i = 0; i < a->nr_terms; i++, x++, y++) {
		if (x->field != y->field || x->type != y->type ||
		    x->invert != y->invert ||
		    !value_equal(x->type, &x->value, &y->value))
			return false;
	}
	return true;
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	unsigned int i;

	if (a->target != b->target || a->jump != b->jump ||
	    a->nr_matches != b->nr_matches)
		return false;
	for (i = 0; i < a->nr_matches; i++) {
		if (!match_equal(&a->matches[i], &b->matches[i]))
			return false;
	}
	return true;
}
