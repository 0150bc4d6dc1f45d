/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule's tests turned into rows.
 */
#ifndef DRAFT_H
#define DRAFT_H

struct abi_row;
struct rows;
struct rule;

/*
 * Adds the rows of a rule: none if it can never match in this hook. action has
 * the counter, op and jump of all of them. Returns as rows_add, or -ENOSPC:
 * more than MAX_ROW_EXTRAS tests that no column holds, or more rows than one
 * rule may become.
 */
int draft_rule(struct rows *rows, const struct rule *rule,
	       const struct abi_row *action);

#endif
