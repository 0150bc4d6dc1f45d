/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The residents: the chain selector's programs and the maps that they share
 * with every generation. Loaded by the first restore, kept until unload.
 */
#ifndef RESIDENTS_H
#define RESIDENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel.h"

struct site;
struct stored_identity;

enum resident {
	RESIDENT_ACTIVE,
	RESIDENT_NEEDS,
	RESIDENT_PROGRAMS,
	RESIDENT_SCRATCH,
	RESIDENT_EVENTS,
	RESIDENT_FRAGMENTS,
	RESIDENT_SELECTOR,	/* one for each direction */
	NR_RESIDENTS = RESIDENT_SELECTOR + NR_DIRECTIONS,
};

/* Whether what is pinned in a site's directory is in use. */
enum site_state {
	SITE_EMPTY,		/* nothing there */
	SITE_UNFINISHED,	/* left by a run killed before it attached */
	SITE_KEPT,		/* unloaded, but for the connection table */
	SITE_DEAD,		/* its namespace is gone */
	SITE_LIVE,
};

struct residents {
	int fd[NR_RESIDENTS];
	uint32_t *active;	/* the number of the running generation */
};

#define RESIDENTS_INIT { .fd = { [0 ... NR_RESIDENTS - 1] = -1 } }

/* The names of residents, for pins and status. */
extern const char *const resident_names[NR_RESIDENTS];

enum site_state residents_state(const struct site *site);

/*
 * Opens what is pinned. Returns 0; -ENOENT, silently, if nothing is loaded; or
 * another errno, also if it was loaded by a build that this one cannot join.
 */
int residents_open(const struct site *site, struct residents *residents);

/* Which build loaded them, and when. */
int residents_identity(const struct site *site,
		       struct stored_identity *identity);

/* Opens as many as there are, of whatever build, to take them down. */
void residents_adopt(const struct site *site, struct residents *residents);

/* Loads and pins them. The site's directory must be there, and empty but for a
 * table that was kept. */
int residents_load(const struct site *site, struct residents *residents);

/* Whether rules of a generation ask for connections. */
bool residents_tracked(const struct residents *residents, uint32_t generation);

/*
 * Removes the site with all that is in it; first the mark that says that it is
 * whole. With keep_table a whole connection table stays, and what tells that
 * its namespace is there. Nothing may be attached any more.
 */
int residents_remove(const struct site *site, bool keep_table);

void residents_close(struct residents *residents);

#endif
