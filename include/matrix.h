/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One hook's rule matrix. Rows are the rules of all chains reachable from the
 * hook, chain after chain, the built-in one first, each chain closed by a row
 * that matches everything (policy or RETURN). A cell is the set of a column's
 * values that a row accepts; a row without a cell accepts all of them.
 *
 * A rule is one row, but for two cases, whose rows share its counter and never
 * match together: multiport's --ports (source port in the list; else
 * destination port), and a header match followed by tests on other columns,
 * which drops on a cut-off header before those tests are asked.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include <stddef.h>
#include <stdio.h>

#include "abi.h"
#include "column.h"

struct arena;
struct rule;
struct ruleset;

struct matrix_row {
	struct abi_row action;	/* .extra counts from extras below */
	unsigned int nr_cells;
	const struct cell *cells; /* at most one for each column */
};

/* A row's cell in a column, NULL if it accepts all values. */
static inline const struct cell *matrix_cell(const struct matrix_row *row,
					     enum column column)
{
	unsigned int i;

	for (i = 0; i < row->nr_cells; i++)
		if (row->cells[i].column == column)
			return &row->cells[i];
	return NULL;
}

struct matrix {
	enum hook hook;
	unsigned int nr_rows;
	struct matrix_row *rows;
	unsigned int nr_extras;
	struct abi_extra *extras;
	unsigned int policy_row;
	unsigned int depth;
	unsigned int steps;
	unsigned int columns;	/* bit c: some row has a cell in column c */
	unsigned int reads_header;
	unsigned int reads_tcpopt;
	unsigned int tracked;	/* a rule of any hook tests connections */
	unsigned int datagrams;	/* fragments are judged as their datagram */
	const struct rule *failed; /* only after an error, else NULL */
};

#define MAX_INTERVALS	(1u << 23)	/* 256 MiB */

/*
 * Builds the matrix of one hook. All memory is the arena's. Returns 0, or what
 * the caller words: -E2BIG: more than MAX_ROWS rows; -EFBIG: more than
 * MAX_INTERVALS in their cells; -ELOOP: nested deeper than MAX_DEPTH; -ENOSPC:
 * a rule, then in matrix->failed, has more tests that no column holds than
 * MAX_ROW_EXTRAS, or too many --ports.
 */
int matrix_build(struct arena *arena, const struct ruleset *ruleset,
		 enum hook hook, struct matrix *matrix);

/* --dump=matrix */
void matrix_dump(const struct matrix *matrix, FILE *out);

#endif
