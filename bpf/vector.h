/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vectors of a packet, ANDed a word at a time and only where asked. Each
 * column gives "any | own" (abi.h); a column that the rules do not test is cut
 * by the verifier, as is every level that the number of rows does not need.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include "config.h"

/* words[i]; 0 outside, where no vector leads. */
static __always_inline __u64 word_at(const __u64 *words, __u64 i)
{
	return i < config.nr_words ? words[i] : 0;
}

/* How many bits are set below bit i. */
static __always_inline __u32 rank(__u64 mask, __u32 i)
{
	return __builtin_popcountll(mask & ((1ull << i) - 1));
}

static __always_inline __u32 lowest(__u64 mask)
{
	return __builtin_popcountll((mask & -mask) - 1);
}

/* A stored item of the node at v, whose mask says which items there are. */
static __always_inline __u64 item(const __u64 *words, __u64 v, __u32 i)
{
	__u64 mask = word_at(words, v);

	if (!(mask >> i & 1))
		return 0;
	return word_at(words, v + 1 + rank(mask, i));
}

/* The place of block b of a vector. */
static __always_inline __u64 own_block(const __u64 *words, __u64 v, __u32 b)
{
	return config.levels == 3 ? item(words, v, b) : v;
}

static __always_inline __u64 column_word(const __u64 *words, int c, __u64 v,
					 __u32 b, __u32 w)
{
	__u64 own, any;

	if (config.levels == 1)
		return config.column[c].any_top | word_at(words, v);
	own = item(words, own_block(words, v, b), w);
	any = word_at(words, config.column[c].any + b * 64 + w);
	return own | any;
}

/* Which words of block b are not empty. */
static __always_inline __u64 column_block(const __u64 *words, int c, __u64 v,
					  __u32 b)
{
	__u64 own = word_at(words, own_block(words, v, b));

	if (config.levels == 2)
		return config.column[c].any_top | own;
	return word_at(words, config.column[c].any_block + b) | own;
}

/* Which blocks are not empty. */
static __always_inline __u64 column_top(const __u64 *words, int c, __u64 v)
{
	return config.column[c].any_top | word_at(words, v);
}

#define EACH_COLUMN(c)							\
	_Pragma("unroll") for (int c = 0; c < NR_COLUMNS; c++)		\
		if (config.column[c].classifier != CLASSIFY_NONE)

#define AND_COLUMNS(walk, call)						\
({									\
	__u64 all_ = ~0ull;						\
	EACH_COLUMN(c) {						\
		__u64 v = (walk)->vectors[c];				\
									\
		if (v != VECTOR_ALL)					\
			all_ &= call;					\
	}								\
	all_;								\
})

/*
 * The two searches below are global functions: the verifier checks them once,
 * on their own, for any arguments.
 */

/* The rows of word w of block b that match in each column. */
__noinline __u64 vectors_word(__u32 b, __u32 w)
{
	const struct walk *walk = table(&walks);
	const __u64 *all = table(&words);

	if (!walk || !all)
		return 0;
	return AND_COLUMNS(walk, column_word(all, c, v, b, w));
}

#define NO_ROW	0xffffffffu

/*
 * The first row of the first word behind word w of block b that may hold a
 * match; NO_ROW if there is none.
 */
__noinline __u32 vectors_next(__u32 b, __u32 w)
{
	const struct walk *walk = table(&walks);
	const __u64 *all = table(&words);
	__u64 mask;

	if (config.levels == 1 || !walk || !all)
		return NO_ROW;
	w &= 63;
	b &= 63;
	mask = AND_COLUMNS(walk, column_block(all, c, v, b));
	mask &= (~0ull << w) << 1;
	if (mask)
		return b * BLOCK_ROWS + lowest(mask) * 64;
	if (config.levels == 2)
		return NO_ROW;
	mask = AND_COLUMNS(walk, column_top(all, c, v));
	mask &= (~0ull << b) << 1;
	return mask ? lowest(mask) * BLOCK_ROWS : NO_ROW;
}

#endif
