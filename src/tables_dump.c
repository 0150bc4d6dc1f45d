// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --dump=tables: the flat arrays read back as what they mean. For each column
 * the classes, as the list of rows that accept and the values that they accept,
 * in the order of the first value. It shows what the arrays say, not what was
 * meant by them, and frees and changes nothing.
 */
#include "tables.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "column.h"
#include "dump.h"

/* Values from lo to hi have the vector at place. */
struct span {
	struct interval values;
	uint32_t place;
	uint32_t group;		/* index of the first span with this place */
};

struct spans {
	const struct tables *tables;
	const struct abi_column *column;
	enum column kind;
	struct span *span;
	uint32_t nr;
	uint32_t max;
};

/* Adds what follows the last span, or lengthens that. */
static void add(struct spans *spans, struct interval values, uint32_t place)
{
	struct span *last = spans->nr ? &spans->span[spans->nr - 1] : NULL;

	if (last && last->place == place) {
		last->values.hi = values.hi;
		return;
	}
	if (spans->nr == spans->max) {
		spans->max = spans->max ? spans->max * 2 : 64;
		spans->span = realloc(spans->span,
				      spans->max * sizeof(*spans->span));
		assert(spans->span);
	}
	spans->span[spans->nr++] = (struct span){
		.values = values, .place = place,
	};
}

static void add_numbers(struct spans *spans, uint64_t lo, uint64_t hi,
			uint32_t place)
{
	const struct interval values = { key_number(lo), key_number(hi) };

	add(spans, values, place);
}

static bool is_port(enum column column)
{
	return column == COL_DPORT || column == COL_SPORT;
}

/* Values that a direct column has: without multiport, ports are not asked for
 * cut-off headers. */
static uint32_t direct_values(const struct spans *spans)
{
	if (is_port(spans->kind) && spans->column->size != PORT_SIZE)
		return PORT_SHORT;
	return columns[spans->kind].size;
}

static void read_direct(struct spans *spans)
{
	const uint32_t *entry = spans->tables->tables + spans->column->table;
	uint32_t i, size = spans->column->size, values = direct_values(spans);

	for (i = 0; i < size; i++)
		add_numbers(spans, i, i, entry[i]);
	if (size < values)
		add_numbers(spans, size, values - 1, 0);
}

/* An entry of 1 << shift values from base on. */
static void read_entry(struct spans *spans, uint32_t entry, uint64_t base,
		       uint32_t shift)
{
	const uint32_t *node = spans->tables->tables + (entry & ~TRIE_NODE);
	const uint64_t last = base + (1ull << shift) - 1;
	uint32_t slot, i = 0;

	if (!(entry & TRIE_NODE)) {
		add_numbers(spans, base, last, entry);
		return;
	}
	assert(shift >= 8);
	for (slot = 0; slot < 256; slot++) {
		i += node[slot / 32] >> slot % 32 & 1;
		read_entry(spans, node[TRIE_HEAD + i - 1],
			   base + ((uint64_t)slot << (shift - 8)), shift - 8);
	}
}

static void read_trie(struct spans *spans)
{
	const uint32_t *root = spans->tables->tables + spans->column->table;
	uint64_t slot;

	for (slot = 0; slot < TRIE_ROOT; slot++)
		read_entry(spans, root[slot], slot << 16, 16);
}

static struct key bound(const struct spans *spans, uint32_t i)
{
	const uint64_t *key = spans->tables->words + spans->column->key;

	return (struct key){ .hi = key[2 * i], .lo = key[2 * i + 1] };
}

static void read_search(struct spans *spans)
{
	const uint32_t *entry = spans->tables->tables + spans->column->table;
	struct interval values;
	uint32_t i;

	for (i = 0; i < spans->column->size; i++) {
		values.lo = bound(spans, i);
		values.hi = key_prev(key_number(0));
		if (i + 1 < spans->column->size)
			values.hi = key_prev(bound(spans, i + 1));
		add(spans, values, entry[i]);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return key_cmp(x->values.lo, y->values.lo);
}

static int by_group(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return key_cmp(x->values.lo, y->values.lo);
}

static int by_value(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return key_cmp(x->values.lo, y->values.lo);
}

/* Brings the spans of one class together, the classes in the order of their
 * first value: `group` is first that value's number among the spans. */
static void group(struct spans *spans)
{
	uint32_t i;

	qsort(spans->span, spans->nr, sizeof(*spans->span), by_value);
	for (i = 0; i < spans->nr; i++)
		spans->span[i].group = i;
	qsort(spans->span, spans->nr, sizeof(*spans->span), by_place);
	for (i = 1; i < spans->nr; i++)
		if (spans->span[i].place == spans->span[i - 1].place)
			spans->span[i].group = spans->span[i - 1].group;
	qsort(spans->span, spans->nr, sizeof(*spans->span), by_group);
}

/* --- Vectors -------------------------------------------------------------- */

static void list_word(struct dump_list *list, uint32_t w, uint64_t bits)
{
	for (; bits; bits &= bits - 1)
		dump_list_add(list, w * 64 + __builtin_ctzll(bits));
}

static void list_block(const struct tables *tables, struct dump_list *list,
		       uint32_t block, uint32_t place)
{
	uint64_t left = tables->words[place];

	for (; left; left &= left - 1)
		list_word(list, block * 64 + __builtin_ctzll(left),
			  tables->words[++place]);
}

static void dump_own(const struct tables *tables, uint32_t place, FILE *out)
{
	struct dump_list list = { .out = out };
	uint64_t left = tables->words[place];

	if (tables->config.levels == 1)
		list_word(&list, 0, left);
	else if (tables->config.levels == 2)
		list_block(tables, &list, 0, place);
	else
		for (; left; left &= left - 1)
			list_block(tables, &list, __builtin_ctzll(left),
				   tables->words[++place]);
	dump_list_end(&list);
}

/* The words of one block of `any`, told by its summary. */
static void list_any(const struct tables *tables,
		     const struct abi_column *column, struct dump_list *list,
		     uint32_t block, uint64_t left)
{
	for (; left; left &= left - 1) {
		uint32_t w = block * 64 + __builtin_ctzll(left);

		list_word(list, w, tables->words[column->any + w]);
	}
}

static void dump_any(const struct tables *tables,
		     const struct abi_column *column, FILE *out)
{
	struct dump_list list = { .out = out };
	uint64_t left = column->any_top;

	if (tables->config.levels == 1)
		list_word(&list, 0, left);
	else if (tables->config.levels == 2)
		list_any(tables, column, &list, 0, left);
	else
		for (; left; left &= left - 1) {
			uint32_t block = __builtin_ctzll(left);

			list_any(tables, column, &list, block,
				 tables->words[column->any_block + block]);
		}
	dump_list_end(&list);
}

/* --- The dump ------------------------------------------------------------- */

/* Ports that are not asked for cut-off headers are written as if all were
 * accepted then, as in the matrix. */
static void dump_values(const struct spans *spans, uint32_t first, uint32_t nr,
			FILE *out)
{
	struct interval *intervals = calloc(nr + 1, sizeof(*intervals));
	struct cell cell = { spans->kind, nr, intervals };
	uint32_t i;

	assert(intervals);
	for (i = 0; i < nr; i++)
		intervals[i] = spans->span[first + i].values;
	if (is_port(spans->kind) && spans->column->size != PORT_SIZE) {
		intervals[nr].lo = key_number(PORT_SHORT);
		intervals[nr].hi = key_number(PORT_SIZE - 1);
		cell.nr++;
	}
	column_print(&cell, out);
	free(intervals);
}

static void dump_classes(struct spans *spans, FILE *out)
{
	uint32_t i, n;

	for (i = 0; i < spans->nr; i += n) {
		for (n = 1; i + n < spans->nr; n++)
			if (spans->span[i + n].place != spans->span[i].place)
				break;
		fputs("  rows ", out);
		dump_own(spans->tables, spans->span[i].place, out);
		fputs(": ", out);
		dump_values(spans, i, n, out);
		fputc('\n', out);
	}
}

static void dump_column(const struct tables *tables, enum column column,
			FILE *out)
{
	static void (*const read[])(struct spans *spans) = {
		[CLASSIFY_DIRECT] = read_direct,
		[CLASSIFY_TRIE] = read_trie,
		[CLASSIFY_SEARCH] = read_search,
	};
	static const char *const names[] = {
		[CLASSIFY_DIRECT] = "direct",
		[CLASSIFY_TRIE] = "trie",
		[CLASSIFY_SEARCH] = "search",
	};
	struct spans spans = {
		.tables = tables,
		.column = &tables->config.column[column],
		.kind = column,
	};

	fprintf(out, "column %s: %s", columns[column].name,
		names[spans.column->classifier]);
	if (spans.column->size)
		fprintf(out, " %u", spans.column->size);
	fprintf(out, ", %u classes, any rows ", tables->classes[column]);
	dump_any(tables, spans.column, out);
	fputc('\n', out);
	read[spans.column->classifier](&spans);
	group(&spans);
	dump_classes(&spans, out);
	free(spans.span);
}

void tables_dump(const struct tables *tables, FILE *out)
{
	const struct abi_config *config = &tables->config;
	enum column column;
	unsigned int i;

	fprintf(out, "tables %s: levels %u, tables %u, words %u, extras %u\n",
		hook_names[config->hook], config->levels, config->nr_tables,
		config->nr_words, config->nr_extras);
	for (i = 0; i < config->nr_rows; i++) {
		fprintf(out, "row %u: ", i);
		dump_row(&tables->rows[i], tables->extras, out);
		fputc('\n', out);
	}
	for (column = 0; column < NR_COLUMNS; column++)
		if (config->column[column].classifier != CLASSIFY_NONE)
			dump_column(tables, column, out);
}
