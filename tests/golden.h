/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden files: what is printed against what stands in a file. With
 * GOLDEN=update in the environment the file is written instead.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The whole file with a NUL behind it, to be freed; NULL if it is not there. */
char *golden_read(const char *path, size_t *len);

/* Whether the file PATH without its ending + ending holds the text; says where
 * not. A text of no bytes wants no file. */
bool golden_same(const char *path, const char *ending, const char *text,
		 size_t len);

/* What is written to stderr from the one call to the other; to be freed. */
struct golden_stderr {
	int kept;
	int file;
};

void golden_catch(struct golden_stderr *caught);
char *golden_release(struct golden_stderr *caught, size_t *len);

#endif
