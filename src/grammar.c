// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text to ast: sets scanner and parser up and runs them over the whole input.
 * In: the text that diag shows. Out: the ast of what could be read, all else
 * reported. Refuses the bytes that no dump can hold.
 */
#include "ast.h"

#include <string.h>

#include "arena.h"
#include "grammar.h"

#include "parse.h"
#include "scan.h"

/* iptables-restore would read the rest of a longer line as one of its own. */
#define LINE_MAX_BYTES	10238u

/* What would be cut, silently, by iptables: a NUL byte and a line's end. */
static void check_line(struct diag *diag, unsigned int number, const char *line,
		       size_t len)
{
	const char *nul = memchr(line, '\0', len);
	struct loc at = { number, 1, 1 };

	if (nul) {
		at.column = (unsigned int)(nul - line) + 1;
		diag_error(diag, DIAG_PARAMETER, at, NULL,
			   "line %u holds a NUL byte", number);
	} else if (len > LINE_MAX_BYTES) {
		at.column = LINE_MAX_BYTES + 1;
		diag_error(diag, DIAG_PARAMETER, at, NULL,
			   "line %u is longer than %u bytes", number,
			   LINE_MAX_BYTES);
	}
}

static unsigned int check_lines(struct diag *diag)
{
	const char *at = diag->text, *end = at + diag->text_len, *newline;
	unsigned int nr = 0;

	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			newline = end;
		check_line(diag, ++nr, at, (size_t)(newline - at));
	}
	return nr;
}

/* flex scans in place and wants two NUL bytes behind the text. */
static void scan(struct grammar *grammar, char *text, size_t len)
{
	yyscan_t scanner;

	if (yylex_init_extra(grammar, &scanner))
		arena_exhausted();
	if (!yy_scan_buffer(text, len + 2, scanner) ||
	    yyparse(scanner, grammar) == 2)
		arena_exhausted();
	yylex_destroy(scanner);
}

struct ast *ast_parse(struct arena *arena, struct diag *diag)
{
	struct ast *ast = arena_alloc(arena, 1, sizeof(*ast));
	struct grammar grammar = { .ast = ast, .diag = diag, .line = 1 };
	char *copy;

	ast->arena = arena;
	if (!diag->text_len)
		return ast;
	ast->nr_lines = check_lines(diag);
	copy = arena_alloc(arena, diag->text_len + 2, 1);
	memcpy(copy, diag->text, diag->text_len);
	scan(&grammar, copy, diag->text_len);
	return ast;
}
