// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at the rest of the stack: IPsec policies and states, IPVS services,
 * multicast and broadcast forwarding, bridges. It reads /proc of the thread's
 * own namespace and netlink, and loads no module by asking.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "devices.h"
#include "foreign_find.h"
#include "kernel.h"
#include "netlink.h"

#define CONF	"/proc/sys/net/ipv4/conf/all/"
#define IPVS	"/proc/thread-self/net/ip_vs"

/*
 * A policy that transforms IPv4 packets. Those of an xfrm interface carry its
 * number, and their packets are judged on it.
 */
static int policy_seen(const struct nlmsghdr *msg, void *ctx)
{
	const struct xfrm_userpolicy_info *policy = NLMSG_DATA(msg);
	const struct nlattr *attr[XFRMA_MAX + 1] = {};
	struct finding *finding = ctx;

	if (msg->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    msg->nlmsg_len < NLMSG_LENGTH(sizeof(*policy)))
		return 0;
	netlink_parse(msg, sizeof(*policy), attr, XFRMA_MAX);
	if (!attr[XFRMA_TMPL] || netlink_u32(attr[XFRMA_IF_ID]) ||
	    policy->sel.family == AF_INET6)
		return 0;
	snprintf(finding->where, sizeof(finding->where),
		 "ip xfrm policy, index %u", policy->index);
	return 1;
}

/*
 * A state that decrypts without a policy: what transport mode takes off goes
 * on to INPUT without meeting TC again. A tunnel's inner packets do meet it.
 */
static int state_seen(const struct nlmsghdr *msg, void *ctx)
{
	const struct xfrm_usersa_info *state = NLMSG_DATA(msg);
	const struct nlattr *attr[XFRMA_MAX + 1] = {};
	struct finding *finding = ctx;

	if (msg->nlmsg_type != XFRM_MSG_NEWSA ||
	    msg->nlmsg_len < NLMSG_LENGTH(sizeof(*state)))
		return 0;
	netlink_parse(msg, sizeof(*state), attr, XFRMA_MAX);
	if (state->mode != XFRM_MODE_TRANSPORT || state->family != AF_INET ||
	    netlink_u32(attr[XFRMA_IF_ID]))
		return 0;
	snprintf(finding->where, sizeof(finding->where),
		 "ip xfrm state, spi 0x%08x", ntohl(state->id.spi));
	return 1;
}

static int find_xfrm(struct finding *finding, int type,
		     int (*seen)(const struct nlmsghdr *msg, void *ctx))
{
	const struct netlink_request request = {
		.protocol = NETLINK_XFRM,
		.type = type,
	};
	int found = netlink_dump(&request, seen, finding);

	/* Without that protocol there is nothing of it. */
	return found == -EPROTONOSUPPORT ? 0 : found;
}

int stack_find_policies(struct finding *finding)
{
	return find_xfrm(finding, XFRM_MSG_GETPOLICY, policy_seen);
}

int stack_find_states(struct finding *finding)
{
	return find_xfrm(finding, XFRM_MSG_GETSA, state_seen);
}

int stack_find_ipvs(struct finding *finding)
{
	FILE *file = fopen(IPVS, "re");
	int found = 0, line = 0;
	char text[128];

	if (!file)
		return 0;
	/* Three lines of headings, then services and their servers. */
	while (!found && fgets(text, sizeof(text), file))
		found = ++line > 3;
	fclose(file);
	if (found)
		snprintf(finding->where, sizeof(finding->where), "%s: %.*s",
			 IPVS, (int)strcspn(text, "\n"), text);
	return found;
}

/* Whether a switch under /proc/sys is on; one that is absent is off. */
static bool is_on(const char *path)
{
	FILE *file = fopen(path, "re");
	int value = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &value) != 1)
		value = 0;
	fclose(file);
	return value > 0;
}

static int find_switch(struct finding *finding, const char *path)
{
	snprintf(finding->where, sizeof(finding->where), "%s is on", path);
	return is_on(path);
}

int stack_find_multicast(struct finding *finding)
{
	return find_switch(finding, CONF "mc_forwarding");
}

int stack_find_broadcast(struct finding *finding)
{
	return find_switch(finding, CONF "bc_forwarding");
}

bool stack_bridges_filtered(const struct devices *devices)
{
	unsigned int i;

	if (!is_on("/proc/sys/net/bridge/bridge-nf-call-iptables"))
		return false;
	for (i = 0; i < devices->nr; i++)
		if (!strcmp(devices->list[i].kind, "bridge"))
			return true;
	return false;
}
