// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds out by trying what the kernel lets this process do. Versions are not
 * looked at: distributions carry features back and switch others off.
 */
#include "rights.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "diag.h"
#include "kernel.h"

#define NEEDED	"needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON"

int rights_check(const struct diag *diag)
{
	int fd;

	libbpf_set_print(NULL);
	fd = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "probe", 4, 4, 1, NULL);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EPERM)
		return diag_system(diag, EPERM, "cannot use BPF (" NEEDED ")");
	if (errno == ENOSYS)
		return diag_system(diag, ENOSYS,
				   "the kernel is built without bpf(2)");
	return diag_system(diag, errno, "cannot make a BPF map");
}

static bool is_locked_down(void)
{
	char line[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strstr(line, "[confidentiality]") != NULL;
}

int rights_explain(const struct diag *diag, int err, const char *program)
{
	const char *why = "";

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		why = " (no BTF in /sys/kernel/btf/vmlinux)";
	else if (is_locked_down())
		why = " (lockdown is in confidentiality mode)";
	else if (err == EPERM || err == EACCES)
		why = " (" NEEDED ")";
	return diag_system(diag, err, "cannot load the program %s%s", program,
			   why);
}
