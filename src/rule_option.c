// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iptables' own options of one line: commands, tests of the IP header, targets,
 * counters. In: options as they come. Out: the command, or one message in
 * iptables' words. Which option does what is a table.
 */
#include "rule_parse.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ast.h"

static bool rule_number(struct parse *parse, const struct ast_word *word)
{
	uint64_t number;

	if (!value_number(word->text, NULL, 1, INT_MAX, &number))
		return parse_fail(parse, word, NULL, "Invalid rule number `%s'",
				  word->text);
	parse->command->number = (unsigned int)number;
	return true;
}

static bool set_command(struct parse *parse, struct option *option)
{
	struct command *command = parse->command;

	if (parse->invert)
		return parse_fail(parse, option->word, NULL,
				  "unexpected '!' flag");
	if (command->letter)
		return parse_fail(parse, option->word, NULL,
				  "Cannot use -%c with -%c", option->code,
				  command->letter);
	command->letter = (char)option->code;
	command->chain = option->value;
	command->chain_word = option->value_word;
	return true;
}

/* -A and -C take a chain, -D and -I a number if there is one. */
static bool on_rule_command(struct parse *parse, struct option *option)
{
	const struct ast_word *number = NULL;

	if (!set_command(parse, option))
		return false;
	if (option->code == 'D' || option->code == 'I' || option->code == 'R')
		number = option_take(&parse->walk);
	if (number)
		return rule_number(parse, number);
	if (option->code == 'R')
		return parse_fail(parse, option->word, NULL,
				  "-R requires a rule number");
	return true;
}

/* Commands whose chain may be left out, and -Z, which may have a number. */
static bool on_chain_command(struct parse *parse, struct option *option)
{
	struct command *command = parse->command;
	const struct ast_word *number = NULL;

	if (!set_command(parse, option))
		return false;
	if (!option->value) {
		command->chain_word = option_take(&parse->walk);
		if (command->chain_word)
			command->chain = command->chain_word->text;
	}
	if (option->code == 'Z')
		number = option_take(&parse->walk);
	return !number || rule_number(parse, number);
}

static bool on_new_chain(struct parse *parse, struct option *option)
{
	const char *name = option->value, *at;

	if (strlen(name) > CHAIN_NAME_MAX)
		return parse_fail(parse, option->value_word, NULL,
				  "chain name `%s' too long (must be under %u chars)",
				  name, CHAIN_NAME_MAX + 1);
	if (*name == '-' || *name == '!')
		return parse_fail(parse, option->value_word, NULL,
				  "chain name not allowed to start with `%c'",
				  *name);
	if (!*name || match_is_target(name))
		return parse_fail(parse, option->value_word, NULL,
				  "chain name may not clash with target name");
	for (at = name; *at; at++) {
		if (isspace((unsigned char)*at))
			return parse_fail(parse, option->value_word, NULL,
					  "Invalid chain name `%s'", name);
	}
	return set_command(parse, option);
}

static bool on_two_words(struct parse *parse, struct option *option)
{
	if (!set_command(parse, option))
		return false;
	parse->command->second = option_take(&parse->walk);
	if (parse->command->second)
		return true;
	return parse_fail(parse, option->word, NULL, option->code == 'E' ?
			  "-E requires old-chain-name and new-chain-name" :
			  "-P requires a chain and a policy");
}

/* An option that may be there once, and whether "!" may stand before it. */
static bool set_option(struct parse *parse, const struct option *option,
		       char letter)
{
	if (parse->given & parse_flag(letter))
		return parse_fail(parse, option->word, NULL,
				  "multiple -%c flags not allowed", letter);
	parse->given |= parse_flag(letter);
	if (parse->invert && !strchr("sdpiof", letter))
		return parse_fail(parse, option->word, NULL,
				  "cannot have ! before -%c", letter);
	return true;
}

static bool on_flag(struct parse *parse, struct option *option)
{
	if (option->code == 'v' && parse->given & parse_flag('v'))
		return true;
	return set_option(parse, option, (char)option->code);
}

/* iptables takes the whole word for some values, so "-s1.2.3.4" is none. */
static const char *whole_word(struct parse *parse, struct option *option,
			      const char **hint)
{
	*hint = option->value_word == option->word ?
			"put a blank between the option and its value" :
			NULL;
	option->value_word = parse->walk.words[parse->walk.next - 1];
	return option->value_word->text;
}

static struct term *set_term(struct parse *parse, enum ip_slot slot,
			     enum field field, enum value_type type,
			     const struct option *option)
{
	struct term *term = &parse->command->ip[slot];

	parse->command->tests[slot] = true;
	term->field = field;
	term->type = type;
	term->invert = parse->invert;
	term->at = option->value_word ? option->value_word->at :
					option->word->at;
	return term;
}

static bool on_protocol(struct parse *parse, struct option *option)
{
	struct value_input in = { .arena = parse->in->arena,
				  .lookup = parse->in->lookup };
	const char *hint;
	struct term *term;
	char *at;

	if (!set_option(parse, option, 'p'))
		return false;
	in.text = whole_word(parse, option, &hint);
	term = set_term(parse, SLOT_PROTOCOL, FIELD_PROTO, VALUE_PROTO, option);
	if (!value_parse(VALUE_PROTO, &in, &term->value))
		return parse_fail(parse, option->value_word, hint, "%s",
				  in.error);
	if (term->value.byte == 0 && term->invert)
		return parse_fail(parse, option->value_word, NULL,
				  "rule would never match protocol");
	at = arena_strndup(in.arena, in.text, strlen(in.text));
	parse->protocol = at;
	for (; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return true;
}

/* Addresses are read at the line's end, when all else has been found good. */
static bool on_address(struct parse *parse, struct option *option)
{
	bool source = option->code == 's';
	enum ip_slot slot = source ? SLOT_SOURCE : SLOT_DESTINATION;
	const char *hint;

	if (!set_option(parse, option, (char)option->code))
		return false;
	whole_word(parse, option, &hint);
	set_term(parse, slot, source ? FIELD_SADDR : FIELD_DADDR, VALUE_ADDR,
		 option);
	parse->addr_word[slot] = option->value_word;
	return true;
}

static bool on_interface(struct parse *parse, struct option *option)
{
	bool in_dev = option->code == 'i';
	struct value_input in = { .arena = parse->in->arena };
	struct term *term;
	const char *hint;

	in.text = whole_word(parse, option, &hint);
	if (!*in.text)
		return parse_fail(parse, option->value_word, NULL,
				  "Empty interface is likely to be undesired");
	if (!set_option(parse, option, (char)option->code))
		return false;
	term = set_term(parse, in_dev ? SLOT_IN : SLOT_OUT,
			in_dev ? FIELD_IIF : FIELD_OIF, VALUE_IFNAME, option);
	if (!value_parse(VALUE_IFNAME, &in, &term->value))
		return parse_fail(parse, option->value_word, hint, "%s",
				  in.error);
	if (in.warning)
		diag_note(parse->in->diag, in.warning);
	return true;
}

static bool on_fragment(struct parse *parse, struct option *option)
{
	if (!set_option(parse, option, 'f'))
		return false;
	set_term(parse, SLOT_FRAGMENT, FIELD_FRAGMENT, VALUE_NONE, option);
	return true;
}

static bool on_target(struct parse *parse, struct option *option)
{
	struct command *command = parse->command;
	const char *name, *at, *hint = NULL;

	if (!set_option(parse, option, 'j'))
		return false;
	command->go = option->code == 'g';
	name = command->go ? option->value : whole_word(parse, option, &hint);
	command->target = name;
	command->target_word = option->value_word;
	if (!*name)
		return parse_fail(parse, option->value_word, NULL,
				  "Invalid target name (too short)");
	if (strlen(name) > CHAIN_NAME_MAX)
		return parse_fail(parse, option->value_word, NULL,
				  "Invalid target name `%s' (%u chars max)",
				  name, CHAIN_NAME_MAX);
	for (at = name; *at; at++) {
		if (isspace((unsigned char)*at))
			return parse_fail(parse, option->value_word, NULL,
					  "Invalid target name `%s'", name);
	}
	return true;
}

static bool on_match(struct parse *parse, struct option *option)
{
	if (parse->invert)
		return parse_fail(parse, option->word, NULL,
				  "unexpected ! flag before --match");
	return parse_load(parse, option->value, option->value_word);
}

const char *rule_counters(const char *packets, const char *bytes,
			  struct command *command)
{
	char *end;

	command->packets = strtoull(packets, &end, 10);
	if (end == packets)
		return "packet";
	command->bytes = strtoull(bytes, &end, 10);
	if (end == bytes)
		return "byte";
	command->counted = true;
	return NULL;
}

static bool on_counters(struct parse *parse, struct option *option)
{
	const struct ast_word *second;
	const char *bytes = NULL, *wrong;
	char *packets = arena_strndup(parse->in->arena, option->value,
				      strlen(option->value));

	if (!set_option(parse, option, 'c'))
		return false;
	/* As iptables: a comma in front does not divide. */
	if (*packets && strchr(packets + 1, ','))
		bytes = strchr(packets + 1, ',') + 1;
	if (!bytes) {
		second = option_take(&parse->walk);
		if (!second)
			return parse_fail(parse, option->word, NULL,
					  "-c requires packet and byte counter");
		bytes = second->text;
	}
	wrong = rule_counters(packets, bytes, parse->command);
	if (wrong)
		return parse_fail(parse, option->value_word, NULL,
				  "-c %s counter not numeric", wrong);
	return true;
}

static bool on_table(struct parse *parse, struct option *option)
{
	if (parse->invert)
		return parse_fail(parse, option->word, NULL,
				  "unexpected ! flag before --table");
	return parse_fail(parse, option->word, NULL,
			  "The -t option cannot be used in %s.\n",
			  parse->in->diag->program);
}

static bool on_wait(struct parse *parse, struct option *option)
{
	return parse_fail(parse, option->word, NULL,
			  "You cannot use `-%c' from iptables-restore",
			  option->code);
}

/* Commands that print: iptables would, and go on or stop there. */
static bool on_printing(struct parse *parse, struct option *option)
{
	return parse_fail(parse, option->word, NULL,
			  "-%c cannot be used in a dump", option->code);
}

static bool on_nothing(struct parse *parse, struct option *option)
{
	(void)parse;
	(void)option;
	return true;
}

static bool on_other_family(struct parse *parse, struct option *option)
{
	(void)option;
	parse->skip = true;
	return true;
}

/* Why a word cannot stand alone, as far as one can guess. */
static const char *word_hint(const struct parse *parse, const char *text)
{
	unsigned int next = parse->walk.next;
	size_t len = strlen(text);

	if (!len)
		return NULL;
	if (next > 1 && strcmp(parse->walk.words[next - 2]->text, "!") == 0)
		return "! stands before the option, not before its value";
	if (text[0] == '#')
		return "a comment has a line of its own, with # in column 1";
	if (text[0] == '\'' || text[len - 1] == '\'')
		return "only double quotes keep words together";
	if (strcmp(text, "COMMIT") == 0)
		return "COMMIT stands alone on its line, with a newline right behind it";
	if (text[len - 1] == '\r')
		return "lines end in CR LF; only LF is allowed";
	return NULL;
}

static bool on_word(struct parse *parse, struct option *option)
{
	if (strcmp(option->value, "!") == 0) {
		if (parse->invert)
			return parse_fail(parse, option->word, NULL,
					  "multiple consecutive ! not allowed");
		parse->invert = true;
		return true;
	}
	diag_error(parse->in->diag, DIAG_BARE, option->word->at,
		   word_hint(parse, option->value), "Bad argument `%s'",
		   option->value);
	return false;
}

static const struct {
	int code;
	bool (*run)(struct parse *parse, struct option *option);
} handlers[] = {
	{ 'A', on_rule_command },  { 's', on_address },
	{ 'd', on_address },	   { 'p', on_protocol },
	{ 'i', on_interface },	   { 'o', on_interface },
	{ 'm', on_match },	   { 'j', on_target },
	{ 'g', on_target },	   { 'f', on_fragment },
	{ 'C', on_rule_command },  { 'D', on_rule_command },
	{ 'I', on_rule_command },  { 'R', on_rule_command },
	{ 'N', on_new_chain },	   { 'F', on_chain_command },
	{ 'X', on_chain_command }, { 'Z', on_chain_command },
	{ 'E', on_two_words },	   { 'P', on_two_words },
	{ 'L', on_printing },	   { 'S', on_printing },
	{ 'V', on_printing },	   { 'h', on_printing },
	{ 'c', on_counters },	   { 'n', on_flag },
	{ 'x', on_flag },	   { '0', on_flag },
	{ 'v', on_flag },	   { 't', on_table },
	{ 'w', on_wait },	   { 'W', on_wait },
	{ 'M', on_nothing },	   { '4', on_nothing },
	{ '6', on_other_family },
};

#define NR_HANDLERS	(sizeof(handlers) / sizeof(handlers[0]))

static bool run(struct parse *parse, struct option *option)
{
	unsigned int i;

	if (option->code == OPTION_MATCH)
		return parse_match_option(parse, option);
	for (i = 0; i < NR_HANDLERS; i++) {
		if (handlers[i].code == option->code)
			return handlers[i].run(parse, option);
	}
	return parse_unknown(parse, option);
}

bool parse_option(struct parse *parse, struct option *option)
{
	unsigned int at = parse->walk.next;
	bool again;

	if (option->code == OPTION_WORD)
		return on_word(parse, option);
	if (!run(parse, option))
		return false;
	/* An option that is to be looked at again keeps its "!". */
	again = parse->walk.next < at;
	if (!again)
		parse->invert = false;
	return true;
}
