/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC32c (Castagnoli) over bytes of a packet, in one piece or not; eight bytes
 * at a time, by a look-up each, in a loop of which the verifier sees a single
 * step. Nothing is written into the packet.
 */
#ifndef CRC32C_H
#define CRC32C_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define CRC32C_WORDS	16
#define CRC32C_BLOCK	(CRC32C_WORDS * 4u)

/* Whole blocks, then words, then bytes. */
#define CRC32C_STEPS	(65535 / CRC32C_BLOCK + CRC32C_WORDS + 4)

/* It must lie in a map, as what a step knows from those before is in it. */
struct crc32c {
	__u32 sum;
	__u32 at;		/* offset in the packet */
	__u32 left;
	__u32 failed;
	__u32 block[CRC32C_WORDS];
};

/*
 * A table for each of eight bytes, the first one first: what the byte makes of
 * the sum by the time that all eight have gone through. Shorter pieces use the
 * last tables. The sum is linear, so an entry is the sum of its bits'.
 */
#define BIT(i, k, sum)	((i) >> (k) & 1 ? sum : 0u)
#define ENTRY(i, a, b, c, d, e, f, g, h)				\
	BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^	\
	BIT(i, 4, e) ^ BIT(i, 5, f) ^ BIT(i, 6, g) ^ BIT(i, 7, h)
#define FOUR(i, ...)							\
	ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__),		\
	ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define SIXTEEN(i, ...)							\
	FOUR(i, __VA_ARGS__), FOUR(i + 4, __VA_ARGS__),			\
	FOUR(i + 8, __VA_ARGS__), FOUR(i + 12, __VA_ARGS__)
#define QUARTER(i, ...)							\
	SIXTEEN(i, __VA_ARGS__), SIXTEEN(i + 16, __VA_ARGS__),		\
	SIXTEEN(i + 32, __VA_ARGS__), SIXTEEN(i + 48, __VA_ARGS__)
#define TABLE(...) {							\
	QUARTER(0, __VA_ARGS__), QUARTER(64, __VA_ARGS__),		\
	QUARTER(128, __VA_ARGS__), QUARTER(192, __VA_ARGS__) }

static const __u32 crc32c_table[8][256] = {
	TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da,
	      0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664),
	TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53,
	      0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
	TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f,
	      0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6),
	TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91,
	      0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c),
	TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6,
	      0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f),
	TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5,
	      0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743),
	TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8,
	      0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9),
	TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf,
	      0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78),
};

#undef BIT
#undef ENTRY
#undef FOUR
#undef SIXTEEN
#undef QUARTER
#undef TABLE

/* What the four bytes of a word give, the first by the given table. A word is
 * as it lies in the packet. */
static __always_inline __u32 crc32c_part(__u32 word, int table)
{
	return crc32c_table[table][word & 255] ^
	       crc32c_table[table + 1][word >> 8 & 255] ^
	       crc32c_table[table + 2][word >> 16 & 255] ^
	       crc32c_table[table + 3][word >> 24];
}

static __always_inline __u32 crc32c_little(__u32 word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap32(word);
#else
	return word;
#endif
}

static __always_inline __u32 crc32c_word(__u32 sum, __u32 word)
{
	return crc32c_part(sum ^ crc32c_little(word), 4);
}

static __always_inline __u32 crc32c_words(__u32 sum, __u32 word, __u32 next)
{
	return crc32c_part(sum ^ crc32c_little(word), 0) ^
	       crc32c_part(crc32c_little(next), 4);
}

static __always_inline __u32 crc32c_byte(__u32 sum, __u8 byte)
{
	__u32 index = sum ^ byte;

	/* Old verifiers lose the bounds of what is masked before an xor. */
	asm volatile("" : "+r"(index));
	return crc32c_table[7][index & 255] ^ sum >> 8;
}

/* A callback's context lies on the stack, what it works on in a map. */
struct crc32c_walk {
	struct __sk_buff *skb;
	struct crc32c *crc;
};

/* Returns how many bytes it has added: 0 if they could not be read. */
static __always_inline __u32 crc32c_some(struct __sk_buff *skb,
					 struct crc32c *c)
{
	__u32 i, sum = c->sum, size = CRC32C_BLOCK;
	__u8 byte;

	if (c->left >= size) {
		if (bpf_skb_load_bytes(skb, c->at, c->block, size))
			return 0;
		for (i = 0; i < CRC32C_WORDS; i += 2)
			sum = crc32c_words(sum, c->block[i],
					   c->block[i + 1]);
	} else if (c->left >= 4) {
		size = 4;
		if (bpf_skb_load_bytes(skb, c->at, c->block, size))
			return 0;
		sum = crc32c_word(sum, c->block[0]);
	} else {
		size = 1;
		if (bpf_skb_load_bytes(skb, c->at, &byte, size))
			return 0;
		sum = crc32c_byte(sum, byte);
	}
	c->sum = sum;
	return size;
}

static long crc32c_step(__u32 i, struct crc32c_walk *walk)
{
	struct crc32c *c = walk->crc;
	__u32 done;

	if (!c->left)
		return 1;
	done = crc32c_some(walk->skb, c);
	if (!done) {
		c->failed = 1;
		return 1;
	}
	c->at += done;
	c->left -= done;
	return 0;
}

/* Adds the left bytes from at on to sum. Returns 0, or -1 if they are not all
 * there. */
static __always_inline int crc32c_read(struct __sk_buff *skb, struct crc32c *c)
{
	struct crc32c_walk walk = { .skb = skb, .crc = c };

	c->failed = 0;
	bpf_loop(CRC32C_STEPS, crc32c_step, &walk, 0);
	return c->failed || c->left ? -1 : 0;
}

#endif
