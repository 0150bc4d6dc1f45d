// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rule's words as options. In: the words and the matches loaded so far. Out:
 * one option after the other, as getopt_long would give them to iptables: short
 * ones in clusters, long ones abbreviated as long as they are unambiguous, "="
 * before values, words that are no options in their place.
 */
#include "option.h"

#include <string.h>

#include "ast.h"

enum needs {
	NO_VALUE,
	VALUE,
	MAY_VALUE,		/* only in the same word */
};

/* Those that most rules have stand first. */
static const struct own_option {
	const char *name;
	char letter;
	enum needs needs;
} own_options[] = {
	{ "append", 'A', VALUE },
	{ "source", 's', VALUE },
	{ "destination", 'd', VALUE },
	{ "protocol", 'p', VALUE },
	{ "in-interface", 'i', VALUE },
	{ "out-interface", 'o', VALUE },
	{ "match", 'm', VALUE },
	{ "jump", 'j', VALUE },
	{ "goto", 'g', VALUE },
	{ "delete", 'D', VALUE },
	{ "check", 'C', VALUE },
	{ "insert", 'I', VALUE },
	{ "replace", 'R', VALUE },
	{ "list", 'L', MAY_VALUE },
	{ "list-rules", 'S', MAY_VALUE },
	{ "flush", 'F', MAY_VALUE },
	{ "zero", 'Z', MAY_VALUE },
	{ "new-chain", 'N', VALUE },
	{ "delete-chain", 'X', MAY_VALUE },
	{ "rename-chain", 'E', VALUE },
	{ "policy", 'P', VALUE },
	{ "src", 's', VALUE },
	{ "dst", 'd', VALUE },
	{ "proto", 'p', VALUE },
	{ "table", 't', VALUE },
	{ "numeric", 'n', NO_VALUE },
	{ "verbose", 'v', NO_VALUE },
	{ "wait", 'w', MAY_VALUE },
	{ "wait-interval", 'W', MAY_VALUE },
	{ "exact", 'x', NO_VALUE },
	{ "fragments", 'f', NO_VALUE },
	{ "version", 'V', NO_VALUE },
	{ "help", 'h', MAY_VALUE },
	{ "line-numbers", '0', NO_VALUE },
	{ "modprobe", 'M', VALUE },
	{ "set-counters", 'c', VALUE },
	{ "ipv4", '4', NO_VALUE },
	{ "ipv6", '6', NO_VALUE },
};

#define NR_OWN	(sizeof(own_options) / sizeof(own_options[0]))

/* A long option of one table or the other. */
struct candidate {
	const struct own_option *own;
	struct loaded *loaded;
	const struct match_option *row;
};

static enum needs needs_of(const struct candidate *found)
{
	if (found->own)
		return found->own->needs;
	return value_words(found->row->type) ? VALUE : NO_VALUE;
}

/* Whether two names are synonyms: getopt_long then sees no ambiguity. */
static bool same(const struct candidate *a, const struct candidate *b)
{
	if (a->own || b->own)
		return a->own && b->own && a->own->letter == b->own->letter;
	return a->loaded == b->loaded && a->row->id == b->row->id &&
	       needs_of(a) == needs_of(b);
}

enum fit {
	FIT_NONE,
	FIT_PREFIX,
	FIT_EXACT,
};

static enum fit fit(const char *name, const char *text, size_t len)
{
	if (*name != *text || strncmp(name, text, len) != 0)
		return FIT_NONE;
	return name[len] ? FIT_PREFIX : FIT_EXACT;
}

struct search {
	const char *text;
	size_t len;
	struct candidate best;
	enum fit fit;
	bool ambiguous;
};

/* Takes a name into account; true once there is nothing better to find. */
static bool offer(struct search *search, const char *name,
		  struct candidate candidate)
{
	enum fit now = fit(name, search->text, search->len);

	if (now == FIT_NONE)
		return false;
	if (now == FIT_PREFIX && search->fit == FIT_PREFIX &&
	    !same(&search->best, &candidate))
		search->ambiguous = true;
	if (now > search->fit) {
		search->best = candidate;
		search->fit = now;
	}
	return now == FIT_EXACT;
}

/*
 * The names of the matches, of the one that brought its options last first (a
 * second one of a kind brings none, but takes them), then iptables' own. No
 * name stands in both, so most searches end among the former.
 */
static void search_all(struct search *search, struct loaded *newest)
{
	const struct match_type *type;
	struct loaded *loaded;
	unsigned int i;

	for (loaded = newest; loaded; loaded = loaded->older) {
		if (!loaded->latest)
			continue;
		type = &match_types[loaded->kind];
		for (i = 0; i < type->nr_options; i++) {
			if (offer(search, type->options[i].name,
				  (struct candidate){
					  .loaded = loaded->latest,
					  .row = &type->options[i] }))
				return;
		}
	}
	for (i = 0; i < NR_OWN; i++) {
		if (offer(search, own_options[i].name,
			  (struct candidate){ .own = &own_options[i] }))
			return;
	}
}

/* The value in the next word, if there is one. */
static void value_from_next(struct option_walk *walk, struct option *option)
{
	if (walk->next == walk->nr) {
		option->code = OPTION_NO_VALUE;
		return;
	}
	option->value_word = walk->words[walk->next++];
	option->value = option->value_word->text;
}

static struct option next_long(struct option_walk *walk, struct loaded *newest)
{
	const struct ast_word *word = walk->words[walk->next++];
	const char *equals = strchr(word->text, '=');
	struct option option = { .code = OPTION_UNKNOWN, .word = word };
	struct search search = { .text = word->text + 2 };
	enum needs needs;

	search.len = equals ? (size_t)(equals - search.text) :
			      strlen(search.text);
	search_all(&search, newest);
	if (search.fit == FIT_NONE ||
	    (search.fit == FIT_PREFIX && search.ambiguous))
		return option;
	needs = needs_of(&search.best);
	if (equals && needs == NO_VALUE)
		return option;
	option.code = search.best.own ? search.best.own->letter : OPTION_MATCH;
	option.loaded = search.best.loaded;
	option.row = search.best.row;
	if (equals) {
		option.value = equals + 1;
		option.value_word = word;
	} else if (needs == VALUE) {
		value_from_next(walk, &option);
	}
	return option;
}

static const struct own_option *own_letter(char letter)
{
	unsigned int i;

	for (i = 0; i < NR_OWN; i++) {
		/* --line-numbers alone has no short form. */
		if (own_options[i].letter == letter && letter != '0')
			return &own_options[i];
	}
	return NULL;
}

static struct option next_short(struct option_walk *walk)
{
	const struct ast_word *word = walk->words[walk->next];
	const struct own_option *own = own_letter(*walk->cluster);
	struct option option = { .code = OPTION_UNKNOWN, .word = word };

	if (own)
		option.code = own->letter;
	walk->cluster++;
	if (!own || own->needs == NO_VALUE) {
		if (!*walk->cluster) {
			walk->cluster = NULL;
			walk->next++;
		}
		return option;
	}
	walk->next++;
	if (*walk->cluster) {
		option.value = walk->cluster;
		option.value_word = word;
	} else if (own->needs == VALUE) {
		value_from_next(walk, &option);
	}
	walk->cluster = NULL;
	return option;
}

struct option option_next(struct option_walk *walk, struct loaded *newest)
{
	struct option end = { .code = OPTION_END };
	struct option alone = { .code = OPTION_WORD };
	const char *text;

	if (walk->cluster)
		return next_short(walk);
	if (walk->next == walk->nr)
		return end;
	text = walk->words[walk->next]->text;
	if (text[0] != '-' || !text[1]) {
		alone.word = walk->words[walk->next++];
		alone.value = text;
		return alone;
	}
	if (strcmp(text, "--") == 0) {
		walk->next++;
		return end;
	}
	if (text[1] == '-')
		return next_long(walk, newest);
	walk->cluster = text + 1;
	return next_short(walk);
}

const char *option_last_text(const struct option_walk *walk)
{
	return walk->next ? walk->words[walk->next - 1]->text : walk->table;
}

const struct ast_word *option_take(struct option_walk *walk)
{
	const struct ast_word *word;

	if (walk->next == walk->nr)
		return NULL;
	word = walk->words[walk->next];
	if (word->text[0] == '-' || word->text[0] == '!')
		return NULL;
	walk->next++;
	return word;
}
