// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hash consing over a flat array: pieces of words go in, their places come out,
 * equal pieces get one place. Where a piece comes to lie depends on the order
 * of the calls alone, so that equal input gives equal arrays. It never moves or
 * frees a piece, and does not know what they mean.
 */
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM	256u
#define FIRST_SLOTS	256u

struct pool_slot {
	uint32_t hash;
	uint32_t place;
	uint32_t n;		/* 0: a free slot */
};

void pool_init(struct pool *pool, size_t size, uint32_t max)
{
	*pool = (struct pool){ .size = size, .max = max };
}

void pool_fini(struct pool *pool)
{
	free(pool->data);
	free(pool->slots);
	*pool = (struct pool){ 0 };
}

static int make_room(struct pool *pool, uint32_t n)
{
	uint64_t need = (uint64_t)pool->nr + n;
	uint64_t room = pool->room ? pool->room : FIRST_ROOM;
	void *data;

	if (need > pool->max)
		return -E2BIG;
	if (need <= pool->room)
		return 0;
	while (room < need)
		room *= 2;
	if (room > pool->max)
		room = pool->max;
	data = realloc(pool->data, room * pool->size);
	if (!data)
		return -ENOMEM;
	pool->data = data;
	pool->room = room;
	return 0;
}

static void *at(const struct pool *pool, uint32_t place)
{
	return (char *)pool->data + place * pool->size;
}

static int append(struct pool *pool, const void *piece, uint32_t n,
		  uint32_t *place)
{
	int err = make_room(pool, n);

	if (err)
		return err;
	memcpy(at(pool, pool->nr), piece, n * pool->size);
	*place = pool->nr;
	pool->nr += n;
	return 0;
}

/* Good enough to spread pieces over slots; equality is always compared. */
static uint32_t hash_piece(const void *piece, size_t len)
{
	const char *byte = piece;
	uint64_t hash = len, word;
	size_t i;

	for (i = 0; i < len; i += sizeof(word)) {
		word = 0;
		memcpy(&word, byte + i, len - i < sizeof(word) ?
		       len - i : sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash ^ hash >> 32;
}

static struct pool_slot *free_slot(struct pool_slot *slots, uint32_t nr,
				   uint32_t hash)
{
	uint32_t i = hash & (nr - 1);

	while (slots[i].n)
		i = (i + 1) & (nr - 1);
	return &slots[i];
}

/* At most half of the slots are taken. */
static int grow_slots(struct pool *pool)
{
	uint32_t nr = pool->nr_slots ? pool->nr_slots * 2 : FIRST_SLOTS, i;
	struct pool_slot *slots;

	if (pool->nr_pieces < pool->nr_slots / 2)
		return 0;
	slots = calloc(nr, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (i = 0; i < pool->nr_slots; i++)
		if (pool->slots[i].n)
			*free_slot(slots, nr, pool->slots[i].hash) =
				pool->slots[i];
	free(pool->slots);
	pool->slots = slots;
	pool->nr_slots = nr;
	return 0;
}

int pool_add(struct pool *pool, const void *piece, uint32_t n, uint32_t *place)
{
	const size_t len = n * pool->size;
	uint32_t hash, i;
	int err;

	err = grow_slots(pool);
	if (err)
		return err;
	hash = hash_piece(piece, len);
	for (i = hash; pool->slots[i & (pool->nr_slots - 1)].n; i++) {
		struct pool_slot *slot =
			&pool->slots[i & (pool->nr_slots - 1)];

		if (slot->hash != hash || slot->n != n ||
		    memcmp(at(pool, slot->place), piece, len) != 0)
			continue;
		*place = slot->place;
		return 0;
	}
	err = append(pool, piece, n, place);
	if (err)
		return err;
	*free_slot(pool->slots, pool->nr_slots, hash) = (struct pool_slot){
		.hash = hash, .place = *place, .n = n,
	};
	pool->nr_pieces++;
	return 0;
}

int pool_reserve(struct pool *pool, uint32_t n, uint32_t *place)
{
	int err = make_room(pool, n);

	if (err)
		return err;
	if (n)
		memset(at(pool, pool->nr), 0, n * pool->size);
	*place = pool->nr;
	pool->nr += n;
	return 0;
}

void *pool_take(struct pool *pool, uint32_t *nr)
{
	void *data = pool->data;

	*nr = pool->nr;
	pool->data = NULL;
	pool_fini(pool);
	return data;
}
