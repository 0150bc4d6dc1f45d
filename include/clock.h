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

/* Returns 0 or a negative errno, reported. */
int clock_read(struct clock *clock, const struct diag *diag);

#endif
