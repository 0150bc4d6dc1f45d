// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program of one hook of one generation. It takes the packet that the
 * selector put into per-CPU scratch, finds its vector in each column that the
 * rules test, walks the rows and gives the verdict. Loaded once for each hook,
 * with constants and tables of its own.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "classify.h"
#include "config.h"
#include "fragment.h"
#include "walk.h"

/* Whether a first fragment tells all of the header that the rules read: TCP
 * options that it cuts off are missed only where they are asked for. */
static __always_inline bool header_told(const struct packet *p)
{
	if (p->header == HEADER_BADOPT)
		return p->l4_head < 20 ||
		       !(config.reads_tcpopt || config.tracked);
	return p->header == HEADER_OK;
}

/*
 * A fragment of a datagram that is judged whole cannot be judged where rules
 * ask for what its first fragment does not tell. Returns the event to drop it
 * for, or -1.
 */
static __always_inline int fragment_unfit(const struct packet *p)
{
	if (TESTED(COL_LENGTH))
		return DROP_FRAGMENT_LENGTH;
	if (!config.reads_header)
		return -1;
	if (p->fragment == FRAGMENT_FIRST)
		return header_told(p) ? -1 : DROP_FRAGMENT_HEADER;
	return p->offset < header_size(p->proto) ?
	       DROP_FRAGMENT_OVERWRITE : -1;
}

/* A later fragment: the verdict and the counters of the first. */
static __always_inline int later_verdict(const struct packet *p)
{
	int i;

	for (i = 0; i < MAX_MET && i < p->nr_met; i++)
		counter_add(p->met[i], 0, p->bytes);
	if (p->dropped)
		return TC_ACT_SHOT;
	return pass(PASS_LATER_FRAGMENT);
}

static __always_inline int outcome_verdict(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_ACCEPT:
		return TC_ACT_UNSPEC;
	case OUTCOME_DROP:
		return TC_ACT_SHOT;
	case OUTCOME_HOT:
		return drop(DROP_HOT);
	case OUTCOME_BOUNDS:
		return drop(DROP_BOUNDS);
	default:
		return drop(DROP_STEPS);
	}
}

static __always_inline int chain_walk(struct __sk_buff *skb, struct packet *p)
{
	struct step step = { .skb = skb, .packet = p };
	struct walk *walk = table(&walks);
	const __u32 *t = table(&tables);

	if (!walk || !t)
		return drop(DROP_BOUNDS);
	walk->pc = 0;
	walk->depth = 0;
	walk->outcome = OUTCOME_NONE;
	walk->bytes = p->bytes;
	walk->header = p->header;
	walk->quiet = p->quiet;
	walk->first = p->fragment == FRAGMENT_FIRST;
	if (config.nr_rows == 1) {
		row_match(walk, &step, 0);
		return outcome_verdict(walk->outcome);
	}
	classify_fields(p, t, walk->vectors);
	classify_keys(skb, p, t, walk);
	bpf_loop(config.steps, walk_step, &step, 0);
	return outcome_verdict(walk->outcome);
}

/*
 * On to the next chain. The tracker has stored what is new; what loops back
 * has left, for it, and is of a flow that is in its table.
 */
static __always_inline int input_call(struct __sk_buff *skb, struct packet *p)
{
	p->pkttype = p->looped;
	p->quiet = 0;
	if (config.tracked && label_has_flow(p->ct.label) &&
	    !(p->ct.label & LABEL_CONFIRMED)) {
		p->ct.label |= LABEL_CONFIRMED;
		p->ct.expires_s = p->later_s;
	}
	p->next = abi_slot(p->generation, HOOK_INPUT);
	if (config.tracked && p->fresh) {
		p->fresh = 0;
		bpf_tail_call(skb, &programs, SLOT_STORE);
	}
	bpf_tail_call(skb, &programs, p->next);
	return drop(DROP_NO_PROGRAM);
}

/* The packet begins a connection and goes on: it is put into the table. */
static __always_inline int store_call(struct __sk_buff *skb, struct packet *p)
{
	p->next = NR_PROGRAMS;
	bpf_tail_call(skb, &programs, SLOT_STORE);
	return drop(DROP_NO_PROGRAM);
}

SEC("tc")
int chain(struct __sk_buff *skb)
{
	struct packet *p = table(&scratch);
	int unfit, verdict;

	if (!p)
		return drop(DROP_NO_SCRATCH);
	if (config.datagrams && p->fragment != FRAGMENT_NONE) {
		unfit = fragment_unfit(p);
		if (unfit >= 0)
			return drop(unfit);
		if (p->fragment == FRAGMENT_LATER)
			return later_verdict(p);
	}
	verdict = chain_walk(skb, p);
	if (config.datagrams && p->fragment == FRAGMENT_FIRST)
		fragment_keep(p, verdict == TC_ACT_SHOT);
	if (verdict == TC_ACT_SHOT)
		return verdict;
	if (config.hook == HOOK_OUTPUT && p->looped)
		return input_call(skb, p);
	if (config.tracked && p->fresh)
		return store_call(skb, p);
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";
