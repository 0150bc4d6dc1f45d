/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The namespace that a run works on, or another one that has pins.
 */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>

struct diag;
struct site;

/*
 * The start of everything right of the bar: asks whether this process may use
 * BPF, enters a namespace (NULL: stays), and fills in its site. Changes nothing
 * but the thread's namespace. Returns 0 or a negative errno, reported.
 */
int site_enter(struct site *site, const char *netns, const struct diag *diag);

/* The site of another namespace, by the name of its directory. Returns false
 * if the name is none. */
bool site_other(struct site *other, const struct site *site, const char *name);

#endif
