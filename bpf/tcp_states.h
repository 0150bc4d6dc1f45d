/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The states that a TCP connection goes through: tcp_conntracks[] in the
 * kernel's nf_conntrack_proto_tcp.c. We stand between the two sides and see
 * what may be lost behind us, so a state says how far the connection may be,
 * and what contradicts it is often let through for the receiver to answer.
 */
#ifndef TCP_STATES_H
#define TCP_STATES_H

#include "flow.h"
#include "tcp_segment.h"

/* In the place of a next state. NONE is never one. */
#define TCP_INVALID	FLOW_TCP_NONE
#define TCP_IGNORE	NR_FLOW_TCP_STATES	/* passes, changes nothing */

/*
 * By state and kind of segment, the next state: of each pair the first if the
 * side sends it that opened the connection, the second if the other does.
 *
 * SYN		A second SYN may come from a host that was restarted: the
 *		answer will tell. One after the end opens a new connection.
 * SYN+ACK	It is late, or it answers a SYN that was let through.
 * FIN		The first one begins the close, one from whichever side later
 *		on ends it.
 * ACK		Without a SYN before it, it may belong to a connection that is
 *		older than the table. In answer to a SYN it says that the other
 *		side holds a connection of before.
 */
#define SS FLOW_TCP_SYN_SENT
#define SR FLOW_TCP_SYN_RECV
#define ES FLOW_TCP_ESTABLISHED
#define FW FLOW_TCP_FIN_WAIT
#define CW FLOW_TCP_CLOSE_WAIT
#define LA FLOW_TCP_LAST_ACK
#define TW FLOW_TCP_TIME_WAIT
#define CL FLOW_TCP_CLOSE
#define S2 FLOW_TCP_SYN_SENT2
#define IG TCP_IGNORE
#define iv TCP_INVALID

/* As large as the masks of the look-up. */
static const __u8 tcp_next[16][8][2] = {
/*		SYN       SYN+ACK   FIN       ACK       RST		*/
[FLOW_TCP_NONE] = {
		{SS, iv}, {iv, iv}, {iv, iv}, {ES, iv}, {iv, iv} },
[FLOW_TCP_SYN_SENT] = {
		{SS, S2}, {iv, SR}, {iv, iv}, {iv, IG}, {CL, CL} },
[FLOW_TCP_SYN_RECV] = {
		{IG, iv}, {SR, IG}, {FW, FW}, {ES, SR}, {CL, CL} },
[FLOW_TCP_ESTABLISHED] = {
		{IG, iv}, {iv, IG}, {FW, FW}, {ES, ES}, {CL, CL} },
[FLOW_TCP_FIN_WAIT] = {
		{IG, iv}, {iv, IG}, {LA, LA}, {CW, CW}, {CL, CL} },
[FLOW_TCP_CLOSE_WAIT] = {
		{IG, iv}, {iv, IG}, {LA, LA}, {CW, CW}, {CL, CL} },
[FLOW_TCP_LAST_ACK] = {
		{IG, iv}, {iv, IG}, {LA, LA}, {TW, TW}, {CL, CL} },
[FLOW_TCP_TIME_WAIT] = {
		{SS, SS}, {iv, IG}, {TW, TW}, {TW, TW}, {CL, CL} },
[FLOW_TCP_CLOSE] = {
		{SS, iv}, {iv, IG}, {CL, CL}, {CL, CL}, {CL, CL} },
[FLOW_TCP_SYN_SENT2] = {
		{S2, S2}, {SR, SR}, {iv, iv}, {iv, IG}, {CL, CL} },
};

#undef SS
#undef SR
#undef ES
#undef FW
#undef CW
#undef LA
#undef TW
#undef CL
#undef S2
#undef IG
#undef iv

static __always_inline __u8 tcp_next_state(__u8 state, __u8 kind, int dir)
{
	return tcp_next[state & 15][kind & 7][dir & 1];
}

/* Both sides may be about to forget it: its numbers prove nothing any more,
 * and under pressure it is the first to go (tcp_can_early_drop()). */
static __always_inline bool tcp_closing(__u8 state)
{
	return state >= FLOW_TCP_FIN_WAIT && state <= FLOW_TCP_CLOSE;
}

#endif
