/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames into a topology and out of it. All is sent and handled on one CPU,
 * whose queue keeps order: a frame of an experimental ethertype that arrives
 * tells that everything before it has been handled. Never waits without limit.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_answer.h"
#include "side_wire.h"

#define BATCH 64
#define SETTLE_EVERY 256	/* below the backlog's limit of 1,000 */
#define SETTLE_HOPS 4		/* packets may cause packets that cause ... */
#define SETTLE_MS 2000
#define RECEIVE_MAX 70000
#define MAX_ERRORS 100000

struct message {
	struct iovec iov;
	struct sockaddr_in addr;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(uint32_t))];
	} control;
};

uint16_t wire_checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += data[i] << 8 | data[i + 1];
	if (len & 1)
		sum += data[len - 1] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Where the transport header has its checksum, 0: it has none. */
static size_t checksum_at(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
		return 2;
	default:
		return 0;
	}
}

static void put_checksum(uint8_t *at, const uint8_t *data, size_t len)
{
	uint16_t sum = wire_checksum(data, len);

	at[0] = sum >> 8;
	at[1] = sum & 0xff;
}

void wire_seal(uint8_t *ip)
{
	size_t head = (ip[0] & 15) * 4, len = (ip[2] << 8 | ip[3]) - head;
	size_t at = checksum_at(ip[9]), pseudo = 12;
	uint8_t bytes[FRAME_MAX + 12] = { 0 };

	memset(ip + 10, 0, 2);
	put_checksum(ip + 10, ip, head);
	if (!at)
		return;
	memset(ip + head + at, 0, 2);
	memcpy(bytes, ip + 12, 8);
	bytes[9] = ip[9];
	bytes[10] = len >> 8;
	bytes[11] = len & 0xff;
	memcpy(bytes + 12, ip + head, len);
	if (ip[9] == IPPROTO_ICMP)
		pseudo = 0;
	put_checksum(ip + head + at, bytes + 12 - pseudo, len + pseudo);
}

static void fill_message(const struct frame *frame, struct message *message,
			 struct msghdr *msg)
{
	memset(msg, 0, sizeof(*msg));
	message->iov.iov_base = (void *)frame->data;
	message->iov.iov_len = frame->len;
	msg->msg_iov = &message->iov;
	msg->msg_iovlen = 1;
	if (frame->way < WAY_OUTPUT)
		return;
	if (frame->way == WAY_DATAGRAM) {
		message->iov.iov_base = (void *)(frame->data + 20);
		message->iov.iov_len = frame->len - 20;
	}
	memset(&message->addr, 0, sizeof(message->addr));
	message->addr.sin_family = AF_INET;
	memcpy(&message->addr.sin_addr, frame->data + 16, 4);
	msg->msg_name = &message->addr;
	msg->msg_namelen = sizeof(message->addr);
	if (!frame->mark)
		return;
	message->control.head.cmsg_level = SOL_SOCKET;
	message->control.head.cmsg_type = SO_MARK;
	message->control.head.cmsg_len = CMSG_LEN(sizeof(uint32_t));
	memcpy(CMSG_DATA(&message->control.head), &frame->mark,
	       sizeof(frame->mark));
	msg->msg_control = &message->control;
	msg->msg_controllen = sizeof(message->control);
}

/*
 * Sends a run of frames that go the same way; returns how many were refused.
 * A call that sends fewer than it was given has tried the next one in vain:
 * that one is not to be sent again.
 */
static unsigned int send_run(int fd, const struct frame *frames,
			     unsigned int nr)
{
	struct message messages[BATCH];
	struct mmsghdr msgs[BATCH];
	unsigned int i, refused = 0, done = 0;
	int sent;

	for (i = 0; i < nr; i++)
		fill_message(&frames[i], &messages[i], &msgs[i].msg_hdr);
	while (done < nr) {
		sent = sendmmsg(fd, msgs + done, nr - done, 0);
		done += sent > 0 ? sent : 0;
		if (done < nr) {
			refused++;
			done++;
		}
	}
	return refused;
}

static int way_socket(const struct topo *topo, const struct frame *frame)
{
	if (frame->way == WAY_OUTPUT)
		return topo->output;
	if (frame->way == WAY_DATAGRAM)
		return topo_local(topo, frame->data[9]);
	if (frame->way == WAY_TUN)
		return topo->tun;
	return topo->inject[frame->way];
}

/* The same for a file. */
static unsigned int write_run(int fd, const struct frame *frames,
			      unsigned int nr)
{
	unsigned int i, refused = 0;

	for (i = 0; i < nr; i++)
		refused += write(fd, frames[i].data, frames[i].len) < 0;
	return refused;
}

/* Frames that go the same way, at once. */
static unsigned int run_length(const struct topo *topo,
			       const struct frame *frames, unsigned int nr)
{
	int fd = way_socket(topo, frames);
	unsigned int run;

	if (frames->learns)
		return 1;
	for (run = 1; run < BATCH && run < nr; run++)
		if (frames[run].learns || way_socket(topo, &frames[run]) != fd)
			break;
	return run;
}

/* A frame that goes on from what the firewall has sent until now. */
static unsigned int send_answer(struct topo *topo, const struct frame *frame)
{
	struct frame copy = *frame;

	wire_settle(topo);
	answers_fill(topo, &copy);
	return send_run(way_socket(topo, frame), &copy, 1);
}

int wire_send(struct topo *topo, const struct frame *frames, unsigned int nr)
{
	unsigned int i, run, since = 0;
	int refused = 0, fd;

	for (i = 0; i < nr; i += run) {
		run = run_length(topo, frames + i, nr - i);
		if (frames[i].learns) {
			refused += send_answer(topo, &frames[i]);
			continue;
		}
		fd = way_socket(topo, &frames[i]);
		if (frames[i].way == WAY_TUN)
			refused += write_run(fd, frames + i, run);
		else
			refused += send_run(fd, frames + i, run);
		since += run;
		if (since >= SETTLE_EVERY) {
			if (wire_settle(topo))
				return -EIO;
			since = 0;
		}
	}
	return wire_settle(topo) ? -EIO : refused;
}

/* One frame of the experimental ethertype; its payload is never looked at. */
static void send_sync(int fd, const struct sockaddr_ll *to, const uint8_t *dst)
{
	uint8_t frame[60] = { 0 };

	memcpy(frame, dst, 6);
	memcpy(frame + 6, dst, 6);
	frame[12] = TOPO_SYNC_TYPE >> 8;
	frame[13] = TOPO_SYNC_TYPE & 0xff;
	if (sendto(fd, frame, sizeof(frame), 0, (const struct sockaddr *)to,
		   to ? sizeof(*to) : 0) < 0)
		perror("sending a frame");
}

/* Waits for the frame and says by which device it came. */
static int receive_sync(int fd, struct sockaddr_ll *from)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	socklen_t len = sizeof(*from);
	uint8_t frame[128];

	if (poll(&pfd, 1, SETTLE_MS) != 1) {
		fprintf(stderr, "packets do not get through\n");
		return -EIO;
	}
	if (recvfrom(fd, frame, sizeof(frame), 0, (struct sockaddr *)from,
		     &len) < 0)
		return -EIO;
	return 0;
}

int wire_settle(struct topo *topo)
{
	struct sockaddr_ll from;
	enum side_end end;
	int hop;

	for (hop = 0; hop < SETTLE_HOPS; hop++)
		for (end = 0; end < NR_ENDS; end++) {
			send_sync(topo->inject[end], NULL, topo_mac_near[end]);
			if (receive_sync(topo->sync_in, &from))
				return -EIO;
			send_sync(topo->sync_in, &from, topo_mac_far[end]);
			if (receive_sync(topo->sync[end], &from))
				return -EIO;
		}
	return 0;
}

/* Zeroes the clock's part of an IP header: time stamp options. */
static void clear_stamps(uint8_t *ip, size_t head)
{
	size_t at = 20, len;

	while (at + 1 < head && ip[at]) {
		len = ip[at] == 1 ? 1 : ip[at + 1];
		if (!len || at + len > head)
			break;
		if (ip[at] == 68 && len > 4)
			memset(ip + at + 4, 0, len - 4);
		at += len;
	}
}

/* Numbers that a firewall's own TCP draws at random. */
static void clear_numbers(uint8_t *tcp, size_t len)
{
	if (len >= 8)
		memset(tcp + 4, 0, 4);
	if (len >= 12)
		memset(tcp + 8, 0, 4);
	if (len >= 18)
		memset(tcp + 16, 0, 2);
}

/* ICMP's time stamps, and those of a packet that an error quotes. */
static void normalise_icmp(uint8_t *icmp, size_t len, bool numbers)
{
	uint8_t *quoted = icmp + 8;
	size_t head;

	if (len >= 20 && icmp[0] == 14) {
		memset(icmp + 2, 0, 2);
		memset(icmp + 12, 0, 8);
	}
	if (len < 28 || (icmp[0] != 3 && icmp[0] != 11 && icmp[0] != 12))
		return;
	head = (quoted[0] & 15) * 4;
	if (head > len - 8)
		return;
	clear_stamps(quoted, head);
	memset(quoted + 4, 0, 2);
	memset(quoted + 10, 0, 2);
	memset(icmp + 2, 0, 2);
	if (numbers && quoted[9] == IPPROTO_TCP)
		clear_numbers(quoted + head, len - 8 - head);
}

/* What the firewall's stack draws at random or from a clock. */
static void normalise(uint8_t *ip, size_t len, bool numbers)
{
	size_t head;

	if (len < 20)
		return;
	head = (ip[0] & 15) * 4;
	if (head > len)
		return;
	memset(ip + 4, 0, 2);
	memset(ip + 10, 0, 2);
	clear_stamps(ip, head);
	if (ip[6] & 0x3f || ip[7])
		return;
	if (ip[9] == IPPROTO_ICMP)
		normalise_icmp(ip + head, len - head, numbers);
	if (numbers && ip[9] == IPPROTO_TCP)
		clear_numbers(ip + head, len - head);
}

/* A tracker that puts datagrams together cuts them in its own way. */
static bool is_piece(const uint8_t *ip, size_t len, size_t head)
{
	return len >= head + 20 && ip[0] >> 4 == 4 && (ip[6] & 0x3f || ip[7]);
}

static void keep(struct harvest *harvest, enum side_place place,
		 const uint8_t *data, size_t len)
{
	size_t head = place >= PLACE_TUN ? 0 : ETH_HLEN;
	struct record *record;

	if (harvest->tracked && is_piece(data + head, len, head))
		return;

	if (harvest->nr == harvest->room) {
		harvest->room = harvest->room ? harvest->room * 2 : 1024;
		harvest->records = realloc(harvest->records,
			harvest->room * sizeof(*harvest->records));
		if (!harvest->records)
			abort();
	}
	record = &harvest->records[harvest->nr++];
	record->place = place;
	record->len = len;
	record->data = malloc(len + 1);
	if (!record->data)
		abort();
	memcpy(record->data, data, len);
	if (len > head)
		normalise(record->data + head, len - head, harvest->tracked);
}

static void drain(int fd, enum side_place place, struct harvest *harvest)
{
	uint8_t buffer[RECEIVE_MAX];
	unsigned int errors = 0;	/* raw sockets also return past ones */
	ssize_t len;

	while (errors < MAX_ERRORS) {
		len = read(fd, buffer, sizeof(buffer));
		if (len >= 0)
			keep(harvest, place, buffer, len);
		else if (errno == EAGAIN)
			return;
		else
			errors++;
	}
	harvest->lost++;
}

static int order(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->data, y->data, x->len);
}

void wire_collect(struct topo *topo, struct harvest *harvest)
{
	struct tpacket_stats stats;
	socklen_t len;
	enum side_end end;
	int i;

	memset(harvest, 0, sizeof(*harvest));
	harvest->tracked = topo->answers;
	for (end = 0; end < NR_ENDS; end++) {
		drain(topo->capture[end], (enum side_place)end, harvest);
		len = sizeof(stats);
		if (!getsockopt(topo->capture[end], SOL_PACKET,
				PACKET_STATISTICS, &stats, &len))
			harvest->lost += stats.tp_drops;
	}
	if (topo->tun >= 0)
		drain(topo->tun, PLACE_TUN, harvest);
	for (i = 0; i < NR_LOCAL_PROTOCOLS; i++)
		drain(topo->local[i], PLACE_LOCAL, harvest);
	if (harvest->nr)
		qsort(harvest->records, harvest->nr, sizeof(*harvest->records),
		      order);
}

void harvest_free(struct harvest *harvest)
{
	unsigned int i;

	for (i = 0; i < harvest->nr; i++)
		free(harvest->records[i].data);
	free(harvest->records);
	memset(harvest, 0, sizeof(*harvest));
}

static void print_hex(const uint8_t *data, uint32_t len, FILE *out)
{
	uint32_t i;

	for (i = 0; i < len && i < 96; i++)
		fprintf(out, "%s%02x", i % 4 ? "" : " ", data[i]);
	fprintf(out, "%s (%u bytes)\n", i < len ? " ..." : "", len);
}

void frame_print(const struct frame *frame, FILE *out)
{
	static const char *const ways[NR_WAYS] = { "client", "server",
						   "device wan0", "firewall",
						   "firewall's stack" };

	fprintf(out, "sent by the %s, mark %#x, %s:", ways[frame->way],
		frame->mark, frame->note);
	print_hex(frame->data, frame->len, out);
}

static void print_record(const struct record *record, const char *side,
			 FILE *out)
{
	static const char *const places[NR_PLACES] = { "client", "server",
						       "device wan0",
						       "firewall" };

	fprintf(out, "only %s: at the %s:", side, places[record->place]);
	print_hex(record->data, record->len, out);
}

unsigned int harvest_compare(const struct harvest *a, const struct harvest *b,
			     FILE *out)
{
	unsigned int i = 0, j = 0, found = 0;
	int way;

	while (i < a->nr || j < b->nr) {
		if (i == a->nr)
			way = 1;
		else if (j == b->nr)
			way = -1;
		else
			way = order(&a->records[i], &b->records[j]);
		if (way && found++ < 8)
			print_record(way < 0 ? &a->records[i] : &b->records[j],
				     way < 0 ? "there" : "here", out);
		i += way <= 0;
		j += way >= 0;
	}
	return found + a->lost + b->lost;
}
