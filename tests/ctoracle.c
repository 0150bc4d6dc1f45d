// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A namespace whose conntrack tells what it thinks of every packet. A tun
 * device hands a packet to the stack before write() returns, so what has come
 * of it can be read at once.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ctoracle.h"
#include "netlink.h"
#include "side_wire.h"

/* The kernel whose tracker ours is after; older ones judge otherwise here and
 * there. */
#define KERNEL_MAJOR	6
#define KERNEL_MINOR	18

#define MESSAGE_ROOM	128
#define WAIT_MS		1000

static const char rules[] =
	"*mangle\n"
#define RULE(match, tos) "-A FORWARD -m conntrack " match \
			 " -j TOS --set-tos " tos "/" tos "\n"
	RULE("--ctstate INVALID", "0x80")
	RULE("--ctstate NEW", "0x40")
	RULE("--ctstate ESTABLISHED", "0x20")
	RULE("--ctdir REPLY", "0x10")
	RULE("--ctstatus SEEN_REPLY", "0x08")
	RULE("--ctstatus ASSURED", "0x04")
	RULE("--ctstate RELATED", "0x02")
#undef RULE
	"COMMIT\n";

void ctoracle_set(const char *name, unsigned int value)
{
	char path[128], text[16];
	int fd, len;

	snprintf(path, sizeof(path), "/proc/sys/net/netfilter/nf_conntrack_%s",
		 name);
	len = snprintf(text, sizeof(text), "%u", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != len) {
		perror(path);
		abort();
	}
	close(fd);
}

bool ctoracle_older(void)
{
	struct utsname name;
	unsigned int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	return major < KERNEL_MAJOR ||
	       (major == KERNEL_MAJOR && minor < KERNEL_MINOR);
}

const char *ctoracle_open(struct ctoracle *oracle)
{
	const char *const restore[] = { "iptables-legacy-restore", NULL };

	memset(oracle, 0, sizeof(*oracle));
	if (ctoracle_older())
		return "this kernel's tracker is older than what ours follows";
	if (testns_add(&oracle->ns, "ct"))
		return "the namespace cannot be set up";
	oracle->tun = testns_tun(&oracle->ns, "t0");
	if (oracle->tun < 0)
		return "there are no tun devices";
	if (testns_ip(&oracle->ns, "link set t0 mtu 20000 up\n"
				   "route add default dev t0\n") ||
	    testns_run(&oracle->ns, restore, rules, NULL))
		return "iptables-legacy has no conntrack or TOS here";
	testns_sysctl(&oracle->ns, "ipv4/ip_forward", "1");
	testns_sysctl(&oracle->ns, "ipv4/conf/all/rp_filter", "0");
	testns_sysctl(&oracle->ns, "ipv4/conf/t0/rp_filter", "0");
	testns_sysctl(&oracle->ns, "ipv4/conf/all/send_redirects", "0");
	testns_sysctl(&oracle->ns, "ipv4/conf/t0/send_redirects", "0");
	testns_enter(&oracle->ns);
	oracle->opened = true;
	return NULL;
}

void ctoracle_close(struct ctoracle *oracle)
{
	if (oracle->opened)
		testns_leave(&oracle->ns);
	if (oracle->tun > 0)
		close(oracle->tun);
	testns_del(&oracle->ns);
}

static void put_be(uint8_t *at, uint32_t value, int size)
{
	while (size--) {
		at[size] = value;
		value >>= 8;
	}
}

/* The TOS of the packet with this identifier, once it has come out. */
static int come_out(const struct ctoracle *oracle, uint16_t id)
{
	struct pollfd pfd = { .fd = oracle->tun, .events = POLLIN };
	uint8_t bytes[CT_BYTES + 64];
	ssize_t len;

	while (poll(&pfd, 1, WAIT_MS) == 1) {
		len = read(oracle->tun, bytes, sizeof(bytes));
		if (len >= 20 && bytes[0] == 0x45 &&
		    (bytes[4] << 8 | bytes[5]) == id)
			return bytes[1];
	}
	return -1;
}

int ctoracle_send(const struct ctoracle *oracle, const struct ct_tuple *tuple,
		  const uint8_t *l4, uint32_t l4_len)
{
	uint8_t bytes[CT_BYTES + 20] = { 0x45 };
	uint16_t id = tuple->port[0] ^ 0x5a5a;

	memcpy(bytes + 20, l4, l4_len);
	put_be(bytes + 2, 20 + l4_len, 2);
	put_be(bytes + 4, id, 2);
	bytes[8] = 64;
	bytes[9] = tuple->proto;
	put_be(bytes + 12, tuple->addr[0], 4);
	put_be(bytes + 16, tuple->addr[1], 4);
	put_be(bytes + 10, wire_checksum(bytes, 20), 2);
	if (write(oracle->tun, bytes, 20 + l4_len) != (ssize_t)(20 + l4_len))
		return -1;
	return come_out(oracle, id);
}

/* --- Entries by netlink ----------------------------------------------------*/

struct message {
	struct nfgenmsg head;
	uint8_t attrs[MESSAGE_ROOM];
	uint32_t len;
};

static void attr_add(struct message *m, int type, uint32_t value, int size)
{
	struct nlattr attr = { (uint16_t)(NLA_HDRLEN + size), (uint16_t)type };

	memcpy(m->attrs + m->len, &attr, sizeof(attr));
	put_be(m->attrs + m->len + NLA_HDRLEN, value, size);
	m->len += NLA_ALIGN(attr.nla_len);
}

static uint32_t nest_begin(struct message *m, int type)
{
	attr_add(m, type | NLA_F_NESTED, 0, 0);
	return m->len - NLA_HDRLEN;
}

static void nest_end(struct message *m, uint32_t at)
{
	uint16_t len = m->len - at;

	memcpy(m->attrs + at, &len, sizeof(len));
}

static void message_init(struct message *m, const struct ct_tuple *tuple)
{
	uint32_t outer, inner;

	memset(m, 0, sizeof(*m));
	m->head.nfgen_family = AF_INET;
	outer = nest_begin(m, CTA_TUPLE_ORIG);
	inner = nest_begin(m, CTA_TUPLE_IP);
	attr_add(m, CTA_IP_V4_SRC, tuple->addr[0], 4);
	attr_add(m, CTA_IP_V4_DST, tuple->addr[1], 4);
	nest_end(m, inner);
	inner = nest_begin(m, CTA_TUPLE_PROTO);
	attr_add(m, CTA_PROTO_NUM, tuple->proto, 1);
	attr_add(m, CTA_PROTO_SRC_PORT, tuple->port[0], 2);
	attr_add(m, CTA_PROTO_DST_PORT, tuple->port[1], 2);
	nest_end(m, inner);
	nest_end(m, outer);
}

static uint8_t attr_u8(const struct nlattr *attr)
{
	return attr ? *(const uint8_t *)netlink_data(attr) : 0;
}

static void read_tcp(const struct nlattr *nest, struct ct_entry *entry)
{
	const struct nlattr *t[CTA_PROTOINFO_TCP_MAX + 1] = {};

	netlink_parse_nested(nest, t, CTA_PROTOINFO_TCP_MAX);
	entry->state = attr_u8(t[CTA_PROTOINFO_TCP_STATE]);
	entry->scale[0] = attr_u8(t[CTA_PROTOINFO_TCP_WSCALE_ORIGINAL]);
	entry->scale[1] = attr_u8(t[CTA_PROTOINFO_TCP_WSCALE_REPLY]);
	entry->flags[0] = attr_u8(t[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]);
	entry->flags[1] = attr_u8(t[CTA_PROTOINFO_TCP_FLAGS_REPLY]);
}

static void read_sctp(const struct nlattr *nest, struct ct_entry *entry)
{
	const struct nlattr *t[CTA_PROTOINFO_SCTP_MAX + 1] = {};

	netlink_parse_nested(nest, t, CTA_PROTOINFO_SCTP_MAX);
	entry->state = attr_u8(t[CTA_PROTOINFO_SCTP_STATE]);
	entry->vtag[0] = netlink_be32(t[CTA_PROTOINFO_SCTP_VTAG_ORIGINAL]);
	entry->vtag[1] = netlink_be32(t[CTA_PROTOINFO_SCTP_VTAG_REPLY]);
}

static int read_entry(const struct nlmsghdr *msg, void *ctx)
{
	const struct nlattr *t[CTA_MAX + 1] = {};
	const struct nlattr *info[CTA_PROTOINFO_MAX + 1] = {};
	struct ct_entry *entry = ctx;

	netlink_parse(msg, sizeof(struct nfgenmsg), t, CTA_MAX);
	netlink_parse_nested(t[CTA_PROTOINFO], info, CTA_PROTOINFO_MAX);
	entry->there = true;
	entry->timeout_s = netlink_be32(t[CTA_TIMEOUT]);
	if (info[CTA_PROTOINFO_TCP])
		read_tcp(info[CTA_PROTOINFO_TCP], entry);
	if (info[CTA_PROTOINFO_SCTP])
		read_sctp(info[CTA_PROTOINFO_SCTP], entry);
	return 0;
}

static int ask(const struct message *m, int type, netlink_each *each, void *ctx)
{
	const struct netlink_request request = {
		.protocol = NETLINK_NETFILTER,
		.type = NFNL_SUBSYS_CTNETLINK << 8 | type,
		.body = m,
		.len = sizeof(m->head) + m->len,
		.single = true,
	};

	return netlink_dump(&request, each, ctx);
}

struct ct_entry ctoracle_entry(const struct ct_tuple *tuple)
{
	struct ct_entry entry = { 0 };
	struct message m;

	message_init(&m, tuple);
	ask(&m, IPCTNL_MSG_CT_GET, read_entry, &entry);
	return entry;
}

void ctoracle_renew(const struct ct_tuple *tuple, uint32_t timeout_s)
{
	struct message m;

	message_init(&m, tuple);
	attr_add(&m, CTA_TIMEOUT, timeout_s, 4);
	ask(&m, IPCTNL_MSG_CT_NEW, read_entry, NULL);
}
