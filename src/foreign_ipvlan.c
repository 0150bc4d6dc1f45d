// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks for ipvlan devices above a device of the namespace. Mostly they have
 * been moved to namespaces of containers, so the links of every namespace that
 * this one has a number for are asked for too; the kernel gives it one when it
 * moves a device there. Namespaces that may not be looked into are left out.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "devices.h"
#include "foreign_find.h"
#include "kernel.h"
#include "netlink.h"

/* What RTM_GETLINK and RTM_GETNSID are asked with: a header, one attribute. */
struct link_body {
	struct ifinfomsg info;
	struct nlattr attr;
	__s32 nsid;
};

struct nsid_body {
	struct rtgenmsg gen;
	_Alignas(NLA_ALIGNTO) struct nlattr attr;
	__u32 pid;
};

static bool is_ipvlan(const char *kind)
{
	return !strcmp(kind, "ipvlan") || !strcmp(kind, "ipvtap");
}

static __s32 nsid_of(const struct nlmsghdr *msg)
{
	const struct nlattr *attr[NETNSA_MAX + 1] = {};

	if (msg->nlmsg_type != RTM_NEWNSID)
		return NETNSA_NSID_NOT_ASSIGNED;
	netlink_parse(msg, sizeof(struct rtgenmsg), attr, NETNSA_MAX);
	return attr[NETNSA_NSID] ? (__s32)netlink_u32(attr[NETNSA_NSID]) :
				   NETNSA_NSID_NOT_ASSIGNED;
}

static int own_seen(const struct nlmsghdr *msg, void *ctx)
{
	__s32 *own = ctx;

	*own = nsid_of(msg);
	return 0;
}

/*
 * The number that the thread's own namespace has for itself. It gets one when a
 * device of another namespace is first described that lies on one of its own.
 */
static __s32 own_nsid(void)
{
	const struct nsid_body body = {
		.gen = { .rtgen_family = AF_UNSPEC },
		.attr = { sizeof(body.attr) + sizeof(body.pid), NETNSA_PID },
		.pid = (__u32)syscall(SYS_gettid),
	};
	const struct netlink_request request = {
		.protocol = NETLINK_ROUTE,
		.type = RTM_GETNSID,
		.body = &body,
		.len = sizeof(body),
		.single = true,
	};
	__s32 own = NETNSA_NSID_NOT_ASSIGNED;

	netlink_dump(&request, own_seen, &own);
	return own;
}

static int link_seen(const struct nlmsghdr *msg, void *ctx)
{
	const struct nlattr *attr[IFLA_MAX + 1] = {};
	const struct nlattr *info[IFLA_INFO_MAX + 1] = {};
	struct finding *finding = ctx;
	const struct device *lower;

	if (msg->nlmsg_type != RTM_NEWLINK ||
	    msg->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return 0;
	netlink_parse(msg, sizeof(struct ifinfomsg), attr, IFLA_MAX);
	netlink_parse_nested(attr[IFLA_LINKINFO], info, IFLA_INFO_MAX);
	if (!is_ipvlan(netlink_text(info[IFLA_INFO_KIND])) ||
	    !attr[IFLA_LINK_NETNSID] ||
	    (__s32)netlink_u32(attr[IFLA_LINK_NETNSID]) != own_nsid())
		return 0;
	lower = devices_find(finding->devices,
			     (int)netlink_u32(attr[IFLA_LINK]));
	if (!lower)
		return 0;
	snprintf(finding->where, sizeof(finding->where),
		 "device %s of another namespace, on %s",
		 netlink_text(attr[IFLA_IFNAME]), lower->name);
	return 1;
}

/* The links of one namespace that this one has a number for. */
static int nsid_seen(const struct nlmsghdr *msg, void *ctx)
{
	struct link_body body = {
		.attr = { sizeof(body.attr) + sizeof(body.nsid),
			  IFLA_TARGET_NETNSID },
		.nsid = nsid_of(msg),
	};
	const struct netlink_request request = {
		.protocol = NETLINK_ROUTE,
		.type = RTM_GETLINK,
		.body = &body,
		.len = sizeof(body),
	};
	int found = 0;

	if (body.nsid >= 0)
		found = netlink_dump(&request, link_seen, ctx);
	return found > 0 ? found : 0;
}

static int find_here(struct finding *finding)
{
	const struct devices *devices = finding->devices;
	unsigned int i;

	for (i = 0; i < devices->nr; i++) {
		const struct device *device = &devices->list[i];

		if (is_ipvlan(device->kind) && device->lower) {
			snprintf(finding->where, sizeof(finding->where),
				 "device %s", device->name);
			return 1;
		}
	}
	return 0;
}

int ipvlan_find(struct finding *finding)
{
	const struct rtgenmsg body = { .rtgen_family = AF_UNSPEC };
	const struct netlink_request request = {
		.protocol = NETLINK_ROUTE,
		.type = RTM_GETNSID,
		.body = &body,
		.len = sizeof(body),
	};
	int found = find_here(finding);

	return found ? found : netlink_dump(&request, nsid_seen, finding);
}
