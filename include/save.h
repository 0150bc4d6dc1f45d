/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfipt-save: prints the rules that run as iptables-save would.
 */
#ifndef SAVE_H
#define SAVE_H

#include <stdbool.h>

struct diag;

struct save_request {
	const char *netns;	/* NULL: the caller's */
	const char *table;	/* NULL: all, which is filter */
	const char *file;	/* NULL: standard output */
	bool counters;		/* [p:b] before each rule */
	bool timestamp;		/* dates in the comments */
	bool json;		/* in place of text */
};

/* Returns 0 or a negative errno, reported; exit 1. */
int save_run(const struct save_request *request, const struct diag *diag);

#endif
