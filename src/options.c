// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command lines of the three tools. In: the words. Out: struct options, or
 * iptables' message for what is wrong. Those of iptables-restore and -save keep
 * their meaning to the letter; ours have long names only.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "config.h"
#include "diag.h"
#include "foreign.h"

enum {
	OPTION_NETNS = 256,
	OPTION_ERRORS,
	OPTION_NO_TIMESTAMP,
	OPTION_DUMP,
	OPTION_CONF,
	OPTION_SET,
	OPTION_KEEP,
	OPTION_DIFF,
	OPTION_JSON,
	OPTION_FORCE,		/* and so on, by enum foreign */
};

static const struct cli_option restore_table[] = {
	{ "counters", 'c', CLI_NONE, false },
	{ "verbose", 'v', CLI_NONE, false },
	{ "version", 'V', CLI_NONE, false },
	{ "test", 't', CLI_NONE, false },
	{ "help", 'h', CLI_NONE, false },
	{ "noflush", 'n', CLI_NONE, false },
	{ "modprobe", 'M', CLI_VALUE, false },
	{ "table", 'T', CLI_VALUE, false },
	{ "wait", 'w', CLI_EQUALS, false },
	{ "wait-interval", 'W', CLI_EQUALS, false },
	{ NULL, 'b', CLI_NONE, false },
	{ "netns", OPTION_NETNS, CLI_VALUE, true },
	{ "errors", OPTION_ERRORS, CLI_VALUE, true },
	{ "dump", OPTION_DUMP, CLI_VALUE, true },
	{ "diff", OPTION_DIFF, CLI_NONE, true },
	{ "conf", OPTION_CONF, CLI_VALUE, true },
	{ "set", OPTION_SET, CLI_VALUE, true },
	{ "force-nat", OPTION_FORCE + FOREIGN_NAT, CLI_NONE, true },
	{ "force-mark", OPTION_FORCE + FOREIGN_MARK, CLI_NONE, true },
	{ "force-ipsec", OPTION_FORCE + FOREIGN_IPSEC, CLI_NONE, true },
	{ "force-ipvs", OPTION_FORCE + FOREIGN_IPVS, CLI_NONE, true },
	{ "force-multicast", OPTION_FORCE + FOREIGN_MULTICAST, CLI_NONE, true },
	{ "force-broadcast", OPTION_FORCE + FOREIGN_BROADCAST, CLI_NONE, true },
	{ "force-ipvlan", OPTION_FORCE + FOREIGN_IPVLAN, CLI_NONE, true },
	{ 0 },
};

_Static_assert(NR_FOREIGN == 7, "each has its --force option");

static const struct cli_option save_table[] = {
	{ "counters", 'c', CLI_NONE, false },
	{ "version", 'V', CLI_NONE, false },
	{ "dump", 'd', CLI_NONE, false },
	{ "table", 't', CLI_VALUE, false },
	{ "modprobe", 'M', CLI_VALUE, false },
	{ "file", 'f', CLI_VALUE, false },
	{ NULL, 'b', CLI_NONE, false },
	{ "netns", OPTION_NETNS, CLI_VALUE, true },
	{ "no-timestamp", OPTION_NO_TIMESTAMP, CLI_NONE, true },
	{ "json", OPTION_JSON, CLI_NONE, true },
	{ 0 },
};

static const struct cli_option verb_table[] = {
	{ "wait", 'w', CLI_EQUALS, false },
	{ "netns", OPTION_NETNS, CLI_VALUE, true },
	{ 0 },
};

static const struct cli_option unload_table[] = {
	{ "wait", 'w', CLI_EQUALS, false },
	{ "netns", OPTION_NETNS, CLI_VALUE, true },
	{ "keep-conntrack", OPTION_KEEP, CLI_NONE, true },
	{ 0 },
};

static const char *const form_names[NR_FORMS] = {
	[FORM_AST] = "ast",	  [FORM_RULESET] = "ruleset",
	[FORM_MATRIX] = "matrix", [FORM_TABLES] = "tables",
	[FORM_PLAN] = "plan",
};

/* What is learnt on the way and asked for at the end. */
struct reading {
	struct cli cli;
	struct diag *diag;
	struct options *options;
	bool waits;
	bool interval;
	int status;
};

void options_version(const struct diag *diag)
{
	const char *version = diag_version(diag->program);
	const char *own = diag_own_version();

	printf("%s v%s (bpfipt)", diag->program, version);
	if (strcmp(version, own) != 0)
		printf(" %s", own);
	putchar('\n');
}

static void restore_help(const struct diag *diag)
{
	const char *name = diag->program;

	printf("Usage: %s [-c] [-v] [-V] [-t] [-h] [-n] [-w secs] "
	       "[-W usecs] [-T table] [-M command] [file]\n", name);
	fputs("	   [ --counters ]\n"
	      "	   [ --verbose ]\n"
	      "	   [ --version]\n"
	      "	   [ --test ]\n"
	      "	   [ --help ]\n"
	      "	   [ --noflush ]\n"
	      "	   [ --wait=<seconds>\n"
	      "	   [ --table=<TABLE> ]\n"
	      "	   [ --modprobe=<command> ]\n"
	      "	   [ --netns=<name> ]\n"
	      "	   [ --force-<what> ]\n"
	      "	   [ --conf=<file> ]\n"
	      "	   [ --set=<setting>=<value> ]\n"
	      "	   [ --errors=compat ]\n"
	      "	   [ --diff ]\n"
	      "	   [ --dump=ast|ruleset|matrix|tables|plan ]\n", stdout);
}

static bool end(struct reading *reading, int status)
{
	reading->status = status;
	return false;
}

/* A mistake in a value, as iptables words it before there is any line. */
static bool bad_value(struct reading *reading, const char *msg)
{
	diag_error(reading->diag, DIAG_PARAMETER, (struct loc){ 0 }, NULL,
		   "%s", msg);
	return end(reading, 2);
}

static bool read_wait(struct reading *reading)
{
	const char *value = reading->cli.value;

	reading->waits = true;
	if (!value)
		value = cli_take(&reading->cli);
	reading->options->wait_s = 0;
	if (value && sscanf(value, "%i", &reading->options->wait_s) != 1)
		return bad_value(reading, "wait seconds not numeric");
	return true;
}

static bool read_interval(struct reading *reading)
{
	const char *value = reading->cli.value;
	unsigned int ignored;

	fputs("Ignoring deprecated --wait-interval option.\n", stderr);
	reading->interval = true;
	if (!value)
		value = cli_take(&reading->cli);
	if (!value)
		return bad_value(reading, "wait interval value required");
	if (sscanf(value, "%u", &ignored) != 1)
		return bad_value(reading, "wait interval not numeric");
	return true;
}

static bool read_dump(struct reading *reading)
{
	unsigned int form;

	for (form = FORM_AST; form < NR_FORMS; form++) {
		if (strcmp(form_names[form], reading->cli.value) == 0) {
			reading->options->dump = (enum form)form;
			return true;
		}
	}
	fprintf(stderr, "%s: --dump=%s: no such form; there are ast, ruleset, matrix, tables, plan\n",
		reading->diag->program, reading->cli.value);
	return end(reading, 2);
}

static bool read_errors(struct reading *reading)
{
	if (strcmp(reading->cli.value, "compat") == 0) {
		reading->options->compat = true;
		return true;
	}
	fprintf(stderr, "%s: --errors=%s: there is only --errors=compat\n",
		reading->diag->program, reading->cli.value);
	return end(reading, 2);
}

static bool read_set(struct reading *reading)
{
	if (!config_set(reading->cli.value, "--set",
			&reading->options->settings, reading->diag))
		return true;
	return end(reading, 2);
}

/* Options that all tools share. True if it was one. */
static bool common(struct reading *reading, int code)
{
	struct options *options = reading->options;

	switch (code) {
	case 'c':
		options->counters = true;
		return true;
	case 'b':
		fputs("-b/--binary option is not implemented\n", stderr);
		return true;
	case 'M':
	case 'd':
		return true;
	case OPTION_NETNS:
		options->netns = reading->cli.value;
		return true;
	case OPTION_KEEP:
		options->keep_table = true;
		return true;
	case OPTION_NO_TIMESTAMP:
		options->timestamp = false;
		return true;
	case OPTION_DIFF:
		options->diff = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	}
	return false;
}

/* False if that was the end. */
static bool restore_option(struct reading *reading, int code)
{
	struct options *options = reading->options;

	if (common(reading, code))
		return true;
	switch (code) {
	case 'v':
		options->verbose = true;
		return true;
	case 'V':
		options_version(reading->diag);
		return end(reading, 0);
	case 't':
		options->test = true;
		return true;
	case 'h':
		restore_help(reading->diag);
		return end(reading, 0);
	case 'n':
		options->noflush = true;
		return true;
	case 'T':
		options->table = reading->cli.value;
		return true;
	case 'w':
		return read_wait(reading);
	case 'W':
		return read_interval(reading);
	case OPTION_ERRORS:
		return read_errors(reading);
	case OPTION_DUMP:
		return read_dump(reading);
	case OPTION_CONF:
		options->conf = reading->cli.value;
		return true;
	case OPTION_SET:
		return read_set(reading);
	}
	options->forced |= 1u << (code - OPTION_FORCE);
	return true;
}

static void start(struct reading *reading, int argc, char **argv,
		  const struct cli_option *table, struct options *options)
{
	memset(reading, 0, sizeof(*reading));
	memset(options, 0, sizeof(*options));
	options->timestamp = true;
	settings_init(&options->settings);
	reading->options = options;
	reading->cli.options = table;
	reading->cli.argc = argc;
	reading->cli.argv = argv;
	reading->cli.next = 1;
}

static bool one_file(struct reading *reading)
{
	reading->options->file = reading->cli.file;
	if (!reading->cli.too_many)
		return true;
	fputs("Unknown arguments found on commandline\n", stderr);
	return end(reading, 1);
}

bool options_restore(int argc, char **argv, struct diag *diag,
		     struct options *options, int *status)
{
	struct reading reading;
	bool go = true;
	int code;

	start(&reading, argc, argv, restore_table, options);
	reading.diag = diag;
	while (go && (code = cli_next(&reading.cli)) != CLI_END) {
		if (code == CLI_WRONG) {
			fprintf(stderr,
				"Try `%s -h' for more information.\n",
				diag->program);
			go = end(&reading, 1);
		} else {
			go = restore_option(&reading, code);
		}
	}
	go = go && one_file(&reading);
	if (go && reading.interval && !reading.waits) {
		fputs("Option --wait-interval requires option --wait\n",
		      stderr);
		go = end(&reading, 1);
	}
	*status = reading.status;
	return go;
}

static bool save_option(struct reading *reading, int code)
{
	struct options *options = reading->options;

	if (common(reading, code))
		return true;
	switch (code) {
	case 'V':
		options_version(reading->diag);
		return end(reading, 0);
	case 't':
		options->table = reading->cli.value;
		return true;
	}
	options->file = reading->cli.value;	/* -f */
	return true;
}

bool options_save(int argc, char **argv, struct diag *diag,
		  struct options *options, int *status)
{
	struct reading reading;
	bool go = true;
	int code;

	start(&reading, argc, argv, save_table, options);
	reading.diag = diag;
	while (go && (code = cli_next(&reading.cli)) != CLI_END) {
		if (code == CLI_WRONG) {
			fprintf(stderr,
				"Look at manual page `%s.8' for more information.\n",
				diag->program);
			go = end(&reading, 1);
		} else {
			go = save_option(&reading, code);
		}
	}
	if (go && reading.cli.file) {
		fputs("Unknown arguments found on commandline\n", stderr);
		go = end(&reading, 1);
	}
	*status = reading.status;
	return go;
}

bool options_verb(int argc, char **argv, struct diag *diag,
		  struct options *options, int *status)
{
	struct reading reading;
	bool go = true;
	int code;

	start(&reading, argc, argv, strcmp(argv[0], "unload") ? verb_table :
								unload_table,
	      options);
	reading.diag = diag;
	while (go && (code = cli_next(&reading.cli)) != CLI_END) {
		if (code == CLI_WRONG)
			go = end(&reading, 1);
		else
			go = common(&reading, code) || read_wait(&reading);
	}
	if (go && reading.cli.file) {
		fputs("Unknown arguments found on commandline\n", stderr);
		go = end(&reading, 1);
	}
	*status = reading.status;
	return go;
}
