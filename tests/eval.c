// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The packet program's twin in user space: classifies a packet by each column,
 * then walks through the rows whose vectors agree, as the program does. In go
 * flat arrays and a parsed packet, out come verdict and counters. It shares no
 * code with what built the arrays, and trusts no place in them.
 */
#include "eval.h"

#include <stdbool.h>
#include <string.h>

#include "tables.h"

#define P_ICMP		1
#define P_TCP		6
#define P_UDP		17
#define P_DCCP		33
#define P_SCTP		132
#define P_UDPLITE	136

struct walk {
	const struct tables *tables;
	const struct eval_packet *packet;
	struct eval_trace *trace;
	uint32_t own[NR_COLUMNS];	/* VECTOR_ALL: not asked */
	uint32_t pc;
	uint32_t depth;
	bool bad;			/* a place was outside an array */
	uint32_t *stack;
};

/* --- Arrays, checked ------------------------------------------------------ */

static uint64_t word(struct walk *walk, uint64_t place)
{
	if (place < walk->tables->config.nr_words)
		return walk->tables->words[place];
	walk->bad = true;
	return 0;
}

static uint32_t entry(struct walk *walk, uint64_t place)
{
	if (place < walk->tables->config.nr_tables)
		return walk->tables->tables[place];
	walk->bad = true;
	return 0;
}

/* --- What the packet has in a column -------------------------------------- */

static bool has_ports(uint8_t proto)
{
	return proto == P_TCP || proto == P_UDP || proto == P_UDPLITE ||
	       proto == P_SCTP || proto == P_DCCP;
}

static bool is_whole(uint8_t header)
{
	return header == HEADER_OK || header == HEADER_BADOPT;
}

static bool port_value(const struct walk *walk, const struct abi_column *column,
		       uint32_t port, uint32_t *value)
{
	const struct eval_packet *packet = walk->packet;

	*value = port;
	if (!has_ports(packet->proto))
		return false;
	if (is_whole(packet->header))
		return true;
	*value = PORT_SHORT + port;
	return packet->header == HEADER_SHORT && column->size == PORT_SIZE;
}

/* The number that a direct or trie column looks up; false: not asked. */
static bool number(const struct walk *walk, enum column c, uint32_t *value)
{
	const struct abi_column *column = &walk->tables->config.column[c];
	const struct eval_packet *p = walk->packet;
	const uint32_t numbers[NR_COLUMNS] = {
		[COL_DADDR] = p->daddr,
		[COL_SADDR] = p->saddr,
		[COL_PROTO] = p->header << 8 | p->proto,
		[COL_ICMP] = p->icmp_type << 8 | p->icmp_code,
		[COL_TCPFLAGS] = p->tcpflags,
		[COL_MARK] = p->mark,
		[COL_LENGTH] = p->length < LENGTH_MAX ? p->length : LENGTH_MAX,
		[COL_TTL] = p->ttl,
		[COL_TOS] = p->tos,
		[COL_PKTTYPE] = p->pkttype,
		[COL_STATE] = label_index(p->ct.label),
	};

	*value = numbers[c];
	switch (c) {
	case COL_DPORT:
		return port_value(walk, column, p->dport, value);
	case COL_SPORT:
		return port_value(walk, column, p->sport, value);
	case COL_ICMP:
		return p->proto == P_ICMP && p->header == HEADER_OK;
	case COL_TCPFLAGS:
		return p->proto == P_TCP && is_whole(p->header);
	default:
		return true;
	}
}

static void name_key(const char *name, uint64_t key[2])
{
	unsigned int i;

	key[0] = key[1] = 0;
	for (i = 0; i < EVAL_IFNAME; i++)
		key[i / 8] = key[i / 8] << 8 | (uint8_t)name[i];
}

/* --- Classifiers ---------------------------------------------------------- */

static uint32_t direct(struct walk *walk, const struct abi_column *column,
		       uint32_t value)
{
	if (value < column->size)
		return entry(walk, (uint64_t)column->table + value);
	return 0;
}

static uint32_t node_entry(struct walk *walk, uint32_t node, uint32_t slot)
{
	uint32_t w = slot / 32, bits = entry(walk, (uint64_t)node + w);
	uint32_t before = entry(walk, (uint64_t)node + TRIE_BITS + w / 4);
	uint32_t rank = before >> w % 4 * 8 & 255;

	rank += __builtin_popcount(bits & ((2u << slot % 32) - 1));
	return entry(walk, (uint64_t)node + TRIE_HEAD + rank - 1);
}

static uint32_t trie(struct walk *walk, const struct abi_column *column,
		     uint32_t value)
{
	uint32_t found = entry(walk, (uint64_t)column->table + (value >> 16));

	if (found & TRIE_NODE)
		found = node_entry(walk, found & ~TRIE_NODE, value >> 8 & 255);
	if (found & TRIE_NODE)
		found = node_entry(walk, found & ~TRIE_NODE, value & 255);
	if (found & TRIE_NODE)
		walk->bad = true;
	return found;
}

static bool above(struct walk *walk, const struct abi_column *column,
		  uint32_t i, const uint64_t key[2])
{
	uint64_t hi = word(walk, column->key + 2ull * i);
	uint64_t lo = word(walk, column->key + 2ull * i + 1);

	return hi != key[0] ? hi > key[0] : lo > key[1];
}

static uint32_t search(struct walk *walk, const struct abi_column *column,
		       const uint64_t key[2])
{
	uint32_t lo = 0, hi = column->size;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (above(walk, column, mid, key))
			hi = mid;
		else
			lo = mid;
	}
	return entry(walk, (uint64_t)column->table + lo);
}

static uint32_t search_column(struct walk *walk, enum column c)
{
	const struct abi_column *column = &walk->tables->config.column[c];
	uint64_t key[2] = { walk->packet->mac, 0 };

	if (c == COL_IIF)
		name_key(walk->packet->iif, key);
	if (c == COL_OIF)
		name_key(walk->packet->oif, key);
	return search(walk, column, key);
}

static void classify(struct walk *walk)
{
	enum column c;
	uint32_t value;

	for (c = 0; c < NR_COLUMNS; c++) {
		const struct abi_column *column =
			&walk->tables->config.column[c];

		walk->own[c] = VECTOR_ALL;
		if (column->classifier == CLASSIFY_SEARCH)
			walk->own[c] = search_column(walk, c);
		else if (column->classifier != CLASSIFY_NONE &&
			 number(walk, c, &value))
			walk->own[c] = column->classifier == CLASSIFY_TRIE ?
				trie(walk, column, value) :
				direct(walk, column, value);
	}
}

/* --- Vectors -------------------------------------------------------------- */

/* Element i of a vector that has a summary and then what is not empty. */
static uint64_t element(struct walk *walk, uint32_t place, uint32_t i)
{
	uint64_t top = word(walk, place);

	if (!(top >> i & 1))
		return 0;
	return word(walk, place + 1ull +
		    __builtin_popcountll(top & ((1ull << i) - 1)));
}

/* A column's rows at one level: which blocks, which words of a block, which
 * rows of a word. */
static uint64_t column_top(struct walk *walk, enum column c)
{
	return walk->tables->config.column[c].any_top |
	       word(walk, walk->own[c]);
}

static uint64_t column_block(struct walk *walk, enum column c, uint32_t block)
{
	const struct abi_column *column = &walk->tables->config.column[c];
	uint64_t any = 0;

	if (column->any_top >> block & 1)
		any = word(walk, (uint64_t)column->any_block + block);
	return any | word(walk, element(walk, walk->own[c], block));
}

static uint64_t column_word(struct walk *walk, enum column c, uint32_t w)
{
	const struct abi_column *column = &walk->tables->config.column[c];
	const uint32_t levels = walk->tables->config.levels;
	uint32_t place = walk->own[c];
	uint64_t any = column->any_top;

	if (levels == 1)
		return any | word(walk, place);
	if (levels == 3) {
		place = element(walk, place, w / 64);
		any = any >> w / 64 & 1 ?
		      word(walk, (uint64_t)column->any_block + w / 64) : 0;
	}
	if (any >> w % 64 & 1)
		any = word(walk, (uint64_t)column->any + w);
	else
		any = 0;
	return any | element(walk, place, w % 64);
}

static uint64_t all_tops(struct walk *walk)
{
	uint64_t all = ~0ull;
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++)
		if (walk->own[c] != VECTOR_ALL)
			all &= column_top(walk, c);
	return all;
}

static uint64_t all_blocks(struct walk *walk, uint32_t block)
{
	uint64_t all = ~0ull;
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++)
		if (walk->own[c] != VECTOR_ALL)
			all &= column_block(walk, c, block);
	return all;
}

static uint64_t all_words(struct walk *walk, uint32_t w)
{
	uint64_t all = ~0ull;
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++)
		if (walk->own[c] != VECTOR_ALL)
			all &= column_word(walk, c, w);
	return all;
}

/* The bits above bit i. */
static uint64_t beyond(uint64_t bits, uint32_t i)
{
	return bits & ~1ull << i;
}

/* Moves on to the next word of this block, or the next block, that may have a
 * row. A chain's last row matches everything, so that there is one. */
static void skip(struct walk *walk, uint32_t w)
{
	const uint32_t levels = walk->tables->config.levels;
	uint32_t block = w / 64;
	uint64_t next;

	if (levels == 1) {
		walk->bad = true;
		return;
	}
	next = levels == 2 ? all_tops(walk) : all_blocks(walk, block);
	next = beyond(next, w % 64);
	if (next) {
		walk->pc = (block * 64 + __builtin_ctzll(next)) * 64;
		return;
	}
	next = levels == 2 ? 0 : beyond(all_tops(walk), block);
	if (next)
		walk->pc = __builtin_ctzll(next) * BLOCK_ROWS;
	else
		walk->bad = true;
}

/* --- The walk ------------------------------------------------------------- */

/* As TCP's option list is read by the tcp match. */
static bool has_option(const struct eval_packet *packet, uint8_t option)
{
	uint32_t i = 0, len = packet->tcpopts_len;

	while (i < len) {
		if (packet->tcpopts[i] == option)
			return true;
		if (packet->tcpopts[i] < 2 || i + 1 == len ||
		    packet->tcpopts[i + 1] == 0)
			i++;
		else
			i += packet->tcpopts[i + 1];
	}
	return false;
}

/* Type and code of the reply to an ICMP query. */
static uint32_t icmp_reply(uint32_t query)
{
	return query >> 8 == 8 ? query & 255 : query + 256;
}

static bool extra_holds(const struct eval_packet *packet,
			const struct abi_extra *extra)
{
	const struct flow_label *ct = &packet->ct;
	const bool icmp = ct->proto == P_ICMP;
	const uint32_t fields[NR_EXTRAS] = {
		[EXTRA_SADDR] = packet->saddr,
		[EXTRA_DADDR] = packet->daddr,
		[EXTRA_MARK] = packet->mark,
		[EXTRA_CT_SADDR] = ct->addr[0],
		[EXTRA_CT_DADDR] = ct->addr[1],
		[EXTRA_CT_PROTO] = ct->proto,
		[EXTRA_CT_SPORT] = ct->port[0],
		[EXTRA_CT_DPORT] = ct->port[1],
		[EXTRA_CT_REPLY_SPORT] = ct->port[!icmp],
		[EXTRA_CT_REPLY_DPORT] = icmp ? icmp_reply(ct->port[1]) :
			ct->port[0],
		[EXTRA_CT_EXPIRES] = ct->expires_s,
	};
	bool holds;

	if (extra->kind >= EXTRA_CT_SADDR && !label_has_flow(ct->label))
		return true;
	if (extra->kind == EXTRA_TCPOPT)
		holds = has_option(packet, extra->value);
	else if (extra->kind >= EXTRA_CT_PROTO)
		holds = extra->value <= fields[extra->kind] &&
			fields[extra->kind] <= extra->mask;
	else
		holds = (fields[extra->kind] & extra->mask) == extra->value;
	return holds != !!extra->invert;
}

static bool extras_hold(struct walk *walk, const struct abi_row *row)
{
	uint32_t i, at;

	for (i = 0; i < row->nr_extras; i++) {
		at = row->extra + i;
		if (at >= walk->tables->config.nr_extras) {
			walk->bad = true;
			return false;
		}
		if (!extra_holds(walk->packet, &walk->tables->extras[at]))
			return false;
	}
	return true;
}

static void count(struct walk *walk, const struct abi_row *row)
{
	struct eval_trace *trace = walk->trace;

	if (row->counter == COUNTER_NONE)
		return;
	if (trace->nr < trace->max)
		trace->counters[trace->nr] = row->counter;
	trace->nr++;
}

/* Goes where a row's op says; a verdict if it is one. */
static enum eval_verdict act(struct walk *walk, const struct abi_row *row)
{
	uint32_t next = walk->pc + 1;

	switch (row->op) {
	case OP_ACCEPT:
		return EVAL_ACCEPT;
	case OP_DROP:
		return EVAL_DROP;
	case OP_RETURN:
		next = walk->tables->config.policy_row;
		if (walk->depth)
			next = walk->stack[--walk->depth];
		break;
	case OP_JUMP:
		if (walk->depth >= walk->tables->config.depth ||
		    walk->depth >= MAX_DEPTH)
			return EVAL_BOUNDS;
		walk->stack[walk->depth++] = next;
		next = row->jump;
		break;
	case OP_GOTO:
		next = row->jump;
		break;
	default:
		break;
	}
	walk->pc = next;
	return NR_EVAL_VERDICTS;
}

/* One step: the next row of pc's word, or on to another word. Extras come
 * before hot: what is asked before a header belongs to the row's condition. */
static enum eval_verdict step(struct walk *walk)
{
	const uint32_t w = walk->pc / 64;
	const struct abi_row *row;
	uint64_t rows;

	if (walk->pc >= walk->tables->config.nr_rows)
		return EVAL_BOUNDS;
	rows = all_words(walk, w) & ~0ull << walk->pc % 64;
	if (!rows) {
		skip(walk, w);
		return NR_EVAL_VERDICTS;
	}
	walk->pc = w * 64 + __builtin_ctzll(rows);
	if (walk->pc >= walk->tables->config.nr_rows)
		return EVAL_BOUNDS;
	row = &walk->tables->rows[walk->pc];
	if (!extras_hold(walk, row)) {
		walk->pc++;
		return NR_EVAL_VERDICTS;
	}
	if (row->hot >> walk->packet->header & 1)
		return EVAL_HOT;
	count(walk, row);
	return act(walk, row);
}

enum eval_verdict eval_run(const struct tables *tables,
			   const struct eval_packet *packet,
			   struct eval_trace *trace)
{
	uint32_t stack[MAX_DEPTH];
	struct walk walk = {
		.tables = tables,
		.packet = packet,
		.trace = trace,
		.stack = stack,
	};
	enum eval_verdict verdict = NR_EVAL_VERDICTS;

	trace->nr = 0;
	trace->steps = 0;
	classify(&walk);
	while (verdict == NR_EVAL_VERDICTS) {
		if (trace->steps++ >= tables->config.steps)
			return EVAL_STEPS;
		verdict = step(&walk);
		if (walk.bad)
			return EVAL_BOUNDS;
	}
	return verdict;
}
