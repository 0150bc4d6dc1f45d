// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name lookups with a memory. In: names as the dump gives them. Out: numbers,
 * asked of struct names once for each name. Never asks the system itself.
 */
#include "lookup.h"

#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "names.h"

#define NR_BUCKETS	256u
#define NR_PROTOCOLS	256

struct answer {
	struct answer *next;
	const char *name;
	const char *protocol;	/* "": any; NULL: the name is a protocol's */
	int number;
};

struct lookup {
	struct arena *arena;
	const struct names *names;
	struct answer *buckets[NR_BUCKETS];
	const char *protocol[NR_PROTOCOLS];
	bool known[NR_PROTOCOLS];
};

/* What iptables knows without /etc/protocols; the first name of a number is
 * the one it prints. */
static const struct {
	const char *name;
	int number;
} own_protocols[] = {
	{ "tcp", 6 },
	{ "sctp", 132 },
	{ "udp", 17 },
	{ "udplite", 136 },
	{ "icmp", 1 },
	{ "icmpv6", 58 },
	{ "ipv6-icmp", 58 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "ipv6-mh", 135 },
	{ "mh", 135 },
	{ "all", 0 },
};

#define NR_OWN	(sizeof(own_protocols) / sizeof(own_protocols[0]))

struct lookup *lookup_new(struct arena *arena, const struct names *names)
{
	struct lookup *lookup = arena_alloc(arena, 1, sizeof(*lookup));

	lookup->arena = arena;
	lookup->names = names;
	return lookup;
}

static struct answer **bucket_of(struct lookup *lookup, const char *name)
{
	unsigned int hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return &lookup->buckets[hash % NR_BUCKETS];
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The remembered answer, or a new one whose number is yet to be set. */
static struct answer *find(struct lookup *lookup, const char *name,
			   const char *protocol, bool *is_new)
{
	struct answer **bucket = bucket_of(lookup, name);
	struct answer *answer;

	*is_new = false;
	for (answer = *bucket; answer; answer = answer->next) {
		if (strcmp(answer->name, name) == 0 &&
		    same_text(answer->protocol, protocol))
			return answer;
	}
	*is_new = true;
	answer = arena_alloc(lookup->arena, 1, sizeof(*answer));
	answer->name = arena_strndup(lookup->arena, name, strlen(name));
	answer->protocol = protocol;
	answer->next = *bucket;
	*bucket = answer;
	return answer;
}

int lookup_port(struct lookup *lookup, const char *service,
		const char *protocol)
{
	bool is_new;
	/* Any protocol's service is not to be taken for a protocol's name. */
	struct answer *answer = find(lookup, service, protocol ? protocol : "",
				     &is_new);

	if (is_new)
		answer->number = lookup->names->port(service, protocol);
	return answer->number;
}

static int number_of_own(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_OWN; i++) {
		if (strcmp(own_protocols[i].name, name) == 0)
			return own_protocols[i].number;
	}
	return -1;
}

int lookup_protocol(struct lookup *lookup, const char *name)
{
	struct answer *answer;
	bool is_new;

	/* No /etc/protocols may redefine it. */
	if (strcmp(name, "all") == 0)
		return number_of_own(name);
	answer = find(lookup, name, NULL, &is_new);
	if (is_new) {
		answer->number = lookup->names->protocol(name);
		/* Of /etc/protocols, mptcp (262) is no protocol of IP. */
		if (answer->number > UINT8_MAX)
			answer->number = -1;
		if (answer->number < 0)
			answer->number = number_of_own(name);
	}
	return answer->number;
}

const char *lookup_own_protocol(int number)
{
	unsigned int i;

	for (i = 0; i < NR_OWN; i++) {
		if (own_protocols[i].number == number)
			return own_protocols[i].name;
	}
	return NULL;
}

const char *lookup_protocol_name(struct lookup *lookup, int number)
{
	const char *name;

	if (lookup->known[number])
		return lookup->protocol[number];
	name = lookup->names->protocol_name(number);
	if (name)
		name = arena_strndup(lookup->arena, name, strlen(name));
	if (!name)
		name = lookup_own_protocol(number);
	lookup->known[number] = true;
	lookup->protocol[number] = name;
	return name;
}

unsigned int lookup_host(struct lookup *lookup, const char *name,
			 uint32_t *addrs, unsigned int max)
{
	return lookup->names->host(name, addrs, max);
}
