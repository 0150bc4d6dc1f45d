// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Enters a network namespace by name and says which one the thread is in. It
 * never touches another kind of namespace: a child of `ip netns exec` has a
 * mount namespace of its own, and what is pinned there is gone with it.
 */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "kernel.h"

int netns_enter(const char *name, const struct diag *diag)
{
	char path[128];
	int fd, err = 0;

	if (!name)
		return 0;
	if (!*name || strchr(name, '/') || name[0] == '.' ||
	    snprintf(path, sizeof(path), "/run/netns/%s", name) >=
	    (int)sizeof(path))
		return diag_system(diag, EINVAL,
				   "Cannot open network namespace \"%s\"",
				   name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return diag_system(diag, errno,
				   "Cannot open network namespace \"%s\"",
				   name);
	if (setns(fd, CLONE_NEWNET))
		err = diag_system(diag, errno,
				  "setting the network namespace \"%s\" failed",
				  name);
	close(fd);
	return err;
}

int netns_inode(uint64_t *inode, const struct diag *diag)
{
	const char *path = "/proc/thread-self/ns/net";
	struct stat st;

	if (stat(path, &st))
		return diag_system(diag, errno, "cannot read %s", path);
	*inode = st.st_ino;
	return 0;
}
