/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfipt status: what is loaded, where it is attached, what it costs, and what
 * is not filtered.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>
#include <stdio.h>

struct diag;
struct generation;
struct residents;
struct site;

/* Prints the status of a namespace, NULL: the caller's. Returns 0 or a negative
 * errno, reported. */
int status_run(const char *netns, FILE *out, const struct diag *diag);

/* The parts of it: what the programs and maps of a generation, the residents
 * and the tracker take; where the selector is; the residents' event counters;
 * the connection table, and whether rules ask for it. */
void status_memory(const struct site *site, const struct residents *residents,
		   const struct generation *generation, FILE *out);
int status_devices(const struct site *site, const struct residents *residents,
		   FILE *out);
int status_tracker(const struct site *site, bool tracked, FILE *out);
int status_events(const struct site *site, const struct residents *residents,
		  FILE *out);

#endif
