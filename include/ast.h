/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump as written: lines of words, each with its place. Nothing is looked
 * up or judged here but the form of a line. All memory is the arena's.
 */
#ifndef AST_H
#define AST_H

#include <stdbool.h>
#include <stdio.h>

#include "diag.h"

struct arena;

struct ast_word {
	struct ast_word *next;
	const char *text;	/* quotes and escapes taken off */
	struct loc at;
	bool quoted;
};

enum ast_kind {
	AST_COMMENT,		/* # text: one word, the whole line */
	AST_TABLE,		/* *NAME: words[0] = NAME */
	AST_CHAIN,		/* :NAME POLICY COUNTERS, further words ignored */
	AST_RULE,		/* [p:b] words */
	AST_COMMIT,
	NR_AST_KINDS,
};

struct ast_line {
	struct ast_line *next;
	enum ast_kind kind;
	struct loc at;		/* the whole line without its newline */
	struct ast_word *counters; /* "p:b" of a rule's [p:b], or NULL */
	struct ast_word *words;
	unsigned int nr_words;
};

struct ast {
	struct arena *arena;
	struct ast_line *lines;
	struct ast_line **last;
	unsigned int nr_lines;	/* lines of the text, empty ones included */
};

/* What the grammar's actions call: each appends to what is being built. */
struct ast *ast_new(struct arena *arena);
void ast_line_add(struct ast *ast, struct ast_line *line);
struct ast_line *ast_line_new(struct ast *ast, enum ast_kind kind,
			      struct ast_word *words);
struct ast_word *ast_word_new(struct ast *ast, const char *text, size_t len,
			      struct loc at, bool quoted);

/*
 * Parses a whole dump. Errors go to diag, whose text this is, and parsing goes
 * on at the next line; the ast then holds what could be read.
 */
struct ast *ast_parse(struct arena *arena, struct diag *diag);

/* --dump=ast */
void ast_dump(const struct ast *ast, FILE *out);

#endif
