/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of a matrix as they are added: those that close chains, and those
 * that a rule's tests come to.
 */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>

#include "matrix.h"

/* Masks of header states. */
#define STATE(name)	(1u << HEADER_##name)
#define STATES_KNOWN	((1u << NR_HEADERS) - 1)
/* With those that do not exist: what tests no header needs no cell. */
#define STATES_ALL	((1u << (PROTO_SIZE >> 8)) - 1)
/* What columns of a transport header are asked for; ports also for SHORT. */
#define STATES_WHOLE	(STATE(OK) | STATE(BADOPT))
#define COLUMNS_WHOLE	(1u << COL_SPORT | 1u << COL_DPORT | \
			 1u << COL_TCPFLAGS | 1u << COL_ICMP)

/* One conjunction of tests: a rule has several once --ports splits it. */
struct variant {
	unsigned int columns;	/* bit c: cell[c] is there */
	unsigned int cuts;	/* bit c: the cut port set is there */
	struct cell cell[NR_COLUMNS]; /* ports: of whole headers */
	struct cell cut_sport;	/* of SHORT ones */
	struct cell cut_dport;
	unsigned int nr_extras;
	struct abi_extra extra[MAX_ROW_EXTRAS];
};

/* A protocol's set, cut to some header states: most rules have one of few. */
struct proto_set {
	const struct interval *of; /* the set before it was cut */
	unsigned int states;
	struct cell cell;
};

#define NR_PROTO_SETS	8

struct rows {
	struct arena *arena;
	enum hook hook;
	unsigned int nr;
	unsigned int max;
	struct matrix_row *row;
	unsigned int nr_intervals; /* of all cells */
	unsigned int nr_extras;
	unsigned int max_extras;
	struct abi_extra *extra;
	unsigned int columns;	/* bit c: some row has a cell in column c */
	bool reads_header;
	bool reads_tcpopt;
	struct cell proto[256];	/* of -p, once it was there */
	struct proto_set proto_sets[NR_PROTO_SETS];
	unsigned int next_proto_set;
};

/* Adds a row. Returns 0, -E2BIG if there are MAX_ROWS, or -EFBIG if there
 * are MAX_INTERVALS. */
int rows_add(struct rows *rows, const struct matrix_row *row);

/*
 * Adds the row of a variant for packets with one of these header states, those
 * in hot to be dropped; none if no packet can meet it. action has the counter,
 * op and jump. Returns as rows_add.
 */
int rows_add_variant(struct rows *rows, const struct variant *variant,
		     const struct abi_row *action, unsigned int states,
		     unsigned int hot);

/* The header states of a mask that can still match: those whose columns of the
 * transport header all accept something. */
unsigned int rows_possible(const struct variant *variant, unsigned int states);

#endif
