/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names under which things outlive the process, all below
 * /sys/fs/bpf/bpfipt/INODE:
 *
 *   alive, identity		residents.c: whose directory this is
 *   active ... selector_*	residents.c: maps and programs
 *   gen-N/			generation.c: text, counters, carry, programs
 *   conntrack/			tracker.c: programs, table, its layout
 *   link-IFINDEX-DIRECTION	attach.c: TCX links
 *   clsact-IFINDEX		attach.c: a mark (directory): the qdisc is ours
 */
#ifndef PINS_H
#define PINS_H

#include <stddef.h>

struct site;

#define PINS_ROOT	"/sys/fs/bpf/bpfipt"

/*
 * Sees to it that a BPF file system is mounted, mounting it if need be, and
 * that the site's directory is there. To be called with the lock held.
 */
int pins_open(const struct site *site);

/*
 * Names below are relative to the site's directory. pins_get returns a
 * descriptor of the map, program or link, or a negative errno, silently. All
 * others report what fails.
 */
int pins_get(const struct site *site, const char *name);
int pins_put(const struct site *site, const char *name, int fd);
int pins_mkdir(const struct site *site, const char *name);

/* Pins a new map, of an enum bpf_map_type, with one value of size bytes. */
int pins_put_value(const struct site *site, const char *name,
		   unsigned int type, const void *value, size_t size);

/* The same in place of what is pinned under the name: it is the one or the
 * other at any moment. */
int pins_replace_value(const struct site *site, const char *name,
		       unsigned int type, const void *value, size_t size);

/* Reads the one value of a map, of at least so many bytes, to be freed. Returns
 * 0 or a negative errno, silently. */
int pins_get_value(int fd, size_t least, void **value, size_t *size);

/* Removes a name, and what is below it; one that is absent is no failure. The
 * name "" is the site itself. */
int pins_remove(const struct site *site, const char *name);

/*
 * Calls each with every name in the site's directory, or with every site if
 * site is NULL, until it returns other than 0, and returns that. A directory
 * that is absent has no names.
 */
int pins_each(const struct site *site,
	      int (*each)(const char *name, void *ctx), void *ctx);

#endif
