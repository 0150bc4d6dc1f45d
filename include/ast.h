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
	AST_CHAIN,		/* :NAME POLICY COUNTERS, and words ignored */
	AST_RULE,		/* [p:b] words */
	AST_COMMIT,
	NR_AST_KINDS,
};

/* Why a line's words are not those that were meant. */
struct ast_fault {
	const char *text;	/* NULL: nothing is wrong */
	struct loc at;
};

struct ast_line {
	struct ast_line *next;
	enum ast_kind kind;
	struct loc at;		/* the whole line without its newline */
	struct ast_word *counters; /* "p:b" of a rule's [p:b], or NULL */
	struct ast_word *words;
	unsigned int nr_words;
	struct ast_fault fault;
};

struct ast {
	struct arena *arena;
	struct ast_line *lines;
	struct ast_line *last;
	unsigned int nr_lines;	/* lines of the text, empty ones included */
	const char *only_table;	/* -T: lines of other tables are skipped */
};

/* The words of a line while it is being read. */
struct ast_words {
	struct ast_word *first;
	struct ast_word *last;
	unsigned int nr;
};

/* What the grammar's actions call. */
struct ast_word *ast_word_new(struct ast *ast, const char *text, size_t len,
			      struct loc at);
/* The same for a word with a quoted stretch, which ends it. */
struct ast_word *ast_word_unquote(struct ast *ast, const char *text, size_t len,
				  struct loc at);

struct ast_words ast_words_none(void);
struct ast_words ast_words_one(struct ast_word *word);
struct ast_words ast_words_add(struct ast_words words, struct ast_word *word);

/* Appends a line; end is the place of its newline. */
void ast_line_add(struct ast *ast, enum ast_kind kind, struct ast_words words,
		  struct ast_fault fault, struct loc end);
/* Sets the counters of the line appended last. */
void ast_line_counters(struct ast *ast, struct ast_word *counters);

/* Parses a whole dump, the text of diag. There is no text that is no ast: what
 * is wrong with a line stands in it. */
struct ast *ast_parse(struct arena *arena, const struct diag *diag);

/* --dump=ast */
void ast_dump(const struct ast *ast, FILE *out);

#endif
