// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name lookups as iptables does them: services, protocols, networks, hosts.
 * In: a name. Out: what the system's databases say. The one place left of the
 * kernel that asks the system.
 */
#include "names.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Where any protocol will do, iptables asks in another way. */
static int any_port(const char *service)
{
	struct addrinfo *list;
	struct sockaddr_in sin;
	int port = -1;

	if (getaddrinfo(NULL, service, NULL, &list) != 0)
		return -1;
	/* The port has one place for both families. */
	if (list->ai_family == AF_INET || list->ai_family == AF_INET6) {
		memcpy(&sin, list->ai_addr, sizeof(sin));
		port = ntohs(sin.sin_port);
	}
	freeaddrinfo(list);
	return port;
}

static int system_port(const char *service, const char *protocol)
{
	struct servent *entry;

	if (!protocol)
		return any_port(service);
	entry = getservbyname(service, protocol);

	return entry ? ntohs((uint16_t)entry->s_port) : -1;
}

static int system_protocol(const char *name)
{
	struct protoent *entry = getprotobyname(name);

	return entry ? entry->p_proto : -1;
}

static const char *system_protocol_name(int number)
{
	struct protoent *entry = getprotobynumber(number);

	return entry ? entry->p_name : NULL;
}

/* Networks first, then hosts, each address in the order of getaddrinfo. */
static unsigned int system_host(const char *name, uint32_t *addrs,
				unsigned int max)
{
	struct addrinfo hints = { .ai_family = AF_INET,
				  .ai_socktype = SOCK_RAW };
	struct netent *net = getnetbyname(name);
	struct addrinfo *list, *entry;
	struct sockaddr_in sin;
	unsigned int nr = 0;

	if (net) {
		addrs[0] = net->n_net;
		return 1;
	}
	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return 0;
	for (entry = list; entry && nr < max; entry = entry->ai_next) {
		memcpy(&sin, entry->ai_addr, sizeof(sin));
		addrs[nr++] = ntohl(sin.sin_addr.s_addr);
	}
	freeaddrinfo(list);
	return nr;
}

const struct names names_system = {
	.port = system_port,
	.protocol = system_protocol,
	.protocol_name = system_protocol_name,
	.host = system_host,
};
