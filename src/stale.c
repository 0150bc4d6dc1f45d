// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goes through all sites. A site is taken down only under its own lock and
 * only if the kernel emptied its `alive`, that is, took down the namespace, or
 * if nothing was ever attached for it.
 */
#include "stale.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "lock.h"
#include "pins.h"
#include "residents.h"
#include "site.h"

#define SETTLED_S	60	/* longer than residents take to load */

/*
 * Whether nothing was made there of late. A run that shares the BPF file system
 * but not /run, as in a container, holds a lock that is not seen here, and what
 * it is making looks like what a killed one left.
 */
static bool is_settled(const struct site *site)
{
	struct stat st;

	return !stat(site->dir, &st) && time(NULL) - st.st_mtime > SETTLED_S;
}

static bool is_stale(const struct site *site)
{
	enum site_state state = residents_state(site);

	return state == SITE_DEAD ||
	       (state == SITE_UNFINISHED && is_settled(site));
}

static int check_site(const char *name, void *ctx)
{
	const struct site *own = ctx;
	struct site other;
	int lock;

	if (!site_other(&other, own, name) || other.inode == own->inode ||
	    !is_stale(&other))
		return 0;
	lock = lock_try(&other);
	if (lock < 0)
		return 0;
	if (is_stale(&other)) {
		residents_remove(&other, false);
		lock_remove(&other);
	}
	close(lock);
	return 0;
}

void stale_remove(const struct site *site)
{
	pins_each(NULL, check_site, (void *)site);
}
