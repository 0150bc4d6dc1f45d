/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracker of connections: resident programs and the table of flows. Loaded
 * by the first restore whose rules test state, and never before; the table may
 * outlive the programs.
 */
#ifndef TRACKER_H
#define TRACKER_H

#include <stdbool.h>

#include "flow.h"

struct residents;
struct settings;
struct site;

/* Where all of it is pinned. */
#define TRACKER_DIR	"conntrack"

struct tracker {
	int flows;
	int tracking;
	int edit;		/* the program conntrack_edit */
	bool made;		/* the table is this run's */
	struct flow_tracking before; /* what this run set; hz 0: nothing */
};

#define TRACKER_INIT	{ .flows = -1, .tracking = -1, .edit = -1 }

/*
 * Opens the tracker, or loads it and puts it into its slots; takes up a table
 * that is there, or makes one. A table of another layout is given up, with one
 * line. Nothing calls the tracker before a generation that needs it runs.
 * tracker_set and tracker_finish are to follow.
 * Returns 0 or a negative errno, reported.
 */
int tracker_start(const struct site *site, const struct residents *residents,
		  const struct settings *settings, struct tracker *tracker);

/* Sets what can be set while it runs; anew: flows were not followed of late. */
int tracker_set(const struct site *site, struct tracker *tracker,
		const struct settings *settings, bool anew);

/* Marks a table that this run made as whole: it has its settings, and what is
 * to be in it from the first. Until then the next run would make it anew. */
int tracker_finish(const struct site *site, const struct tracker *tracker);

/* Takes back what tracker_start made and tracker_set set, before any packet
 * met it. */
void tracker_undo(const struct site *site, const struct residents *residents,
		  const struct tracker *tracker);

/* Opens the table. -ENOENT, silently, if there is none of this layout and of
 * this namespace. edit is -1 where no program is loaded. */
int tracker_open(const struct site *site, struct tracker *tracker);

/* Calls each with the name and the descriptor of each program that is there. */
typedef void tracker_program(const char *name, int fd, void *ctx);
void tracker_programs(const struct site *site, tracker_program *each,
		      void *ctx);

/* What the tracker is set to, and how large its table is. Returns 0 or a
 * negative errno, silently. */
int tracker_read(const struct tracker *tracker, struct flow_tracking *tracking);

/* Whether there is a table that is whole, of whatever layout. */
bool tracker_kept(const struct site *site);

/* Takes programs and table down, or the programs only. Nothing may call them
 * any more. */
int tracker_remove(const struct site *site, bool keep_table);

void tracker_close(struct tracker *tracker);

#endif
