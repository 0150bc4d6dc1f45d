// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line's conditions that only its end can show: what belongs together, what
 * excludes each other, addresses. In: the command as read. Out: its addresses,
 * or one message; the order of the checks is that of iptables.
 */
#include "rule_parse.h"

#include <string.h>

#include "arena.h"
#include "ast.h"

/* Options that a command may have: letters as iptables names them, in the
 * order in which it complains of them. */
static const char all_options[] = "nsdpjvxio0cf";

static const struct {
	char letter;
	const char *options;
} allowed[] = {
	{ 'A', "sdpjviocf" }, { 'I', "sdpjviocf" }, { 'R', "sdpjviocf" },
	{ 'D', "sdpjviof" },  { 'C', "sdpjviof" },  { 'P', "vc" },
};

#define NR_ALLOWED	(sizeof(allowed) / sizeof(allowed[0]))

static const char *options_of(const struct command *command)
{
	unsigned int i;

	if (command->letter == 'D' && command->number)
		return "v";
	for (i = 0; i < NR_ALLOWED; i++) {
		if (allowed[i].letter == command->letter)
			return allowed[i].options;
	}
	return "v";
}

static bool check_options(struct parse *parse)
{
	const char *options = options_of(parse->command), *at;

	for (at = all_options; *at; at++) {
		if (parse->given & parse_flag(*at) && !strchr(options, *at))
			return parse_fail(parse, NULL, NULL,
					  "Illegal option `-%c' with this command",
					  *at);
	}
	return true;
}

/* -s and -d; what is not given is any address. */
static bool read_addresses(struct parse *parse)
{
	struct command *command = parse->command;
	struct value_input in = { .arena = parse->in->arena,
				  .lookup = parse->in->lookup };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		command->nr_addrs[i] = 1;
		if (!command->tests[i])
			continue;
		in.text = parse->addr_word[i]->text;
		command->nr_addrs[i] =
			value_parse_addrs(&in, &command->addrs[i]);
		if (!command->nr_addrs[i])
			return parse_fail(parse, parse->addr_word[i],
					  in.text[0] == '-' ?
						  "put a blank between the option and its value" :
						  NULL, "%s", in.error);
	}
	return true;
}

static bool check_addresses(struct parse *parse)
{
	const struct command *command = parse->command;
	bool several = command->nr_addrs[0] > 1 || command->nr_addrs[1] > 1;

	if (several && (command->ip[SLOT_SOURCE].invert ||
			command->ip[SLOT_DESTINATION].invert))
		return parse_fail(parse, NULL, NULL,
				  "! not allowed with multiple source or destination IP addresses");
	if (several && command->letter == 'R')
		return parse_fail(parse, NULL, NULL,
				  "Replacement rule does not specify a unique address");
	return true;
}

/* Interfaces that a packet does not have where the chain is met. */
static bool check_interfaces(struct parse *parse)
{
	static const struct {
		const char *chain;
		enum ip_slot slot;
	} without[] = {
		{ "PREROUTING", SLOT_OUT },
		{ "INPUT", SLOT_OUT },
		{ "POSTROUTING", SLOT_IN },
		{ "OUTPUT", SLOT_IN },
	};
	const struct command *command = parse->command;
	struct ast_word word = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		if (!command->tests[without[i].slot] ||
		    strcmp(command->chain, without[i].chain) != 0)
			continue;
		word.at = command->ip[without[i].slot].at;
		return parse_fail(parse, &word, NULL, "Can't use -%c with %s\n",
				  without[i].slot == SLOT_OUT ? 'o' : 'i',
				  command->chain);
	}
	return true;
}

bool parse_check(struct parse *parse)
{
	const struct command *command = parse->command;

	if (!parse_check_matches(parse))
		return false;
	if (parse->walk.next < parse->walk.nr)
		return parse_fail(parse, parse->walk.words[parse->walk.next],
				  NULL,
					"unknown arguments found on commandline");
	if (!command->letter)
		return parse_fail(parse, NULL, NULL, "no command specified");
	if (parse->invert)
		return parse_fail(parse, NULL, NULL,
				  "nothing appropriate following !");
	if (!read_addresses(parse) || !check_addresses(parse) ||
	    !check_options(parse))
		return false;
	if (command->chain && strlen(command->chain) > CHAIN_NAME_MAX)
		return parse_fail(parse, command->chain_word, NULL,
				  "chain name `%s' too long (must be under %u chars)",
				  command->chain, CHAIN_NAME_MAX + 1);
	return !strchr("ADICR", command->letter) || check_interfaces(parse);
}
