/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command line as options: getopt_long's rules and messages,
 * but that an abbreviation which fits an option of iptables means that one,
 * however many of our own it fits too.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>

enum cli_value {
	CLI_NONE,
	CLI_VALUE,
	CLI_EQUALS,		/* long: only behind "="; short: none */
};

struct cli_option {
	const char *name;	/* long name, or NULL */
	int code;		/* the short letter, or a number above 255 */
	enum cli_value value;
	bool own;		/* not one of iptables */
};

struct cli {
	const struct cli_option *options; /* the last has code 0 */
	int argc;
	char **argv;
	int next;		/* index of the next word */
	const char *cluster;	/* rest of "-abc", or NULL */
	const char *value;	/* of the option found, or NULL */
	const char *file;	/* the one word that is no option, or NULL */
	bool too_many;		/* there was another one */
};

enum {
	CLI_END = -1,
	CLI_WRONG = '?',	/* a message has been printed */
};

/* The next option's code, CLI_END or CLI_WRONG. */
int cli_next(struct cli *cli);

/* The next word if it can be a value of the option just found: it is neither an
 * option nor "!"; goes over it. Else NULL. */
const char *cli_take(struct cli *cli);

#endif
