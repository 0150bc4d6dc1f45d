/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real connections that go on in processes of their own while a test changes
 * the firewall between their ends.
 */
#ifndef LIVE_H
#define LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "testns.h"

enum live_kind {
	LIVE_BULK,	/* one connection, always full both ways */
	LIVE_IDLE,	/* one that speaks first and last */
	LIVE_WEB,	/* a connection for each request */
	LIVE_NETCAT,	/* one direction is closed before the other speaks */
	LIVE_DNS,	/* a question and an answer over UDP */
	LIVE_PING,
	NR_LIVE_KINDS,
};

/* From where to where. */
enum live_way {
	LIVE_THROUGH,	/* client to server */
	LIVE_TO,	/* client to firewall */
	LIVE_FROM,	/* firewall to server */
	LIVE_SELF,	/* firewall to itself */
	NR_LIVE_WAYS,
};

/* Ports on which somebody listens, by kind and way. */
#define LIVE_TCP_PORTS	"8000:8099"
#define LIVE_UDP_PORTS	"5300:5399"

/* Of one process, shared with it. */
struct live_score {
	volatile uint64_t done;
	volatile uint64_t again;	/* had to be tried again */
	volatile uint64_t slowest_us;
	volatile bool broken;
	volatile int error;		/* errno of what broke it */
};

struct live_shared {
	volatile bool stop;
	volatile bool no_new;	/* only what there is may speak */
	struct live_score score[NR_LIVE_KINDS][NR_LIVE_WAYS];
};

/* Client, firewall and server, with addresses and routes. */
struct live {
	struct testns client;
	struct testns firewall;
	struct testns server;
	struct live_shared *shared;
	int pids[NR_LIVE_KINDS][NR_LIVE_WAYS];
};

/* 0 or -EIO. */
int live_open(struct live *live);
void live_close(struct live *live);

/* Begins all. 0 or -EIO. */
int live_start(struct live *live);

/* Waits until each that may speak has gone on since. False, said, after 15
 * seconds without. */
bool live_goes_on(const struct live *live);

/* Tells all to end and waits for them; how many broke: said. */
unsigned int live_stop(struct live *live);

/* How often one had to try again, all together. */
uint64_t live_again(const struct live *live);

void live_print(const struct live *live, FILE *out);

#endif
