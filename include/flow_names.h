/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for a connection's protocol, state and status, as conntrack(8)
 * has them.
 */
#ifndef FLOW_NAMES_H
#define FLOW_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* "unknown" for those without a tracker of their own. */
const char *flow_proto_name(uint8_t proto);

/* NULL for a protocol without states. */
const char *flow_state_name(uint8_t proto, uint8_t state);

/* The state of that name, or -1. */
int flow_state_find(uint8_t proto, const char *name);

/* The name of the LABEL_STATUS bit, NULL for any other. */
const char *flow_status_name(uint8_t bit);

/* Whether a flow's port[] are ports; of ICMP and GRE they are not. */
bool flow_has_ports(uint8_t proto);

/* The type of ICMP that answers a query of this type. */
uint8_t flow_icmp_answer(uint8_t type);

#endif
