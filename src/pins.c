// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes, opens and removes names in the BPF file system, all below one
 * directory. What the names mean is others' business.
 */
#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpffs.h"
#include "diag.h"
#include "kernel.h"

struct pin_path {
	char text[NAME_MAX + 128];
};

static struct pin_path pin_path(const struct site *site, const char *name)
{
	struct pin_path path;

	snprintf(path.text, sizeof(path.text), "%s%s%s", site->dir,
		 *name ? "/" : "", name);
	return path;
}

static int make_dir(const struct site *site, const char *path)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	return diag_system(site->diag, errno, "cannot make %s", path);
}

int pins_open(const struct site *site)
{
	int err;

	err = bpffs_mount(site->diag);
	if (!err)
		err = make_dir(site, PINS_ROOT);
	if (!err)
		err = make_dir(site, site->dir);
	return err;
}

int pins_get(const struct site *site, const char *name)
{
	int fd = bpf_obj_get(pin_path(site, name).text);

	return fd < 0 ? -errno : fd;
}

int pins_put(const struct site *site, const char *name, int fd)
{
	struct pin_path path = pin_path(site, name);

	if (!bpf_obj_pin(fd, path.text))
		return 0;
	return diag_system(site->diag, errno, "cannot pin %s", path.text);
}

int pins_put_value(const struct site *site, const char *name,
		   unsigned int type, const void *value, size_t size)
{
	const char *slash = strrchr(name, '/');
	uint32_t zero = 0;
	int fd = bpf_map_create((enum bpf_map_type)type,
				slash ? slash + 1 : name, sizeof(zero),
				(uint32_t)size, 1, NULL);
	int err;

	if (fd < 0)
		return diag_system(site->diag, errno, "cannot make map %s",
				   name);
	if (bpf_map_update_elem(fd, &zero, value, BPF_ANY))
		err = diag_system(site->diag, errno, "cannot set map %s",
				  name);
	else
		err = pins_put(site, name, fd);
	close(fd);
	return err;
}

int pins_replace_value(const struct site *site, const char *name,
		       unsigned int type, const void *value, size_t size)
{
	struct pin_path path = pin_path(site, name), aside;
	char other[NAME_MAX];
	int err;

	/* A run that was killed may have left one. */
	snprintf(other, sizeof(other), "%s_new", name);
	err = pins_remove(site, other);
	if (!err)
		err = pins_put_value(site, other, type, value, size);
	if (err)
		return err;
	aside = pin_path(site, other);
	if (!rename(aside.text, path.text))
		return 0;
	return diag_system(site->diag, errno, "cannot replace %s", path.text);
}

int pins_get_value(int fd, size_t least, void **value, size_t *size)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), zero = 0;
	void *got;
	int err;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.value_size < least)
		return -EPROTO;
	/* The kernel writes whole 8 bytes. */
	got = calloc(1, info.value_size + 7);
	if (!got)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, got)) {
		err = -errno;
		free(got);
		return err;
	}
	*value = got;
	*size = info.value_size;
	return 0;
}

int pins_mkdir(const struct site *site, const char *name)
{
	return make_dir(site, pin_path(site, name).text);
}

struct removal {
	const struct site *site;
	const char *dir;
};

static int remove_below(const char *name, void *ctx)
{
	const struct removal *removal = ctx;
	char path[NAME_MAX + 64];

	snprintf(path, sizeof(path), "%.48s%s%s", removal->dir,
		 *removal->dir ? "/" : "", name);
	return pins_remove(removal->site, path);
}

static int each_name(const char *path,
		     int (*each)(const char *name, void *ctx), void *ctx)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int ret = 0;

	if (!dir)
		return 0;
	while (!ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ret = each(entry->d_name, ctx);
	closedir(dir);
	return ret;
}

int pins_remove(const struct site *site, const char *name)
{
	struct removal removal = { site, name };
	struct pin_path path = pin_path(site, name);
	int err;

	if (!unlink(path.text) || errno == ENOENT)
		return 0;
	if (errno == EISDIR || errno == EPERM) {
		err = each_name(path.text, remove_below, &removal);
		if (err)
			return err;
		if (!rmdir(path.text))
			return 0;
	}
	return diag_system(site->diag, errno, "cannot remove %s", path.text);
}

int pins_each(const struct site *site,
	      int (*each)(const char *name, void *ctx), void *ctx)
{
	return each_name(site ? site->dir : PINS_ROOT, each, ctx);
}
