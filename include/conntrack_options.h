/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of bpfipt conntrack.
 */
#ifndef CONNTRACK_OPTIONS_H
#define CONNTRACK_OPTIONS_H

#include <stdbool.h>

struct conntrack_request;
struct names;

/* Reads it; argv[0] is the verb. Protocols are looked up in names. True if
 * there is work to do; else all has been said, and *status is what the tool
 * ends with. */
bool conntrack_options(int argc, char **argv, const struct names *names,
		       struct conntrack_request *request, int *status);

#endif
