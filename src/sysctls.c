// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings from the system. In: settings, some of them given. Out: the others
 * as nf_conntrack has them in this namespace. A kernel without it leaves the
 * defaults. Never fails: what cannot be read is not there.
 */
#include "sysctls.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sysinfo.h>

#include "kernel.h"
#include "settings.h"

static bool sysctl_read(const char *name, uint32_t *value)
{
	char path[128];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "/proc/sys/net/netfilter/%s", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	good = fscanf(file, "%" SCNu32, value) == 1;
	fclose(file);
	return good;
}

static uint64_t memory_kib(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		return 0;
	return (uint64_t)info.totalram * info.mem_unit / 1024;
}

void sysctls_fill(struct settings *settings)
{
	const struct setting_kind *kind;
	uint32_t value;
	unsigned int i;

	if (!settings->given[SETTING_MAX])
		settings->value[SETTING_MAX] = settings_flows(memory_kib());
	for (i = 0; i < NR_SETTINGS; i++) {
		kind = &setting_kinds[i];
		if (settings->given[i] || !kind->name ||
		    !sysctl_read(kind->name, &value))
			continue;
		/* The kernel's 0 is no limit at all. */
		if (i == SETTING_MAX && !value)
			continue;
		settings->value[i] = value < kind->first ? kind->first :
				     value > kind->last ? kind->last : value;
	}
}
