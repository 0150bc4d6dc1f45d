/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock that serialises runs on one namespace: a file of bpfipt's own under
 * /run/bpfipt, held with flock(2) and given back by the kernel when its holder
 * ends.
 */
#ifndef LOCK_H
#define LOCK_H

struct site;

/*
 * Takes the lock of the site's namespace, waiting for it: without limit if
 * seconds is 0 or less, as iptables-restore does. Returns a descriptor that
 * holds it, or a negative errno; -EAGAIN if it was not free in time.
 */
int lock_open(const struct site *site, int seconds);

/* The same without waiting or saying anything. */
int lock_try(const struct site *site);

/* Removes the file of a lock that is held, where nothing is loaded any more. */
void lock_remove(const struct site *site);

#endif
