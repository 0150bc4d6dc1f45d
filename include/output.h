/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a tool's result goes: standard output, or a file that appears whole.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

struct diag;

struct output {
	FILE *file;
	const char *name;	/* NULL: standard output */
	char *aside;		/* NULL: written in place */
	char *real;		/* what a name leads to, or NULL */
};

/*
 * name NULL is standard output. A regular file, also one that a link leads to,
 * is written aside, in the same directory; anything else (a pipe, a device) in
 * place. A file that was there keeps its mode, a new one is 0640 at most.
 */
int output_open(struct output *output, const char *name,
		const struct diag *diag);

/* Ends the output; only if err is 0 the file takes its name. A write that
 * failed is reported here. Returns err, or what failed. */
int output_close(struct output *output, int err, const struct diag *diag);

#endif
