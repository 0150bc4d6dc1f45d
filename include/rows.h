/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of a matrix as they are added, and what rows a rule becomes. Only
 * matrix.c uses it.
 */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>

#include "matrix.h"

struct rule;

/* A protocol's set, cut to some header states: most rules have one of few. */
struct proto_set {
	const struct interval *of; /* the set before it was cut */
	unsigned int states;
	struct cell cell;
};

#define NR_PROTO_SETS	8

struct rows {
	struct arena *arena;
	enum hook hook;
	unsigned int nr;
	unsigned int max;
	struct matrix_row *row;
	unsigned int nr_intervals; /* of all cells */
	unsigned int nr_extras;
	unsigned int max_extras;
	struct abi_extra *extra;
	unsigned int columns;	/* bit c: some row has a cell in column c */
	bool reads_header;
	bool reads_tcpopt;
	struct cell proto[256];	/* of -p, once it was there */
	struct proto_set proto_sets[NR_PROTO_SETS];
	unsigned int next_proto_set;
};

/* Adds a row. Returns 0, -E2BIG if there are MAX_ROWS, or -EFBIG if there
 * are MAX_INTERVALS. */
int rows_add(struct rows *rows, const struct matrix_row *row);

/*
 * Adds the rows of a rule: none if it can never match in this hook. action has
 * the counter, op and jump of all of them. Returns as rows_add, or
 * -ENOSPC: more than MAX_ROW_EXTRAS tests that no column holds, or more rows
 * than one rule may become.
 */
int rows_add_rule(struct rows *rows, const struct rule *rule,
		  const struct abi_row *action);

#endif
