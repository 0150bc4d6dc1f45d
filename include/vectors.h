/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of rows written as the vectors of abi.h. One set is kept and changed row
 * by row; writing it costs about what has changed since it was last written.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdint.h>

#include "abi.h"

struct pool;

#define WORD_ROWS	64u
#define BLOCK_WORDS	64u
#define MAX_BLOCKS	(MAX_ROWS / BLOCK_ROWS)

struct vectors {
	struct pool *words;
	uint32_t nr_rows;
	uint32_t nr_blocks;
	uint32_t levels;
	uint64_t *bits;			/* the set, whole blocks */
	uint64_t filled[MAX_BLOCKS];	/* which words of a block are not 0 */
	uint64_t blocks;		/* which blocks are not empty */
	uint64_t changed;		/* which blocks since last written */
	uint32_t place[MAX_BLOCKS];	/* of blocks as last written */
};

/*
 * Begins with the empty set. words gets its word 0 if it has none yet. Returns
 * 0 or -ENOMEM; to be given back with vectors_fini in either case.
 */
int vectors_init(struct vectors *vectors, struct pool *words,
		 uint32_t nr_rows);
void vectors_fini(struct vectors *vectors);

/* Puts a row into the set, or takes it out. */
void vectors_toggle(struct vectors *vectors, uint32_t row);

/* Makes the set empty. */
void vectors_clear(struct vectors *vectors);

/* Writes the set as a class's own vector. Returns as pool_add. */
int vectors_write(struct vectors *vectors, uint32_t *place);

/* Writes the set as a column's `any`: sets any, any_block and any_top. */
int vectors_write_any(struct vectors *vectors, struct abi_column *column);

#endif
