/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TCP tracker compiled for the host, with segments to shoot at it: each
 * says what is to come of it. It is called as the programs call it.
 */
#ifndef SHOT_H
#define SHOT_H

#include "native.h"
#include "unit.h"

#include "../bpf/tcp.h"

#define SHOT_HZ		1000u
#define SHOT_NOW	(1ull << 33)
#define SHOT_L4		34u	/* where the segment begins */
#define SHOT_BYTES	16384u

enum { ORIGINAL, REPLY };

struct shot {
	int dir;
	const char *flags;	/* of SFRPAU */
	uint32_t seq;
	uint32_t ack;
	uint32_t len;
	uint32_t win;
	enum flow_act act;
	int state;		/* then; -1: there is no flow */
};

struct shots {
	struct flow flow;
	struct flow_tracking tracking;
	struct tcp_segment segment;
	uint64_t now;
	const char *options;
	uint32_t options_len;
	uint8_t fragment;	/* segments are read as such, of total bytes */
	uint32_t total;
	uint32_t opened;	/* how many flows began */
};

/* In seconds; those that the kernel has alike differ here. */
extern const uint32_t shot_timeouts[TIMEOUT_UDP];

void shots_init(struct shots *b);

/* A connection is opened: one side has sent up to 1000 and the other up to
 * 5000, SYNs included at 1001 and 5001; windows of 10000 each. */
void shots_open(struct shots *b);

uint8_t shot_flags(const char *text);

/* tcp_read() of the bytes; p says how many and what it is as a fragment. */
int shot_read_packet(const uint8_t *bytes, struct packet *p,
		     struct tcp_segment *segment);

/* The segment's bytes, but for ports and checksum; returns how many. */
uint32_t shot_bytes(const struct shots *b, const struct shot *s, uint8_t *l4);

/* Makes the bytes and reads them into b->segment. */
int shot_read(struct shots *b, const struct shot *s);

/* Gives b->segment to the tracker, as the programs do. */
enum flow_act shots_track(struct shots *b, int dir);

void shoot(struct shots *b, const struct shot *s);

/* One line of a script at a time, so that a failure names it. */
#define SHOOT(b, ...) shoot(b, &(struct shot){ __VA_ARGS__ })

#define OPTIONS(b, text) ((b)->options = (text), \
			  (b)->options_len = sizeof(text) - 1)
#define NO_OPTIONS(b) ((b)->options_len = 0)

static inline uint32_t left_s(const struct shots *b)
{
	return (b->flow.expires - b->now) / SHOT_HZ;
}

#endif
