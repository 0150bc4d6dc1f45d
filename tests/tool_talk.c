/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small talker for the demo. "serve PROTO:PORT..." answers each connection
 * and datagram with one byte until it is killed; "ask PROTO:ADDR:PORT" says by
 * its exit status whether an answer came within a second: 0 yes, 1 no, 2 if it
 * could not ask. IPv4 only; it never sends to an address that was not named.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_MS		1000
#define SERVE_MAX	32

struct endpoint {
	int type;		/* SOCK_STREAM or SOCK_DGRAM */
	struct sockaddr_in addr;
};

/* "tcp:80" or, with an address, "udp:192.0.2.1:53". */
static bool endpoint_parse(const char *text, struct endpoint *end)
{
	const char *port = strrchr(text, ':');
	char addr[INET_ADDRSTRLEN] = "0.0.0.0";

	memset(end, 0, sizeof(*end));
	if (!port || strlen(text) < 5)
		return false;
	if (!strncmp(text, "tcp:", 4))
		end->type = SOCK_STREAM;
	else if (!strncmp(text, "udp:", 4))
		end->type = SOCK_DGRAM;
	else
		return false;
	if (port > text + 4)
		snprintf(addr, sizeof(addr), "%.*s", (int)(port - text - 4),
			 text + 4);
	end->addr.sin_family = AF_INET;
	end->addr.sin_port = htons((uint16_t)atoi(port + 1));
	return inet_pton(AF_INET, addr, &end->addr.sin_addr) == 1;
}

static int listen_on(const struct endpoint *end)
{
	int fd = socket(AF_INET, end->type, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&end->addr, sizeof(end->addr)) ||
	    (end->type == SOCK_STREAM && listen(fd, 16))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void answer(int fd, int type)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char byte;
	int peer;

	if (type == SOCK_DGRAM) {
		if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from,
			     &len) >= 0)
			sendto(fd, "!", 1, 0, (struct sockaddr *)&from, len);
		return;
	}
	peer = accept(fd, NULL, NULL);
	if (peer < 0)
		return;
	send(peer, "!", 1, MSG_NOSIGNAL);
	close(peer);
}

static int serve(int nr, char *const names[])
{
	struct pollfd polled[SERVE_MAX];
	struct endpoint end[SERVE_MAX];
	int i;

	for (i = 0; i < nr && i < SERVE_MAX; i++) {
		polled[i].events = POLLIN;
		polled[i].fd = -1;
		if (endpoint_parse(names[i], &end[i]))
			polled[i].fd = listen_on(&end[i]);
		if (polled[i].fd < 0) {
			fprintf(stderr, "tool_talk: cannot serve %s\n",
				names[i]);
			return 2;
		}
	}
	puts("serving");
	fflush(stdout);
	while (poll(polled, (nfds_t)nr, -1) >= 0)
		for (i = 0; i < nr; i++)
			if (polled[i].revents)
				answer(polled[i].fd, end[i].type);
	return 2;
}

static int ask(const char *name)
{
	struct timeval wait = { .tv_sec = WAIT_MS / 1000 };
	struct endpoint end;
	char byte;
	int fd;

	if (!endpoint_parse(name, &end))
		return 2;
	fd = socket(AF_INET, end.type, 0);
	if (fd < 0)
		return 2;
	/* The time to send is also that to connect. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&end.addr, sizeof(end.addr)) ||
	    (end.type == SOCK_DGRAM && send(fd, "?", 1, 0) != 1))
		return 1;
	return recv(fd, &byte, 1, 0) == 1 ? 0 : 1;
}

int main(int argc, char *argv[])
{
	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && argc - 2 <= SERVE_MAX && !strcmp(argv[1], "serve"))
		return serve(argc - 2, argv + 2);
	if (argc == 3 && !strcmp(argv[1], "ask"))
		return ask(argv[2]);
	fputs("usage: tool_talk serve PROTO:PORT... | "
	      "ask PROTO:ADDR:PORT\n", stderr);
	return 2;
}
