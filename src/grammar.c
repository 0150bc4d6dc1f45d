// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text to ast: sets scanner and parser up and runs them over the whole input.
 * In: the text that diag shows. Out: the ast. Prints nothing.
 */
#include "ast.h"

#include <string.h>

#include "arena.h"
#include "grammar.h"

#include "parse.h"
#include "scan.h"

/* flex scans in place and wants two NUL bytes behind the text. */
static void scan(struct grammar *grammar, char *text, size_t len)
{
	yyscan_t scanner;

	if (yylex_init_extra(grammar, &scanner))
		arena_exhausted();
	if (!yy_scan_buffer(text, len + 2, scanner) ||
	    yyparse(scanner, grammar))
		arena_exhausted();
	yylex_destroy(scanner);
}

struct ast *ast_parse(struct arena *arena, const struct diag *diag)
{
	struct ast *ast = arena_alloc(arena, 1, sizeof(*ast));
	struct grammar grammar = { .ast = ast, .line = 1 };
	size_t len = diag->text_len;
	char *copy;

	ast->arena = arena;
	if (!len)
		return ast;
	copy = arena_alloc(arena, len + 2, 1);
	memcpy(copy, diag->text, len);
	scan(&grammar, copy, len);
	ast->nr_lines = grammar.line - (diag->text[len - 1] == '\n');
	return ast;
}
