/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing array of 4 or 8 byte elements in which equal pieces are stored
 * once. A leaf.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool_slot;

struct pool {
	void *data;
	size_t size;		/* of an element */
	uint32_t nr;
	uint32_t room;
	uint32_t max;
	struct pool_slot *slots;
	uint32_t nr_slots;	/* a power of 2 */
	uint32_t nr_pieces;
};

/* An empty pool that may get max elements; cannot fail. */
void pool_init(struct pool *pool, size_t size, uint32_t max);
void pool_fini(struct pool *pool);

/*
 * The place of a piece of n elements: of an equal one that is there already, or
 * of a copy at the end. Returns 0, -ENOMEM, or -E2BIG beyond the pool's max.
 */
int pool_add(struct pool *pool, const void *piece, uint32_t n,
	     uint32_t *place);

/* Appends n zeroed elements that are never shared. Returns as pool_add. */
int pool_reserve(struct pool *pool, uint32_t n, uint32_t *place);

/* Takes the array out; the pool is empty afterwards. */
void *pool_take(struct pool *pool, uint32_t *nr);

#endif
