// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which devices carry the selector. Takes the list of devices, attaches where
 * it is missing, and detaches where it no longer belongs. How it is attached
 * is the mechanism's; the rules are not looked at.
 */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "pins.h"
#include "residents.h"

const char *const direction_names[NR_DIRECTIONS] = {
	[INGRESS] = "ingress",
	[EGRESS] = "egress",
};

const struct mechanism *attach_mechanism(void)
{
	return mechanism_tcx.available() ? &mechanism_tcx : &mechanism_clsact;
}

static struct attachment attachment_of(const struct attach *attach,
				       const struct device *device,
				       enum direction direction)
{
	return (struct attachment) {
		.site = attach->site,
		.ifindex = device->ifindex,
		.direction = direction,
		.program = attach->residents->fd[RESIDENT_SELECTOR + direction],
	};
}

int attach_state(const struct attach *attach, const struct device *device,
		 enum direction direction)
{
	struct attachment at = attachment_of(attach, device, direction);

	return attach->mechanism->state(&at);
}

/* The device went while we looked at it. */
static bool is_gone(int err)
{
	return err == -ENODEV || err == -ENXIO;
}

static int attach_one(struct attach *attach, const struct device *device,
		      enum direction direction)
{
	struct attachment at = attachment_of(attach, device, direction);
	int err = attach->mechanism->state(&at);

	if (!err) {
		err = attach->mechanism->attach(&at);
		if (!err)
			attach->made[attach->nr_made++] = at;
	}
	if (err >= 0 || is_gone(err))
		return 0;
	return diag_system(attach->site->diag, -err,
			   "cannot attach to %s of device %s (%s)",
			   direction_names[direction], device->name,
			   attach->mechanism->name);
}

static int attach_device(struct attach *attach, const struct device *device)
{
	int err = 0, direction;

	if (device->left)
		return 0;
	for (direction = 0; direction < NR_DIRECTIONS && !err; direction++)
		err = attach_one(attach, device, direction);
	return err;
}

int attach_open(struct attach *attach)
{
	unsigned int i;
	int err;

	err = devices_read(&attach->devices, attach->site->diag);
	if (err)
		return err;
	attach->nr_made = 0;
	attach->made = calloc(attach->devices.nr * NR_DIRECTIONS + 1,
			      sizeof(*attach->made));
	if (!attach->made)
		return diag_system(attach->site->diag, ENOMEM,
				   "cannot attach");
	for (i = 0; i < attach->devices.nr && !err; i++)
		err = attach_device(attach, &attach->devices.list[i]);
	if (err)
		attach_undo(attach);
	return err;
}

void attach_undo(struct attach *attach)
{
	while (attach->nr_made)
		attach->mechanism->detach(&attach->made[--attach->nr_made]);
}

static int detach_device(const struct attach *attach,
			 const struct device *device)
{
	int err, direction, ret = 0;

	for (direction = 0; direction < NR_DIRECTIONS; direction++) {
		struct attachment at = attachment_of(attach, device,
						     direction);

		err = attach->mechanism->detach(&at);
		if (err && !is_gone(err))
			ret = diag_system(attach->site->diag, -err,
					  "cannot detach from %s of device %s",
					  direction_names[direction],
					  device->name);
	}
	return ret;
}

/*
 * Takes down what a pin stands for whose device is not in the list: it is gone,
 * or was moved to another namespace and took its TCX link along.
 */
static int trim_pin(const char *name, void *ctx)
{
	const struct attach *attach = ctx;
	int ifindex;

	if (sscanf(name, attach->mechanism->pin, &ifindex) != 1 ||
	    devices_find(&attach->devices, ifindex))
		return 0;
	return attach->mechanism->drop(attach->site, name);
}

void attach_trim(struct attach *attach)
{
	unsigned int i;

	for (i = 0; i < attach->devices.nr; i++)
		if (attach->devices.list[i].left)
			detach_device(attach, &attach->devices.list[i]);
	pins_each(attach->site, trim_pin, attach);
}

int attach_remove(struct attach *attach)
{
	unsigned int i;
	int err, ret;

	ret = devices_read(&attach->devices, attach->site->diag);
	for (i = 0; i < attach->devices.nr; i++) {
		err = detach_device(attach, &attach->devices.list[i]);
		ret = err ? err : ret;
	}
	attach->devices.nr = 0;
	err = pins_each(attach->site, trim_pin, attach);
	return err ? err : ret;
}

void attach_close(struct attach *attach)
{
	devices_free(&attach->devices);
	free(attach->made);
	attach->made = NULL;
}
