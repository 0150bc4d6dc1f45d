/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that shows a difference: fewer rules, then fewer packets.
 */
#ifndef SIDE_SHRINK_H
#define SIDE_SHRINK_H

struct side;

/* The round of this text and of side's frames differs. Says which rules and
 * frames of it are needed for that. */
void side_shrink(struct side *side, const char *text);

#endif
