/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network devices of a namespace, as far as attaching to them asks.
 */
#ifndef DEVICES_H
#define DEVICES_H

#include <stdbool.h>

struct diag;

struct device {
	int ifindex;
	char name[16];
	char kind[16];		/* "bridge", "vlan", ...; "" without one */
	bool left;		/* its packets are its master's */
	int lower;		/* ifindex of the device below, 0: none here */
};

struct devices {
	unsigned int nr;
	unsigned int max;
	struct device *list;
};

/* Reads all devices of the thread's namespace. */
int devices_read(struct devices *devices, const struct diag *diag);
void devices_free(struct devices *devices);

const struct device *devices_find(const struct devices *devices, int ifindex);

#endif
