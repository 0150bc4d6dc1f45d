// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults planted into built tables: a class of values that gets the vector of
 * another class, a row that does something else, a test that is flipped. Goes
 * in: tables; comes out: tables that are well formed and wrong.
 */
#include "plant.h"

#include <stdlib.h>

#include "abi.h"

/* The entries of one column that are places of vectors. */
struct leaves {
	unsigned int nr;
	unsigned int max;
	uint32_t **entry;
};

static void add_leaf(struct leaves *leaves, uint32_t *entry)
{
	if (leaves->nr == leaves->max) {
		leaves->max = leaves->max ? 2 * leaves->max : 1024;
		leaves->entry = realloc(leaves->entry, leaves->max *
					sizeof(*leaves->entry));
		if (!leaves->entry)
			abort();
	}
	leaves->entry[leaves->nr++] = entry;
}

/* Nodes may be shared: an entry can be listed twice, which does no harm. */
static void add_node(struct leaves *leaves, uint32_t *tables, uint32_t place)
{
	uint32_t *node = tables + place;
	unsigned int i, nr = 0;

	for (i = 0; i < TRIE_BITS; i++)
		nr += (unsigned int)__builtin_popcount(node[i]);
	for (i = 0; i < nr; i++)
		if (node[TRIE_HEAD + i] & TRIE_NODE)
			add_node(leaves, tables,
				 node[TRIE_HEAD + i] & ~TRIE_NODE);
		else
			add_leaf(leaves, &node[TRIE_HEAD + i]);
}

static void list_leaves(struct leaves *leaves, struct tables *tables,
			const struct abi_column *column)
{
	uint32_t *from = tables->tables + column->table;
	bool trie = column->classifier == CLASSIFY_TRIE;
	uint32_t size = trie ? TRIE_ROOT : column->size, i;

	for (i = 0; i < size; i++)
		if (trie && from[i] & TRIE_NODE)
			add_node(leaves, tables->tables, from[i] & ~TRIE_NODE);
		else
			add_leaf(leaves, &from[i]);
}

/* An entry that differs from its neighbour, so that a class begins there. */
static bool find_border(const struct leaves *leaves, uint64_t random,
			uint32_t *a, uint32_t *b)
{
	unsigned int nr = 0, i, at;

	for (i = 1; i < leaves->nr; i++)
		nr += *leaves->entry[i] != *leaves->entry[i - 1];
	if (!nr)
		return false;
	at = (unsigned int)(random % nr);
	for (i = 1;; i++)
		if (*leaves->entry[i] != *leaves->entry[i - 1] && !at--)
			break;
	*a = *leaves->entry[i];
	*b = *leaves->entry[i - 1];
	return true;
}

/* One class of values gets the vector of its neighbour. */
static bool plant_column(struct tables *tables, enum column column,
			 uint64_t random)
{
	struct leaves leaves = { 0, 0, NULL };
	uint32_t from, to;
	unsigned int i;
	bool found;

	if (tables->config.column[column].classifier == CLASSIFY_NONE)
		return false;
	list_leaves(&leaves, tables, &tables->config.column[column]);
	found = find_border(&leaves, random, random & 1 ? &from : &to,
			    random & 1 ? &to : &from);
	for (i = 0; found && i < leaves.nr; i++)
		if (*leaves.entry[i] == from)
			*leaves.entry[i] = to;
	free(leaves.entry);
	return found;
}

static bool change_op(struct abi_row *row, const struct abi_config *config)
{
	static const uint8_t other[NR_OPS] = {
		[OP_ACCEPT] = OP_DROP, [OP_DROP] = OP_ACCEPT,
		[OP_CONTINUE] = OP_ACCEPT, [OP_RETURN] = OP_DROP,
		[OP_JUMP] = OP_GOTO, [OP_GOTO] = OP_JUMP,
	};

	(void)config;
	row->op = other[row->op];
	return true;
}

static bool change_hot(struct abi_row *row, const struct abi_config *config)
{
	(void)config;
	if (!row->hot)
		return false;
	row->hot = 0;
	return true;
}

static bool change_counter(struct abi_row *row, const struct abi_config *config)
{
	if (row->counter == COUNTER_NONE || config->nr_counters < 2)
		return false;
	row->counter = (row->counter + 1) % config->nr_counters;
	return true;
}

static bool change_jump(struct abi_row *row, const struct abi_config *config)
{
	if ((row->op != OP_JUMP && row->op != OP_GOTO) ||
	    row->jump + 1 >= config->nr_rows)
		return false;
	row->jump++;
	return true;
}

/*
 * The first row from a random one on that can be changed so; headers that drop,
 * which few packets meet, in all rows.
 */
static bool plant_row(struct tables *tables, enum plant plant, uint64_t random)
{
	static bool (*const change[])(struct abi_row *,
				      const struct abi_config *) = {
		change_op, change_hot, change_counter, change_jump,
	};
	uint32_t nr = tables->config.nr_rows, i;
	bool changed = false;

	for (i = 0; i < nr && (!changed || plant == PLANT_HOT); i++)
		changed |= change[plant - PLANT_OP](
			&tables->rows[(random + i) % nr], &tables->config);
	return changed;
}

static bool plant_extra(struct tables *tables, enum extra kind, uint64_t random)
{
	uint32_t nr = tables->config.nr_extras, i;
	struct abi_extra *extra;

	for (i = 0; i < nr; i++) {
		extra = &tables->extras[(random + i) % nr];
		if (extra->kind != kind)
			continue;
		if (random & 1)
			extra->invert = !extra->invert;
		else if (kind == EXTRA_TCPOPT)
			extra->value ^= 1;
		else if (kind >= EXTRA_CT_PROTO)
			extra->value++;
		else
			extra->value ^= extra->mask & -extra->mask;
		return true;
	}
	return false;
}

bool plant_fault(struct tables *tables, enum plant plant, uint64_t random)
{
	if (plant < PLANT_OP)
		return plant_column(tables, (enum column)plant, random);
	if (plant < PLANT_EXTRA_SADDR)
		return plant_row(tables, plant, random);
	return plant_extra(tables, (enum extra)(plant - PLANT_EXTRA_SADDR),
			   random);
}

const char *plant_name(enum plant plant)
{
	static const char *const names[NR_PLANTS] = {
		[COL_DPORT] = "dport", [COL_DADDR] = "daddr",
		[COL_SADDR] = "saddr", [COL_PROTO] = "proto",
		[COL_IIF] = "iif", [COL_OIF] = "oif", [COL_SPORT] = "sport",
		[COL_ICMP] = "icmp", [COL_TCPFLAGS] = "tcpflags",
		[COL_MAC] = "mac", [COL_MARK] = "mark",
		[COL_LENGTH] = "length", [COL_TTL] = "ttl", [COL_TOS] = "tos",
		[COL_PKTTYPE] = "pkttype", [COL_STATE] = "state",
		[PLANT_OP] = "op", [PLANT_HOT] = "hot",
		[PLANT_COUNTER] = "counter", [PLANT_JUMP] = "jump",
		[PLANT_EXTRA_SADDR] = "extra saddr",
		[PLANT_EXTRA_DADDR] = "extra daddr",
		[PLANT_EXTRA_MARK] = "extra mark",
		[PLANT_EXTRA_TCPOPT] = "extra tcpopt",
		[PLANT_EXTRA_CT_SADDR] = "extra ct saddr",
		[PLANT_EXTRA_CT_DADDR] = "extra ct daddr",
		[PLANT_EXTRA_CT_PROTO] = "extra ct proto",
		[PLANT_EXTRA_CT_SPORT] = "extra ct sport",
		[PLANT_EXTRA_CT_DPORT] = "extra ct dport",
		[PLANT_EXTRA_CT_REPLY_SPORT] = "extra ct reply sport",
		[PLANT_EXTRA_CT_REPLY_DPORT] = "extra ct reply dport",
		[PLANT_EXTRA_CT_EXPIRES] = "extra ct expires",
	};

	return names[plant];
}
