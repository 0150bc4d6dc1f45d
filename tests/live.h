/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real conversations between two namespaces, each a process of its own: they go
 * on while the test does what it likes to the firewall between them, and say at
 * the end whether anything went wrong.
 */
#ifndef LIVE_H
#define LIVE_H

#include "testns.h"

#define LIVE_TCP_PORT	8080	/* echoes, whatever comes */
#define LIVE_UDP_PORT	5353	/* answers each datagram */

enum live_kind {
	LIVE_BULK,		/* one connection, always full */
	LIVE_IDLE,		/* one that sleeps until the end */
	LIVE_WEB,		/* connect, ask, be answered, close */
	LIVE_DNS,		/* datagrams, each answered within a second */
	LIVE_PING,
	NR_LIVE,
};

extern const char *const live_names[NR_LIVE];

struct live {
	int pid[NR_LIVE];
	int server;		/* process */
	struct live_shared *shared;
};

struct live_shared {
	volatile int stop;
	volatile unsigned int done[NR_LIVE];	/* rounds that went well */
};

/* Starts the server in one namespace and all kinds in another, which talk to
 * that address. 0 or a negative errno. */
int live_start(struct live *live, const struct testns *client,
	       const struct testns *server, const char *address);

/* Waits, at most 10 s, until each kind has done so many rounds more; whether
 * they have. LIVE_IDLE only waits. */
int live_wait(const struct live *live, unsigned int rounds);

/* Ends all of them. Bits of those kinds that something went wrong with. */
unsigned int live_stop(struct live *live);

/* Whether a new TCP connection can be made from a namespace within a second. */
int live_connects(const struct testns *client, const char *address);

#endif
