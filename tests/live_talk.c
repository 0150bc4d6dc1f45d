/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process that owns both ends of its connections. Goes in: two namespaces
 * and an address; comes out: a score. A connection is broken when an end says
 * so, when bytes are wrong, or when they do not come in time; those that are
 * short may be tried again, which is counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "live_talk.h"
#include "side_wire.h"

#define WAIT_S		5	/* for a long connection: TCP repeats */
#define WAIT_SHORT_MS	1500
#define PIECE		8192
#define PAUSE_US	3000
#define TRIES		5

static uint64_t now_us(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000000ull + at.tv_nsec / 1000;
}

static void set_wait(int fd, unsigned int ms)
{
	struct timeval wait = { .tv_sec = ms / 1000,
				.tv_usec = ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
}

static int open_in(const struct testns *ns, int type, int protocol)
{
	const int on = 1;
	int fd;

	testns_enter(ns);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);
	testns_leave(ns);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

static struct sockaddr_in address(uint32_t addr, unsigned short port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(addr),
	};
}

static int bound(const struct live_ends *ends, int type)
{
	struct sockaddr_in at = address(0, ends->port);
	int fd = open_in(ends->to, type, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    (type == SOCK_STREAM && listen(fd, 16))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Both ends of a new connection. 0 or -1 with errno. */
static int join(const struct live_ends *ends, int listener, int pair[2],
		unsigned int wait_ms)
{
	struct sockaddr_in to = address(ends->addr, ends->port);
	int err;

	pair[0] = open_in(ends->from, SOCK_STREAM, 0);
	set_wait(pair[0], wait_ms);
	set_wait(listener, wait_ms);
	if (!connect(pair[0], (struct sockaddr *)&to, sizeof(to))) {
		pair[1] = accept(listener, NULL, NULL);
		if (pair[1] >= 0) {
			set_wait(pair[1], wait_ms);
			return 0;
		}
	}
	err = errno;
	close(pair[0]);
	errno = err;
	return -1;
}

static void part(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* Bytes from one end to the other, as they were. */
static int carry(int from, int to, size_t len, uint8_t first)
{
	uint8_t out[PIECE], in[PIECE];
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(first + i);
	if (send(from, out, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -1;
	if (recv(to, in, len, MSG_WAITALL) != (ssize_t)len)
		return -1;
	errno = EBADMSG;
	return memcmp(in, out, len) ? -1 : 0;
}

static void note_time(struct live_score *score, uint64_t since)
{
	uint64_t took = now_us() - since;

	score->done++;
	if (took > score->slowest_us)
		score->slowest_us = took;
}

static void fail(struct live_score *score)
{
	score->error = errno;
	score->broken = true;
}

/* --- Long connections ---------------------------------------------------- */

/* Bytes that one end has sent, and has got from the other. */
struct stream_end {
	int fd;
	uint64_t sent;
	uint64_t got;
};

static uint8_t byte_at(uint64_t at)
{
	return (uint8_t)(at ^ at >> 8 ^ at >> 16);
}

static int give(struct stream_end *end)
{
	uint8_t data[PIECE];
	ssize_t len;
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = byte_at(end->sent + i);
	len = send(end->fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (len > 0)
		end->sent += len;
	return len > 0 || errno == EAGAIN ? 0 : -1;
}

static int take(struct stream_end *end)
{
	uint8_t data[PIECE];
	ssize_t len = recv(end->fd, data, sizeof(data), MSG_DONTWAIT), i;

	if (len <= 0)
		return len < 0 && errno == EAGAIN ? 0 : -1;
	errno = EBADMSG;
	for (i = 0; i < len; i++)
		if (data[i] != byte_at(end->got + i))
			return -1;
	end->got += len;
	return 0;
}

/* Both directions are kept full; one that stands still is broken. */
static int stream(struct stream_end end[2], const struct live_shared *shared,
		  struct live_score *score)
{
	uint64_t got[2] = { 0 }, since[2] = { now_us(), now_us() };
	int i;

	while (!shared->stop) {
		for (i = 0; i < 2; i++) {
			if (give(&end[i]) || take(&end[i]))
				return -1;
			if (end[i].got >= got[i] + PIECE) {
				got[i] = end[i].got;
				note_time(score, since[i]);
				since[i] = now_us();
			}
			errno = ETIMEDOUT;
			if (now_us() - since[i] > WAIT_S * 1000000ull)
				return -1;
		}
		usleep(PAUSE_US / 4);
	}
	return 0;
}

static void bulk(const struct live_ends *ends,
		 const struct live_shared *shared, struct live_score *score)
{
	int listener = bound(ends, SOCK_STREAM), pair[2];
	struct stream_end end[2] = { 0 };

	if (listener < 0 || join(ends, listener, pair, WAIT_S * 1000)) {
		fail(score);
		return;
	}
	end[0].fd = pair[0];
	end[1].fd = pair[1];
	if (stream(end, shared, score))
		fail(score);
	part(pair);
}

/* Two connections that are silent until the end: one is woken from either
 * end. */
static void idle(const struct live_ends *ends,
		 const struct live_shared *shared, struct live_score *score)
{
	int listener = bound(ends, SOCK_STREAM), pair[2][2], i;
	uint64_t since;

	for (i = 0; i < 2; i++)
		if (listener < 0 ||
		    join(ends, listener, pair[i], WAIT_S * 1000) ||
		    carry(pair[i][0], pair[i][1], 100, 1) ||
		    carry(pair[i][1], pair[i][0], 100, 2)) {
			fail(score);
			return;
		}
	while (!shared->stop) {
		usleep(PAUSE_US * 10);
		score->done++;
	}
	since = now_us();
	if (carry(pair[0][0], pair[0][1], 100, 3) ||
	    carry(pair[0][1], pair[0][0], 100, 4) ||
	    carry(pair[1][1], pair[1][0], 100, 5) ||
	    carry(pair[1][0], pair[1][1], 100, 6))
		fail(score);
	note_time(score, since);
	part(pair[0]);
	part(pair[1]);
}

/* --- Short ones ---------------------------------------------------------- */

static int web_once(const struct live_ends *ends, int listener)
{
	int pair[2], ret;

	if (join(ends, listener, pair, WAIT_SHORT_MS))
		return -1;
	ret = carry(pair[0], pair[1], 120, 1) ||
	      carry(pair[1], pair[0], 5000, 2);
	part(pair);
	return ret;
}

static int netcat_once(const struct live_ends *ends, int listener)
{
	uint8_t byte;
	int pair[2], ret;

	if (join(ends, listener, pair, WAIT_SHORT_MS))
		return -1;
	ret = carry(pair[0], pair[1], 700, 3) || shutdown(pair[0], SHUT_WR) ||
	      recv(pair[1], &byte, 1, 0) ||
	      carry(pair[1], pair[0], 900, 4) || shutdown(pair[1], SHUT_WR) ||
	      recv(pair[0], &byte, 1, 0);
	part(pair);
	return ret;
}

static int dns_once(const struct live_ends *ends, int server)
{
	struct sockaddr_in to = address(ends->addr, ends->port), from;
	socklen_t len = sizeof(from);
	int fd = open_in(ends->from, SOCK_DGRAM, 0), ret = -1;
	char question[40] = "who?", answer[200];

	set_wait(fd, WAIT_SHORT_MS);
	set_wait(server, WAIT_SHORT_MS);
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) &&
	    send(fd, question, sizeof(question), 0) > 0 &&
	    recvfrom(server, answer, sizeof(answer), 0,
		     (struct sockaddr *)&from, &len) == sizeof(question) &&
	    sendto(server, answer, sizeof(answer), 0, (struct sockaddr *)&from,
		   len) > 0)
		ret = recv(fd, answer, sizeof(answer), 0) == sizeof(answer) ?
		      0 : -1;
	close(fd);
	return ret;
}

/* A raw socket sees every answer to its host. */
static int ping_once(const struct live_ends *ends, int unused)
{
	struct sockaddr_in to = address(ends->addr, 0);
	struct {
		struct icmphdr head;
		uint8_t data[56];
	} echo = { .head.type = ICMP_ECHO };
	static uint16_t sequence;
	uint64_t until = now_us() + WAIT_SHORT_MS * 1000;
	uint8_t answer[200];
	struct icmphdr head;
	int fd = open_in(ends->from, SOCK_RAW, IPPROTO_ICMP), ret = -1;

	(void)unused;
	echo.head.un.echo.id = htons(ends->port);
	echo.head.un.echo.sequence = htons(++sequence);
	echo.head.checksum = htons(wire_checksum((uint8_t *)&echo,
						 sizeof(echo)));
	set_wait(fd, WAIT_SHORT_MS);
	sendto(fd, &echo, sizeof(echo), 0, (struct sockaddr *)&to, sizeof(to));
	while (ret && now_us() < until) {
		if (recv(fd, answer, sizeof(answer), 0) < 28)
			break;
		memcpy(&head, answer + 20, sizeof(head));
		if (head.type == ICMP_ECHOREPLY &&
		    head.un.echo.id == echo.head.un.echo.id &&
		    head.un.echo.sequence == echo.head.un.echo.sequence)
			ret = 0;
	}
	close(fd);
	return ret;
}

static const struct {
	int type;	/* of the socket that is spoken to; 0: none */
	int (*once)(const struct live_ends *ends, int fd);
} shorts[NR_LIVE_KINDS] = {
	[LIVE_WEB] = { SOCK_STREAM, web_once },
	[LIVE_NETCAT] = { SOCK_STREAM, netcat_once },
	[LIVE_DNS] = { SOCK_DGRAM, dns_once },
	[LIVE_PING] = { 0, ping_once },
};

/* What an attempt that failed has left waiting there is taken away. */
static void empty(int fd, int type)
{
	char byte;
	int peer;

	set_wait(fd, 1);
	if (type == SOCK_STREAM)
		while ((peer = accept(fd, NULL, NULL)) >= 0)
			close(peer);
	if (type == SOCK_DGRAM)
		while (recv(fd, &byte, 1, 0) >= 0)
			;
}

static int try_often(enum live_kind kind, const struct live_ends *ends, int fd,
		     struct live_score *score)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!shorts[kind].once(ends, fd))
			return 0;
		score->again++;
		empty(fd, shorts[kind].type);
	}
	return -1;
}

void live_talk(enum live_kind kind, const struct live_ends *ends,
	       const struct live_shared *shared, struct live_score *score)
{
	uint64_t since;
	int fd = -1;

	if (kind == LIVE_BULK) {
		bulk(ends, shared, score);
		return;
	}
	if (kind == LIVE_IDLE) {
		idle(ends, shared, score);
		return;
	}
	if (shorts[kind].type)
		fd = bound(ends, shorts[kind].type);
	while (!shared->stop && !shared->no_new && !score->broken) {
		since = now_us();
		if (try_often(kind, ends, fd, score))
			fail(score);
		note_time(score, since);
		usleep(PAUSE_US);
	}
	close(fd);
}
