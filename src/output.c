// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a result and says if that failed, a full disk included. A file is
 * written under another name and renamed when it is whole, so that its name
 * never stands for half of it.
 */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"

#define NR_RANDOM	6	/* characters that mkstemp(3) chooses */

/* What a new file's mode is: mkstemp makes it private. */
static void set_mode(int fd, const char *name)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	if (!stat(name, &st))
		fchmod(fd, st.st_mode & 0777);
	else
		fchmod(fd, 0666 & ~mask);
}

static int open_aside(struct output *output)
{
	size_t len = strlen(output->name);
	int fd;

	output->aside = calloc(1, len + 1 + NR_RANDOM + 1);
	if (!output->aside)
		return -ENOMEM;
	memcpy(output->aside, output->name, len);
	output->aside[len] = '.';
	memset(output->aside + len + 1, 'X', NR_RANDOM);
	fd = mkstemp(output->aside);
	if (fd < 0) {
		free(output->aside);
		output->aside = NULL;
		return -errno;
	}
	set_mode(fd, output->name);
	output->file = fdopen(fd, "w");
	return output->file ? 0 : -errno;
}

static int open_in_place(struct output *output)
{
	output->file = fopen(output->name, "we");
	return output->file ? 0 : -errno;
}

int output_open(struct output *output, const char *name,
		const struct diag *diag)
{
	struct stat st;
	int err;

	*output = (struct output) { .file = stdout, .name = name };
	if (!name)
		return 0;
	output->file = NULL;
	if (!lstat(name, &st) && !S_ISREG(st.st_mode))
		err = open_in_place(output);
	else
		err = open_aside(output);
	if (err)
		return diag_system(diag, -err, "cannot open %s", name);
	return 0;
}

static int end(struct output *output)
{
	int err = fflush(output->file) ? -errno : 0;

	if (!err && ferror(output->file))
		err = -EIO;
	if (output->name && fclose(output->file) && !err)
		err = -errno;
	return err;
}

int output_close(struct output *output, int err, const struct diag *diag)
{
	const char *name = output->name ? output->name : "standard output";
	int failed = output->file ? end(output) : 0;

	if (!err && failed)
		err = diag_system(diag, -failed, "cannot write %s", name);
	if (output->aside && !err && rename(output->aside, output->name))
		err = diag_system(diag, errno, "cannot rename %s to %s",
				  output->aside, output->name);
	if (output->aside && err)
		unlink(output->aside);
	free(output->aside);
	output->aside = NULL;
	return err;
}
