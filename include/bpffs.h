/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF file system on /sys/fs/bpf, in which pins outlive processes.
 */
#ifndef BPFFS_H
#define BPFFS_H

struct diag;

/* Whether what is seen here is the system's: `ip netns exec` gives its child
 * another one or none. Reports it if not. */
int bpffs_check(const struct diag *diag);

/* Mounts it if it is not there, as bpftool does. */
int bpffs_mount(const struct diag *diag);

#endif
