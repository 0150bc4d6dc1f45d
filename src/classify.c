// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two plain classifiers of abi.h: a table with an entry for each value, and
 * sorted bounds to be searched. In go the runs of a column, out come its table
 * and its keys, in the pools. It does not care what the entries mean.
 */
#include "classify.h"

#include <errno.h>

#include "abi.h"
#include "pool.h"
#include "sweep.h"

/* Values from size on have place 0: a last run of it needs no entries. But a
 * size of PORT_SIZE has a meaning of its own. */
static uint32_t trim(const struct runs *runs, uint32_t size)
{
	const struct run *last = &runs->run[runs->nr - 1];

	return last->place || size == PORT_SIZE ? size : last->at.lo;
}

int classify_direct(const struct runs *runs, uint32_t size,
		    struct pool *tables, struct abi_column *column)
{
	uint32_t i, value, end, *entry;
	int err;

	size = trim(runs, size);
	err = pool_reserve(tables, size, &column->table);
	if (err)
		return err;
	entry = (uint32_t *)tables->data + column->table;
	for (i = 0; i < runs->nr; i++) {
		end = i + 1 < runs->nr ? runs->run[i + 1].at.lo : size;
		for (value = runs->run[i].at.lo; value < end && value < size;
		     value++)
			entry[value] = runs->run[i].place;
	}
	column->classifier = CLASSIFY_DIRECT;
	column->size = size;
	return 0;
}

int classify_search(const struct runs *runs, struct pool *tables,
		    struct pool *words, struct abi_column *column)
{
	uint64_t *key;
	uint32_t i, *entry;
	int err;

	if (runs->nr > SEARCH_MAX)
		return -ENOSPC;
	err = pool_reserve(tables, runs->nr, &column->table);
	if (!err)
		err = pool_reserve(words, 2 * runs->nr, &column->key);
	if (err)
		return err;
	entry = (uint32_t *)tables->data + column->table;
	key = (uint64_t *)words->data + column->key;
	for (i = 0; i < runs->nr; i++) {
		key[2 * i] = runs->run[i].at.hi;
		key[2 * i + 1] = runs->run[i].at.lo;
		entry[i] = runs->run[i].place;
	}
	column->classifier = CLASSIFY_SEARCH;
	column->size = runs->nr;
	return 0;
}
