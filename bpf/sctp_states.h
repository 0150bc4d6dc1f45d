/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The states that an SCTP association goes through: sctp_conntracks[] in the
 * kernel's nf_conntrack_proto_sctp.c. They are the association's, not those of
 * one of its ends.
 */
#ifndef SCTP_STATES_H
#define SCTP_STATES_H

#include "flow.h"

/* Types of chunks (RFC 9260). Others change no state. */
enum sctp_chunk {
	SCTP_DATA,
	SCTP_INIT,
	SCTP_INIT_ACK,
	SCTP_HEARTBEAT = 4,
	SCTP_HEARTBEAT_ACK,
	SCTP_ABORT,
	SCTP_SHUTDOWN,
	SCTP_SHUTDOWN_ACK,
	SCTP_ERROR,
	SCTP_COOKIE_ECHO,
	SCTP_COOKIE_ACK,
	SCTP_SHUTDOWN_COMPLETE = 14,
};

#define SCTP_BIT(type)	(1u << (type))

/* Those with a row below. */
#define SCTP_CONTROL (SCTP_BIT(SCTP_INIT) | SCTP_BIT(SCTP_INIT_ACK) |	\
	SCTP_BIT(SCTP_HEARTBEAT) | SCTP_BIT(SCTP_HEARTBEAT_ACK) |	\
	SCTP_BIT(SCTP_ABORT) | SCTP_BIT(SCTP_SHUTDOWN) |		\
	SCTP_BIT(SCTP_SHUTDOWN_ACK) | SCTP_BIT(SCTP_ERROR) |		\
	SCTP_BIT(SCTP_COOKIE_ECHO) | SCTP_BIT(SCTP_COOKIE_ACK) |	\
	SCTP_BIT(SCTP_SHUTDOWN_COMPLETE))

/* In the place of a next state. NONE is never one. */
#define SCTP_STAY	FLOW_SCTP_NONE
#define SCTP_INVALID	NR_FLOW_SCTP_STATES

/*
 * By direction, chunk and state, the next state. An association that was not
 * seen to begin is one that ends (CLOSED) or, with a heartbeat first, another
 * path of one that is tracked elsewhere; then only heartbeats may answer.
 */
#define oo SCTP_STAY
#define CL FLOW_SCTP_CLOSED
#define CW FLOW_SCTP_COOKIE_WAIT
#define CE FLOW_SCTP_COOKIE_ECHOED
#define ES FLOW_SCTP_ESTABLISHED
#define SS FLOW_SCTP_SHUTDOWN_SENT
#define SR FLOW_SCTP_SHUTDOWN_RECD
#define SA FLOW_SCTP_SHUTDOWN_ACK_SENT
#define HS FLOW_SCTP_HEARTBEAT_SENT
#define iv SCTP_INVALID

/* As large as the masks of the look-up. */
static const __u8 sctp_next[2][16][16] = { {
/* From the side that began   NO  CL  CW  CE  ES  SS  SR  SA  HS */
[SCTP_INIT]		  = { CL, oo, oo, oo, oo, CL, CL, oo, CW },
[SCTP_INIT_ACK]		  = { CL, oo, oo, oo, oo, oo, oo, oo, CL },
[SCTP_ABORT]		  = { CL, CL, CL, CL, CL, CL, CL, CL, CL },
[SCTP_SHUTDOWN]		  = { CL, oo, oo, oo, SS, oo, oo, oo, CL },
[SCTP_SHUTDOWN_ACK]	  = { SA, oo, oo, oo, oo, SA, SA, oo, SA },
[SCTP_ERROR]		  = { CL, oo, oo, oo, oo, oo, oo, oo, CL },
[SCTP_COOKIE_ECHO]	  = { CL, oo, CE, oo, oo, oo, oo, oo, CL },
[SCTP_COOKIE_ACK]	  = { CL, oo, oo, ES, oo, oo, oo, oo, CL },
[SCTP_SHUTDOWN_COMPLETE]  = { CL, oo, oo, oo, oo, oo, oo, CL, CL },
[SCTP_HEARTBEAT]	  = { HS, oo, oo, oo, oo, oo, oo, oo, oo },
[SCTP_HEARTBEAT_ACK]	  = { CL, oo, oo, oo, oo, oo, oo, oo, oo },
}, {
/* From the other	      NO  CL  CW  CE  ES  SS  SR  SA  HS */
[SCTP_INIT]		  = { iv, oo, oo, oo, oo, oo, oo, oo, iv },
[SCTP_INIT_ACK]		  = { iv, CW, oo, oo, oo, oo, oo, oo, iv },
[SCTP_ABORT]		  = { iv, CL, CL, CL, CL, CL, CL, CL, iv },
[SCTP_SHUTDOWN]		  = { iv, oo, oo, oo, SR, oo, oo, oo, iv },
[SCTP_SHUTDOWN_ACK]	  = { iv, oo, oo, oo, oo, SA, SA, oo, iv },
[SCTP_ERROR]		  = { iv, oo, oo, CL, oo, oo, oo, oo, iv },
[SCTP_COOKIE_ECHO]	  = { iv, oo, CE, oo, oo, oo, oo, oo, iv },
[SCTP_COOKIE_ACK]	  = { iv, oo, oo, ES, oo, oo, oo, oo, iv },
[SCTP_SHUTDOWN_COMPLETE]  = { iv, oo, oo, oo, oo, oo, oo, CL, iv },
[SCTP_HEARTBEAT]	  = { iv, oo, oo, oo, oo, oo, oo, oo, oo },
[SCTP_HEARTBEAT_ACK]	  = { iv, oo, oo, oo, oo, oo, oo, oo, ES },
} };

#undef oo
#undef CL
#undef CW
#undef CE
#undef ES
#undef SS
#undef SR
#undef SA
#undef HS
#undef iv

static __always_inline __u8 sctp_next_state(__u8 state, __u8 type, int dir)
{
	__u8 next = sctp_next[dir & 1][type & 15][state & 15];

	return next == SCTP_STAY ? state : next;
}

#endif
