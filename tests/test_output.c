// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results in files: whole or not at all, whatever is there before and whatever
 * fails. A disk is full after 64 KiB in a mount namespace of the test's own,
 * which takes root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "golden.h"
#include "output.h"

#define DISK	(64 * 1024)

static const struct diag diag = { .program = "bpfipt-save" };

/* A directory that the test works in. */
static int enter(void **state)
{
	static char dir[64];

	snprintf(dir, sizeof(dir), "/tmp/bpfipt-output-%d", getpid());
	*state = dir;
	return mkdir(dir, 0700) || chdir(dir);
}

static int leave(void **state)
{
	return chdir("/") || rmdir(*state);
}

/* Writes len bytes; what is said must have the word. */
static int write_file(const char *name, size_t len, const char *word)
{
	struct golden_stderr caught;
	struct output output;
	size_t i, said_len;
	char *said;
	int err;

	golden_catch(&caught);
	err = output_open(&output, name, &diag);
	if (!err) {
		for (i = 0; i < len; i++)
			fputc('x', output.file);
		err = output_close(&output, 0, &diag);
	}
	said = golden_release(&caught, &said_len);
	assert_non_null(strstr(said, word));
	assert_int_equal(said_len != 0, err != 0);
	free(said);
	return err;
}

static void assert_file(const char *name, mode_t mode, off_t size)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_size, size);
}

/* How many files there are. */
static size_t nr_files(void)
{
	glob_t found;
	size_t nr;

	if (glob("*", 0, NULL, &found))
		return 0;
	nr = found.gl_pathc;
	globfree(&found);
	return nr;
}

static void a_new_file_is_private(void **state)
{
	mode_t mask = umask(022);

	(void)state;
	assert_int_equal(write_file("new", 10, ""), 0);
	assert_file("new", 0640, 10);
	umask(077);
	assert_int_equal(write_file("newer", 10, ""), 0);
	assert_file("newer", 0600, 10);
	umask(mask);
	assert_int_equal(nr_files(), 2);
	unlink("new");
	unlink("newer");
}

static void a_file_keeps_its_mode_and_links(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(write_file("old", 10, ""), 0);
	assert_int_equal(chmod("old", 0604), 0);
	assert_int_equal(symlink("old", "link"), 0);
	assert_int_equal(write_file("link", 20, ""), 0);
	assert_file("old", 0604, 20);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("old");
	/* The link leads nowhere now: what it names is made. */
	assert_int_equal(write_file("link", 30, ""), 0);
	assert_int_equal(access("old", F_OK), 0);
	assert_int_equal(nr_files(), 2);
	unlink("link");
	unlink("old");
}

static void what_failed_before_leaves_the_old(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(write_file("old", 10, ""), 0);
	assert_int_equal(output_open(&output, "old", &diag), 0);
	fputs("half", output.file);
	assert_int_equal(output_close(&output, -EIO, &diag), -EIO);
	assert_file("old", 0640, 10);
	assert_int_equal(nr_files(), 1);
	unlink("old");
}

static void devices_are_written_in_place(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(write_file("/dev/null", 10, ""), 0);
	assert_int_equal(write_file("/dev/full", 10, "No space left"), -ENOSPC);
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(write_file("absent/file", 10, "absent/file"), -ENOENT);
}

static void a_full_disk_leaves_the_old(void **state)
{
	(void)state;
	if (geteuid() || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		print_message("SKIP: a mount namespace takes root\n");
		skip();
	}
	assert_int_equal(mkdir("disk", 0700), 0);
	assert_int_equal(mount("none", "disk", "tmpfs", 0, "size=64k"), 0);
	assert_int_equal(chdir("disk"), 0);
	assert_int_equal(write_file("old", 10, ""), 0);
	assert_int_equal(write_file("old", 2 * DISK, "No space left"),
			 -ENOSPC);
	assert_file("old", 0640, 10);
	assert_int_equal(write_file("new", 2 * DISK, "No space left"),
			 -ENOSPC);
	assert_int_equal(nr_files(), 1);
	assert_int_equal(write_file("new", DISK / 4, ""), 0);
	assert_int_equal(chdir(".."), 0);
	assert_int_equal(umount("disk"), 0);
	assert_int_equal(rmdir("disk"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_is_private),
		cmocka_unit_test(a_file_keeps_its_mode_and_links),
		cmocka_unit_test(what_failed_before_leaves_the_old),
		cmocka_unit_test(devices_are_written_in_place),
		cmocka_unit_test(a_full_disk_leaves_the_old),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
