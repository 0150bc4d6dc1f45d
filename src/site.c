// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Says where a run works: which namespace, under which directory of pins. It
 * makes neither of them.
 */
#include "site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpffs.h"
#include "kernel.h"
#include "netns.h"
#include "pins.h"
#include "rights.h"

static void site_set(struct site *site, const struct diag *diag,
		     uint64_t inode)
{
	site->diag = diag;
	site->inode = inode;
	snprintf(site->dir, sizeof(site->dir), PINS_ROOT "/%" PRIu64, inode);
}

int site_enter(struct site *site, const char *netns, const struct diag *diag)
{
	uint64_t inode;
	int err;

	err = rights_check(diag);
	if (!err)
		err = bpffs_check(diag);
	if (!err)
		err = netns_enter(netns, diag);
	if (!err)
		err = netns_inode(&inode, diag);
	if (!err)
		site_set(site, diag, inode);
	return err;
}

bool site_other(struct site *other, const struct site *site, const char *name)
{
	char *end;
	uint64_t inode = strtoull(name, &end, 10);

	if (!inode || *end)
		return false;
	site_set(other, site->diag, inode);
	return true;
}
