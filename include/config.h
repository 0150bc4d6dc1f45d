/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfipt.conf: settings of the tracker.
 */
#ifndef CONFIG_H
#define CONFIG_H

struct diag;
struct settings;

#define CONFIG_FILE	"/etc/bpfipt/bpfipt.conf"

/*
 * Reads a file of lines "name = value", with comments behind #. file NULL: the
 * usual one, which need not be there. Settings that are given already stay.
 * Returns 0; -ECANCELED after reporting all that is wrong; or another negative
 * errno if it cannot be read, reported.
 */
int config_read(const char *file, struct settings *settings,
		const struct diag *diag);

/* One "name=value". where is for the message. Returns 0 or -ECANCELED,
 * reported. */
int config_set(const char *text, const char *where, struct settings *settings,
	       const struct diag *diag);

#endif
