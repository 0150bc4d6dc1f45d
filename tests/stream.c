// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends and counts UDP packets around a firewall. Sending and receiving is one
 * process, step by step, so that no queue runs over and what is missing was
 * dropped by the firewall.
 */
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT(way, kind)	(1000 * ((kind) + 1) + (way))

static const char *const targets[NR_WAYS] = {
	[STREAM_FORWARD] = "10.2.0.2",
	[STREAM_INPUT] = "10.1.0.1",
	[STREAM_OUTPUT] = "10.2.0.2",
};

static int devices_make(struct stream *flow)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "link add eth0 type veth peer name c0 netns %s\n"
		 "link add eth1 type veth peer name s0 netns %s\n"
		 "addr add 10.1.0.1/24 dev eth0\n"
		 "addr add 10.2.0.1/24 dev eth1\n"
		 "link set eth0 up\n"
		 "link set eth1 up\n",
		 flow->client.name, flow->server.name);
	return testns_ip(&flow->firewall, text) ||
	       testns_ip(&flow->client, "addr add 10.1.0.2/24 dev c0\n"
					"link set c0 up\n"
					"route add default via 10.1.0.1\n") ||
	       testns_ip(&flow->server, "addr add 10.2.0.2/24 dev s0\n"
					"link set s0 up\n"
					"route add default via 10.2.0.1\n") ||
	       testns_sysctl(&flow->firewall, "ipv4/ip_forward", "1");
}

static int udp_socket(const struct testns *ns, int port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};
	int fd;

	testns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		close(fd);
		fd = -1;
	}
	testns_leave(ns);
	return fd;
}

static int sockets_make(struct stream *flow)
{
	int way, kind;

	for (way = 0; way < NR_WAYS; way++) {
		flow->from[way] = udp_socket(way == STREAM_OUTPUT ?
					     &flow->firewall : &flow->client,
					     0);
		if (flow->from[way] < 0)
			return -1;
		for (kind = 0; kind < NR_KINDS; kind++) {
			flow->to[way][kind] = udp_socket(way == STREAM_INPUT ?
				&flow->firewall : &flow->server,
				PORT(way, kind));
			if (flow->to[way][kind] < 0)
				return -1;
		}
	}
	return 0;
}

/* Whether all that was sent has arrived. */
static bool stream_arrived(const struct stream *flow)
{
	int way, kind;

	for (way = 0; way < NR_WAYS; way++)
		for (kind = 0; kind < NR_KINDS; kind++)
			if (flow->count[way][kind].received <
			    flow->count[way][kind].sent)
				return false;
	return true;
}

int stream_open(struct stream *flow)
{
	int tries = 0;

	memset(flow, 0, sizeof(*flow));
	if (testns_add(&flow->client, "c") || testns_add(&flow->server, "s") ||
	    testns_add(&flow->firewall, "f") || devices_make(flow) ||
	    sockets_make(flow))
		return -EIO;
	/* So that neighbours are known before anything is counted; nothing of
	 * it may come later, when a machine is slow. */
	stream_step(flow);
	do
		stream_settle(flow);
	while (!stream_arrived(flow) && ++tries < 50);
	stream_reset(flow);
	return 0;
}

void stream_close(struct stream *flow)
{
	int way, kind;

	for (way = 0; way < NR_WAYS; way++) {
		close(flow->from[way]);
		for (kind = 0; kind < NR_KINDS; kind++)
			close(flow->to[way][kind]);
	}
	testns_del(&flow->client);
	testns_del(&flow->server);
	testns_del(&flow->firewall);
}

static void stream_take(struct stream *flow)
{
	char byte;
	int way, kind;

	for (way = 0; way < NR_WAYS; way++)
		for (kind = 0; kind < NR_KINDS; kind++)
			while (recv(flow->to[way][kind], &byte, 1, 0) == 1)
				flow->count[way][kind].received++;
}

void stream_step(struct stream *flow)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int way, kind;

	for (way = 0; way < NR_WAYS; way++) {
		inet_pton(AF_INET, targets[way], &to.sin_addr);
		for (kind = 0; kind < NR_KINDS; kind++) {
			to.sin_port = htons((uint16_t)PORT(way, kind));
			if (sendto(flow->from[way], "x", 1, 0,
				   (struct sockaddr *)&to, sizeof(to)) == 1)
				flow->count[way][kind].sent++;
		}
	}
	stream_take(flow);
}

void stream_settle(struct stream *flow)
{
	usleep(100000);
	stream_take(flow);
}

void stream_reset(struct stream *flow)
{
	memset(flow->count, 0, sizeof(flow->count));
}

int stream_judged(struct stream *flow)
{
	int way, judged = 0, lost = 0;

	stream_reset(flow);
	stream_step(flow);
	stream_settle(flow);
	for (way = 0; way < NR_WAYS; way++) {
		judged += !flow->count[way][STREAM_NEVER].received;
		lost += !flow->count[way][STREAM_ALWAYS].received;
	}
	if (lost || (judged && judged < NR_WAYS))
		return -1;
	return judged != 0;
}

static void print_chain(FILE *out, const char *chain, unsigned int number,
			unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		fprintf(out, "-A %s -s 172.%u.%u.%u/32 -p tcp -m tcp --dport %u -j ACCEPT\n",
			chain, 16 + i / 65536, i / 256 % 256, i % 256,
			number + 1);
	fprintf(out, "-A %s -p udp -m udp --dport 1000:1009 -j ACCEPT\n",
		chain);
	fprintf(out, "-A %s -p udp -m udp --dport 2000:2009 -j DROP\n",
		chain);
	fprintf(out, "-A %s -p udp -m udp --dport 3000:3009 -j %s\n", chain,
		number % 2 ? "ACCEPT" : "DROP");
}

char *stream_rules(unsigned int number, unsigned int nr)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("*filter\n"
	      ":INPUT DROP [0:0]\n"
	      ":FORWARD DROP [0:0]\n"
	      ":OUTPUT DROP [0:0]\n", out);
	print_chain(out, "INPUT", number, nr);
	print_chain(out, "FORWARD", number, nr);
	print_chain(out, "OUTPUT", number, nr);
	fputs("COMMIT\n", out);
	fclose(out);
	return text;
}
