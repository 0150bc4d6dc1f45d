// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sweep over one column: all ends of all rows' intervals, sorted, are
 * walked through in order, while rows join and leave the set of those that
 * accept the value. In goes a matrix, out come runs of values with the place of
 * each one's vector. How the vectors lie is not known here, nor how a packet's
 * value will find its run.
 */
#include "sweep.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "matrix.h"
#include "vectors.h"

#define KEY_BYTES	16
#define DIGITS		256

/* At this value the row begins or ceases to accept. */
struct edge {
	struct key at;
	uint32_t row;
};

struct edges {
	struct edge *edge;
	struct edge *spare;	/* as long, for sorting */
	size_t nr;
};

static void edges_free(struct edges *edges)
{
	free(edges->edge);
	free(edges->spare);
}

static size_t count(const struct matrix *matrix, enum column column)
{
	size_t nr = 0;
	unsigned int row;

	for (row = 0; row < matrix->nr_rows; row++) {
		const struct cell *cell = matrix_cell(&matrix->rows[row],
						      column);

		nr += cell ? 2 * (size_t)cell->nr : 0;
	}
	return nr;
}

static void add(struct edges *edges, struct key at, uint32_t row)
{
	edges->edge[edges->nr++] = (struct edge){ .at = at, .row = row };
}

/* Ends above the last value are none: they would be beyond the classifier, or
 * wrap around to 0. */
static void add_cell(struct edges *edges, const struct cell *cell,
		     uint32_t row, struct key last)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		const struct interval *iv = &cell->intervals[i];

		if (key_cmp(iv->lo, last) > 0)
			return;
		add(edges, iv->lo, row);
		if (key_cmp(iv->hi, last) < 0)
			add(edges, key_next(iv->hi), row);
	}
}

static int collect(struct edges *edges, const struct matrix *matrix,
		   enum column column, struct key last)
{
	size_t max = count(matrix, column) + 1;
	unsigned int row;

	edges->edge = malloc(max * sizeof(*edges->edge));
	edges->spare = malloc(max * sizeof(*edges->spare));
	if (!edges->edge || !edges->spare)
		return -ENOMEM;
	for (row = 0; row < matrix->nr_rows; row++) {
		const struct cell *cell = matrix_cell(&matrix->rows[row],
						      column);

		if (cell)
			add_cell(edges, cell, row, last);
	}
	return 0;
}

/* The i-th byte of a key, the least significant one first. */
static unsigned int digit(struct key key, unsigned int i)
{
	return (i < 8 ? key.lo : key.hi) >> (8 * (i & 7)) & (DIGITS - 1);
}

/* Stable: moves the edges to spare in the order of one digit, and swaps. */
static void sort_digit(struct edges *edges, unsigned int d)
{
	struct edge *to = edges->spare;
	size_t place[DIGITS + 1] = { 0 }, i;

	for (i = 0; i < edges->nr; i++)
		place[digit(edges->edge[i].at, d) + 1]++;
	for (i = 0; i < DIGITS; i++)
		place[i + 1] += place[i];
	for (i = 0; i < edges->nr; i++)
		to[place[digit(edges->edge[i].at, d)]++] = edges->edge[i];
	edges->spare = edges->edge;
	edges->edge = to;
}

/* Radix sort by those digits that are not the same in all keys: addresses have
 * up to 4, ports 2, names as many as differ. */
static void sort(struct edges *edges)
{
	struct key differ = { 0 };
	unsigned int d;
	size_t i;

	for (i = 1; i < edges->nr; i++) {
		differ.hi |= edges->edge[i].at.hi ^ edges->edge[0].at.hi;
		differ.lo |= edges->edge[i].at.lo ^ edges->edge[0].at.lo;
	}
	for (d = 0; d < KEY_BYTES; d++)
		if (digit(differ, d))
			sort_digit(edges, d);
}

static int add_run(struct runs *runs, struct key at, uint32_t place)
{
	struct run *more;
	uint32_t max;

	if (runs->nr && runs->run[runs->nr - 1].place == place)
		return 0;
	if (runs->nr == runs->max) {
		max = runs->max ? runs->max * 2 : 64;
		more = realloc(runs->run, max * sizeof(*more));
		if (!more)
			return -ENOMEM;
		runs->run = more;
		runs->max = max;
	}
	runs->run[runs->nr++] = (struct run){ .at = at, .place = place };
	return 0;
}

/* All that happens at one value happens at once. */
static int walk(const struct edges *edges, struct vectors *vectors,
		struct runs *runs)
{
	struct key at = key_number(0);
	uint32_t place;
	size_t i = 0;
	int err;

	for (;;) {
		while (i < edges->nr && !key_cmp(edges->edge[i].at, at))
			vectors_toggle(vectors, edges->edge[i++].row);
		err = vectors_write(vectors, &place);
		if (!err)
			err = add_run(runs, at, place);
		if (err || i == edges->nr)
			return err;
		at = edges->edge[i].at;
	}
}

int sweep_column(const struct matrix *matrix, enum column column,
		 struct key last, struct vectors *vectors, struct runs *runs)
{
	struct edges edges = { 0 };
	int err;

	runs->nr = 0;
	err = collect(&edges, matrix, column, last);
	if (!err) {
		sort(&edges);
		err = walk(&edges, vectors, runs);
		vectors_clear(vectors);
	}
	edges_free(&edges);
	return err;
}

void runs_fini(struct runs *runs)
{
	free(runs->run);
	*runs = (struct runs){ 0 };
}
