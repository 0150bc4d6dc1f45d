/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of a column's values made into the classifiers of abi.h.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdint.h>

struct abi_column;
struct pool;
struct runs;

/*
 * Each sets the classifier, table, size and key of a column, and returns as
 * pool_add. Direct: up to size entries. Search: -ENOSPC if there are more than
 * SEARCH_MAX runs. The trie is in trie.c.
 */
int classify_direct(const struct runs *runs, uint32_t size,
		    struct pool *tables, struct abi_column *column);
int classify_search(const struct runs *runs, struct pool *tables,
		    struct pool *words, struct abi_column *column);
int classify_trie(const struct runs *runs, struct pool *tables,
		  struct abi_column *column);

#endif
