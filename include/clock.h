/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracker's clock: jiffies, and how long one is.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct diag;

struct clock {
	uint64_t jiffies;	/* as bpf_jiffies64() gives them, now */
	uint32_t hz;		/* in a second */
};

/* So many ticks in so much time: how many make a second. Near to one that
 * kernels are built with it is that one; 0 if it makes no sense. */
uint32_t clock_hz(int64_t ticks, int64_t ns);

/* Returns 0 or a negative errno, reported. */
int clock_read(struct clock *clock, const struct diag *diag);

#endif
