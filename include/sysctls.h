/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's own tracker is set to.
 */
#ifndef SYSCTLS_H
#define SYSCTLS_H

struct settings;

/*
 * Settings that nobody has given become those of nf_conntrack in this
 * namespace, where it is there. No module is loaded for that. The size of the
 * table follows from the machine's memory otherwise.
 */
void sysctls_fill(struct settings *settings);

#endif
