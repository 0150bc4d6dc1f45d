// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dump as written. In: words and lines from the grammar's actions. Out: the
 * list of lines, and its dump. Takes quotes and escapes off; looks nothing up
 * and judges nothing.
 */
#include "ast.h"

#include <string.h>

#include "arena.h"

static struct ast_word *word_alloc(struct ast *ast, size_t len, struct loc at)
{
	/* The text lies behind the word: one piece of memory for both. */
	struct ast_word *word = arena_alloc(ast->arena, 1,
					    sizeof(*word) + len + 1);

	word->text = (char *)(word + 1);
	word->at = at;
	return word;
}

struct ast_word *ast_word_new(struct ast *ast, const char *text, size_t len,
			      struct loc at)
{
	struct ast_word *word = word_alloc(ast, len, at);

	memcpy(word + 1, text, len);
	return word;
}

struct ast_word *ast_word_unquote(struct ast *ast, const char *text, size_t len,
				  struct loc at)
{
	struct ast_word *word = word_alloc(ast, len, at);
	const char *end = text + len - 1, *in;
	char *out = (char *)(word + 1);
	bool inside = false;

	for (in = text; in < end; in++) {
		if (!inside && *in == '"') {
			inside = true;
			continue;
		}
		if (inside && *in == '\\')
			in++;
		*out++ = *in;
	}
	word->quoted = true;
	return word;
}

struct ast_words ast_words_none(void)
{
	return (struct ast_words){ NULL, NULL, 0 };
}

struct ast_words ast_words_one(struct ast_word *word)
{
	return (struct ast_words){ word, word, 1 };
}

struct ast_words ast_words_add(struct ast_words words, struct ast_word *word)
{
	if (!words.nr)
		return ast_words_one(word);
	words.last->next = word;
	words.last = word;
	words.nr++;
	return words;
}

void ast_line_add(struct ast *ast, enum ast_kind kind, struct ast_words words,
		  struct ast_fault fault, struct loc end)
{
	struct ast_line *line = arena_alloc(ast->arena, 1, sizeof(*line));

	line->kind = kind;
	line->at = (struct loc){ end.line, 1, end.column - 1 };
	line->words = words.first;
	line->nr_words = words.nr;
	line->fault = fault;
	if (ast->last)
		ast->last->next = line;
	else
		ast->lines = line;
	ast->last = line;
}

void ast_line_counters(struct ast *ast, struct ast_word *counters)
{
	ast->last->counters = counters;
}

static void dump_word(const struct ast_word *word, FILE *out)
{
	const char *at;

	fprintf(out, "  %u:%u+%u \"", word->at.line, word->at.column,
		word->at.len);
	for (at = word->text; *at; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
	fprintf(out, "\"%s\n", word->quoted ? " quoted" : "");
}

void ast_dump(const struct ast *ast, FILE *out)
{
	static const char *const names[NR_AST_KINDS] = {
		[AST_COMMENT] = "comment", [AST_TABLE] = "table",
		[AST_CHAIN] = "chain",	   [AST_RULE] = "rule",
		[AST_COMMIT] = "commit",
	};
	const struct ast_line *line;
	const struct ast_word *word;

	for (line = ast->lines; line; line = line->next) {
		fprintf(out, "%u %s", line->at.line, names[line->kind]);
		if (line->counters)
			fprintf(out, " [%s]", line->counters->text);
		if (line->fault.text)
			fprintf(out, " %u: %s", line->fault.at.column,
				line->fault.text);
		fputc('\n', out);
		for (word = line->words; word; word = word->next)
			dump_word(word, out);
	}
	fprintf(out, "%u lines\n", ast->nr_lines);
}
