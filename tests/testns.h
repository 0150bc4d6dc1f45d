/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Throw-away network namespaces for tests. Names carry the process id, so that
 * runs beside each other never meet; all of them are removed when the guarded
 * process ends, however it ends, and a killed guard's by the next run.
 */
#ifndef TESTNS_H
#define TESTNS_H

#include <stddef.h>

struct testns {
	char name[32];
	int fd;
	int home;	/* the namespace of the test itself */
};

/*
 * Forks: the child returns and goes on with the test, the parent waits for it
 * at most `seconds`, removes its namespaces and exits with its status. Without
 * forking, returns why if namespaces cannot be made here, else NULL.
 */
const char *testns_guard(unsigned int seconds);

/* Makes a namespace with IPv6 off and lo up. 0 or a negative errno. */
int testns_add(struct testns *ns, const char *role);
void testns_del(struct testns *ns);

/* Moves the calling thread into the namespace, and back. Aborts on failure. */
void testns_enter(const struct testns *ns);
void testns_leave(const struct testns *ns);

/* Writes /proc/sys/net/KEY inside. 0 or a negative errno. */
int testns_sysctl(const struct testns *ns, const char *key, const char *value);

/* Runs fn inside the namespace and returns what it returned. */
int testns_call(const struct testns *ns, int (*fn)(void *arg), void *arg);

/*
 * Runs a program inside with `input` (may be NULL) on its standard input, 60
 * seconds at most. What it wrote, stdout and stderr in order, is *output if
 * output is not NULL, to be freed by the caller. Its exit status, 128 + signal,
 * or a negative errno.
 */
int testns_run(const struct testns *ns, const char *const argv[],
	      const char *input, char **output);

/* Runs the lines of `commands` by "ip -batch" inside; 0 or -EIO, said. */
int testns_ip(const struct testns *ns, const char *commands);

/* Makes a tun device without extra header inside; its descriptor, or -1. */
int testns_tun(const struct testns *ns, const char *device);

/* Checksum, segmentation and GRO offloads of a device on (1) or off (0). */
int testns_offloads(const struct testns *ns, const char *device, int on);

#endif
