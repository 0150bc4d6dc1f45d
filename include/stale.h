/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins that nobody needs any more: of namespaces that are gone, and of runs
 * that were killed before they attached anything.
 */
#ifndef STALE_H
#define STALE_H

struct site;

/* Removes those of all other namespaces that are proved to be gone. What cannot
 * be removed is reported, and no failure. */
void stale_remove(const struct site *site);

#endif
