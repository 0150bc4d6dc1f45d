/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one run: given out in pieces, given back all at once. Whatever is
 * text-like left of the kernel comes from here and is never freed singly. Out
 * of memory ends the process (status 4): nothing has been changed by then.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t left;
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

/* Zeroed memory for n objects of the given size, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t n, size_t size);

/* A copy of the len bytes at text, with a NUL behind them. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);

char *arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Says that memory is exhausted and ends the process. */
void arena_exhausted(void) __attribute__((noreturn));

#endif
