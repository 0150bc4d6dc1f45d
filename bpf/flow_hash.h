/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hash of a flow, the same for both of its directions: SipHash-1-3 over the
 * endpoints in order and the protocol. The seed is secret, so that nobody
 * outside can choose flows that share their buckets. The length is always the
 * same and is not hashed.
 */
#ifndef FLOW_HASH_H
#define FLOW_HASH_H

#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct sip {
	__u64 v[4];
};

static __always_inline __u64 rotate(__u64 x, __u32 bits)
{
	return x << bits | x >> (64 - bits);
}

static __always_inline void sip_round(struct sip *s)
{
	s->v[0] += s->v[1];
	s->v[2] += s->v[3];
	s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
	s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
	s->v[0] = rotate(s->v[0], 32);
	s->v[2] += s->v[1];
	s->v[0] += s->v[3];
	s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
	s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
	s->v[2] = rotate(s->v[2], 32);
}

static __always_inline void sip_word(struct sip *s, __u64 word)
{
	s->v[3] ^= word;
	sip_round(s);
	s->v[0] ^= word;
}

/*
 * addrs and ports are the first bytes of a struct flow: addr[2]; port[2] and
 * proto in 40 bits. Not static, so that the verifier goes through it once, and
 * not again for each kind of packet.
 */
__u64 flow_hash(__u64 addrs, __u64 ports, __u64 seed, __u64 other_seed);

__noinline __u64 flow_hash(__u64 addrs, __u64 ports, __u64 seed,
			   __u64 other_seed)
{
	__u64 a = (addrs & 0xffffffff) << 16 | (ports & 0xffff);
	__u64 b = addrs >> 32 << 16 | (ports >> 16 & 0xffff);
	struct sip s = { {
		seed ^ 0x736f6d6570736575ull,
		other_seed ^ 0x646f72616e646f6dull,
		seed ^ 0x6c7967656e657261ull,
		other_seed ^ 0x7465646279746573ull,
	} };

	sip_word(&s, a < b ? a : b);
	sip_word(&s, (a < b ? b : a) | ports >> 32 << 48);
	s.v[2] ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

#endif
