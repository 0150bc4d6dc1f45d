/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters that go on over a swap.
 */
#ifndef CARRY_H
#define CARRY_H

#include <stdbool.h>
#include <stdint.h>

struct abi_counter;
struct generation;
struct plan;
struct site;

/* Pins, with a new generation, which of its counters go on from which of the
 * running one's. */
int carry_load(const struct site *site, const struct plan *plan,
	       uint32_t running, const struct generation *generation);

/*
 * The values of an open generation's counters, nr of them. Returns 0 or a
 * negative errno, which is reported; silently -ENOENT if what it goes on from
 * is gone: then it is not what runs any more.
 */
int carry_read(const struct site *site, const struct generation *generation,
	       unsigned int nr, struct abi_counter *counters);

/*
 * Frees a generation from the one before it. rested: a grace period has passed
 * since it was made active, so that the counters there have come to rest; else
 * one is waited for if need be. Nothing to do is no failure. Others are
 * reported, and change no value.
 */
int carry_settle(const struct site *site, uint32_t number, bool rested);

#endif
