// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command line as options. In: the words and a table of options. Out: one
 * code after the other, in any order among words that are none; or getopt's
 * message on stderr for what cannot be understood. Knows no option's meaning.
 */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static bool fits(const struct cli_option *option, const char *text, size_t len)
{
	return option->name && strncmp(option->name, text, len) == 0;
}

/* How many options begin so, the first of them, and whether one of them is
 * just that. */
static unsigned int search(const struct cli *cli, const char *text, size_t len,
			   bool own, const struct cli_option **found)
{
	const struct cli_option *option;
	unsigned int nr = 0;

	for (option = cli->options; option->code; option++) {
		if (option->own != own || !fits(option, text, len))
			continue;
		if (!option->name[len]) {
			*found = option;
			return 1;
		}
		if (!nr++)
			*found = option;
	}
	return nr;
}

static void print_ambiguous(const struct cli *cli, const char *word, size_t len,
			    bool own)
{
	const struct cli_option *option;

	fprintf(stderr, "%s: option '%s' is ambiguous; possibilities:",
		cli->argv[0], word);
	for (option = cli->options; option->code; option++) {
		if (option->own == own && fits(option, word + 2, len))
			fprintf(stderr, " '--%s'", option->name);
	}
	fputc('\n', stderr);
}

static int long_value(struct cli *cli, const struct cli_option *option,
		      const char *equals)
{
	if (equals && option->value == CLI_NONE) {
		fprintf(stderr, "%s: option '--%s' doesn't allow an argument\n",
			cli->argv[0], option->name);
		return CLI_WRONG;
	}
	if (equals)
		cli->value = equals + 1;
	else if (option->value == CLI_VALUE) {
		if (cli->next == cli->argc) {
			fprintf(stderr,
				"%s: option '--%s' requires an argument\n",
				cli->argv[0], option->name);
			return CLI_WRONG;
		}
		cli->value = cli->argv[cli->next++];
	}
	return option->code;
}

static int next_long(struct cli *cli)
{
	const char *word = cli->argv[cli->next++];
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
	const struct cli_option *option = NULL;
	bool own = false;
	unsigned int nr = search(cli, word + 2, len, own, &option);

	if (!nr) {
		own = true;
		nr = search(cli, word + 2, len, own, &option);
	}
	if (nr == 1)
		return long_value(cli, option, equals);
	if (nr)
		print_ambiguous(cli, word, len, own);
	else
		fprintf(stderr, "%s: unrecognized option '%s'\n", cli->argv[0],
			word);
	return CLI_WRONG;
}

static const struct cli_option *letter(const struct cli *cli, char code)
{
	const struct cli_option *option;

	for (option = cli->options; option->code; option++) {
		if (option->code == code)
			return option;
	}
	return NULL;
}

static int next_short(struct cli *cli)
{
	char code = *cli->cluster++;
	const struct cli_option *option = letter(cli, code);

	if (!*cli->cluster) {
		cli->cluster = NULL;
		cli->next++;
	}
	if (!option) {
		fprintf(stderr, "%s: invalid option -- '%c'\n", cli->argv[0],
			code);
		return CLI_WRONG;
	}
	if (option->value != CLI_VALUE)
		return code;
	if (cli->cluster) {
		cli->value = cli->cluster;
		cli->cluster = NULL;
		cli->next++;
	} else if (cli->next < cli->argc) {
		cli->value = cli->argv[cli->next++];
	} else {
		fprintf(stderr, "%s: option requires an argument -- '%c'\n",
			cli->argv[0], code);
		return CLI_WRONG;
	}
	return code;
}

static void take_file(struct cli *cli)
{
	if (cli->file)
		cli->too_many = true;
	cli->file = cli->argv[cli->next++];
}

int cli_next(struct cli *cli)
{
	const char *word;

	cli->value = NULL;
	if (cli->cluster)
		return next_short(cli);
	for (; cli->next < cli->argc; take_file(cli)) {
		word = cli->argv[cli->next];
		if (strcmp(word, "--") == 0)
			break;
		if (word[0] != '-' || !word[1])
			continue;
		if (word[1] == '-')
			return next_long(cli);
		cli->cluster = word + 1;
		return next_short(cli);
	}
	/* Behind "--" stands no option. */
	cli->next += cli->next < cli->argc;
	while (cli->next < cli->argc)
		take_file(cli);
	return CLI_END;
}

const char *cli_take(struct cli *cli)
{
	const char *word;

	if (cli->cluster || cli->next >= cli->argc)
		return NULL;
	word = cli->argv[cli->next];
	if (word[0] == '-' || word[0] == '!')
		return NULL;
	cli->next++;
	return word;
}
