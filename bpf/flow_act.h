/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a protocol's tracker says of a packet, as the functions of the kernel's
 * nf_conntrack_proto_*.c say it by their return value.
 */
#ifndef FLOW_ACT_H
#define FLOW_ACT_H

enum flow_act {
	FLOW_ACCEPT,		/* the packet is the flow's (NF_ACCEPT) */
	FLOW_ACT_INVALID,	/* it is not, nor of any other (-NF_ACCEPT) */
	FLOW_REPEAT,		/* the flow is over: forget it, and look again
				 * for the packet's (-NF_REPEAT) */
};

#endif
