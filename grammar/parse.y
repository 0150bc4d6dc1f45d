/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a dump. In: the scanner's tokens. Out: the ast, line by line.
 * Every text is a dump to this grammar: what is wrong with a line's words the
 * scanner has noted at its end, whether they make sense is not asked here.
 */
%code requires {
#include "grammar.h"
}

%define api.pure full
%define api.location.type {struct loc}
%locations
%param { void *scanner }
%parse-param { struct grammar *grammar }
%expect 0

%union {
	struct ast_word *word;
	struct ast_words words;
	struct ast_fault fault;
}

%token TABLE CHAIN RULE COMMIT
%token <word> COMMENT COUNTERS WORD
%token <fault> NEWLINE
%type <words> words

%code {
/* The place of a group is that of its first part. */
#define YYLLOC_DEFAULT(current, rhs, n) \
	((current) = (n) ? YYRHSLOC(rhs, 1) : YYRHSLOC(rhs, 0))

int yylex(YYSTYPE *value, struct loc *at, void *scanner);

/* There are no errors, but for memory, which ends the process. */
static void yyerror(struct loc *at, void *scanner, struct grammar *grammar,
		    const char *msg)
{
	(void)at;
	(void)scanner;
	(void)grammar;
	(void)msg;
}
}

%%

dump	: %empty
	| dump line
	;

line	: NEWLINE
	| COMMENT NEWLINE {
		ast_line_add(grammar->ast, AST_COMMENT,
			     ast_words_one($1), $2, @2);
	}
	| TABLE words NEWLINE {
		ast_line_add(grammar->ast, AST_TABLE, $2, $3, @3);
	}
	| CHAIN words NEWLINE {
		ast_line_add(grammar->ast, AST_CHAIN, $2, $3, @3);
	}
	| RULE words NEWLINE {
		ast_line_add(grammar->ast, AST_RULE, $2, $3, @3);
	}
	| COUNTERS words NEWLINE {
		ast_line_add(grammar->ast, AST_RULE, $2, $3, @3);
		ast_line_counters(grammar->ast, $1);
	}
	| COMMIT NEWLINE {
		ast_line_add(grammar->ast, AST_COMMIT,
			     ast_words_none(), $2, @2);
	}
	;

words	: %empty {
		$$ = ast_words_none();
	}
	| words WORD {
		$$ = ast_words_add($1, $2);
	}
	;

%%
