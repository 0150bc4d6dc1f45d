/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firewall's own TCP answers. Goes in: packets that come out of it at
 * the ends; comes out: the number that a connection's next segment has to
 * acknowledge. Servers listen and never accept, write or close, so that only
 * the packets that are sent to them decide what they say, never a clock.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_answer.h"
#include "side_wire.h"

#define ANSWERS_MAX 64
#define BACKLOG 4096
#define FLAG_FIN 0x01
#define FLAG_SYN 0x02

/* Addresses and ports as they are in the packet, of the one who answers. */
struct answer {
	uint8_t addrs[8];
	uint8_t ports[4];
	uint32_t next;
};

struct answers {
	int watch[NR_ENDS];
	int server[NR_SERVERS];
	unsigned int nr;
	struct answer answer[ANSWERS_MAX];	/* the last ones */
};

const unsigned short answer_ports[NR_SERVERS] = { 22, 80, 8080 };

static const char *const devices[NR_ENDS] = { "c0", "s0" };

/* No answer is ever repeated, refused for being too many, or a cookie. */
static const struct {
	const char *key;
	const char *value;
} sysctls[] = {
	{ "ipv4/tcp_syncookies", "0" },
	{ "ipv4/tcp_synack_retries", "0" },
	{ "ipv4/tcp_max_syn_backlog", "4096" },
	{ "ipv4/tcp_invalid_ratelimit", "0" },
	{ "ipv4/tcp_timestamps", "0" },
	{ "core/somaxconn", "4096" },
};

/* Nor one put off. */
static const char routes[] =
	"route change 0.0.0.0/1 dev eth0 quickack 1\n"
	"route change 128.0.0.0/1 dev eth1 quickack 1\n"
	"route change 10.2.0.0/16 dev eth1 quickack 1\n"
	"route change 10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.1"
	" quickack 1\n"
	"route change 10.2.0.0/24 dev eth1 proto kernel scope link src 10.2.0.1"
	" quickack 1\n";

int answers_open(struct topo *topo)
{
	struct answers *answers = calloc(1, sizeof(*answers));
	size_t i;

	if (!answers)
		return -EIO;
	topo->answers = answers;
	memset(answers->server, -1, sizeof(answers->server));
	for (i = 0; i < sizeof(sysctls) / sizeof(*sysctls); i++)
		testns_sysctl(&topo->firewall, sysctls[i].key,
			      sysctls[i].value);
	if (testns_ip(&topo->firewall, routes))
		return -EIO;
	for (i = 0; i < NR_ENDS; i++)
		answers->watch[i] = topo_packet(&topo->end[i], devices[i],
						ETH_P_IP);
	return answers->watch[0] < 0 || answers->watch[1] < 0 ? -EIO : 0;
}

void answers_close(struct topo *topo)
{
	int i;

	if (!topo->answers)
		return;
	answers_end(topo);
	for (i = 0; i < NR_ENDS; i++)
		close(topo->answers->watch[i]);
	free(topo->answers);
	topo->answers = NULL;
}

static int listen_on(unsigned short port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(fd, BACKLOG)) {
		perror("listening");
		close(fd);
		return -1;
	}
	return fd;
}

int answers_serve(struct topo *topo)
{
	struct answers *answers = topo->answers;
	int i, ret = 0;

	answers->nr = 0;
	testns_enter(&topo->firewall);
	for (i = 0; i < NR_SERVERS; i++) {
		answers->server[i] = listen_on(answer_ports[i]);
		if (answers->server[i] < 0)
			ret = -EIO;
	}
	testns_leave(&topo->firewall);
	return ret;
}

void answers_end(struct topo *topo)
{
	int i;

	for (i = 0; i < NR_SERVERS; i++) {
		if (topo->answers->server[i] >= 0)
			close(topo->answers->server[i]);
		topo->answers->server[i] = -1;
	}
}

static struct answer *find(struct answers *answers, const uint8_t *addrs,
			   const uint8_t *ports)
{
	unsigned int i, nr = answers->nr < ANSWERS_MAX ? answers->nr :
							 ANSWERS_MAX;

	for (i = 0; i < nr; i++)
		if (!memcmp(answers->answer[i].addrs, addrs, 8) &&
		    !memcmp(answers->answer[i].ports, ports, 4))
			return &answers->answer[i];
	return NULL;
}

static void note(struct answers *answers, const uint8_t *ip, size_t len)
{
	size_t head = (ip[0] & 15) * 4, total = ip[2] << 8 | ip[3];
	const uint8_t *tcp = ip + head;
	struct answer *answer;
	uint32_t seq;

	if (len < head + 20 || total > len || ip[9] != IPPROTO_TCP ||
	    ip[6] & 0x3f || ip[7])
		return;
	answer = find(answers, ip + 12, tcp);
	if (!answer)
		answer = &answers->answer[answers->nr++ % ANSWERS_MAX];
	memcpy(answer->addrs, ip + 12, 8);
	memcpy(answer->ports, tcp, 4);
	memcpy(&seq, tcp + 4, 4);
	answer->next = ntohl(seq) + total - head - (tcp[12] >> 4) * 4 +
		       !!(tcp[13] & FLAG_SYN) + !!(tcp[13] & FLAG_FIN);
}

static void look(struct answers *answers)
{
	uint8_t frame[FRAME_MAX];
	ssize_t len;
	int i;

	for (i = 0; i < NR_ENDS; i++)
		while ((len = recv(answers->watch[i], frame, sizeof(frame),
				   MSG_DONTWAIT)) >= 0)
			if (len >= ETH_HLEN + 20)
				note(answers, frame + ETH_HLEN,
				     len - ETH_HLEN);
}

void answers_fill(struct topo *topo, struct frame *frame)
{
	uint8_t *ip = frame->data + way_head(frame->way), back[12];
	uint8_t *tcp = ip + (ip[0] & 15) * 4;
	const struct answer *answer;
	uint32_t ack;

	look(topo->answers);
	memcpy(back, ip + 16, 4);
	memcpy(back + 4, ip + 12, 4);
	memcpy(back + 8, tcp + 2, 2);
	memcpy(back + 10, tcp, 2);
	answer = find(topo->answers, back, back + 8);
	if (!answer)
		return;
	ack = htonl(answer->next);
	memcpy(tcp + 8, &ack, 4);
	wire_seal(ip);
}
