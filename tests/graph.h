/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets that are all jumps: loops, rules that are never met, tests that are
 * none. Goes in: a seed; comes out: a dump, to be taken or refused.
 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdint.h>

/* To be freed. */
char *graph_text(uint64_t seed);

#endif
