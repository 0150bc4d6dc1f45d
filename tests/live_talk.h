/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The talking of real connections: both ends in one process, so that each
 * byte that is sent can be waited for.
 */
#ifndef LIVE_TALK_H
#define LIVE_TALK_H

#include "live.h"

struct live_ends {
	const struct testns *from;
	const struct testns *to;
	uint32_t addr;		/* of `to`; host order */
	unsigned short port;
};

/* Talks until told to stop. */
void live_talk(enum live_kind kind, const struct live_ends *ends,
	       const struct live_shared *shared, struct live_score *score);

#endif
