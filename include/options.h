/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command lines of bpfipt-restore, bpfipt-save and bpfipt VERB.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "settings.h"

struct diag;

enum form {
	FORM_NONE,
	FORM_AST,
	FORM_RULESET,
	FORM_MATRIX,
	FORM_TABLES,
	FORM_PLAN,
	NR_FORMS,
};

struct options {
	const char *file;	/* input or output; NULL: standard */
	const char *table;	/* -T, -t; NULL: all */
	const char *netns;	/* NULL: the caller's */
	bool counters;
	bool verbose;
	bool test;
	bool noflush;
	bool diff;		/* print what would change, and stop */
	bool json;		/* --json in place of text */
	bool compat;		/* --errors=compat */
	bool timestamp;		/* off with --no-timestamp */
	int wait_s;		/* 0: without limit */
	unsigned int forced;	/* --force-NAME, bits by enum foreign */
	bool keep_table;	/* --keep-conntrack */
	const char *conf;	/* --conf; NULL: the usual file */
	struct settings settings; /* as --set gives them */
	enum form dump;		/* print this form and stop */
};

/*
 * Each reads one tool's command line. True if there is work to do; else all has
 * been said, and *status is what the tool ends with.
 */
bool options_restore(int argc, char **argv, struct diag *diag,
		     struct options *options, int *status);
bool options_save(int argc, char **argv, struct diag *diag,
		  struct options *options, int *status);
/* argv[0] is the verb. */
bool options_verb(int argc, char **argv, struct diag *diag,
		  struct options *options, int *status);

/* "NAME vX.Y.Z (bpfipt)" */
void options_version(const struct diag *diag);

#endif
