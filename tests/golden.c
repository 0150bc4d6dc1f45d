// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Golden files and what goes to stderr. In: text that was printed and the path
 * of its fixture. Out: whether they agree, and the first line where they do
 * not. Writes fixtures only when told to.
 */
#include "golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char *golden_read(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	long size;
	char *text;

	if (!in)
		return NULL;
	assert_int_equal(fseek(in, 0, SEEK_END), 0);
	size = ftell(in);
	assert_true(size >= 0);
	rewind(in);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	*len = fread(text, 1, (size_t)size, in);
	assert_int_equal(*len, size);
	fclose(in);
	return text;
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *out;

	if (!len) {
		unlink(path);
		return;
	}
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

/* The first line in which two texts differ, from both. */
static void print_difference(const char *path, const char *expected,
			     const char *text)
{
	unsigned int line = 1;
	size_t i, start = 0;

	for (i = 0; expected[i] && expected[i] == text[i]; i++) {
		if (expected[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	fprintf(stderr, "%s:%u: expected\n%.*s\ngot\n%.*s\n", path, line,
		(int)strcspn(expected + start, "\n"), expected + start,
		(int)strcspn(text + start, "\n"), text + start);
}

bool golden_same(const char *path, const char *ending, const char *text,
		 size_t len)
{
	const char *mode = getenv("GOLDEN");
	const char *dot = strrchr(path, '.');
	char name[512], *expected;
	size_t expected_len = 0;
	bool same;

	snprintf(name, sizeof(name), "%.*s%s", (int)(dot - path), path, ending);
	if (mode && strcmp(mode, "update") == 0)
		write_file(name, text, len);
	expected = golden_read(name, &expected_len);
	same = len == expected_len && memcmp(text, expected ? expected : "",
					     len) == 0;
	if (!same)
		print_difference(name, expected ? expected : "", text);
	free(expected);
	return same;
}

void golden_catch(struct golden_stderr *caught)
{
	fflush(stderr);
	caught->kept = dup(STDERR_FILENO);
	caught->file = memfd_create("stderr", MFD_CLOEXEC);
	assert_true(caught->kept >= 0 && caught->file >= 0);
	assert_true(dup2(caught->file, STDERR_FILENO) >= 0);
}

char *golden_release(struct golden_stderr *caught, size_t *len)
{
	off_t size;
	char *text;

	fflush(stderr);
	assert_true(dup2(caught->kept, STDERR_FILENO) >= 0);
	close(caught->kept);
	size = lseek(caught->file, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(pread(caught->file, text, (size_t)size, 0), size);
	close(caught->file);
	*len = (size_t)size;
	return text;
}
