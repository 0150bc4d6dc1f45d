// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of one run, given out from chunks and given back all at once. Nothing
 * is freed singly. Out of memory ends the process: left of the kernel nothing
 * has been changed by then, so there is nothing to undo.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FIRST_SIZE	((size_t)64 << 10)
#define HUGE_SIZE	((size_t)2 << 20)
#define ALIGNMENT	16u

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;		/* bytes of all, this head included */
	_Alignas(ALIGNMENT) unsigned char data[];
};

void arena_exhausted(void)
{
	fputs("bpfipt: out of memory\n", stderr);
	exit(4);
}

/* Small at first; a large dump gets pages of 2 MiB, which spares it tens of
 * thousands of page faults. */
static size_t chunk_size(const struct arena *arena, size_t need)
{
	size_t size = FIRST_SIZE;

	if (need > SIZE_MAX / 2 - HUGE_SIZE)
		arena_exhausted();
	need += sizeof(struct arena_chunk);
	if (arena->chunks)
		size = arena->chunks->size * 2;
	if (size > 4 * HUGE_SIZE)
		size = 4 * HUGE_SIZE;
	while (size < need)
		size *= 2;
	return size;
}

/* The new chunk comes first: what is left of the one before is given up. */
static void add_chunk(struct arena *arena, size_t need)
{
	size_t size = chunk_size(arena, need);
	struct arena_chunk *chunk;

	chunk = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chunk == MAP_FAILED)
		arena_exhausted();
	if (size >= HUGE_SIZE)
		madvise(chunk, size, MADV_HUGEPAGE);
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->left = size - sizeof(*chunk);
}

void arena_init(struct arena *arena)
{
	arena->chunks = NULL;
	arena->left = 0;
}

void arena_fini(struct arena *arena)
{
	struct arena_chunk *chunk, *next;

	for (chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		munmap(chunk, chunk->size);
	}
	arena_init(arena);
}

void *arena_alloc(struct arena *arena, size_t n, size_t size)
{
	struct arena_chunk *chunk;
	size_t need;
	void *memory;

	if (__builtin_mul_overflow(n, size, &need) ||
	    __builtin_add_overflow(need, ALIGNMENT - 1, &need))
		arena_exhausted();
	need &= ~(size_t)(ALIGNMENT - 1);
	if (!arena->chunks || need > arena->left)
		add_chunk(arena, need);
	chunk = arena->chunks;
	memory = (unsigned char *)chunk + (chunk->size - arena->left);
	arena->left -= need;
	return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1, 1);

	memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		arena_exhausted();
	text = arena_alloc(arena, (size_t)len + 1, 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}
