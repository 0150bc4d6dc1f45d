/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments at INPUT and OUTPUT, where iptables sees the datagram, and at
 * FORWARD if connections are tracked. The first fragment is judged; what it met
 * is kept by datagram, later ones share its verdict and add their bytes to the
 * same counters. A later fragment that comes before the first passes at INPUT,
 * where the stack cannot reassemble without the first, and its bytes wait for
 * it; elsewhere it is dropped.
 */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "maps.h"
#include "packet.h"

#define FRAGMENT_NS	30000000000ull	/* IP_FRAG_TIME in include/net/ip.h */

static __always_inline void fragment_key_set(struct packet *p, __u32 hook)
{
	p->key.saddr = p->saddr;
	p->key.daddr = p->daddr;
	p->key.id = p->id;
	p->key.proto = p->proto;
	p->key.hook = hook;
	p->key.ifindex = hook == HOOK_OUTPUT ? p->iif : 0;
}

/* What is known of the fragment's datagram and not too old to be of it. */
static __always_inline struct fragment_state *
fragment_state(const struct packet *p)
{
	struct fragment_state *state = bpf_map_lookup_elem(&fragments, &p->key);

	if (state && bpf_ktime_get_coarse_ns() - state->last_ns < FRAGMENT_NS)
		return state;
	return NULL;
}

/* Of the whole datagram if this is its last fragment, else what is known. */
static __always_inline __u32 fragment_total(const struct packet *p)
{
	return p->more ? p->total : p->offset + p->l4_len;
}

/* Adds a later fragment to what is known; forgets it all when it is whole. */
static __always_inline void fragment_add(struct packet *p,
					 struct fragment_state *state)
{
	p->total = state->total;
	state->total = fragment_total(p);
	state->seen += p->l4_len;
	state->last_ns = bpf_ktime_get_coarse_ns();
	if (state->generation && state->seen == state->total)
		bpf_map_delete_elem(&fragments, &p->key);
}

/* Returns -1 if the verdict of the first must be known, but is not. */
static __always_inline int fragment_later(struct packet *p,
					  struct fragment_state *state)
{
	struct fragment_state early = {
		.last_ns = bpf_ktime_get_coarse_ns(),
		.seen = p->l4_len,
		.total = fragment_total(p),
	};
	int i;

	p->fragment = FRAGMENT_LATER;
	p->bytes = p->l4_len;
	p->dropped = 0;
	if (state && state->generation) {
		p->dropped = state->dropped;
		p->followed = state->followed;
		p->seq = state->seq;
		p->sport = state->sport;
		p->dport = state->dport;
		if (state->generation == p->generation)
			p->nr_met = state->nr_met;
		for (i = 0; i < MAX_MET; i++)
			p->met[i] = state->met[i];
	} else if (p->key.hook != HOOK_INPUT) {
		return -1;
	}
	if (state)
		fragment_add(p, state);
	else
		bpf_map_update_elem(&fragments, &p->key, &early, BPF_ANY);
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
	p->followed = 0;
	p->seen = 0;
	p->total = 0;
	state = fragment_state(p);
	if (p->offset)
		return fragment_later(p, state);
	p->fragment = FRAGMENT_FIRST;
	if (state && !state->generation) {
		p->seen = state->seen;
		p->total = state->total;
		p->bytes += p->seen;
	}
	return 0;
}

/* Keeps what the first fragment met for those that follow, if any do. */
static __always_inline void fragment_keep(struct packet *p, bool dropped)
{
	struct fragment_state state = {
		.last_ns = bpf_ktime_get_coarse_ns(),
		.generation = p->generation,
		.seen = p->seen + p->l4_len,
		.total = p->total,
		.dropped = dropped,
		.nr_met = p->nr_met,
		.followed = p->followed,
		.seq = p->seq,
		.sport = p->sport,
		.dport = p->dport,
	};
	int i;

	if (state.seen == state.total) {
		bpf_map_delete_elem(&fragments, &p->key);
		return;
	}
	for (i = 0; i < MAX_MET; i++)
		state.met[i] = p->met[i];
	bpf_map_update_elem(&fragments, &p->key, &state, BPF_ANY);
}

#endif
