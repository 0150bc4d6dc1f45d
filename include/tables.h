/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hook's matrix turned into the flat arrays of abi.h: for each column the
 * classes of values that rows tell apart, the vector of each class, and the
 * classifier that leads from a packet's value to its vector.
 */
#ifndef TABLES_H
#define TABLES_H

#include <stdint.h>
#include <stdio.h>

#include "abi.h"

struct matrix;

struct tables {
	struct abi_config config;
	struct abi_row *rows;		/* config.nr_rows */
	uint32_t *tables;		/* config.nr_tables */
	uint64_t *words;		/* config.nr_words */
	struct abi_extra *extras;	/* config.nr_extras */
	unsigned int classes[NR_COLUMNS]; /* distinct vectors, for status */
};

/*
 * Builds the tables. nr_counters goes into the config. Returns 0; -E2BIG if
 * words or tables would take more than 512 MiB; -ENOSPC if a column has more
 * than SEARCH_MAX bounds; -ENOMEM. The arrays are the caller's, given back with
 * tables_free; after an error there are none.
 */
#define MAX_WORDS	(1u << 26)	/* 512 MiB, the verifier's reach */

int tables_build(const struct matrix *matrix, unsigned int nr_counters,
		 struct tables *tables);

/* Takes a zeroed or half-built value. */
void tables_free(struct tables *tables);

/* --dump=tables */
void tables_dump(const struct tables *tables, FILE *out);

#endif
