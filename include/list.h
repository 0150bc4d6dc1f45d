/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules in the form of `iptables -L`, as -v shows them while they are read.
 */
#ifndef LIST_H
#define LIST_H

#include <stdio.h>

struct rule;

/* One line. target is the word behind -j or -g, or NULL. */
void list_rule(const struct rule *rule, const char *target, FILE *out);

#endif
