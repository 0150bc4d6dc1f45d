/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk over a hook's rows: from pc find the next row that every column lets
 * through, count it, do what it says. It is ipt_do_table (net/ipv4/netfilter/
 * ip_tables.c) with the search for the next match done by vectors.
 */
#ifndef WALK_H
#define WALK_H

#include "config.h"
#include "extra.h"
#include "vector.h"

enum outcome {
	OUTCOME_NONE,		/* still walking */
	OUTCOME_ACCEPT,
	OUTCOME_DROP,
	OUTCOME_HOT,		/* header cut off: dropped, not counted */
	OUTCOME_BOUNDS,
};

/* What a step needs beside the state: the same for all steps of a walk. */
struct step {
	struct __sk_buff *skb;
	struct packet *packet;
};

static __always_inline void counter_add(__u32 counter, __u32 packets,
					__u32 bytes)
{
	__u32 chunk = counter / COUNTER_CHUNK;
	struct abi_counter *c = bpf_map_lookup_elem(&counters, &chunk);

	if (!c)
		return;
	c += counter % COUNTER_CHUNK;
	c->packets += packets;
	c->bytes += bytes;
}

static __always_inline void met_add(struct packet *p, __u32 counter)
{
	__u32 n = p->nr_met;

	if (n >= MAX_MET)
		return;
	p->met[n & (MAX_MET - 1)] = counter;
	p->nr_met = n + 1;
}

static __always_inline void walk_count(const struct walk *walk,
				       struct packet *p, __u32 counter)
{
	if (counter == COUNTER_NONE || walk->quiet)
		return;
	counter_add(counter, 1, walk->bytes);
	if (walk->first)
		met_add(p, counter);
}

static __always_inline long walk_end(struct walk *walk, enum outcome outcome)
{
	walk->outcome = outcome;
	return 1;
}

static __always_inline bool push(struct walk *walk, __u32 pc)
{
	__u32 *s = table(&stack);

	if (!s || walk->depth >= config.depth)
		return false;
	s[walk->depth] = pc;
	walk->depth++;
	return true;
}

static __always_inline __u32 pop(struct walk *walk)
{
	__u32 *s = table(&stack);
	__u32 depth = walk->depth - 1;

	if (!s || depth >= config.depth)
		return config.policy_row;
	walk->depth = depth;
	return s[depth];
}

static __always_inline long row_act(struct walk *walk,
				    const struct abi_row *row, __u32 next)
{
	switch (row->op) {
	case OP_ACCEPT:
		return walk_end(walk, OUTCOME_ACCEPT);
	case OP_DROP:
		return walk_end(walk, OUTCOME_DROP);
	case OP_RETURN:
		walk->pc = pop(walk);
		return 0;
	case OP_JUMP:
		if (!push(walk, next))
			return walk_end(walk, OUTCOME_BOUNDS);
		/* fallthrough */
	case OP_GOTO:
		walk->pc = row->jump;
		return 0;
	default:
		walk->pc = next;
		return 0;
	}
}

static __always_inline long row_match(struct walk *walk, struct step *step,
				      __u32 nr)
{
	const struct abi_row *all = table(&rows);
	const struct abi_row *row;

	if (!all || nr >= config.nr_rows)
		return walk_end(walk, OUTCOME_BOUNDS);
	row = &all[nr];
	if (config.nr_extras && row->nr_extras &&
	    !extras_match(step->skb, step->packet, row)) {
		walk->pc = nr + 1;
		return 0;
	}
	if (row->hot >> (walk->header & 7) & 1)
		return walk_end(walk, OUTCOME_HOT);
	walk_count(walk, step->packet, row->counter);
	return row_act(walk, row, nr + 1);
}

/* One row acted on, or one step to the next word that may hold a match. */
static long walk_step(__u32 i, struct step *step)
{
	struct walk *walk = table(&walks);
	__u32 pc, next;
	__u64 hits;

	if (!walk)
		return 1;
	pc = walk->pc;
	hits = vectors_word(pc / BLOCK_ROWS, pc / 64 % 64);
	hits &= ~0ull << pc % 64;
	if (hits)
		return row_match(walk, step, (pc & ~63u) + lowest(hits));
	next = vectors_next(pc / BLOCK_ROWS, pc / 64 % 64);
	if (next == NO_ROW)
		return walk_end(walk, OUTCOME_BOUNDS);
	walk->pc = next;
	return 0;
}

#endif
