/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scanner and parser share while a dump is read. Both are reentrant and
 * get it as an argument.
 */
#ifndef GRAMMAR_H
#define GRAMMAR_H

#include <stddef.h>

#include "ast.h"

struct grammar {
	struct ast *ast;
	const char *line_start;	/* of the current line, in the scanner's copy */
	unsigned int line;
	struct ast_fault fault;	/* of the current line, the first one */
};

#endif
