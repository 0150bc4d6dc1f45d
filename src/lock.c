// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes the lock file of a namespace. A file that was removed while waiting
 * for it locks nobody out, so the name is looked at again once it is held. It
 * never breaks a lock: a holder that was killed holds none.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"
#include "kernel.h"

#define LOCK_DIR	"/run/bpfipt"
#define LOCK_RETRY_NS	10000000l

struct lock_path {
	char text[64];
};

static struct lock_path lock_path(const struct site *site)
{
	struct lock_path path;

	snprintf(path.text, sizeof(path.text), LOCK_DIR "/%" PRIu64 ".lock",
		 site->inode);
	return path;
}

/* Whether the descriptor's file is still the one of that name. */
static bool is_named(int fd, const char *path)
{
	struct stat held, named;

	return !fstat(fd, &held) && !stat(path, &named) &&
	       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* One attempt: a descriptor, -EAGAIN if it is held, or another errno. */
static int take(const char *path, int operation)
{
	int fd, err;

	mkdir(LOCK_DIR, 0755);
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		err = flock(fd, operation) ? -errno : 0;
		if (!err && is_named(fd, path))
			return fd;
		close(fd);
		if (err)
			return err;
	}
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int take_within(const char *path, int seconds)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_NS };
	int64_t end = now_ns() + seconds * INT64_C(1000000000);
	int fd;

	for (;;) {
		fd = take(path, LOCK_EX | LOCK_NB);
		if (fd != -EAGAIN || now_ns() >= end)
			return fd;
		nanosleep(&pause, NULL);
	}
}

int lock_open(const struct site *site, int seconds)
{
	struct lock_path path = lock_path(site);
	int fd;

	fd = seconds > 0 ? take_within(path.text, seconds) :
			   take(path.text, LOCK_EX);
	if (fd == -EAGAIN)
		fprintf(stderr,
			"Another app is currently holding the xtables lock. Stopped waiting after %ds.\n",
			seconds);
	else if (fd < 0)
		diag_system(site->diag, -fd, "cannot lock %s", path.text);
	return fd;
}

int lock_try(const struct site *site)
{
	return take(lock_path(site).text, LOCK_EX | LOCK_NB);
}

void lock_remove(const struct site *site)
{
	unlink(lock_path(site).text);
}
