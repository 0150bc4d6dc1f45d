// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the files that parse one line say what is wrong with it: at the word, in
 * iptables' words. It judges nothing itself.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ast.h"
#include "diag.h"
#include "rule_parse.h"

bool parse_fail(struct parse *parse, const struct ast_word *word,
		const char *hint, const char *fmt, ...)
{
	struct loc at = word ? word->at : parse->line->at;
	char text[1536];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(parse->in->diag, DIAG_PARAMETER, at, hint, "%s", text);
	return false;
}
