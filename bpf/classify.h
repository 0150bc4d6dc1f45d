/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet's value in each tested column to the place of its vector, by the
 * classifier that the plan chose (abi.h). A column that does not apply to the
 * packet is not asked: COL_PROTO has left out the rows that need it.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <linux/in.h>

#include <bpf/bpf_endian.h>

#include "config.h"
#include "parse.h"
#include "vector.h"

#define COLUMN(c)	(config.column[c])
#define TESTED(c)	(COLUMN(c).classifier != CLASSIFY_NONE)

/* tables[i]; the empty vector outside, where no classifier leads. */
static __always_inline __u32 table_at(const __u32 *t, __u64 i)
{
	return i < config.nr_tables ? t[i] : 0;
}

static __always_inline __u32 classify_direct(const __u32 *t, int c,
					     __u32 value)
{
	return value < COLUMN(c).size ?
	       table_at(t, (__u64)COLUMN(c).table + value) : 0;
}

/* The entry of a node's slot, see abi.h. */
static __always_inline __u32 trie_slot(const __u32 *t, __u64 node, __u32 slot)
{
	__u32 w = slot >> 5;
	__u32 bits = table_at(t, node + w) & (2ull << (slot & 31)) - 1;
	__u32 before = table_at(t, node + TRIE_BITS + (w >> 2));

	before = before >> (w & 3) * 8 & 0xff;
	return table_at(t, node + TRIE_HEAD + before - 1 +
			__builtin_popcount(bits));
}

static __always_inline __u32 classify_trie(const __u32 *t, int c, __u32 value)
{
	__u32 entry = table_at(t, (__u64)COLUMN(c).table + (value >> 16));

	if (entry & TRIE_NODE)
		entry = trie_slot(t, entry & ~TRIE_NODE, value >> 8 & 0xff);
	if (entry & TRIE_NODE)
		entry = trie_slot(t, entry & ~TRIE_NODE, value & 0xff);
	return entry;
}

/* One halving: pos is the last bound known to be not above the value. */
static long search_step(__u32 i, void *ctx)
{
	struct walk *walk = table(&walks);
	const __u64 *w = table(&words);
	struct search *s;
	__u64 at, hi;

	if (!walk || !w)
		return 1;
	s = &walk->search;
	at = (__u64)s->key + 2 * ((__u64)s->pos + s->step);
	hi = word_at(w, at);
	/*
	 * For the verifier: older kernels (6.1) do not know that at is bounded
	 * where at + 1 is, so each place is compared by itself.
	 */
	at++;
	barrier_var(at);
	if (s->pos + s->step < s->size &&
	    (hi < s->hi || (hi == s->hi && word_at(w, at) <= s->lo)))
		s->pos += s->step;
	s->step >>= 1;
	return s->step == 0;
}

static __always_inline __u32 classify_search(struct walk *walk, const __u32 *t,
					     int c, const __u64 value[2])
{
	struct search *s = &walk->search;
	__u32 step = SEARCH_MAX / 2;

	while (step > 1 && step >= COLUMN(c).size)
		step >>= 1;
	s->hi = value[0];
	s->lo = value[1];
	s->key = COLUMN(c).key;
	s->size = COLUMN(c).size;
	s->pos = 0;
	s->step = step;
	bpf_loop(17, search_step, NULL, 0);
	return classify_direct(t, c, s->pos);
}

/* Ports are asked where multiport or the protocol's own match reads them. */
static __always_inline __u32 classify_port(const __u32 *t, int c,
					   const struct packet *p, __u32 port)
{
	if (!has_ports(p->proto))
		return VECTOR_ALL;
	if (p->header == HEADER_OK || p->header == HEADER_BADOPT)
		return classify_direct(t, c, port);
	if (p->header == HEADER_SHORT && COLUMN(c).size == PORT_SIZE)
		return classify_direct(t, c, PORT_SHORT + port);
	return VECTOR_ALL;
}

static __always_inline bool has_tcp_header(const struct packet *p)
{
	return p->proto == IPPROTO_TCP &&
	       (p->header == HEADER_OK || p->header == HEADER_BADOPT);
}

static __always_inline bool has_icmp_header(const struct packet *p)
{
	return p->proto == IPPROTO_ICMP && p->header == HEADER_OK;
}

static __always_inline __u32 classify_mac(struct __sk_buff *skb,
					  struct walk *walk, const __u32 *t,
					  const struct packet *p)
{
	__u64 key[2] = { MAC_NONE };
	__u64 mac = 0;

	if (p->ether && !bpf_skb_load_bytes(skb, 6, (__u8 *)&mac + 2, 6))
		key[0] = __builtin_bswap64(mac);
	return classify_search(walk, t, COL_MAC, key);
}

static __always_inline void classify_fields(const struct packet *p,
					    const __u32 *t, __u32 *v)
{
	if (TESTED(COL_SADDR))
		v[COL_SADDR] = classify_trie(t, COL_SADDR, p->saddr);
	if (TESTED(COL_DADDR))
		v[COL_DADDR] = classify_trie(t, COL_DADDR, p->daddr);
	if (TESTED(COL_MARK))
		v[COL_MARK] = classify_trie(t, COL_MARK, p->mark);
	if (TESTED(COL_PROTO))
		v[COL_PROTO] = classify_direct(t, COL_PROTO,
					       p->header << 8 | p->proto);
	if (TESTED(COL_SPORT))
		v[COL_SPORT] = classify_port(t, COL_SPORT, p, p->sport);
	if (TESTED(COL_DPORT))
		v[COL_DPORT] = classify_port(t, COL_DPORT, p, p->dport);
	if (TESTED(COL_ICMP))
		v[COL_ICMP] = !has_icmp_header(p) ? VECTOR_ALL :
			classify_direct(t, COL_ICMP,
					p->icmp_type << 8 | p->icmp_code);
	if (TESTED(COL_TCPFLAGS))
		v[COL_TCPFLAGS] = !has_tcp_header(p) ? VECTOR_ALL :
			classify_direct(t, COL_TCPFLAGS, p->tcpflags);
	if (TESTED(COL_LENGTH))
		v[COL_LENGTH] = classify_direct(t, COL_LENGTH,
						p->length < LENGTH_MAX ?
						p->length : LENGTH_MAX);
	if (TESTED(COL_TTL))
		v[COL_TTL] = classify_direct(t, COL_TTL, p->ttl);
	if (TESTED(COL_TOS))
		v[COL_TOS] = classify_direct(t, COL_TOS, p->tos);
	if (TESTED(COL_PKTTYPE))
		v[COL_PKTTYPE] = classify_direct(t, COL_PKTTYPE, p->pkttype);
	if (TESTED(COL_STATE))
		v[COL_STATE] = classify_direct(t, COL_STATE,
					       label_index(p->ct.label));
}

static __always_inline void classify_keys(struct __sk_buff *skb,
					  const struct packet *p,
					  const __u32 *t, struct walk *walk)
{
	__u32 *v = walk->vectors;

	if (TESTED(COL_IIF))
		v[COL_IIF] = classify_search(walk, t, COL_IIF, p->iname);
	if (TESTED(COL_OIF))
		v[COL_OIF] = classify_search(walk, t, COL_OIF, p->oname);
	if (TESTED(COL_MAC))
		v[COL_MAC] = classify_mac(skb, walk, t, p);
}

#endif
