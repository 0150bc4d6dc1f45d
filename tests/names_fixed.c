// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fixed table of names in place of the system's, so that tests mean the same
 * on every machine. In: a name. Out: what stands here, nothing else.
 */
#include "names.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	const char *protocol;	/* NULL: any */
	int port;
} services[] = {
	{ "ftp", "tcp", 21 },
	{ "ssh", "tcp", 22 },
	{ "smtp", "tcp", 25 },
	{ "domain", NULL, 53 },
	{ "http", "tcp", 80 },
	{ "ntp", "udp", 123 },
	{ "https", NULL, 443 },
};

static const struct {
	const char *name;
	int number;
} protocols[] = {
	{ "ip", 0 },	 { "icmp", 1 },	      { "igmp", 2 },
	{ "ipencap", 4 }, { "tcp", 6 },	      { "udp", 17 },
	{ "dccp", 33 },	 { "gre", 47 },	      { "esp", 50 },
	{ "ah", 51 },	 { "ipv6-icmp", 58 }, { "ospf", 89 },
	{ "sctp", 132 }, { "mobility-header", 135 },
	{ "udplite", 136 },
};

static const struct {
	const char *name;
	uint32_t addr;
} hosts[] = {
	{ "loopback", 0x7f000000 },
	{ "localhost", 0x7f000001 },
	{ "one.example", 0xc0000201 },
	{ "two.example", 0xc0000202 },
	{ "two.example", 0xc0000203 },
};

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

static int fixed_port(const char *service, const char *protocol)
{
	size_t i;

	for (i = 0; i < NR(services); i++) {
		if (strcmp(services[i].name, service) == 0 &&
		    (!services[i].protocol || !protocol ||
		     strcmp(services[i].protocol, protocol) == 0))
			return services[i].port;
	}
	return -1;
}

static int fixed_protocol(const char *name)
{
	size_t i;

	for (i = 0; i < NR(protocols); i++) {
		if (strcmp(protocols[i].name, name) == 0)
			return protocols[i].number;
	}
	return -1;
}

static const char *fixed_protocol_name(int number)
{
	size_t i;

	for (i = 0; i < NR(protocols); i++) {
		if (protocols[i].number == number)
			return protocols[i].name;
	}
	return NULL;
}

static unsigned int fixed_host(const char *name, uint32_t *addrs,
			       unsigned int max)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < NR(hosts) && nr < max; i++) {
		if (strcmp(hosts[i].name, name) == 0)
			addrs[nr++] = hosts[i].addr;
	}
	return nr;
}

const struct names names_fixed = {
	.port = fixed_port,
	.protocol = fixed_protocol,
	.protocol_name = fixed_protocol_name,
	.host = fixed_host,
};
