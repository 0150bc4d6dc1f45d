// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of rows into bit vectors of one, two or three levels, as abi.h lays them
 * out. In go rows that join or leave the one set that is kept, out come places
 * in the pool of words. Blocks that did not change since the set was last
 * written keep their place, all others are looked up in the pool, so that equal
 * blocks and equal vectors exist once. It does not know columns' values.
 */
#include "vectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

int vectors_init(struct vectors *vectors, struct pool *words, uint32_t nr_rows)
{
	uint32_t zero;

	*vectors = (struct vectors){ .words = words, .nr_rows = nr_rows };
	vectors->levels = nr_rows <= WORD_ROWS ? 1 :
			  nr_rows <= BLOCK_ROWS ? 2 : 3;
	vectors->nr_blocks = (nr_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
	vectors->bits = calloc(vectors->nr_blocks * BLOCK_WORDS + 1,
			       sizeof(*vectors->bits));
	if (!vectors->bits)
		return -ENOMEM;
	return words->nr ? 0 : pool_reserve(words, 1, &zero);
}

void vectors_fini(struct vectors *vectors)
{
	free(vectors->bits);
	vectors->bits = NULL;
}

void vectors_toggle(struct vectors *vectors, uint32_t row)
{
	const uint32_t word = row / WORD_ROWS, block = row / BLOCK_ROWS;
	const uint64_t bit = 1ull << word % BLOCK_WORDS;

	vectors->bits[word] ^= 1ull << row % WORD_ROWS;
	if (vectors->bits[word])
		vectors->filled[block] |= bit;
	else
		vectors->filled[block] &= ~bit;
	vectors->changed |= 1ull << block;
}

void vectors_clear(struct vectors *vectors)
{
	memset(vectors->bits, 0, vectors->nr_blocks * BLOCK_WORDS *
	       sizeof(*vectors->bits));
	memset(vectors->filled, 0, sizeof(vectors->filled));
	vectors->changed = ~0ull;
}

/* A block as a vector of two levels: its summary, then its words. */
static int write_block(struct vectors *vectors, uint32_t block)
{
	const uint64_t *bits = vectors->bits + block * BLOCK_WORDS;
	uint64_t piece[1 + BLOCK_WORDS], left = vectors->filled[block];
	uint32_t n = 1;

	vectors->place[block] = 0;
	vectors->blocks &= ~(1ull << block);
	if (!left)
		return 0;
	vectors->blocks |= 1ull << block;
	piece[0] = left;
	for (; left; left &= left - 1)
		piece[n++] = bits[__builtin_ctzll(left)];
	return pool_add(vectors->words, piece, n, &vectors->place[block]);
}

static int write_changed(struct vectors *vectors)
{
	const uint32_t nr = vectors->nr_blocks;
	uint64_t left = vectors->changed;
	int err;

	if (nr < MAX_BLOCKS)
		left &= (1ull << nr) - 1;
	vectors->changed = 0;
	for (; left; left &= left - 1) {
		err = write_block(vectors, __builtin_ctzll(left));
		if (err)
			return err;
	}
	return 0;
}

/* The places of the blocks, behind the summary of those that there are. */
static int write_top(struct vectors *vectors, uint32_t *place)
{
	uint64_t piece[1 + MAX_BLOCKS], left = vectors->blocks;
	uint32_t n = 1;

	*place = 0;
	if (!left)
		return 0;
	piece[0] = left;
	for (; left; left &= left - 1)
		piece[n++] = vectors->place[__builtin_ctzll(left)];
	return pool_add(vectors->words, piece, n, place);
}

int vectors_write(struct vectors *vectors, uint32_t *place)
{
	int err;

	if (vectors->levels == 1) {
		*place = 0;
		if (!vectors->bits[0])
			return 0;
		return pool_add(vectors->words, vectors->bits, 1, place);
	}
	err = write_changed(vectors);
	if (err)
		return err;
	if (vectors->levels == 3)
		return write_top(vectors, place);
	*place = vectors->place[0];
	return 0;
}

int vectors_write_any(struct vectors *vectors, struct abi_column *column)
{
	uint32_t nr_words = (vectors->nr_rows + WORD_ROWS - 1) / WORD_ROWS;
	uint32_t block;
	int err;

	if (vectors->levels == 1) {
		column->any_top = vectors->bits[0];
		return 0;
	}
	err = pool_add(vectors->words, vectors->bits, nr_words, &column->any);
	if (err)
		return err;
	if (vectors->levels == 2) {
		column->any_top = vectors->filled[0];
		return 0;
	}
	for (block = 0; block < vectors->nr_blocks; block++)
		if (vectors->filled[block])
			column->any_top |= 1ull << block;
	return pool_add(vectors->words, vectors->filled, vectors->nr_blocks,
			&column->any_block);
}
