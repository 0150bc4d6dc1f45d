// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hook's matrix made into the flat arrays of abi.h: column by column its
 * runs, the vectors of its classes and its classifier; the rows and extras as
 * they are. It never judges a rule: whatever the matrix says a row accepts, the
 * tables say too.
 */
#include "tables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "matrix.h"
#include "pool.h"
#include "sweep.h"
#include "vectors.h"

#define MAX_TABLES	(1u << 27)	/* 512 MiB, the verifier's reach */

struct building {
	const struct matrix *matrix;
	struct tables *tables;
	struct pool pool;		/* of tables */
	struct pool words;
	struct vectors vectors;
	struct runs runs;
};

/* Whether rows of a port column differ for cut-off headers: each that tests it
 * accepts all of them unless multiport is there. */
static bool tests_cut_ports(const struct matrix *matrix, enum column column)
{
	unsigned int i;

	for (i = 0; i < matrix->nr_rows; i++) {
		const struct cell *cell = matrix_cell(&matrix->rows[i], column);
		const struct interval *last;

		if (!cell)
			continue;
		if (cell->nr == 0)
			return true;
		last = &cell->intervals[cell->nr - 1];
		if (last->lo.lo > PORT_SHORT || last->hi.lo < PORT_SIZE - 1)
			return true;
	}
	return false;
}

/* Entries of a direct table: without multiport, ports need the half for whole
 * headers only. */
static uint32_t direct_size(const struct matrix *matrix, enum column column)
{
	if (columns[column].size == PORT_SIZE &&
	    !tests_cut_ports(matrix, column))
		return PORT_SHORT;
	return columns[column].size;
}

/* The greatest value that a packet may have. */
static struct key last_value(enum column column, uint32_t size)
{
	if (columns[column].classifier == CLASSIFY_DIRECT)
		return key_number(size - 1);
	if (columns[column].classifier == CLASSIFY_TRIE)
		return key_number(UINT32_MAX);
	return (struct key){ UINT64_MAX, UINT64_MAX };
}

static int classify(struct building *b, enum column column, uint32_t size)
{
	struct abi_column *to = &b->tables->config.column[column];

	switch (columns[column].classifier) {
	case CLASSIFY_DIRECT:
		return classify_direct(&b->runs, size, &b->pool, to);
	case CLASSIFY_TRIE:
		return classify_trie(&b->runs, &b->pool, to);
	default:
		return classify_search(&b->runs, &b->pool, &b->words, to);
	}
}

static int write_any(struct building *b, enum column column)
{
	unsigned int row;
	int err;

	for (row = 0; row < b->matrix->nr_rows; row++)
		if (!matrix_cell(&b->matrix->rows[row], column))
			vectors_toggle(&b->vectors, row);
	err = vectors_write_any(&b->vectors,
				&b->tables->config.column[column]);
	vectors_clear(&b->vectors);
	return err;
}

/* Equal vectors have one place, so that places are classes. */
static int count_classes(const struct runs *runs, uint32_t nr_words,
			 unsigned int *classes)
{
	uint64_t *seen = calloc(nr_words / 64 + 1, sizeof(*seen));
	uint32_t i, place;

	if (!seen)
		return -ENOMEM;
	for (i = 0; i < runs->nr; i++) {
		place = runs->run[i].place;
		*classes += !(seen[place / 64] >> place % 64 & 1);
		seen[place / 64] |= 1ull << place % 64;
	}
	free(seen);
	return 0;
}

static int build_column(struct building *b, enum column column)
{
	uint32_t size = direct_size(b->matrix, column);
	int err;

	err = sweep_column(b->matrix, column, last_value(column, size),
			   &b->vectors, &b->runs);
	if (!err)
		err = classify(b, column, size);
	if (!err)
		err = write_any(b, column);
	if (!err)
		err = count_classes(&b->runs, b->words.nr,
				    &b->tables->classes[column]);
	return err;
}

static int build_columns(struct building *b)
{
	enum column column;
	int err;

	err = vectors_init(&b->vectors, &b->words, b->matrix->nr_rows);
	for (column = 0; column < NR_COLUMNS && !err; column++)
		if (b->matrix->columns & 1u << column)
			err = build_column(b, column);
	return err;
}

static int copy_rows(const struct matrix *matrix, struct tables *tables)
{
	unsigned int i;

	tables->rows = calloc(matrix->nr_rows, sizeof(*tables->rows));
	tables->extras = calloc(matrix->nr_extras + 1,
				sizeof(*tables->extras));
	if (!tables->rows || !tables->extras)
		return -ENOMEM;
	for (i = 0; i < matrix->nr_rows; i++)
		tables->rows[i] = matrix->rows[i].action;
	if (matrix->nr_extras)
		memcpy(tables->extras, matrix->extras,
		       matrix->nr_extras * sizeof(*tables->extras));
	return 0;
}

static void set_config(const struct matrix *matrix, unsigned int nr_counters,
		       struct abi_config *config)
{
	config->hook = matrix->hook;
	config->nr_rows = matrix->nr_rows;
	config->policy_row = matrix->policy_row;
	config->nr_extras = matrix->nr_extras;
	config->nr_counters = nr_counters;
	config->depth = matrix->depth;
	config->steps = matrix->steps;
	config->reads_header = matrix->reads_header;
	config->reads_tcpopt = matrix->reads_tcpopt;
	config->tracked = matrix->tracked;
	config->datagrams = matrix->datagrams;
}

int tables_build(const struct matrix *matrix, unsigned int nr_counters,
		 struct tables *tables)
{
	struct building b = { .matrix = matrix, .tables = tables };
	int err;

	*tables = (struct tables){ 0 };
	pool_init(&b.pool, sizeof(*tables->tables), MAX_TABLES);
	pool_init(&b.words, sizeof(*tables->words), MAX_WORDS);
	set_config(matrix, nr_counters, &tables->config);
	err = copy_rows(matrix, tables);
	if (!err)
		err = build_columns(&b);
	tables->config.levels = b.vectors.levels;
	tables->tables = pool_take(&b.pool, &tables->config.nr_tables);
	tables->words = pool_take(&b.words, &tables->config.nr_words);
	vectors_fini(&b.vectors);
	runs_fini(&b.runs);
	if (err)
		tables_free(tables);
	return err;
}

void tables_free(struct tables *tables)
{
	free(tables->rows);
	free(tables->tables);
	free(tables->words);
	free(tables->extras);
	*tables = (struct tables){ 0 };
}
