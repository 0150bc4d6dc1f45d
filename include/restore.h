/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main job: a dump's text to what the kernel runs.
 */
#ifndef RESTORE_H
#define RESTORE_H

#include <stddef.h>

struct diag;
struct options;

/* Reads the whole input, NULL: standard input. The text is the caller's, to be
 * freed. Returns 0 or a negative errno, reported. */
int restore_read(const char *file, char **text, size_t *len);

/*
 * Carries out a dump, the text of diag. Mistakes in it are counted there. 0, or
 * a negative errno, reported: -ECANCELED if bpfipt refuses, all else if the
 * system cannot. Nothing has changed then. With --diff nothing ever changes,
 * and 1 says that something would.
 */
int restore_run(const struct options *options, struct diag *diag);

#endif
