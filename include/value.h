/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed values of options: text to value and back, each type one row of a
 * table. Values are host order. A leaf: it knows no rules.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct names;

#define IFNAME_SIZE	16
#define MULTIPORT_MAX	15

enum value_type {
	VALUE_NONE,		/* an option without value: -f */
	VALUE_IFNAME,
	VALUE_ADDR,		/* address and mask, which may be no prefix */
	VALUE_ADDR_RANGE,	/* iprange */
	VALUE_PROTO,
	VALUE_PORT,		/* one port or a range */
	VALUE_PORT_LIST,	/* multiport */
	VALUE_TCP_FLAGS,	/* --tcp-flags, --syn */
	VALUE_TCP_OPTION,
	VALUE_ICMP,
	VALUE_LENGTH,		/* range of 16-bit numbers */
	VALUE_TTL,		/* range of 8-bit numbers */
	VALUE_TOS,		/* value and mask of the TOS byte */
	VALUE_DSCP,		/* 6 bits; kept as value of the TOS byte, mask 0xfc */
	VALUE_MARK,		/* value and mask */
	VALUE_MAC,
	VALUE_PKTTYPE,
	VALUE_STRING,		/* comment */
	NR_VALUE_TYPES,
};

struct value_range {
	uint32_t lo;
	uint32_t hi;
};

/* Which member holds a type's value is said behind each. */
union value {
	struct {
		char name[IFNAME_SIZE];	/* without the +, NUL padded */
		bool prefix;		/* the name ended in + */
	} ifname;
	struct {
		uint32_t value;
		uint32_t mask;
	} masked;			/* ADDR, TCP_FLAGS, TOS, DSCP, MARK */
	struct value_range range;	/* ADDR_RANGE, PORT, LENGTH, TTL */
	struct {
		uint8_t nr;
		struct value_range range[MULTIPORT_MAX];
	} list;				/* PORT_LIST */
	struct {
		uint8_t type;		/* 255: any */
		uint8_t code_lo;
		uint8_t code_hi;
	} icmp;
	uint8_t byte;			/* PROTO, TCP_OPTION, PKTTYPE */
	uint8_t mac[6];
	const char *string;
};

#endif
