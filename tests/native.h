/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests that compile headers of bpf/ for the host: the two helpers that
 * these call, over bytes of the test's own. To be included before them.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <linux/bpf.h>

/* The helpers' own declarations are variables with the numbers of helpers. */
#include <bpf/bpf_helpers.h>

/* Callbacks have the parameters that the kernel gives them, used or not. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define bpf_skb_load_bytes	native_load_bytes
#define bpf_loop		native_loop

/* The context is all that is passed around, so the bytes go with it. */
struct native_skb {
	struct __sk_buff skb;
	const uint8_t *bytes;
	uint32_t len;
};

/* Never in one piece: data lies behind data_end, so all bytes are loaded. */
static inline void native_init(struct native_skb *native, const uint8_t *bytes,
			       uint32_t len)
{
	memset(native, 0, sizeof(*native));
	native->skb.data = 4096;
	native->skb.len = len;
	native->bytes = bytes;
	native->len = len;
}

static inline long native_load_bytes(const struct __sk_buff *skb, uint32_t off,
				     void *to, uint32_t len)
{
	const struct native_skb *native = (const void *)skb;

	if (off > native->len || len > native->len - off)
		return -1;
	memcpy(to, native->bytes + off, len);
	return 0;
}

static inline long native_loop(uint32_t nr, void *step, void *context,
			       uint64_t flags)
{
	long (*call)(uint32_t, void *) = step;
	uint32_t i;

	if (flags)
		return -1;
	for (i = 0; i < nr; i++)
		if (call(i, context))
			return i + 1;
	return i;
}

#endif
