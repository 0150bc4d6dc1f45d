// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matches of one line: loading them by name, their options, their own
 * conditions. In: options as they come. Out: terms in struct loaded, or one
 * message in iptables' words. Never looks at chains or at what the kernel
 * would say.
 */
#include "rule_parse.h"

#include <string.h>

#include "arena.h"
#include "ast.h"
#include "nearest.h"

/* Protocols that multiport knows, by whose services ports are named. */
static const struct {
	const char *name;
	uint8_t number;
} port_protocols[] = {
	{ "tcp", 6 },	{ "udp", 17 }, { "udplite", 136 },
	{ "sctp", 132 }, { "dccp", 33 },
};

#define NR_PORT_PROTOCOLS (sizeof(port_protocols) / sizeof(port_protocols[0]))

static bool no_match(struct parse *parse, const char *name,
		     const struct ast_word *word)
{
	struct nearest nearest = { .wanted = name };
	struct arena *arena = parse->in->arena;
	enum diag_kind kind = DIAG_PARAMETER;
	const char *hint = NULL;

	match_offer(&nearest);
	if (match_known(name)) {
		kind = DIAG_UNSUPPORTED;
		hint = arena_printf(arena,
				    "match `%s' is not supported by bpfipt",
				    name);
	} else if (nearest.found) {
		hint = arena_printf(arena, "did you mean `%s'?", nearest.found);
	}
	diag_error(parse->in->diag, kind, word->at, hint,
		   "Couldn't load match `%s':No such file or directory\n",
		   name);
	return false;
}

static struct loaded *new_loaded(struct parse *parse)
{
	struct loaded *loaded;

	if (parse->nr_loaded >= NR_POOL)
		return arena_alloc(parse->in->arena, 1, sizeof(*loaded));
	loaded = &parse->pool[parse->nr_loaded];
	loaded->newer = NULL;
	loaded->latest = NULL;
	loaded->given = 0;
	return loaded;
}

/* The first one of its kind leads to the newest. */
static void set_latest(struct loaded *loaded)
{
	struct loaded *first;

	for (first = loaded->older; first; first = first->older) {
		if (first->kind == loaded->kind && first->latest) {
			first->latest = loaded;
			return;
		}
	}
	loaded->latest = loaded;
}

bool parse_load(struct parse *parse, const char *name,
		const struct ast_word *word)
{
	enum match_kind kind = match_find(name);
	struct loaded *loaded;

	if (kind == NR_MATCHES)
		return no_match(parse, name, word);
	loaded = new_loaded(parse);
	loaded->kind = kind;
	loaded->at = word->at;
	loaded->older = parse->newest;
	if (parse->newest)
		parse->newest->newer = loaded;
	else
		parse->oldest = loaded;
	parse->newest = loaded;
	parse->nr_loaded++;
	set_latest(loaded);
	return true;
}

/* The protocol by whose services the match names ports; NULL after saying that
 * there is none. */
static bool ports_protocol(struct parse *parse, const struct option *option,
			   const char **protocol)
{
	const struct term *proto = &parse->command->ip[SLOT_PROTOCOL];
	const struct match_type *type = &match_types[option->loaded->kind];
	bool given = parse->command->tests[SLOT_PROTOCOL];
	unsigned int i;

	*protocol = type->name;
	if (!type->ports)
		return true;
	for (i = 0; given && !proto->invert && i < NR_PORT_PROTOCOLS; i++) {
		if (port_protocols[i].number == proto->value.byte) {
			*protocol = port_protocols[i].name;
			return true;
		}
	}
	if (!given || (!proto->invert && !proto->value.byte))
		return parse_fail(parse, option->word,
				  "give -p with one of these protocols before this option",
				  "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
	return parse_fail(parse, option->word, NULL,
			  "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP");
}

/* Whether the option may stand here, as it is written. */
static bool may_stand(struct parse *parse, const struct option *option)
{
	const struct match_option *row = option->row;
	const char *match = match_types[option->loaded->kind].name;
	const char *name =
		match_option_first(option->loaded->kind, row)->name;
	const char *hint;

	if (row->absent) {
		hint = arena_printf(parse->in->arena,
				    "option --%s of match `%s' is not supported by bpfipt",
				    row->name, match);
		diag_error(parse->in->diag, DIAG_UNSUPPORTED, option->word->at,
			   hint, "unknown option \"--%s\"", row->name);
		return false;
	}
	if (option->loaded->given & 1u << row->id) {
		if (row->twice)
			return parse_fail(parse, option->word, NULL, "%s",
					  row->twice);
		return parse_fail(parse, option->word, NULL,
				  "%s: option \"--%s\" can only be used once.\n",
				  match, name);
	}
	if (parse->invert && row->fixed)
		return parse_fail(parse, option->word, NULL,
				  "%s: option \"--%s\" cannot be inverted.\n",
				  match, name);
	return true;
}

/* A slip of iptables that dumps may meet: with a "! --ctstatus" before it, it
 * takes protocol 0 for one that never matches. */
static bool never_protocol(const struct option *option,
			   const union value *value)
{
	const struct loaded *loaded = option->loaded;
	unsigned int id;

	if (option->row->field != FIELD_CT_PROTO || value->byte)
		return false;
	for (id = 0; id < MAX_TERMS; id++) {
		if (loaded->given & 1u << id &&
		    loaded->terms[id].field == FIELD_CT_STATUS)
			return loaded->terms[id].invert;
	}
	return false;
}

/* A test that no packet fails is none. */
static bool is_silent(const struct match_option *row, const struct term *term)
{
	if (term->invert)
		return false;
	if (row->whole_unsaved)
		return term->value.range.lo == 0 &&
		       term->value.range.hi == UINT16_MAX;
	return term->type == VALUE_TCP_FLAGS &&
	       term->value.masked.mask == 0 && term->value.masked.value == 0;
}

static void store(struct parse *parse, const struct option *option,
		  const union value *value)
{
	const struct match_option *row = option->row;
	struct loaded *loaded = option->loaded;
	struct term *term = &loaded->terms[row->id];

	term->field = row->field;
	term->type = value_base(row->type);
	term->invert = parse->invert;
	term->option = (uint8_t)(row - match_types[loaded->kind].options);
	term->value = *value;
	term->at = option->value_word ? option->value_word->at :
					option->word->at;
	loaded->given |= 1u << row->id;
	loaded->silent[row->id] = is_silent(row, term);
}

bool parse_match_option(struct parse *parse, const struct option *option)
{
	const struct match_option *row = option->row;
	const struct ast_word *second;
	union value value;
	struct value_input in = {
		.arena = parse->in->arena,
		.lookup = parse->in->lookup,
		.text = option->value,
		.match = match_types[option->loaded->kind].name,
		.option = match_option_first(option->loaded->kind, row)->name,
	};

	if (!may_stand(parse, option) ||
	    !ports_protocol(parse, option, &in.protocol))
		return false;
	if (value_words(row->type) == 2) {
		second = option_take(&parse->walk);
		if (!second)
			return parse_fail(parse, option->word, NULL,
					  "--%s requires two args.", row->name);
		in.second = second->text;
	}
	if (!value_parse(row->type, &in, &value))
		return parse_fail(parse, option->value_word, NULL, "%s",
				  in.error);
	if (never_protocol(option, &value))
		return parse_fail(parse, option->value_word, NULL,
				  "conntrack: rule would never match protocol");
	if (in.warning)
		diag_note(parse->in->diag, in.warning);
	store(parse, option, &value);
	return true;
}

/* Of options that exclude each other, the first in the table is told of. */
static bool check_single(struct parse *parse, const struct loaded *loaded)
{
	const struct match_type *type = &match_types[loaded->kind];
	const char *names[MAX_TERMS] = { NULL };
	unsigned int i, first, second;
	struct ast_word word = { .at = loaded->at };

	if (!type->single || __builtin_popcount(loaded->given) < 2)
		return true;
	for (i = type->nr_options; i-- > 0;)
		names[type->options[i].id] = type->options[i].name;
	first = (unsigned int)__builtin_ctz(loaded->given);
	second = (unsigned int)__builtin_ctz(loaded->given & ~(1u << first));
	return parse_fail(parse, &word, NULL,
			  "%s: option \"--%s\" cannot be used together with \"--%s\".\n",
			  type->name,
			  names[first], names[second]);
}

bool parse_check_matches(struct parse *parse)
{
	const struct match_type *type;
	const struct loaded *loaded;
	struct ast_word word = { 0 };

	for (loaded = parse->oldest; loaded; loaded = loaded->newer) {
		type = &match_types[loaded->kind];
		word.at = loaded->at;
		if (!check_single(parse, loaded))
			return false;
		if (loaded->given || type->optional)
			continue;
		if (type->missing)
			return parse_fail(parse, &word, NULL, "%s",
					  type->missing);
		return parse_fail(parse, &word, NULL,
				  "%s: option \"--%s\" must be specified\n",
				  type->name,
				  type->options[0].name);
	}
	return true;
}

/* Which match has the option, for a hint: "-p tcp", "-m mark". */
static const char *whose_option(struct parse *parse, const char *text)
{
	const struct match_type *type;
	unsigned int kind, i;

	for (kind = 0; kind < NR_MATCHES; kind++) {
		type = &match_types[kind];
		for (i = 0; i < type->nr_options; i++) {
			if (strcmp(type->options[i].name, text) != 0)
				continue;
			return arena_printf(parse->in->arena, type->protocol ?
					    "give -p %s before it" :
					    "give -m %s before it",
					    type->name);
		}
	}
	return NULL;
}

/* The match that goes with -p, by the name it was given or has by number. */
static const char *protocol_match(struct parse *parse)
{
	uint64_t number;
	unsigned int kind;

	if (!parse->protocol || parse->proto_used)
		return NULL;
	if (!value_number(parse->protocol, NULL, 0, UINT8_MAX, &number))
		return match_find(parse->protocol) != NR_MATCHES ||
				       match_known(parse->protocol) ?
			       parse->protocol :
			       NULL;
	for (kind = 0; number && kind < NR_MATCHES; kind++) {
		if (match_types[kind].protocol == (int)number)
			return match_types[kind].name;
	}
	return number == 50 ? "esp" : number == 51 ? "ah" : NULL;
}

/* The option may be its own: what is missing is the target. */
static bool absent_target(struct parse *parse)
{
	const char *name = parse->command->target;

	diag_error(parse->in->diag, DIAG_UNSUPPORTED,
		   parse->command->target_word->at,
		   arena_printf(parse->in->arena,
				"target `%s' is not supported by bpfipt", name),
		   "Couldn't load target `%s':No such file or directory\n",
		   name);
	return false;
}

bool parse_unknown(struct parse *parse, const struct option *option)
{
	const char *text = option_last_text(&parse->walk);
	const char *match, *hint = NULL;

	if (option->code == OPTION_NO_VALUE)
		return parse_fail(parse, option->word, NULL,
				  "option \"%s\" requires an argument", text);
	if (parse->command->target && !parse->command->go &&
	    match_known_target(parse->command->target))
		return absent_target(parse);
	match = protocol_match(parse);
	if (match && !parse->walk.cluster && option->word->text[1] == '-') {
		parse->proto_used = true;
		parse->walk.next--;
		return parse_load(parse, match, option->word);
	}
	if (strncmp(option->word->text, "--", 2) == 0)
		hint = whose_option(parse, option->word->text + 2);
	return parse_fail(parse, option->word, hint, "unknown option \"%s\"",
			  text);
}
