/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ICMP types are queries, answers and errors, as the kernel's
 * nf_conntrack_proto_icmp.c has them. <linux/icmp.h> cannot be included: it
 * brings headers of the host's.
 */
#ifndef ICMP_H
#define ICMP_H

#include <stdbool.h>

#include <linux/types.h>

#define ICMP_HEADER	8u

enum icmp_type {
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_ECHO = 8,
	ICMP_EXCEEDED = 11,
	ICMP_PARAMETER = 12,
	ICMP_TIMESTAMP = 13,
	ICMP_TIMESTAMP_REPLY = 14,
	ICMP_INFO = 15,
	ICMP_INFO_REPLY = 16,
	ICMP_MASK = 17,
	ICMP_MASK_REPLY = 18,
};

static __always_inline bool icmp_is_query(__u8 type)
{
	return type == ICMP_ECHO || type == ICMP_TIMESTAMP ||
	       type == ICMP_INFO || type == ICMP_MASK;
}

/* The query that a type answers, or the type itself. */
static __always_inline __u8 icmp_query_of(__u8 type)
{
	switch (type) {
	case ICMP_ECHO_REPLY:
		return ICMP_ECHO;
	case ICMP_TIMESTAMP_REPLY:
	case ICMP_INFO_REPLY:
	case ICMP_MASK_REPLY:
		return type - 1;
	default:
		return type;
	}
}

static __always_inline bool icmp_is_error(__u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_EXCEEDED ||
	       type == ICMP_PARAMETER;
}

#endif
