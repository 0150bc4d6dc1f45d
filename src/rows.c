// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows of a matrix while it grows. In goes what one conjunction of tests
 * accepts in each column, and for which header states; out comes a row with
 * the cells that packets in these states are asked for, or none if no packet
 * could meet it. It knows neither rules nor chains.
 */
#include "rows.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "cells.h"

/* Room for one element more in an array of the arena's, doubled as needed. */
static void *room(struct arena *arena, void *array, unsigned int nr,
		  unsigned int *max, size_t size)
{
	void *more;

	if (nr < *max)
		return array;
	*max = *max ? *max * 2 : 16;
	more = arena_alloc(arena, *max, size);
	if (nr)
		memcpy(more, array, nr * size);
	return more;
}

int rows_add(struct rows *rows, const struct matrix_row *row)
{
	unsigned int i;

	if (rows->nr >= MAX_ROWS)
		return -E2BIG;
	rows->row = room(rows->arena, rows->row, rows->nr, &rows->max,
			 sizeof(*rows->row));
	rows->row[rows->nr++] = *row;
	for (i = 0; i < row->nr_cells; i++) {
		rows->columns |= 1u << row->cells[i].column;
		rows->nr_intervals += row->cells[i].nr;
	}
	return rows->nr_intervals > MAX_INTERVALS ? -EFBIG : 0;
}

/* The rows of one rule mostly have the same extras: these are kept once. */
static unsigned int add_extras(struct rows *rows, const struct variant *variant)
{
	unsigned int nr = variant->nr_extras, first = rows->nr_extras - nr, i;

	if (nr == 0)
		return 0;
	if (rows->nr_extras >= nr &&
	    memcmp(rows->extra + first, variant->extra,
		   nr * sizeof(*variant->extra)) == 0)
		return first;
	first = rows->nr_extras;
	for (i = 0; i < nr; i++) {
		rows->extra = room(rows->arena, rows->extra, rows->nr_extras,
				   &rows->max_extras, sizeof(*rows->extra));
		rows->extra[rows->nr_extras++] = variant->extra[i];
	}
	return first;
}

static bool is_empty(const struct variant *variant, enum column column)
{
	return variant->columns & 1u << column &&
	       variant->cell[column].nr == 0;
}

static bool is_port(enum column column)
{
	return column == COL_SPORT || column == COL_DPORT;
}

static const struct cell *cut_ports(const struct variant *variant,
				    enum column column)
{
	return column == COL_SPORT ? &variant->cut_sport : &variant->cut_dport;
}

unsigned int rows_possible(const struct variant *variant, unsigned int states)
{
	unsigned int bit;
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++) {
		bit = 1u << c;
		if (COLUMNS_WHOLE & bit && is_empty(variant, c))
			states &= ~STATES_WHOLE;
		if (variant->cuts & bit && cut_ports(variant, c)->nr == 0)
			states &= ~STATE(SHORT);
	}
	return states;
}

/*
 * A port column's cell for packets with these header states. What no such
 * packet asks is left as it costs least: nothing for whole headers; for cut
 * ones all ports, so that tables without any multiport need no half for them.
 */
static bool port_cell(struct rows *rows, const struct variant *variant,
		      unsigned int states, struct cell *cell)
{
	struct cell nothing = { .column = cell->column };
	const unsigned int bit = 1u << cell->column;
	const struct cell *whole = NULL, *cut = NULL;

	if (variant->columns & bit && states & STATES_WHOLE)
		whole = &variant->cell[cell->column];
	if (variant->cuts & bit && states & STATE(SHORT))
		cut = cut_ports(variant, cell->column);
	if (!whole && !cut)
		return false;
	if (!(states & STATES_WHOLE))
		whole = &nothing;
	*cell = cell_join_ports(rows->arena, cell->column, whole, cut);
	return true;
}

/* COL_PROTO's cell for packets with these header states. */
static struct cell proto_cell(struct rows *rows, const struct variant *variant,
			      unsigned int states)
{
	const struct cell *cell = &variant->cell[COL_PROTO];
	const struct interval *of = NULL;
	struct proto_set *set;
	unsigned int i;

	if (variant->columns & 1u << COL_PROTO)
		of = cell->intervals;
	for (i = 0; i < NR_PROTO_SETS; i++) {
		set = &rows->proto_sets[i];
		if (set->of == of && set->states == states)
			return set->cell;
	}
	set = &rows->proto_sets[rows->next_proto_set++ % NR_PROTO_SETS];
	set->of = of;
	set->states = states;
	set->cell = cell_headers(rows->arena, states);
	if (of)
		set->cell = cell_intersect(rows->arena, &set->cell, cell);
	return set->cell;
}

/* A column's cell for packets with these header states; false for none. */
static bool row_cell(struct rows *rows, const struct variant *variant,
		     unsigned int states, struct cell *cell)
{
	const unsigned int bit = 1u << cell->column;

	if (is_port(cell->column))
		return port_cell(rows, variant, states, cell);
	if (cell->column == COL_PROTO && states != STATES_ALL) {
		*cell = proto_cell(rows, variant, states);
		return true;
	}
	if (!(variant->columns & bit))
		return false;
	if (COLUMNS_WHOLE & bit && !(states & STATES_WHOLE))
		return false;
	*cell = variant->cell[cell->column];
	return true;
}

int rows_add_variant(struct rows *rows, const struct variant *variant,
		     const struct abi_row *action, unsigned int states,
		     unsigned int hot)
{
	struct matrix_row row = { .action = *action };
	struct cell cells[NR_COLUMNS], *copy;
	enum column c;

	states = rows_possible(variant, states);
	hot &= states;
	if (states == 0)
		return 0;
	for (c = 0; c < NR_COLUMNS; c++) {
		struct cell *cell = &cells[row.nr_cells];

		cell->column = c;
		if (!row_cell(rows, variant, states, cell))
			continue;
		if (cell->nr == 0)
			return 0;
		row.nr_cells++;
	}
	if (states == hot) {
		row.action.op = OP_DROP;
		row.action.jump = 0;
	}
	row.action.hot = hot;
	row.action.extra = add_extras(rows, variant);
	row.action.nr_extras = variant->nr_extras;
	copy = arena_alloc(rows->arena, row.nr_cells, sizeof(*copy));
	for (c = 0; c < row.nr_cells; c++)
		copy[c] = cells[c];
	row.cells = copy;
	return rows_add(rows, &row);
}
