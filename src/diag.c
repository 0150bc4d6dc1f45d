// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages to the user, on stderr. In: a mistake and its place. Out: iptables'
 * own words first, as scripts look for them, then FILE:LINE:COLUMN with the
 * source line, a caret and a hint. Counts errors, never ends the process.
 */
#include "diag.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_SHOWN	20	/* errors printed, further ones are counted */
#define EXCERPT		120	/* bytes of a source line that are shown */

#ifndef BPFIPT_VERSION
#define BPFIPT_VERSION	"0.1.0"
#endif

const char *diag_version(const char *program)
{
	/* Callers of iptables' names gate options on its version. */
	return strncmp(program, "iptables", 8) ? BPFIPT_VERSION : "1.8.9";
}

const char *diag_own_version(void)
{
	return BPFIPT_VERSION;
}

/* How a kind of mistake is printed, as diag.h has it. */
static const struct {
	int status;
	bool plain;		/* MSG after the bare name */
	bool versioned;		/* MSG after name, version and variant */
	bool line;		/* "Error occurred at line" behind MSG */
} kinds[NR_DIAG_KINDS] = {
	[DIAG_PARAMETER] = { 2, .versioned = true, .line = true },
	[DIAG_BARE] = { 2, .line = true },
	[DIAG_UNSUPPORTED] = { 2, .versioned = true, .line = true },
	[DIAG_OTHER] = { 1, .versioned = true },
	[DIAG_FAILED] = { 1, .plain = true },
	[DIAG_PLAIN] = { 1, .plain = true },
};

/* The first error alone carries the pointer to --help. */
static void print_iptables(const struct diag *diag, enum diag_kind kind,
			   unsigned int line, const char *msg)
{
	const char *name = diag->program;

	if (kinds[kind].versioned)
		fprintf(stderr, "%s v%s (bpfipt): ", name, diag_version(name));
	else if (kinds[kind].plain)
		fprintf(stderr, "%s: ", name);
	if (kind == DIAG_FAILED)
		fprintf(stderr, "line %u failed\n", line);
	else
		fprintf(stderr, "%s\n", msg);
	if (!kinds[kind].line)
		return;
	fprintf(stderr, "Error occurred at line: %u\n", line);
	if (diag->nr_errors == 1)
		fprintf(stderr,
			"Try `%s -h' or '%s --help' for more information.\n",
			name, name);
}

/* The text of a line, without its newline; len is 0 if there is none. */
static const char *source_line(const struct diag *diag, unsigned int line,
			       size_t *len)
{
	const char *end = diag->text + diag->text_len;
	const char *at = diag->text;
	const char *newline;

	*len = 0;
	while (at && --line) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at || at >= end)
		return NULL;
	newline = memchr(at, '\n', (size_t)(end - at));
	*len = (size_t)((newline ? newline : end) - at);
	return at;
}

static void put_byte(unsigned char byte)
{
	fputc(byte == '\t' || (byte >= ' ' && byte != 0x7f) ? byte : '?',
	      stderr);
}

/* A byte inside a UTF-8 character, which takes no room of its own. */
static bool inside(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void print_caret(const char *line, size_t len, size_t from,
			struct loc at)
{
	size_t column = at.column - 1, end = column + at.len, i;

	fputs("    ", stderr);
	for (i = from; i < column; i++) {
		if (i >= len || !inside(line[i]))
			fputc(i < len && line[i] == '\t' ? '\t' : ' ', stderr);
	}
	fputc('^', stderr);
	for (i = column + 1; i < end && i < len && i < from + EXCERPT; i++) {
		if (!inside(line[i]))
			fputc('~', stderr);
	}
	fputc('\n', stderr);
}

/* The source line around the place, and a caret under its first byte. */
static void print_excerpt(const struct diag *diag, struct loc at)
{
	size_t from = 0, len, i;
	const char *line = source_line(diag, at.line, &len);

	if (!line || at.column == 0)
		return;
	if (at.column > EXCERPT / 2)
		from = at.column - 1 - EXCERPT / 2;
	while (from && from < len && inside(line[from]))
		from--;
	fputs("    ", stderr);
	for (i = from; i < len && i < from + EXCERPT; i++)
		put_byte((unsigned char)line[i]);
	fputc('\n', stderr);
	print_caret(line, len, from, at);
}

static void print_own(const struct diag *diag, enum diag_kind kind,
		      struct loc at, const char *hint, const char *msg)
{
	if (kind == DIAG_UNSUPPORTED) {
		msg = hint;
		hint = NULL;
	}
	fprintf(stderr, "%s:%u:%u: %s", diag->file, at.line,
		at.column ? at.column : 1, msg);
	if (!*msg || msg[strlen(msg) - 1] != '\n')
		fputc('\n', stderr);
	print_excerpt(diag, at);
	if (hint)
		fprintf(stderr, "    hint: %s\n", hint);
}

void diag_error(struct diag *diag, enum diag_kind kind, struct loc at,
		const char *hint, const char *fmt, ...)
{
	char msg[2048];
	va_list ap;

	if (diag->nr_errors++ == 0)
		diag->status = kinds[kind].status;
	if (diag->nr_errors > (diag->compat ? 1 : MAX_SHOWN))
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	print_iptables(diag, kind, at.line, msg);
	/* Without a line it is a mistake in the arguments. */
	if (!diag->compat && at.line)
		print_own(diag, kind, at, hint, msg);
}

bool diag_wants_hint(const struct diag *diag)
{
	return !diag->compat && diag->nr_errors < MAX_SHOWN;
}

void diag_finish(struct diag *diag)
{
	unsigned int more = diag->nr_errors - MAX_SHOWN;

	if (diag->compat || diag->nr_errors <= MAX_SHOWN)
		return;
	fprintf(stderr, "%s: %u more error%s\n", diag->file, more,
		more == 1 ? "" : "s");
}

void diag_note(const struct diag *diag, const char *line)
{
	/* After the first error iptables would have said no more. */
	if (!diag->quiet && (!diag->compat || !diag->nr_errors))
		fprintf(stderr, "%s\n", line);
}

static void print_line(const struct diag *diag, int err, const char *fmt,
		       va_list ap)
{
	fprintf(stderr, "%s: ", diag->program);
	vfprintf(stderr, fmt, ap);
	if (err)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
}

void diag_warn(const struct diag *diag, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(diag, 0, fmt, ap);
	va_end(ap);
}

int diag_system(const struct diag *diag, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(diag, err, fmt, ap);
	va_end(ap);
	return err ? -err : -EIO;
}
