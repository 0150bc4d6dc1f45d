// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the kernel for lists over netlink, a socket for each. It only reads,
 * and trusts no length of an answer further than the answer's own.
 */
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"

#define BUFFER_SIZE	32768	/* what the kernel fills at most at a time */
#define REQUEST_SIZE	256

static int send_request(int fd, const struct netlink_request *request)
{
	union {
		struct nlmsghdr header;
		char bytes[REQUEST_SIZE];
	} msg = { .header = {
		.nlmsg_len = (__u32)(NLMSG_HDRLEN + request->len),
		.nlmsg_type = (__u16)request->type,
		.nlmsg_flags = NLM_F_REQUEST |
			       (request->single ? NLM_F_ACK : NLM_F_DUMP),
	} };

	if (msg.header.nlmsg_len > sizeof(msg))
		return -EMSGSIZE;
	if (request->len)
		memcpy(msg.bytes + NLMSG_HDRLEN, request->body, request->len);
	if (send(fd, &msg, msg.header.nlmsg_len, 0) < 0)
		return -errno;
	return 0;
}

static int error_of(const struct nlmsghdr *msg)
{
	const struct nlmsgerr *error = NLMSG_DATA(msg);

	return msg->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) ? -EPROTO :
							       error->error;
}

/* The messages of one datagram. Sets done behind the last of the answer: the
 * end of a dump, or what acknowledges a single request. */
static int each_message(const struct nlmsghdr *msg, size_t len,
			netlink_each *each, void *ctx, bool *done)
{
	int ret = 0;

	for (; NLMSG_OK(msg, len) && !ret; msg = NLMSG_NEXT(msg, len)) {
		if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EAGAIN;
		*done = msg->nlmsg_type == NLMSG_DONE ||
			msg->nlmsg_type == NLMSG_ERROR;
		if (msg->nlmsg_type == NLMSG_ERROR)
			ret = error_of(msg);
		else if (!*done)
			ret = each(msg, ctx);
	}
	return ret;
}

static int receive_all(int fd, netlink_each *each, void *ctx)
{
	_Alignas(struct nlmsghdr) char buffer[BUFFER_SIZE];
	bool done = false;
	ssize_t len;
	int ret = 0;

	while (!done && !ret) {
		len = recv(fd, buffer, sizeof(buffer), MSG_TRUNC);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len ? -errno : -EPROTO;
		if ((size_t)len > sizeof(buffer))
			return -EMSGSIZE;
		ret = each_message((const void *)buffer, (size_t)len, each,
				   ctx, &done);
	}
	return ret;
}

int netlink_dump(const struct netlink_request *request, netlink_each *each,
		 void *ctx)
{
	int fd, ret;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, request->protocol);
	if (fd < 0)
		return -errno;
	ret = send_request(fd, request);
	if (!ret)
		ret = receive_all(fd, each, ctx);
	close(fd);
	return ret;
}

/* The attribute at `at` if it lies within len bytes, else NULL. */
static const struct nlattr *attr_at(const char *at, size_t len)
{
	const struct nlattr *attr = (const void *)at;

	if (len < NLA_HDRLEN || attr->nla_len < NLA_HDRLEN ||
	    attr->nla_len > len)
		return NULL;
	return attr;
}

static int each_attr(const char *at, size_t len,
		     int (*each)(const struct nlattr *attr, void *ctx),
		     void *ctx)
{
	const struct nlattr *attr;
	size_t step;
	int ret = 0;

	while (!ret && (attr = attr_at(at, len))) {
		ret = each(attr, ctx);
		step = NLA_ALIGN(attr->nla_len);
		if (step > len)
			break;
		at += step;
		len -= step;
	}
	return ret;
}

struct attr_table {
	const struct nlattr **table;
	int max;
};

static int table_put(const struct nlattr *attr, void *ctx)
{
	const struct attr_table *table = ctx;

	if (netlink_type(attr) <= table->max)
		table->table[netlink_type(attr)] = attr;
	return 0;
}

void netlink_parse(const struct nlmsghdr *msg, size_t len,
		   const struct nlattr **table, int max)
{
	struct attr_table attrs = { table, max };
	size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(len);

	if (msg->nlmsg_len > head)
		each_attr((const char *)msg + head, msg->nlmsg_len - head,
			  table_put, &attrs);
}

int netlink_each_nested(const struct nlattr *nest,
			int (*each)(const struct nlattr *attr, void *ctx),
			void *ctx)
{
	return nest ? each_attr(netlink_data(nest), netlink_len(nest), each,
				ctx) : 0;
}

void netlink_parse_nested(const struct nlattr *nest,
			  const struct nlattr **table, int max)
{
	struct attr_table attrs = { table, max };

	netlink_each_nested(nest, table_put, &attrs);
}

__u32 netlink_u32(const struct nlattr *attr)
{
	__u32 value = 0;

	if (attr && netlink_len(attr) >= sizeof(value))
		memcpy(&value, netlink_data(attr), sizeof(value));
	return value;
}

__u32 netlink_be32(const struct nlattr *attr)
{
	return ntohl(netlink_u32(attr));
}

const char *netlink_text(const struct nlattr *attr)
{
	const char *text = attr ? netlink_data(attr) : "";

	if (attr && !memchr(text, '\0', netlink_len(attr)))
		return "";
	return text;
}
