// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The classifier of 32-bit values: a trie with strides of 16, 8 and 8 bits
 * whose nodes hold only the slots that differ from the one before, as abi.h
 * lays them out. In go the runs of a column, out come a root and nodes in the
 * pool of tables, equal nodes once. It costs about what the runs cost, not what
 * the slots would.
 */
#include "classify.h"

#include "pool.h"
#include "sweep.h"

#define NODE_SLOTS	256u
#define ROOT_SHIFT	16u

struct trie {
	const struct runs *runs;
	struct pool *tables;
	uint32_t run;		/* that of the value last asked for */
};

/* A node that is being filled. */
struct node {
	uint32_t word[TRIE_HEAD + NODE_SLOTS];
	uint32_t nr;		/* entries */
};

/* Moves on to the run of a value, and returns the value behind it. Values are
 * asked for in ascending order. */
static uint64_t run_end(struct trie *trie, uint64_t value)
{
	const struct runs *runs = trie->runs;

	while (trie->run + 1 < runs->nr &&
	       runs->run[trie->run + 1].at.lo <= value)
		trie->run++;
	return trie->run + 1 < runs->nr ? runs->run[trie->run + 1].at.lo :
					  1ull << 32;
}

static void set_slot(struct node *node, uint32_t slot, uint32_t entry)
{
	if (node->nr && node->word[TRIE_HEAD + node->nr - 1] == entry)
		return;
	node->word[slot / 32] |= 1u << slot % 32;
	node->word[TRIE_HEAD + node->nr++] = entry;
}

/* Counts the bits before each word of the bitmap, and stores the node. */
static int store(struct trie *trie, struct node *node, uint32_t *entry)
{
	uint32_t w, before = 0, place;
	int err;

	for (w = 0; w < TRIE_BITS; w++) {
		node->word[TRIE_BITS + w / 4] |= before << w % 4 * 8;
		before += __builtin_popcount(node->word[w]);
	}
	err = pool_add(trie->tables, node->word, TRIE_HEAD + node->nr, &place);
	*entry = place | TRIE_NODE;
	return err;
}

static int entry_of(struct trie *trie, uint64_t base, uint32_t shift,
		    uint32_t *entry, uint64_t *end);

/* A node whose slots are 1 << shift values each, from base on. */
static int build(struct trie *trie, uint64_t base, uint32_t shift,
		 uint32_t *entry)
{
	const uint64_t last = base + ((uint64_t)NODE_SLOTS << shift);
	struct node node = { .nr = 0 };
	uint64_t value = base, end;
	uint32_t slot_entry;
	int err;

	while (value < last) {
		err = entry_of(trie, value, shift, &slot_entry, &end);
		if (err)
			return err;
		set_slot(&node, (value - base) >> shift, slot_entry);
		value = end;
	}
	return store(trie, &node, entry);
}

/*
 * The entry of the slot that begins at base: the vector if one run covers it,
 * and then *end is behind all slots that this run covers; else a node.
 */
static int entry_of(struct trie *trie, uint64_t base, uint32_t shift,
		    uint32_t *entry, uint64_t *end)
{
	const uint64_t size = 1ull << shift;
	uint64_t behind = run_end(trie, base);

	*end = behind & ~(size - 1);
	*entry = trie->runs->run[trie->run].place;
	if (*end > base)
		return 0;
	*end = base + size;
	return build(trie, base, shift - 8, entry);
}

/* The root's place is fixed before the nodes come to lie behind it. */
int classify_trie(const struct runs *runs, struct pool *tables,
		  struct abi_column *column)
{
	struct trie trie = { .runs = runs, .tables = tables };
	uint64_t value = 0, end;
	uint32_t entry;
	int err;

	err = pool_reserve(tables, TRIE_ROOT, &column->table);
	while (!err && value < 1ull << 32) {
		err = entry_of(&trie, value, ROOT_SHIFT, &entry, &end);
		for (; !err && value < end; value += 1u << ROOT_SHIFT)
			((uint32_t *)tables->data + column->table)
				[value >> ROOT_SHIFT] = entry;
	}
	column->classifier = CLASSIFY_TRIE;
	return err;
}
