// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goes through all sites. A site is taken down only under its own lock and
 * only if the kernel emptied its `alive`, that is, took down the namespace, or
 * if nothing was ever attached for it.
 */
#include "stale.h"

#include <stdbool.h>
#include <unistd.h>

#include "kernel.h"
#include "lock.h"
#include "pins.h"
#include "residents.h"
#include "site.h"

static bool is_stale(const struct site *site)
{
	enum site_state state = residents_state(site);

	return state == SITE_DEAD || state == SITE_UNFINISHED;
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
		residents_remove(&other);
		lock_remove(&other);
	}
	close(lock);
	return 0;
}

void stale_remove(const struct site *site)
{
	pins_each(NULL, check_site, (void *)site);
}
