/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name lookups: services, protocols, hosts. The one place left of the kernel
 * that asks the system; tests put a fixed table in its place.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdint.h>

struct names {
	/* Port of a service for a protocol ("tcp", ...; NULL: any), or -1. */
	int (*port)(const char *service, const char *protocol);
	/* Number of a protocol (/etc/protocols), or -1. */
	int (*protocol)(const char *name);
	/* Name of a protocol number (/etc/protocols), or NULL. */
	const char *(*protocol_name)(int number);
	/* IPv4 addresses of a host, host order: up to max; the number, 0 for
	 * none. */
	unsigned int (*host)(const char *name, uint32_t *addrs,
			     unsigned int max);
};

extern const struct names names_system;
extern const struct names names_fixed;

#endif
