/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the selector on every device of the namespace: ingress and egress, lo
 * and devices that are down included. Devices attach one after another, so
 * while the first restore attaches, some are judged and some not yet.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include <stdbool.h>

#include "devices.h"
#include "kernel.h"

struct residents;
struct site;

/* One device's one direction. */
struct attachment {
	const struct site *site;
	int ifindex;
	enum direction direction;
	int program;
};

enum attached {
	DETACHED,
	ATTACHED,
	ATTACHED_BEHIND,	/* others' programs see packets first */
};

/*
 * A way to attach. state returns which of enum attached; all return a negative
 * errno if they cannot; none reports. detach leaves nothing of bpfipt on the
 * device, and is no failure where nothing is.
 */
struct mechanism {
	const char *name;
	bool (*available)(void);
	int (*state)(const struct attachment *at);
	int (*attach)(const struct attachment *at);
	int (*detach)(const struct attachment *at);

	/* Pins of a device are named so; drop takes down what one stands for,
	 * wherever its device is now. */
	const char *pin;	/* of sscanf: the ifindex */
	int (*drop)(const struct site *site, const char *name);
};

extern const struct mechanism mechanism_tcx;
extern const struct mechanism mechanism_clsact;

/* The best one that the kernel has. */
const struct mechanism *attach_mechanism(void);

extern const char *const direction_names[NR_DIRECTIONS];

struct attach {
	const struct site *site;
	const struct residents *residents;
	const struct mechanism *mechanism;
	struct devices devices;
	struct attachment *made;	/* by this run */
	unsigned int nr_made;
};

/*
 * Attaches where it is not attached yet. On failure, which is reported, what
 * this run attached is detached again. A device that goes meanwhile is none.
 */
int attach_open(struct attach *attach);

/* Detaches what attach_open attached. */
void attach_undo(struct attach *attach);

/* Detaches from devices that are gone or now belong to a master. */
void attach_trim(struct attach *attach);

/* Detaches from all devices. Reports what it cannot. */
int attach_remove(struct attach *attach);

/* Whether the selector is on that side of a device: as a mechanism's state. */
int attach_state(const struct attach *attach, const struct device *device,
		 enum direction direction);

void attach_close(struct attach *attach);

#endif
