// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every device of the namespace, and whether the selector is on it; if not,
 * why not. It looks at the kernel's own lists, not at pins.
 */
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "kernel.h"
#include "residents.h"
#include "status.h"

static void print_device(const struct attach *attach,
			 const struct device *device, FILE *out)
{
	bool on[NR_DIRECTIONS];
	int direction;

	for (direction = 0; direction < NR_DIRECTIONS; direction++)
		on[direction] = attach_state(attach, device,
					     (enum direction)direction) == 1;
	fprintf(out, "  %-16s %-8s %-8s", device->name,
		on[INGRESS] ? "ingress" : "-", on[EGRESS] ? "egress" : "-");
	if (device->left)
		fprintf(out, " left to its master");
	else if (!on[INGRESS] || !on[EGRESS])
		fprintf(out, " NOT FILTERED until the next restore");
	fputc('\n', out);
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
