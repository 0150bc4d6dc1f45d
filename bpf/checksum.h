/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checksums of transport headers, as nf_ip_checksum() in the kernel's
 * net/netfilter/utils.c checks them: not where the device, or the sender's
 * device, has answered for them already.
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"
#include "packet.h"

#define CHECKSUM_BLOCK	512u	/* as much as bpf_csum_diff takes */
#define CHECKSUM_BLOCKS	(65535 / CHECKSUM_BLOCK + 1)

/* sk_buff.ip_summed. */
enum summed {
	SUMMED_NONE,
	SUMMED_UNNECESSARY,
	SUMMED_COMPLETE,	/* sk_buff.csum is the sum from IP on */
	SUMMED_PARTIAL,
};

/* It must lie in a map, as what a step knows from those before is in it. */
struct checksum {
	__u32 sum;
	__u32 at;		/* offset in the packet */
	__u32 left;
	__u32 failed;
	__be32 block[CHECKSUM_BLOCK / 4];
};

struct checksum_walk {
	struct __sk_buff *skb;
	struct checksum *checksum;
};

static __always_inline enum summed skb_summed(struct __sk_buff *skb)
{
	struct sk_buff *kskb = kernel_skb(skb);

	return direct_reads ? BPF_CORE_READ_BITFIELD(kskb, ip_summed) :
			      BPF_CORE_READ_BITFIELD_PROBED(kskb, ip_summed);
}

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* In network order, as the words of the packet are. */
static __always_inline __u64 pseudo_header(const struct packet *p, __u8 proto)
{
	return (__u64)bpf_htonl(p->saddr) + bpf_htonl(p->daddr) +
	       bpf_htons(proto) + bpf_htonl(p->l4_len);
}

static long checksum_step(__u32 i, struct checksum_walk *walk)
{
	struct checksum *c = walk->checksum;
	__u32 last = c->left - 1;	/* of the block's bytes */

	if (!c->left)
		return 1;
	if (c->left > CHECKSUM_BLOCK)
		last = CHECKSUM_BLOCK - 1;
	/* Old verifiers do not see that a block has a byte at least. */
	asm volatile("" : "+r"(last));
	last &= CHECKSUM_BLOCK - 1;
	/* What the last word has behind the end counts as zeros. */
	c->block[last / 4] = 0;
	if (bpf_skb_load_bytes(walk->skb, c->at, c->block, last + 1)) {
		c->failed = 1;
		return 1;
	}
	c->sum = bpf_csum_diff(NULL, 0, c->block, last / 4 * 4 + 4, c->sum);
	c->at += last + 1;
	c->left -= last + 1;
	return 0;
}

/* Whether the first len bytes behind the IP header and the sum before them add
 * up to all ones. */
static __always_inline bool bytes_good(struct __sk_buff *skb,
				       const struct packet *p, __u32 len,
				       __u64 before, struct checksum *c)
{
	struct checksum_walk walk = { .skb = skb, .checksum = c };

	c->sum = 0;
	c->at = p->l4;
	c->left = len;
	c->failed = 0;
	if (!checksum_step(0, &walk) && c->left)
		bpf_loop(CHECKSUM_BLOCKS, checksum_step, &walk, 0);
	return !c->failed && fold(before + c->sum) == 0xffff;
}

/*
 * The checksum that covers the first len bytes of the transport header and what
 * is behind it, with a pseudo header unless proto is 0.
 */
static __always_inline bool transport_good(struct __sk_buff *skb,
					   const struct packet *p, __u8 proto,
					   __u32 len, struct checksum *c)
{
	__u64 before = proto ? pseudo_header(p, proto) : 0;
	enum summed summed = skb_summed(skb);

	if (summed == SUMMED_UNNECESSARY || summed == SUMMED_PARTIAL)
		return true;
	/* The IP header, good as it is, adds nothing; padding would. */
	if (summed == SUMMED_COMPLETE && len == p->l4_len &&
	    skb->len == p->l3 + p->length &&
	    fold(before + KERNEL_READ(kernel_skb(skb), csum)) == 0xffff)
		return true;
	return bytes_good(skb, p, len, before, c);
}

#endif
