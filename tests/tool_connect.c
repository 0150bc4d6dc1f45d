/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many TCP connections a second come about between two namespaces:
 * tool_connect CLIENT SERVER ADDRESS MS connects to port 80 of an address of
 * the server, accepts and closes, one connection after another in one thread,
 * for so long. All that the kernel does for them between the namespaces is done
 * in this thread, so it is the thread's own time that counts, whatever else the
 * machine does. Prints the connections per second; fails if any was refused or
 * had to try again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PORT		80
#define WAIT_MS		500		/* less than a SYN's repetition */
#define WARM_MS		20
#define MAX_MS		60000

static int netns_enter(const char *name)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = setns(fd, CLONE_NEWNET);
	close(fd);
	return err;
}

static int listen_on(const struct sockaddr_in *at)
{
	struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) ||
	    listen(fd, 16)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One connection, closed by the client first. 0 or -1 with errno. */
static int converse(int listener, const struct sockaddr_in *to)
{
	struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int peer = -1, err = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (!connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		peer = accept(listener, NULL, NULL);
	if (peer < 0)
		err = errno;
	close(fd);
	if (peer >= 0)
		close(peer);
	errno = err;
	return err ? -1 : 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Connections per second, or -1. */
static long converse_for(int listener, const struct sockaddr_in *to,
			 unsigned int ms)
{
	uint64_t start = now_ns(), passed;
	unsigned long nr = 0;

	do {
		if (converse(listener, to)) {
			perror("tool_connect: connecting");
			return -1;
		}
		nr++;
		passed = now_ns() - start;
	} while (passed < ms * 1000000ull);
	return (long)(nr * 1000000000ull / passed);
}

int main(int argc, char *argv[])
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	unsigned long ms = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	cpu_set_t cpus;
	int listener;
	long speed;

	if (!ms || ms > MAX_MS || inet_pton(AF_INET, argv[3],
					    &at.sin_addr) != 1) {
		fputs("usage: tool_connect CLIENT SERVER ADDRESS MS\n", stderr);
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	listener = netns_enter(argv[2]) ? -1 : listen_on(&at);
	if (listener < 0 || netns_enter(argv[1])) {
		perror("tool_connect: cannot listen");
		return 1;
	}
	speed = converse_for(listener, &at, WARM_MS);
	if (speed >= 0)
		speed = converse_for(listener, &at, (unsigned int)ms);
	if (speed >= 0)
		printf("%ld\n", speed);
	return speed < 0;
}
