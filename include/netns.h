/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces. A run enters one by name, as `ip -n NAME` does, and is
 * told apart from others by the inode of its namespace.
 */
#ifndef NETNS_H
#define NETNS_H

#include <stdint.h>

struct diag;

/*
 * Enters the namespace of /run/netns/NAME; the mount namespace stays, so that
 * pins outlive the process. NULL: stays where it is.
 */
int netns_enter(const char *name, const struct diag *diag);

/* The inode of the thread's namespace. */
int netns_inode(uint64_t *inode, const struct diag *diag);

#endif
