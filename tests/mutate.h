/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps that are a little wrong, or spelled in an unusual way. Goes in: text
 * and a seed; comes out: text with a few changes in its lines. What they mean,
 * or whether anything accepts them, is for others to say.
 */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Returns the changed text, NUL at its end, to be freed. */
char *mutate_text(const char *text, size_t len, uint64_t seed);

#endif
