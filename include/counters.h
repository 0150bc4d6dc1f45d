/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generation's counters, one value for each processor, in chunks (abi.h).
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "abi.h"

/* Chunks that hold nr counters. */
static inline unsigned int counters_chunks(unsigned int nr)
{
	return (nr + COUNTER_CHUNK - 1) / COUNTER_CHUNK;
}

/* Sums nr counters over the processors. Returns 0 or a negative errno. */
int counters_read(int fd, unsigned int nr, struct abi_counter *counters);

/* Sets what nr counters of a map that no packet meets yet start from. */
int counters_write(int fd, unsigned int nr,
		   const struct abi_counter *counters);

#endif
