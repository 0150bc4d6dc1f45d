// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists network devices over rtnetlink and says of each whether its packets
 * are judged on it. A device that has a master (bridge, bond, team, Open
 * vSwitch) leaves them to it; only a VRF's devices keep them, as no second TC
 * pass comes for those.
 */
#include "devices.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "diag.h"
#include "kernel.h"
#include "netlink.h"

#define ATTEMPTS	10	/* while devices come and go */

static struct device *device_new(struct devices *devices)
{
	struct device *list;

	if (devices->nr == devices->max) {
		devices->max = devices->max ? 2 * devices->max : 16;
		list = realloc(devices->list,
			       devices->max * sizeof(*devices->list));
		if (!list)
			return NULL;
		devices->list = list;
	}
	return memset(&devices->list[devices->nr++], 0,
		      sizeof(*devices->list));
}

static int device_add(const struct nlmsghdr *msg, void *ctx)
{
	const struct nlattr *attr[IFLA_MAX + 1] = {};
	const struct nlattr *info[IFLA_INFO_MAX + 1] = {};
	const struct ifinfomsg *ifi = NLMSG_DATA(msg);
	struct device *device;

	if (msg->nlmsg_type != RTM_NEWLINK ||
	    msg->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)))
		return 0;
	device = device_new(ctx);
	if (!device)
		return -ENOMEM;
	netlink_parse(msg, sizeof(*ifi), attr, IFLA_MAX);
	netlink_parse_nested(attr[IFLA_LINKINFO], info, IFLA_INFO_MAX);
	device->ifindex = ifi->ifi_index;
	snprintf(device->name, sizeof(device->name), "%s",
		 netlink_text(attr[IFLA_IFNAME]));
	snprintf(device->kind, sizeof(device->kind), "%s",
		 netlink_text(info[IFLA_INFO_KIND]));
	device->left = attr[IFLA_MASTER] &&
		       strcmp(netlink_text(info[IFLA_INFO_SLAVE_KIND]), "vrf");
	if (!attr[IFLA_LINK_NETNSID])
		device->lower = (int)netlink_u32(attr[IFLA_LINK]);
	return 0;
}

int devices_read(struct devices *devices, const struct diag *diag)
{
	const struct ifinfomsg body = { .ifi_family = AF_UNSPEC };
	const struct netlink_request request = {
		.protocol = NETLINK_ROUTE,
		.type = RTM_GETLINK,
		.body = &body,
		.len = sizeof(body),
	};
	int attempt, err = -EAGAIN;

	for (attempt = 0; attempt < ATTEMPTS && err == -EAGAIN; attempt++) {
		devices->nr = 0;
		err = netlink_dump(&request, device_add, devices);
	}
	if (err)
		return diag_system(diag, -err,
				   "cannot list the network devices");
	return 0;
}

void devices_free(struct devices *devices)
{
	free(devices->list);
	memset(devices, 0, sizeof(*devices));
}

const struct device *devices_find(const struct devices *devices, int ifindex)
{
	unsigned int i;

	for (i = 0; i < devices->nr; i++)
		if (devices->list[i].ifindex == ifindex)
			return &devices->list[i];
	return NULL;
}
