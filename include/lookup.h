/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name lookups with a memory: what a dump names a thousand times is asked
 * once. Protocol names follow iptables, which knows some of its own.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdint.h>

struct arena;
struct lookup;
struct names;

struct lookup *lookup_new(struct arena *arena, const struct names *names);

/* Port of a service for a protocol, or -1. */
int lookup_port(struct lookup *lookup, const char *service,
		const char *protocol);

/* Number of a protocol by name ("all" is 0), or -1. */
int lookup_protocol(struct lookup *lookup, const char *name);

/* Name of a protocol as iptables-save prints it, or NULL for none. */
const char *lookup_protocol_name(struct lookup *lookup, int number);

/* Name of a protocol that iptables knows by itself, "all" for 0, or NULL. */
const char *lookup_own_protocol(int number);

/* Addresses of a host or network by name, as struct names has it. */
unsigned int lookup_host(struct lookup *lookup, const char *name,
			 uint32_t *addrs, unsigned int max);

#endif
