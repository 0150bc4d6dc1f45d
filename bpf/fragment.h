/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments at INPUT and OUTPUT, where iptables sees the datagram. The first
 * fragment is judged; what it met is kept by datagram, later ones share its
 * verdict and add their bytes to the same counters. A later fragment that
 * comes before the first passes at INPUT, where the stack cannot reassemble
 * without the first, and its bytes wait for it; at OUTPUT, where fragments
 * leave in order, it is dropped.
 */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "maps.h"
#include "packet.h"

static __always_inline void fragment_key_set(struct packet *p, __u32 hook)
{
	p->key.saddr = p->saddr;
	p->key.daddr = p->daddr;
	p->key.id = p->id;
	p->key.proto = p->proto;
	p->key.hook = hook;
	p->key.ifindex = hook == HOOK_OUTPUT ? p->iif : 0;
}

/* Returns -1 if the verdict of the first must be known, but is not. */
static __always_inline int fragment_later(struct packet *p,
					  struct fragment_state *state)
{
	struct fragment_state early = { .pending = p->l4_len };
	int i;

	p->fragment = FRAGMENT_LATER;
	p->bytes = p->l4_len;
	if (state && state->generation) {
		p->dropped = state->dropped;
		if (state->generation == p->generation)
			p->nr_met = state->nr_met;
		for (i = 0; i < MAX_MET; i++)
			p->met[i] = state->met[i];
		return 0;
	}
	if (p->key.hook == HOOK_OUTPUT)
		return -1;
	if (state)
		state->pending += p->l4_len;
	else
		bpf_map_update_elem(&fragments, &p->key, &early, BPF_ANY);
	p->dropped = 0;
	return 0;
}

/*
 * Before the chain program: what is known of a fragment's datagram, and for a
 * later one the verdict and the counters of its first. Returns -1 if the packet
 * is to be dropped for want of them.
 */
static __always_inline int fragment_find(struct packet *p, __u32 hook)
{
	struct fragment_state *state;

	if (!p->offset && !p->more)
		return 0;
	fragment_key_set(p, hook);
	state = bpf_map_lookup_elem(&fragments, &p->key);
	if (p->offset)
		return fragment_later(p, state);
	p->fragment = FRAGMENT_FIRST;
	if (state && !state->generation)
		p->bytes += state->pending;
	return 0;
}

/* Keeps what the first fragment met for those that follow. */
static __always_inline void fragment_keep(struct packet *p, bool dropped)
{
	struct fragment_state state = {
		.generation = p->generation,
		.dropped = dropped,
		.nr_met = p->nr_met,
	};
	int i;

	for (i = 0; i < MAX_MET; i++)
		state.met[i] = p->met[i];
	bpf_map_update_elem(&fragments, &p->key, &state, BPF_ANY);
}

#endif
