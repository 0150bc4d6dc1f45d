// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes everything down. The program array empties itself when its last pin
 * goes, and the selector drops what finds no program: so it detaches first,
 * from every device, and unpins last. What another build loaded goes too, and
 * filters whose pins somebody has taken away.
 */
#include "unload.h"

#include <stdbool.h>
#include <unistd.h>

#include "attach.h"
#include "kernel.h"
#include "lock.h"
#include "pins.h"
#include "residents.h"
#include "site.h"
#include "stale.h"

/* Both ways of attaching: which one was used depends on the kernel and, where
 * a test asked for it, not on that alone. */
static int detach(const struct site *site)
{
	static const struct mechanism *const mechanisms[] = {
		&mechanism_tcx, &mechanism_clsact,
	};
	struct residents residents = RESIDENTS_INIT;
	size_t i;
	int err = 0;

	residents_adopt(site, &residents);
	for (i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++) {
		struct attach attach = {
			.site = site,
			.residents = &residents,
			.mechanism = mechanisms[i],
		};
		int one = attach_remove(&attach);

		err = err ? err : one;
		attach_close(&attach);
	}
	residents_close(&residents);
	return err;
}

static int unload_locked(const struct site *site, bool keep_table)
{
	int err = detach(site);

	if (!err)
		err = residents_remove(site, keep_table);
	stale_remove(site);
	return err;
}

int unload_run(const char *netns, int wait_s, bool keep_table,
	       const struct diag *diag)
{
	struct site site;
	int lock, err;

	err = site_enter(&site, netns, diag);
	if (err)
		return err;
	lock = lock_open(&site, wait_s);
	if (lock < 0)
		return lock;
	err = unload_locked(&site, keep_table);
	if (!err && residents_state(&site) == SITE_EMPTY)
		lock_remove(&site);
	close(lock);
	return err;
}
