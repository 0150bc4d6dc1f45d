/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real connections between three namespaces, each kind and way in a process of
 * its own. Goes in: nothing but time; comes out: whether all of them went on.
 * What the firewall does meanwhile is the test's.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "live_talk.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define TCP_PORT	8000
#define UDP_PORT	5300
#define TICKS		1500	/* of 10 ms */

static const char *const kind_name[NR_LIVE_KINDS] = {
	[LIVE_BULK] = "bulk", [LIVE_IDLE] = "idle", [LIVE_WEB] = "web",
	[LIVE_NETCAT] = "netcat", [LIVE_DNS] = "dns", [LIVE_PING] = "ping",
};

static const char *const way_name[NR_LIVE_WAYS] = {
	[LIVE_THROUGH] = "through the firewall",
	[LIVE_TO] = "to the firewall",
	[LIVE_FROM] = "from the firewall",
	[LIVE_SELF] = "within the firewall",
};

static int add_link(struct live *live, struct testns *end, const char *far,
		    int net)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "link add eth%d type veth peer name %s netns %s\n"
		 "addr add 10.%d.0.1/24 dev eth%d\n"
		 "link set eth%d up\n", net - 1, far, end->name, net, net - 1,
		 net - 1);
	if (testns_ip(&live->firewall, text))
		return -EIO;
	snprintf(text, sizeof(text),
		 "addr add 10.%d.0.2/24 dev %s\n"
		 "link set %s up\n"
		 "route add default via 10.%d.0.1\n", net, far, far, net);
	return testns_ip(end, text);
}

int live_open(struct live *live)
{
	memset(live, 0, sizeof(*live));
	live->shared = mmap(NULL, sizeof(*live->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (live->shared == MAP_FAILED)
		return -EIO;
	if (testns_add(&live->client, "lc") || testns_add(&live->firewall,
							  "lf") ||
	    testns_add(&live->server, "ls"))
		return -EIO;
	testns_sysctl(&live->firewall, "ipv4/ip_forward", "1");
	if (add_link(live, &live->client, "c0", 1) ||
	    add_link(live, &live->server, "s0", 2))
		return -EIO;
	return 0;
}

void live_close(struct live *live)
{
	live_stop(live);
	testns_del(&live->client);
	testns_del(&live->firewall);
	testns_del(&live->server);
	munmap(live->shared, sizeof(*live->shared));
}

static struct live_ends ends_of(const struct live *live, enum live_kind kind,
				enum live_way way)
{
	static const uint32_t to[NR_LIVE_WAYS] = {
		[LIVE_THROUGH] = IP(10, 2, 0, 2),
		[LIVE_TO] = IP(10, 1, 0, 1),
		[LIVE_FROM] = IP(10, 2, 0, 2),
		[LIVE_SELF] = IP(127, 0, 0, 1),
	};
	bool inside = way == LIVE_FROM || way == LIVE_SELF;
	bool outside = way == LIVE_THROUGH || way == LIVE_FROM;

	return (struct live_ends){
		.from = inside ? &live->firewall : &live->client,
		.to = outside ? &live->server : &live->firewall,
		.addr = to[way],
		.port = (kind == LIVE_DNS ? UDP_PORT : TCP_PORT) +
			kind * NR_LIVE_WAYS + way,
	};
}

static int start(struct live *live, enum live_kind kind, enum live_way way)
{
	struct live_ends ends = ends_of(live, kind, way);
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		live_talk(kind, &ends, live->shared,
			  &live->shared->score[kind][way]);
		_exit(0);
	}
	live->pids[kind][way] = pid > 0 ? pid : 0;
	return pid > 0 ? 0 : -EIO;
}

int live_start(struct live *live)
{
	int kind, way, ret = 0;

	for (kind = 0; kind < NR_LIVE_KINDS; kind++)
		for (way = 0; way < NR_LIVE_WAYS; way++)
			ret |= start(live, kind, way);
	return ret;
}

static bool moves(const struct live_score *score, uint64_t from)
{
	struct timespec tick = { .tv_nsec = 10000000 };
	int i;

	/* The one that was under way when this began does not count. */
	for (i = 0; i < TICKS && !score->broken; i++) {
		if (score->done >= from + 2)
			return true;
		nanosleep(&tick, NULL);
	}
	return false;
}

bool live_goes_on(const struct live *live)
{
	uint64_t from[NR_LIVE_KINDS][NR_LIVE_WAYS];
	int kind, way;
	bool all = true;

	for (kind = 0; kind < NR_LIVE_KINDS; kind++)
		for (way = 0; way < NR_LIVE_WAYS; way++)
			from[kind][way] = live->shared->score[kind][way].done;
	for (kind = 0; kind < NR_LIVE_KINDS; kind++)
		for (way = 0; way < NR_LIVE_WAYS; way++) {
			if (live->shared->no_new && kind >= LIVE_WEB)
				continue;
			if (moves(&live->shared->score[kind][way],
				  from[kind][way]))
				continue;
			printf("stands still: %s %s\n", kind_name[kind],
			       way_name[way]);
			all = false;
		}
	return all;
}

unsigned int live_stop(struct live *live)
{
	const struct live_score *score;
	unsigned int broken = 0;
	int kind, way;

	live->shared->stop = true;
	for (kind = 0; kind < NR_LIVE_KINDS; kind++)
		for (way = 0; way < NR_LIVE_WAYS; way++) {
			if (!live->pids[kind][way])
				continue;
			waitpid(live->pids[kind][way], NULL, 0);
			live->pids[kind][way] = 0;
			score = &live->shared->score[kind][way];
			if (!score->broken)
				continue;
			printf("broken: %s %s: %s\n", kind_name[kind],
			       way_name[way], strerror(score->error));
			broken++;
		}
	return broken;
}

uint64_t live_again(const struct live *live)
{
	uint64_t again = 0;
	int kind, way;

	for (kind = 0; kind < NR_LIVE_KINDS; kind++)
		for (way = 0; way < NR_LIVE_WAYS; way++)
			again += live->shared->score[kind][way].again;
	return again;
}

void live_print(const struct live *live, FILE *out)
{
	uint64_t done, again, slowest;
	int kind, way;

	for (kind = 0; kind < NR_LIVE_KINDS; kind++) {
		done = again = slowest = 0;
		for (way = 0; way < NR_LIVE_WAYS; way++) {
			const struct live_score *score =
				&live->shared->score[kind][way];

			done += score->done;
			again += score->again;
			if (score->slowest_us > slowest)
				slowest = score->slowest_us;
		}
		fprintf(out, "# %s: %ju done, %ju of them tried again, slowest"
			" %ju ms\n", kind_name[kind], (uintmax_t)done,
			(uintmax_t)again, (uintmax_t)slowest / 1000);
	}
}
