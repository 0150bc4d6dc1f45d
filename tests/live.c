// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The conversations of live.h. A lost datagram, an answer that is not what was
 * asked, a connection that breaks or hangs for five seconds end a process with
 * a failure; TCP's own repetitions are no failure.
 */
#include "live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_S		5
#define ANSWER_MS	1000
#define CHUNK		16384
#define CLIENTS		64

const char *const live_names[NR_LIVE] = {
	[LIVE_BULK] = "bulk transfer", [LIVE_IDLE] = "idle connection",
	[LIVE_WEB] = "web requests",   [LIVE_DNS] = "datagrams",
	[LIVE_PING] = "ping",
};

static struct sockaddr_in address_of(const char *text, uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (text && inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		abort();
	return sin;
}

static void patience(int fd, int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/* --- The server ----------------------------------------------------------- */

static int listen_on(int type, uint16_t port)
{
	struct sockaddr_in sin = address_of(NULL, port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) ||
	    (type == SOCK_STREAM && listen(fd, CLIENTS)))
		_exit(1);
	return fd;
}

static void answer_datagram(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char text[64];
	ssize_t got = recvfrom(fd, text, sizeof(text), 0,
			       (struct sockaddr *)&from, &len);

	if (got > 0)
		sendto(fd, text, (size_t)got, 0, (struct sockaddr *)&from, len);
}

/* Sends back what comes; false when there is nothing more. */
static bool echo(int fd)
{
	char text[CHUNK];
	ssize_t got = recv(fd, text, sizeof(text), 0), sent, at;

	for (at = 0; at < got; at += sent) {
		sent = send(fd, text + at, (size_t)(got - at), MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
	}
	return got > 0;
}

static void server_accept(struct pollfd *fds)
{
	int i, fd = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);

	for (i = 2; i < CLIENTS && fds[i].fd >= 0; i++)
		;
	if (fd >= 0 && i < CLIENTS)
		fds[i].fd = fd;
	else if (fd >= 0)
		close(fd);
}

static void serve(void)
{
	struct pollfd fds[CLIENTS];
	int i;

	for (i = 0; i < CLIENTS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[0].fd = listen_on(SOCK_STREAM, LIVE_TCP_PORT);
	fds[1].fd = listen_on(SOCK_DGRAM, LIVE_UDP_PORT);
	while (poll(fds, CLIENTS, 60000) > 0) {
		if (fds[0].revents)
			server_accept(fds);
		if (fds[1].revents)
			answer_datagram(fds[1].fd);
		for (i = 2; i < CLIENTS; i++)
			if (fds[i].fd >= 0 && fds[i].revents &&
			    !echo(fds[i].fd)) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
	}
}

/* --- The clients ---------------------------------------------------------- */

struct client {
	struct live_shared *shared;
	const char *address;
};

static int dial(const struct client *client)
{
	struct sockaddr_in sin = address_of(client->address, LIVE_TCP_PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	patience(fd, HANG_S);
	if (!connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return fd;
	close(fd);
	return -1;
}

/* Sends len bytes and gets them back. */
static bool asks(int fd, uint8_t seed, size_t len)
{
	uint8_t out[CHUNK], in[CHUNK];
	size_t at = 0;
	ssize_t got;

	memset(out, seed, len);
	if (send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	while (at < len) {
		got = recv(fd, in + at, len - at, 0);
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return memcmp(in, out, len) == 0;
}

static bool run_bulk(const struct client *client)
{
	int fd = dial(client);
	bool good = fd >= 0;

	while (good && !client->shared->stop) {
		good = asks(fd, (uint8_t)client->shared->done[LIVE_BULK],
			    CHUNK);
		client->shared->done[LIVE_BULK]++;
	}
	return good;
}

static bool run_idle(const struct client *client)
{
	int fd = dial(client);
	bool good = fd >= 0 && asks(fd, 1, 1);

	client->shared->done[LIVE_IDLE]++;
	while (good && !client->shared->stop)
		usleep(20000);
	return good && asks(fd, 2, 1);
}

static bool run_web(const struct client *client)
{
	bool good = true;
	int fd;

	while (good && !client->shared->stop) {
		fd = dial(client);
		good = fd >= 0 && asks(fd, 3, 1000);
		if (fd >= 0)
			close(fd);
		client->shared->done[LIVE_WEB]++;
		usleep(2000);
	}
	return good;
}

static bool run_dns(const struct client *client)
{
	struct sockaddr_in sin = address_of(client->address, LIVE_UDP_PORT);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	patience(fd, 1);
	good = !connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	while (good && !client->shared->stop) {
		good = asks(fd, 4, 32);
		client->shared->done[LIVE_DNS]++;
		usleep(2000);
	}
	return good;
}

/* The kernel makes the checksum of such a socket's queries. */
static bool run_ping(const struct client *client)
{
	struct sockaddr_in sin = address_of(client->address, 0);
	struct icmphdr query = { .type = ICMP_ECHO }, answer;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
	bool good;

	patience(fd, 1);
	good = fd >= 0 && !connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	while (good && !client->shared->stop) {
		query.un.echo.sequence++;
		good = send(fd, &query, sizeof(query), 0) == sizeof(query) &&
		       recv(fd, &answer, sizeof(answer), 0) ==
			       sizeof(answer) &&
		       answer.type == ICMP_ECHOREPLY &&
		       answer.un.echo.sequence == query.un.echo.sequence;
		client->shared->done[LIVE_PING]++;
		usleep(2000);
	}
	return good;
}

static bool (*const runs[NR_LIVE])(const struct client *client) = {
	[LIVE_BULK] = run_bulk, [LIVE_IDLE] = run_idle, [LIVE_WEB] = run_web,
	[LIVE_DNS] = run_dns,	[LIVE_PING] = run_ping,
};

/* --- Processes ------------------------------------------------------------ */

static int child(const struct testns *ns)
{
	int pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	testns_enter(ns);
	return 0;
}

int live_start(struct live *live, const struct testns *client,
	       const struct testns *server, const char *address)
{
	struct client self = { .address = address };
	int kind;

	live->shared = mmap(NULL, sizeof(*live->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (live->shared == MAP_FAILED)
		return -errno;
	self.shared = live->shared;
	if (testns_sysctl(client, "ipv4/ping_group_range", "0 0"))
		return -EIO;
	live->server = child(server);
	if (!live->server) {
		serve();
		_exit(0);
	}
	usleep(200000);
	for (kind = 0; kind < NR_LIVE; kind++) {
		live->pid[kind] = child(client);
		if (!live->pid[kind])
			_exit(runs[kind](&self) ? 0 : 1);
	}
	return 0;
}

static bool all_done(const struct live *live, const unsigned int *from,
		     unsigned int rounds)
{
	int kind;

	for (kind = 0; kind < NR_LIVE; kind++)
		if (kind == LIVE_IDLE ? !live->shared->done[kind] :
		    live->shared->done[kind] - from[kind] < rounds)
			return false;
	return true;
}

int live_wait(const struct live *live, unsigned int rounds)
{
	unsigned int from[NR_LIVE];
	int kind, tries;

	for (kind = 0; kind < NR_LIVE; kind++)
		from[kind] = live->shared->done[kind];
	for (tries = 0; tries < 1000; tries++) {
		if (all_done(live, from, rounds))
			return 1;
		usleep(10000);
	}
	for (kind = 0; kind < NR_LIVE; kind++)
		printf("%s: %u rounds, then %u\n", live_names[kind], from[kind],
		       live->shared->done[kind]);
	return 0;
}

unsigned int live_stop(struct live *live)
{
	unsigned int wrong = 0;
	int kind, status;

	live->shared->stop = 1;
	for (kind = 0; kind < NR_LIVE; kind++)
		if (waitpid(live->pid[kind], &status, 0) !=
			    live->pid[kind] || status)
			wrong |= 1u << kind;
	kill(live->server, SIGKILL);
	waitpid(live->server, &status, 0);
	munmap(live->shared, sizeof(*live->shared));
	return wrong;
}

static int connects(void *arg)
{
	struct sockaddr_in sin = address_of(arg, LIVE_TCP_PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ret;

	patience(fd, 1);
	ret = !connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	close(fd);
	return ret;
}

int live_connects(const struct testns *client, const char *address)
{
	return testns_call(client, connects, (void *)address);
}
