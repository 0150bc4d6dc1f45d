// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The BPF file system itself: is it there, is it the one that lasts, and if
 * there is none, mounts it. It never mounts into a mount namespace like that of
 * `ip netns exec`, where all would be gone when the process ends.
 */
#include "bpffs.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "diag.h"
#include "kernel.h"

#define BPFFS	"/sys/fs/bpf"

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == BPF_FS_MAGIC;
}

static bool is_same(const char *a, const char *b)
{
	struct stat one, other;

	return !stat(a, &one) && !stat(b, &other) &&
	       one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

/* The parent of a process, 0 if that cannot be known. */
static int parent_of(int pid)
{
	char path[32], text[256];
	const char *end = NULL;
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* PID (NAME) STATE PARENT; the name may hold anything. */
	if (fgets(text, sizeof(text), file))
		end = strrchr(text, ')');
	if (end && sscanf(end, ") %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

/*
 * The first process, or where that cannot be looked at the highest ancestor
 * that can; 0 if there is none.
 */
static int first_process(void)
{
	char path[32];
	int pid, first = 0;

	for (pid = getppid(); pid; pid = parent_of(pid)) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
		if (!access(path, F_OK))
			first = pid;
	}
	return first;
}

enum bpffs {
	BPFFS_LASTS,
	BPFFS_OWN,		/* gone with this mount namespace */
	BPFFS_NOWHERE,		/* not mounted, nor where it would last */
};

/*
 * A mount namespace that is not that of the first process may end with this
 * one, and a BPF file system with it unless it is the first one's.
 */
static enum bpffs bpffs_state(void)
{
	char ns[32], mounted[64];
	int first = first_process();

	snprintf(ns, sizeof(ns), "/proc/%d/ns/mnt", first);
	snprintf(mounted, sizeof(mounted), "/proc/%d/root" BPFFS, first);
	if (!first || is_same("/proc/self/ns/mnt", ns) ||
	    (is_bpffs(BPFFS) && is_same(BPFFS, mounted)))
		return BPFFS_LASTS;
	return is_bpffs(mounted) ? BPFFS_OWN : BPFFS_NOWHERE;
}

static int refuse(const struct diag *diag)
{
	return diag_system(diag, 0,
			   "this mount namespace does not have the system's BPF file system (instead of `ip netns exec' use --netns)");
}

int bpffs_check(const struct diag *diag)
{
	return bpffs_state() == BPFFS_OWN ? refuse(diag) : 0;
}

int bpffs_mount(const struct diag *diag)
{
	if (bpffs_state() != BPFFS_LASTS)
		return refuse(diag);
	if (!is_bpffs(BPFFS) && mount("bpf", BPFFS, "bpf", 0, "mode=0700"))
		return diag_system(diag, errno,
				   "cannot mount a BPF file system on " BPFFS);
	return 0;
}
