/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the network stack of a namespace takes for a packet that it forwards
 * from device in0 to device out0, in ns. Packets are made in the kernel (see
 * pace.bpf.c) and given to the stack one after another on one processor; what
 * is printed is the time of the stack alone, as the kernel measured it. Fails
 * if any packet does not come out. Only ever sends inside the namespace named.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pace.h"
#include "pace.skel.h"

#define SERVER		0x0a020002u	/* 10.2.0.2 */
#define PROBE		512u		/* packets to guess the speed by */
#define WARM		1024u		/* packets before those measured */
#define LONG		8192u		/* packets that take some ms */
#define MAX_FLOWS	PACE_WARM
#define MAX_PASSES	1024
#define BATCH		64u

#define FIN		0x01
#define SYN		0x02
#define ACK		0x10

/* What a packet is but its addresses. */
struct kind {
	uint8_t proto;
	bool reply;
	uint8_t flags;
	uint16_t payload;
	uint16_t port;		/* the server's */
	uint32_t seq, ack;
};

static const struct kind udp = {
	.proto = IPPROTO_UDP, .payload = 18, .port = 5353,
};
static const struct kind tcp_data = {
	.proto = IPPROTO_TCP, .flags = ACK, .payload = 10, .port = 80,
	.seq = 1001, .ack = 5001,
};
static const struct kind tcp_open[] = {
	{ .proto = IPPROTO_TCP, .flags = SYN, .port = 80, .seq = 1000 },
	{ .proto = IPPROTO_TCP, .flags = SYN | ACK, .port = 80, .reply = true,
	  .seq = 5000, .ack = 1001 },
	{ .proto = IPPROTO_TCP, .flags = ACK, .port = 80, .seq = 1001,
	  .ack = 5001 },
};

struct run {
	struct pace *skel;
	const char *ns;
};

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint16_t checksum(const uint8_t *data, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += data[i] << 8 | data[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The transport header and its payload of zeros; returns their length. */
static uint16_t transport_write(const struct kind *kind, uint8_t *at)
{
	bool is_udp = kind->proto == IPPROTO_UDP;
	uint16_t len = (is_udp ? 8 : 20) + kind->payload;

	put16(at + (kind->reply ? 0 : 2), kind->port);
	if (is_udp) {
		put16(at + 4, len);
	} else {
		put32(at + 4, kind->seq);
		put32(at + 8, kind->ack);
		at[12] = 5 << 4;
		at[13] = kind->flags;
		put16(at + 14, 64240);
	}
	return len;
}

/* The frame as pace.h wants it: the client's address and port are zeros. */
static void frame_write(const struct kind *kind, const uint8_t *mac,
			uint8_t *frame)
{
	uint8_t *ip = frame + ETH_HLEN, *transport = ip + 20;
	uint16_t len;

	memset(frame, 0, PACE_FRAME);
	memcpy(frame, mac, ETH_ALEN);
	frame[6] = 2;
	put16(frame + 12, ETH_P_IP);
	len = transport_write(kind, transport);
	ip[0] = 0x45;
	put16(ip + 2, 20 + len);
	ip[8] = 64;
	ip[9] = kind->proto;
	put32(ip + (kind->reply ? 12 : 16), SERVER);
	put16(ip + 10, checksum(ip, 20, 0));
	put16(transport + (kind->proto == IPPROTO_UDP ? 6 : 16),
	      checksum(transport, len, kind->proto + len + (SERVER >> 16) +
		       (SERVER & 0xffff)));
}

static int device_mac(const char *device, uint8_t *mac)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err;

	if (fd < 0)
		return -1;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	err = ioctl(fd, SIOCGIFHWADDR, &ifr);
	close(fd);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return err;
}

/* Packets that a device of the namespace has sent; -1 if there is none. */
static long long device_sent(const char *device)
{
	char line[256], name[32];
	long long sent = -1, value;
	FILE *file = fopen("/proc/net/dev", "r");

	if (!file)
		return -1;
	while (sent < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, " %31[^:]: %*u %*u %*u %*u %*u %*u %*u %*u "
			   "%*u %lld", name, &value) == 2 &&
		    !strcmp(name, device))
			sent = value;
	fclose(file);
	return sent;
}

/*
 * Sends packets of `kind`, of the flows that pace.h knows to tell; returns ns
 * per packet, or -1, said, if not all of them came out.
 */
static int send_packets(struct run *run, const struct kind *kind,
			const struct pace_flows *flows, unsigned int packets)
{
	const char *in = kind->reply ? "out0" : "in0";
	const char *out = kind->reply ? "in0" : "out0";
	struct pace_flows *told = &run->skel->bss->flows;
	uint8_t frame[PACE_FRAME], mac[ETH_ALEN];
	struct xdp_md ctx = {
		.data_end = PACE_FRAME,
		.ingress_ifindex = if_nametoindex(in),
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = PACE_FRAME, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	long long before = device_sent(out), sent;

	if (before < 0 || device_mac(in, mac)) {
		fprintf(stderr, "tool_pace: %s has no in0 and out0\n",
			run->ns);
		return -1;
	}
	frame_write(kind, mac, frame);
	*told = *flows;
	told->reply = kind->reply;
	memcpy(told->frame, frame, sizeof(frame));
	if (bpf_prog_test_run_opts(bpf_program__fd(run->skel->progs.pace_send),
				   &opts)) {
		perror("tool_pace: sending");
		return -1;
	}
	sent = device_sent(out) - before;
	if (sent == packets)
		return (int)opts.duration;
	fprintf(stderr, "tool_pace: %s: %lld of %u packets came out of %s\n",
		run->ns, sent, packets, out);
	return -1;
}

/* Sends packets of nr flows in turn, beginning with `next`. */
static int send_flows(struct run *run, const struct kind *kind,
		      unsigned int nr, unsigned int next,
		      unsigned int packets)
{
	const struct pace_flows flows = {
		.nr = nr, .next = next, .stop = packets,
	};

	return send_packets(run, kind, &flows, packets);
}

/*
 * Sends for about `ms`, as many packets of each flow; the flows in the middle
 * tell before how long a packet takes. Returns ns per packet or -1.
 */
static int send_for(struct run *run, const struct kind *kind,
		    unsigned int nr, unsigned int ms)
{
	unsigned long long turns;
	int ns = send_flows(run, kind, nr, nr / 2, PROBE);

	if (ns < 0)
		return -1;
	turns = ms * 1000000ull / (nr * (ns ? (unsigned long long)ns : 1));
	return send_flows(run, kind, nr, 0,
			  nr * (turns ? (unsigned int)turns : 1));
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/*
 * One packet of each flow, in an empty table. Memory and caches are made warm
 * by packets of other flows; the time is taken around the new ones only. In a
 * long run the kernel's own time is better: other processes are not in it, and
 * the few other flows do not matter.
 */
static int send_new(struct run *run, unsigned int nr)
{
	const struct pace_flows flows = {
		.nr = nr, .start = WARM, .stop = WARM + nr,
	};
	const __u64 *time = run->skel->bss->flows.time;
	int ns = send_packets(run, &udp, &flows, WARM + nr + BATCH);

	return ns < 0 || nr >= LONG ? ns : (int)((time[1] - time[0]) / nr);
}

/* Each pass: the table is emptied by `command`, then new flows come. The median
 * of the passes. */
static int send_fresh(struct run *run, unsigned int nr, unsigned int passes,
		      const char *command)
{
	int ns[MAX_PASSES];
	unsigned int i;

	for (i = 0; i < passes; i++) {
		if (system(command)) {
			fprintf(stderr, "tool_pace: %s: failed\n", command);
			return -1;
		}
		ns[i] = send_new(run, nr);
		if (ns[i] < 0)
			return -1;
	}
	qsort(ns, passes, sizeof(*ns), compare);
	return ns[passes / 2];
}

/* SYN, SYN-ACK, ACK of all flows. */
static int open_flows(struct run *run, unsigned int nr)
{
	size_t i;

	for (i = 0; i < sizeof(tcp_open) / sizeof(*tcp_open); i++)
		if (send_flows(run, &tcp_open[i], nr, 0, nr) < 0)
			return -1;
	return 0;
}

/* Empties the kernel's own connection table of the namespace. */
static int forget_flows(void)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg msg;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
				      IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.msg = { .nfgen_family = AF_INET },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} answer = { .error.error = -EIO };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (fd < 0)
		return -1;
	if (send(fd, &request, sizeof(request), 0) > 0)
		(void)!recv(fd, &answer, sizeof(answer), 0);
	close(fd);
	return answer.error.error ? -1 : 0;
}

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

/* A number from the command line, from 1 to max; 0 if it is none. */
static unsigned int number(const char *text, unsigned int max)
{
	unsigned long value = text ? strtoul(text, NULL, 10) : 0;

	return value > max ? 0 : (unsigned int)value;
}

/* The verbs that send; returns ns per packet, 0 if nothing is to be said, -1 on
 * failure and -2 for what is not understood. */
static int run_verb(struct run *run, int argc, char *argv[])
{
	unsigned int nr = number(argv[3], MAX_FLOWS);
	unsigned int more = argc > 4 ? number(argv[4], 10000) : 0;

	if (!nr)
		return -2;
	if (argc == 4 && !strcmp(argv[1], "open"))
		return open_flows(run, nr);
	if (argc == 5 && more && !strcmp(argv[1], "tcp"))
		return send_for(run, &tcp_data, nr, more);
	if (argc == 5 && more && !strcmp(argv[1], "udp"))
		return send_for(run, &udp, nr, more);
	if (argc == 6 && more && more <= MAX_PASSES &&
	    !strcmp(argv[1], "fresh"))
		return send_fresh(run, nr, more, argv[5]);
	return -2;
}

static int usage(void)
{
	fputs("usage: tool_pace open NETNS FLOWS | tcp NETNS FLOWS MS | "
	      "udp NETNS FLOWS MS |\n       fresh NETNS FLOWS PASSES COMMAND "
	      "| forget NETNS\n", stderr);
	return 2;
}

int main(int argc, char *argv[])
{
	struct run run = { 0 };
	cpu_set_t cpus;
	int ns;

	if (argc < 3)
		return usage();
	run.ns = argv[2];
	if (netns_enter(run.ns)) {
		fprintf(stderr, "tool_pace: namespace %s: %s\n", run.ns,
			strerror(errno));
		return 1;
	}
	if (argc == 3)
		return strcmp(argv[1], "forget") ? usage() :
			forget_flows() ? 1 : 0;
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	run.skel = pace__open_and_load();
	if (!run.skel)
		return 1;
	ns = run_verb(&run, argc, argv);
	pace__destroy(run.skel);
	if (ns == -2)
		return usage();
	if (ns > 0)
		printf("%d\n", ns);
	return ns < 0;
}
