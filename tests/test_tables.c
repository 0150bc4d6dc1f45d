// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of random matrices, at each number of levels: at both sides of every
 * bound of every column, the rows that the arrays give are those whose cells
 * hold the value. Links the tables, their parts and the leaves.
 */
#include "unit.h"

#include <errno.h>

#include "matrix.h"
#include "tables.h"

#define MAX_CELL	6

/* --- Reading the arrays --------------------------------------------------- */

static uint32_t entry(const struct tables *t, uint64_t place)
{
	assert_true(place < t->config.nr_tables);
	return t->tables[place];
}

static uint64_t word(const struct tables *t, uint64_t place)
{
	assert_true(place < t->config.nr_words);
	return t->words[place];
}

static uint32_t node_entry(const struct tables *t, uint32_t node, uint32_t slot)
{
	uint32_t i, rank = 0;

	for (i = 0; i <= slot; i++)
		rank += entry(t, node + i / 32) >> i % 32 & 1;
	return entry(t, node + TRIE_HEAD + rank - 1);
}

static uint32_t trie(const struct tables *t, const struct abi_column *column,
		     uint32_t value)
{
	uint32_t found = entry(t, column->table + (value >> 16));

	if (found & TRIE_NODE)
		found = node_entry(t, found & ~TRIE_NODE, value >> 8 & 255);
	if (found & TRIE_NODE)
		found = node_entry(t, found & ~TRIE_NODE, value & 255);
	return found;
}

static uint32_t search(const struct tables *t, const struct abi_column *column,
		       struct key key)
{
	uint32_t i;

	for (i = column->size; i-- > 0;) {
		struct key bound = { word(t, column->key + 2 * i),
				     word(t, column->key + 2 * i + 1) };

		if (key_cmp(bound, key) <= 0)
			return entry(t, column->table + i);
	}
	fail_msg("no bound at 0");
	return 0;
}

static uint32_t own_place(const struct tables *t, enum column c, struct key key)
{
	const struct abi_column *column = &t->config.column[c];

	switch (column->classifier) {
	case CLASSIFY_DIRECT:
		if (key.lo >= column->size)
			return 0;
		return entry(t, column->table + key.lo);
	case CLASSIFY_TRIE:
		return trie(t, column, key.lo);
	default:
		return search(t, column, key);
	}
}

static uint64_t element(const struct tables *t, uint64_t place, uint32_t i)
{
	uint64_t top = word(t, place);

	if (!(top >> i & 1))
		return 0;
	return word(t, place + 1 +
		    __builtin_popcountll(top & ((1ull << i) - 1)));
}

/* Word w of any | own. */
static uint64_t rows_word(const struct tables *t, enum column c, uint32_t own,
			  uint32_t w)
{
	const struct abi_column *column = &t->config.column[c];
	uint64_t any = column->any_top, place = own;

	if (t->config.levels == 1)
		return any | word(t, own);
	if (t->config.levels == 3) {
		place = element(t, own, w / 64);
		any = any >> w / 64 & 1 ?
		      word(t, column->any_block + w / 64) : 0;
	}
	any = any >> w % 64 & 1 ? word(t, column->any + w) : 0;
	return any | element(t, place, w % 64);
}

/* --- Against the matrix --------------------------------------------------- */

static uint64_t accepts(const struct matrix_row *row, enum column column,
			struct key key)
{
	unsigned int i;

	for (i = 0; i < row->nr_cells; i++)
		if (row->cells[i].column == column)
			return unit_cell_has(&row->cells[i], key);
	return 1;
}

static void check_value(const struct matrix *m, const struct tables *t,
			enum column c, struct key key)
{
	uint32_t own = own_place(t, c, key), row;
	uint64_t bits = 0;

	for (row = 0; row < m->nr_rows; row++) {
		if (row % 64 == 0)
			bits = rows_word(t, c, own, row / 64);
		if ((bits >> row % 64 & 1) != accepts(&m->rows[row], c, key))
			fail_msg("column %s row %u value %llx", columns[c].name,
				 row, (unsigned long long)key.lo);
	}
}

static int in_table(const struct tables *t, enum column c, struct key key)
{
	const struct abi_column *column = &t->config.column[c];

	if (column->classifier == CLASSIFY_DIRECT)
		return key.hi == 0 && key.lo < columns[c].size;
	if (column->classifier == CLASSIFY_TRIE)
		return key.hi == 0 && key.lo <= UINT32_MAX;
	return 1;
}

static void check_around(const struct matrix *m, const struct tables *t,
			 enum column c, struct key key)
{
	struct key keys[3] = { key_prev(key), key, key_next(key) };
	int i;

	for (i = 0; i < 3; i++)
		if (in_table(t, c, keys[i]))
			check_value(m, t, c, keys[i]);
}

/* Every step-th row's bounds: all of them are too many for large matrices. */
static void check_tables(const struct matrix *m, const struct tables *t,
			 uint32_t step)
{
	uint32_t r, c, i;

	for (r = 0; r < m->nr_rows; r += step) {
		const struct matrix_row *row = &m->rows[r];

		for (c = 0; c < row->nr_cells; c++) {
			const struct cell *cell = &row->cells[c];

			for (i = 0; i < cell->nr; i++) {
				check_around(m, t, cell->column,
					     cell->intervals[i].lo);
				check_around(m, t, cell->column,
					     cell->intervals[i].hi);
			}
		}
	}
	for (c = 0; c < NR_COLUMNS; c++)
		if (t->config.column[c].classifier != CLASSIFY_NONE)
			check_around(m, t, c, key_number(0));
}

/* --- Random matrices ------------------------------------------------------ */

/* Values near each other, so that intervals meet; as many bits as it has. */
static struct key random_key(uint64_t *random, enum column column)
{
	struct key last = columns[column].last, key = { 0 };

	switch (unit_below(random, 4)) {
	case 0:
		return last;
	case 1:
		key.lo = unit_random(random);
		key.hi = unit_random(random);
		break;
	default:
		key.lo = unit_below(random, 40);
		break;
	}
	key.hi = last.hi ? key.hi % (last.hi | 1) : 0;
	if (last.lo != UINT64_MAX)
		key.lo %= last.lo + 1;
	return key;
}

static int by_key(const void *a, const void *b)
{
	return key_cmp(*(const struct key *)a, *(const struct key *)b);
}

/* Whether an interval from here on would meet the last one. */
static int touches(const struct cell *cell, struct key key)
{
	struct key hi;

	if (cell->nr == 0)
		return 0;
	hi = cell->intervals[cell->nr - 1].hi;
	return key_cmp(key, hi) <= 0 || key_cmp(key_prev(key), hi) == 0;
}

/* Sorted bounds, taken in pairs unless they touch the interval before. */
static struct cell random_cell(uint64_t *random, enum column column)
{
	struct interval *iv = calloc(MAX_CELL, sizeof(*iv));
	struct cell cell = { column, 0, iv };
	struct key key[2 * MAX_CELL];
	int n = 1 + unit_below(random, MAX_CELL), i;

	for (i = 0; i < 2 * n; i++)
		key[i] = random_key(random, column);
	qsort(key, 2 * n, sizeof(*key), by_key);
	for (i = 0; i < n; i++) {
		if (touches(&cell, key[2 * i]))
			continue;
		iv[cell.nr].lo = key[2 * i];
		iv[cell.nr++].hi = key[2 * i + 1];
	}
	return cell;
}

static void random_row(uint64_t *random, struct matrix *m,
		       struct matrix_row *row)
{
	struct cell *cells = calloc(NR_COLUMNS, sizeof(*cells));
	enum column c;

	row->cells = cells;
	row->action.counter = unit_random(random);
	for (c = 0; c < NR_COLUMNS; c++) {
		if (unit_below(random, 4))
			continue;
		cells[row->nr_cells++] = random_cell(random, c);
		m->columns |= 1u << c;
	}
}

static struct matrix *random_matrix(uint64_t *random, uint32_t nr_rows)
{
	struct matrix *m = calloc(1, sizeof(*m));
	uint32_t i;

	m->nr_rows = nr_rows;
	m->policy_row = nr_rows - 1;
	m->rows = calloc(nr_rows, sizeof(*m->rows));
	for (i = 0; i + 1 < nr_rows; i++)
		random_row(random, m, &m->rows[i]);
	return m;
}

static void free_matrix(struct matrix *m)
{
	uint32_t r, c;

	for (r = 0; r < m->nr_rows; r++) {
		for (c = 0; c < m->rows[r].nr_cells; c++)
			free((void *)m->rows[r].cells[c].intervals);
		free((void *)m->rows[r].cells);
	}
	free(m->rows);
	free(m);
}

static void try_size(uint64_t *random, uint32_t nr_rows, uint32_t step)
{
	struct matrix *m = random_matrix(random, nr_rows);
	struct tables t, again;
	uint32_t i;

	assert_int_equal(tables_build(m, nr_rows + 3, &t), 0);
	assert_int_equal(t.config.levels,
			 nr_rows <= 64 ? 1 : nr_rows <= BLOCK_ROWS ? 2 : 3);
	assert_int_equal(t.config.policy_row, nr_rows - 1);
	assert_int_equal(t.config.nr_counters, nr_rows + 3);
	assert_int_equal(t.words[0], 0);
	for (i = 0; i < nr_rows; i++)
		assert_memory_equal(&t.rows[i], &m->rows[i].action,
				    sizeof(*t.rows));
	check_tables(m, &t, step);
	/* The same matrix gives the same bytes. */
	assert_int_equal(tables_build(m, nr_rows + 3, &again), 0);
	assert_memory_equal(&t.config, &again.config, sizeof(t.config));
	assert_memory_equal(t.words, again.words, t.config.nr_words * 8);
	if (t.config.nr_tables)
		assert_memory_equal(t.tables, again.tables,
				    t.config.nr_tables * 4);
	tables_free(&t);
	tables_free(&again);
	free_matrix(m);
}

static void test_one_level(void **state)
{
	uint64_t random = 11;
	uint32_t i;

	(void)state;
	try_size(&random, 1, 1);
	for (i = 0; i < 8; i++)
		try_size(&random, 2 + unit_below(&random, 63), 1);
	try_size(&random, 64, 1);
}

static void test_two_levels(void **state)
{
	uint64_t random = 12;

	(void)state;
	try_size(&random, 65, 1);
	try_size(&random, 300, 3);
	try_size(&random, 4096, 500);
}

static void test_three_levels(void **state)
{
	uint64_t random = 13;

	(void)state;
	try_size(&random, 4097, 500);
	try_size(&random, 9000, 1500);
}

/* --- Sizes ---------------------------------------------------------------- */

/* A matrix of one testing row and the policy. */
static void build_one(const struct cell *cell, struct tables *t)
{
	struct matrix_row rows[2] = {
		{ .nr_cells = 1, .cells = cell },
		{ .nr_cells = 0 },
	};
	const struct matrix m = {
		.nr_rows = 2,
		.rows = rows,
		.policy_row = 1,
		.columns = 1u << cell->column,
	};

	assert_int_equal(tables_build(&m, 0, t), 0);
}

/* Ports have a half for cut-off headers only where rows differ there. */
static void test_port_halves(void **state)
{
	const struct interval plain[] = {
		{ { 0, 80 }, { 0, 80 } },
		{ { 0, PORT_SHORT }, { 0, PORT_SIZE - 1 } },
	};
	const struct interval joined[] = {
		{ { 0, 80 }, { 0, PORT_SIZE - 1 } },
	};
	const struct interval high[] = {
		{ { 0, 80 }, { 0, 65535 } },
	};
	const struct interval multiport[] = {
		{ { 0, 80 }, { 0, 80 } },
		{ { 0, PORT_SHORT + 80 }, { 0, PORT_SHORT + 80 } },
	};
	const struct {
		struct cell cell;
		uint32_t size;
	} cases[] = {
		/* Port 80 is the last entry that is not empty. */
		{ { COL_DPORT, 2, plain }, 81 },
		{ { COL_SPORT, 1, joined }, PORT_SHORT },
		{ { COL_SPORT, 1, high }, PORT_SIZE },
		{ { COL_DPORT, 2, multiport }, PORT_SIZE },
		{ { COL_SPORT, 1, multiport }, PORT_SIZE },
	};
	struct tables t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		build_one(&cases[i].cell, &t);
		assert_int_equal(
			t.config.column[cases[i].cell.column].size,
			cases[i].size);
		tables_free(&t);
	}
}

/* A MAC's negation does not hold for a packet without one. */
static void test_no_mac(void **state)
{
	const uint64_t mac = 0x0200000000ffull;
	const struct interval others[] = {
		{ { 0, 0 }, { mac - 1, UINT64_MAX } },
		{ { mac + 1, 0 }, { (1ull << 48) - 1, UINT64_MAX } },
	};
	const struct cell cell = { COL_MAC, 2, others };
	const struct key none = { MAC_NONE, 0 }, same = { mac, 0 };
	const struct key other = { mac + 1, 0 };
	struct tables t;

	(void)state;
	build_one(&cell, &t);
	assert_int_equal(rows_word(&t, COL_MAC, own_place(&t, COL_MAC, none),
				   0), 2);
	assert_int_equal(rows_word(&t, COL_MAC, own_place(&t, COL_MAC, same),
				   0), 2);
	assert_int_equal(rows_word(&t, COL_MAC, own_place(&t, COL_MAC, other),
				   0), 3);
	tables_free(&t);
}

/* More names than a search may have bounds for: an error, and nothing left. */
static void test_too_many_bounds(void **state)
{
	const uint32_t nr = SEARCH_MAX / 2 + 1;
	struct matrix m = { .nr_rows = nr + 1, .columns = 1u << COL_IIF };
	struct interval *iv = calloc(nr, sizeof(*iv));
	struct cell *cells = calloc(nr, sizeof(*cells));
	struct tables t;
	uint32_t i;

	(void)state;
	m.rows = calloc(nr + 1, sizeof(*m.rows));
	for (i = 0; i < nr; i++) {
		iv[i].lo = iv[i].hi = (struct key){ .hi = 3 * i + 1 };
		cells[i] = (struct cell){ COL_IIF, 1, &iv[i] };
		m.rows[i].nr_cells = 1;
		m.rows[i].cells = &cells[i];
	}
	assert_int_equal(tables_build(&m, 0, &t), -ENOSPC);
	assert_null(t.words);
	free(m.rows);
	free(cells);
	free(iv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_level),
		cmocka_unit_test(test_two_levels),
		cmocka_unit_test(test_three_levels),
		cmocka_unit_test(test_port_halves),
		cmocka_unit_test(test_no_mac),
		cmocka_unit_test(test_too_many_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
