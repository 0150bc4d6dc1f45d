/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to the user. Errors in the user's text are counted here and parsing
 * goes on; the tool asks between steps. Each one is printed in iptables' words
 * first, then as FILE:LINE:COLUMN with the source line, a caret and, where
 * there is one, a hint. System failures are one line.
 */
#ifndef DIAG_H
#define DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Where a word stands: lines and columns count from 1, len in bytes. */
struct loc {
	unsigned int line;
	unsigned int column;
	unsigned int len;
};

/*
 * How iptables words a mistake, and the exit status that goes with it.
 *
 *   PARAMETER    2  NAME vVERSION (VARIANT): MSG / Error occurred at line: N /
 *                   Try `NAME -h' or 'NAME --help' for more information.
 *   BARE         2  the same without the tool's name before MSG
 *   UNSUPPORTED  2  as PARAMETER; our own line says the hint in place of MSG
 *   OTHER        1  NAME vVERSION (VARIANT): MSG
 *   FAILED       1  NAME: line N failed; MSG is the reason in our own line
 *   PLAIN        1  NAME: MSG
 *
 * A MSG that ends in a newline is followed by a blank line, as some of
 * iptables' messages are.
 */
enum diag_kind {
	DIAG_PARAMETER,
	DIAG_BARE,
	DIAG_UNSUPPORTED,
	DIAG_OTHER,
	DIAG_FAILED,
	DIAG_PLAIN,
	NR_DIAG_KINDS,
};

struct diag {
	const char *program;	/* as called, for the messages */
	const char *file;	/* name of the input, "<stdin>" for none */
	const char *text;	/* the input, for source lines; may be NULL */
	size_t text_len;
	bool compat;		/* iptables' words only, the first error only */
	bool quiet;		/* no notes: we saved the text ourselves */
	bool again;		/* another try: what -v says has been said */
	FILE *verbose;		/* -v: what is done goes here, or NULL */
	unsigned int nr_errors;
	int status;		/* exit status of the first error, else 0 */
};

/* Reports a mistake in the input at a place. hint may be NULL. */
void diag_error(struct diag *diag, enum diag_kind kind, struct loc at,
		const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Whether the next error's hint would be seen: if not, none need be found. */
bool diag_wants_hint(const struct diag *diag);

/* After the last step over the text: says how many errors were not shown. */
void diag_finish(struct diag *diag);

/* A line of iptables' own on stderr, as it is. Not counted. */
void diag_note(const struct diag *diag, const char *line);

/* One line on stderr: "PROGRAM: MSG". Not counted. */
void diag_warn(const struct diag *diag, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A failure of the system: one line, as diag_warn, with ": strerror" behind it
 * if err is not 0. Returns -err (or -EIO for 0), to be passed up. */
int diag_system(const struct diag *diag, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The version that NAME answers to, and our own. */
const char *diag_version(const char *program);
const char *diag_own_version(void);

#endif
