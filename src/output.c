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

/* A file keeps its mode; a new one is the owner's and the group's, as rules
 * say what is open. */
static void set_mode(int fd, const char *name)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	if (!stat(name, &st))
		fchmod(fd, st.st_mode & 0777);
	else
		fchmod(fd, 0640 & ~mask);
}

static int open_aside(struct output *output)
{
	size_t len = strlen(output->name);
	int fd, err;

	output->aside = calloc(1, len + 1 + NR_RANDOM + 1);
	if (!output->aside)
		return -ENOMEM;
	memcpy(output->aside, output->name, len);
	output->aside[len] = '.';
	memset(output->aside + len + 1, 'X', NR_RANDOM);
	fd = mkstemp(output->aside);
	if (fd < 0) {
		err = -errno;
		free(output->aside);
		output->aside = NULL;
		return err;
	}
	set_mode(fd, output->name);
	output->file = fdopen(fd, "w");
	if (output->file)
		return 0;
	err = -errno;
	close(fd);
	return err;
}

static int open_in_place(struct output *output)
{
	output->file = fopen(output->name, "we");
	return output->file ? 0 : -errno;
}

/* Whether the name can be left to another file: there is none, or a regular
 * one. A link stays; what it leads to is replaced. */
static bool replaceable(struct output *output)
{
	struct stat st;

	if (lstat(output->name, &st))
		return true;
	if (stat(output->name, &st) || !S_ISREG(st.st_mode))
		return false;
	output->real = realpath(output->name, NULL);
	if (output->real)
		output->name = output->real;
	return output->real;
}

static void forget(struct output *output)
{
	free(output->aside);
	free(output->real);
	output->aside = output->real = NULL;
}

int output_open(struct output *output, const char *name,
		const struct diag *diag)
{
	int err;

	*output = (struct output) { .file = stdout, .name = name };
	if (!name)
		return 0;
	output->file = NULL;
	if (replaceable(output))
		err = open_aside(output);
	else
		err = open_in_place(output);
	if (!err)
		return 0;
	if (output->aside)
		unlink(output->aside);
	forget(output);
	return diag_system(diag, -err, "cannot open %s", name);
}

static int end(struct output *output)
{
	int err = fflush(output->file) ? -errno : 0;

	if (!err && ferror(output->file))
		err = -EIO;
	/* Else its name could outlive a crash, and its text not. */
	if (!err && output->aside && fsync(fileno(output->file)))
		err = -errno;
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
	forget(output);
	return err;
}
