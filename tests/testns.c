/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces of tests: made and removed through ip(8), entered with
 * setns, programs run inside by posix_spawn with files in memory for their
 * input and output, so that no pipe can fill up. Never touches a namespace
 * whose name does not begin with its own prefix, nor the one it started in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "testns.h"

#define PREFIX "bpfipt-t"
#define RUN_SECONDS 60
#define NETNS_DIR "/run/netns"

extern char **environ;

/* Waits for the end of a child; kills it after the time. */
static int wait_bounded(pid_t pid, unsigned int seconds)
{
	struct pollfd pfd = { .events = POLLIN };
	int status;

	pfd.fd = syscall(SYS_pidfd_open, pid, 0);
	if (pfd.fd < 0 || poll(&pfd, 1, seconds * 1000) != 1) {
		fprintf(stderr, "child %d killed after %u s\n", pid, seconds);
		kill(pid, SIGKILL);
	}
	if (pfd.fd >= 0)
		close(pfd.fd);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static int spawn(const char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, out, 2);
	err = posix_spawnp(&pid, argv[0], &actions, NULL, (char **)argv,
			   environ);
	posix_spawn_file_actions_destroy(&actions);
	return err ? -err : wait_bounded(pid, RUN_SECONDS);
}

static int memory_file(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	int fd = memfd_create("netns", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, text, len) != (ssize_t)len ||
			lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static char *read_back(int fd)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st))
		return NULL;
	text = calloc(1, st.st_size + 1);
	if (text && pread(fd, text, st.st_size, 0) != st.st_size)
		*text = '\0';
	return text;
}

static int run(const char *const argv[], const char *input, char **output)
{
	int in = memory_file(input ? input : "");
	int out = memory_file("");
	int ret = -EMFILE;

	if (in >= 0 && out >= 0)
		ret = spawn(argv, in, out);
	if (output)
		*output = out >= 0 ? read_back(out) : NULL;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ret;
}

/* Removes the namespaces of a process by name. */
static void sweep_process(pid_t pid)
{
	char prefix[32];
	struct dirent *entry;
	DIR *dir = opendir(NETNS_DIR);

	snprintf(prefix, sizeof(prefix), PREFIX "%d-", pid);
	while (dir && (entry = readdir(dir)) != NULL) {
		const char *const argv[] = { "ip", "netns", "del",
					     entry->d_name, NULL };

		if (!strncmp(entry->d_name, prefix, strlen(prefix)))
			run(argv, NULL, NULL);
	}
	if (dir)
		closedir(dir);
}

/* Removes what runs that are no more have left. */
static void sweep_dead(void)
{
	struct dirent *entry;
	DIR *dir = opendir(NETNS_DIR);
	int pid;

	while (dir && (entry = readdir(dir)) != NULL)
		if (sscanf(entry->d_name, PREFIX "%d-", &pid) == 1 &&
		    kill(pid, 0) && errno == ESRCH)
			sweep_process(pid);
	if (dir)
		closedir(dir);
}

static const char *why_impossible(void)
{
	const char *const argv[] = { "ip", "netns", "list", NULL };

	if (geteuid())
		return "network namespaces need root";
	if (run(argv, NULL, NULL))
		return "ip netns does not work here";
	return NULL;
}

/* The parent's part of the guard: the child's status, 124 for a timeout. */
static int watch(pid_t pid, unsigned int seconds, const sigset_t *set)
{
	struct timespec end, now;
	struct timespec tick = { .tv_sec = 1 };
	int status, sig;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
						     WEXITSTATUS(status);
		sig = sigtimedwait(set, NULL, &tick);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP ||
		    now.tv_sec >= end.tv_sec)
			break;
	}
	fprintf(stderr, sig > 0 ? "stopped by a signal\n" :
				  "the test took too long, stopped\n");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 124;
}

const char *testns_guard(unsigned int seconds)
{
	const char *why = why_impossible();
	sigset_t set, old;
	pid_t pid;
	int status;

	if (why)
		return why;
	sweep_dead();
	fflush(NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		return NULL;
	}
	status = pid < 0 ? 1 : watch(pid, seconds, &set);
	sweep_process(pid);
	exit(status);
}

static int open_netns(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int testns_add(struct testns *ns, const char *role)
{
	const char *const argv[] = { "ip", "netns", "add", ns->name, NULL };

	snprintf(ns->name, sizeof(ns->name), PREFIX "%d-%s", getpid(), role);
	if (run(argv, NULL, NULL))
		return -EPERM;
	ns->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ns->fd = open_netns(ns->name);
	if (ns->fd < 0 || ns->home < 0)
		return -errno;
	testns_sysctl(ns, "ipv6/conf/all/disable_ipv6", "1");
	testns_sysctl(ns, "ipv6/conf/default/disable_ipv6", "1");
	return testns_ip(ns, "link set lo up\n");
}

void testns_del(struct testns *ns)
{
	const char *const argv[] = { "ip", "netns", "del", ns->name, NULL };

	if (!*ns->name)
		return;
	close(ns->fd);
	close(ns->home);
	run(argv, NULL, NULL);
	*ns->name = '\0';
}

void testns_enter(const struct testns *ns)
{
	if (setns(ns->fd, CLONE_NEWNET)) {
		perror("entering a network namespace");
		abort();
	}
}

void testns_leave(const struct testns *ns)
{
	if (setns(ns->home, CLONE_NEWNET)) {
		perror("leaving a network namespace");
		abort();
	}
}

static int write_sysctl(const char *key, const char *value)
{
	char path[128];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int testns_sysctl(const struct testns *ns, const char *key, const char *value)
{
	int ret;

	testns_enter(ns);
	ret = write_sysctl(key, value);
	testns_leave(ns);
	return ret;
}

int testns_call(const struct testns *ns, int (*fn)(void *arg), void *arg)
{
	int ret;

	testns_enter(ns);
	ret = fn(arg);
	testns_leave(ns);
	return ret;
}

int testns_run(const struct testns *ns, const char *const argv[],
	      const char *input, char **output)
{
	int ret;

	testns_enter(ns);
	ret = run(argv, input, output);
	testns_leave(ns);
	return ret;
}

int testns_ip(const struct testns *ns, const char *commands)
{
	const char *const argv[] = { "ip", "-batch", "-", NULL };
	char *output;
	int ret = testns_run(ns, argv, commands, &output);

	if (ret)
		fprintf(stderr, "%s: ip failed: %s%s", ns->name, commands,
			output ? output : "");
	free(output);
	return ret ? -EIO : 0;
}

int testns_tun(const struct testns *ns, const char *device)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	testns_enter(ns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &ifr)) {
		close(fd);
		fd = -1;
	}
	testns_leave(ns);
	return fd;
}

int testns_offloads(const struct testns *ns, const char *device, int on)
{
	static const __u32 commands[] = { ETHTOOL_SRXCSUM, ETHTOOL_STXCSUM,
					  ETHTOOL_SSG, ETHTOOL_STSO,
					  ETHTOOL_SGSO, ETHTOOL_SGRO };
	struct ethtool_value value = { .data = on };
	struct ifreq ifr = { 0 };
	size_t i;
	int fd;

	testns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	testns_leave(ns);
	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	ifr.ifr_data = (void *)&value;
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		value.cmd = commands[i];
		ioctl(fd, SIOCETHTOOL, &ifr);	/* not each device has all */
	}
	close(fd);
	return 0;
}
