/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files right of the bar share: the place that a run works on, and
 * the constants of newer kernels that the system's headers lack.
 *
 * Errors there are the system's: each is reported once, where its cause is
 * known, and passed up as a negative errno. -ECANCELED says that bpfipt itself
 * refuses, all else that the system cannot.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

#include "abi.h"

struct diag;

/* A network namespace with its directory of pins. */
struct site {
	const struct diag *diag;
	uint64_t inode;
	char dir[64];		/* /sys/fs/bpf/bpfipt/INODE */
};

enum direction {
	INGRESS,
	EGRESS,
	NR_DIRECTIONS,
};

/* enum bpf_attach_type since 6.6, and where in the list of programs. */
#define TCX_INGRESS	46
#define TCX_EGRESS	47
#define TCX_BEFORE	(1u << 3)

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

#endif
