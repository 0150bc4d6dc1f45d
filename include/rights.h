/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this process may do what bpfipt does, and why not.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

struct diag;

/* Asks the kernel for something small. Also silences libbpf's own messages. */
int rights_check(const struct diag *diag);

/* Reports that a program was refused, naming what the kernel lacks for it.
 * Returns -err. */
int rights_explain(const struct diag *diag, int err, const char *program);

#endif
