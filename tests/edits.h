/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits of a ruleset for the tests of --noflush: those of the fixtures, a line
 * each, and random ones.
 */
#ifndef EDITS_H
#define EDITS_H

#include <stddef.h>
#include <stdint.h>

/* What the fixtures' lines edit. */
#define EDITS_BASE \
	"*filter\n" \
	":INPUT ACCEPT [5:500]\n" \
	":FORWARD DROP [6:600]\n" \
	":OUTPUT ACCEPT [7:700]\n" \
	":A - [0:0]\n" \
	":B - [0:0]\n" \
	"[1:10] -A INPUT -p tcp -j A\n" \
	"[2:20] -A INPUT -p udp -j ACCEPT\n" \
	"[3:30] -A A -s 1.2.3.4/32 -j RETURN\n" \
	"[4:40] -A A -j ACCEPT\n" \
	"COMMIT\n"

struct edit {
	const char *line;	/* as it stands in the file, ... */
	int line_len;
	char text[1024];	/* ... and as a dump */
	size_t len;
};

/* Takes the next line of *at and moves it on; 0 at the end. */
int edits_next(const char **at, struct edit *edit);

/* UDP ports from here on are what the rules of random edits test. */
#define EDITS_PORT	7000
#define EDITS_PORTS	6

/* A random batch that edits what some batches before it made; it may fail. To
 * be freed by the caller. */
char *edits_draw(uint64_t seed);

#endif
