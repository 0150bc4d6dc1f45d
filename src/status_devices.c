// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every device of the namespace, and whether the selector is on it; if not,
 * why not. It looks at the kernel's own lists, not at pins.
 */
#include <stdio.h>

#include "attach.h"
#include "kernel.h"
#include "residents.h"
#include "status.h"

/* Why a device's packets are not judged, or not first of all. */
static const char *remark(const struct device *device,
			  const int state[NR_DIRECTIONS])
{
	if (device->left)
		return " left to its master";
	if (state[INGRESS] <= DETACHED || state[EGRESS] <= DETACHED)
		return " NOT FILTERED until the next restore";
	if (state[INGRESS] == ATTACHED_BEHIND ||
	    state[EGRESS] == ATTACHED_BEHIND)
		return " behind programs of others";
	return "";
}

static void print_device(const struct attach *attach,
			 const struct device *device, FILE *out)
{
	int state[NR_DIRECTIONS], direction;

	fprintf(out, "  %-16s", device->name);
	for (direction = 0; direction < NR_DIRECTIONS; direction++) {
		state[direction] = attach_state(attach, device,
						(enum direction)direction);
		fprintf(out, " %-8s", state[direction] > DETACHED ?
			direction_names[direction] : "-");
	}
	fprintf(out, "%s\n", remark(device, state));
}

int status_devices(const struct site *site, const struct residents *residents,
		   FILE *out)
{
	struct attach attach = {
		.site = site,
		.residents = residents,
		.mechanism = attach_mechanism(),
	};
	unsigned int i;
	int err;

	err = devices_read(&attach.devices, site->diag);
	fprintf(out, "\ndevices (%s)\n", attach.mechanism->name);
	for (i = 0; i < attach.devices.nr && !err; i++)
		print_device(&attach, &attach.devices.list[i], out);
	attach_close(&attach);
	return err;
}
