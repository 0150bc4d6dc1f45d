/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink: a request, and a call for each message of the answer.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns 0 to go on, any other value to end the dump with it. */
typedef int netlink_each(const struct nlmsghdr *msg, void *ctx);

/*
 * Sends a request of the given type, with `body` behind the header, on a socket
 * of that protocol (NETLINK_ROUTE, ...) in the thread's namespace. Returns 0,
 * what `each` ended it with, or a negative errno: -EAGAIN if the kernel says
 * that the dump is not of one moment.
 */
struct netlink_request {
	int protocol;
	int type;
	const void *body;
	size_t len;
	bool single;		/* one message is asked for, not a dump */
};

int netlink_dump(const struct netlink_request *request, netlink_each *each,
		 void *ctx);

/*
 * The attributes of a message behind a body of `len` bytes, by type: those up
 * to max are put into table, which the caller zeroes.
 */
void netlink_parse(const struct nlmsghdr *msg, size_t len,
		   const struct nlattr **table, int max);

/* The same for attributes nested in one, which may be NULL. */
void netlink_parse_nested(const struct nlattr *nest,
			  const struct nlattr **table, int max);

/* Calls each with every attribute nested in one, which may be NULL, until it
 * returns other than 0, and returns that. */
int netlink_each_nested(const struct nlattr *nest,
			int (*each)(const struct nlattr *attr, void *ctx),
			void *ctx);

static inline const void *netlink_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static inline size_t netlink_len(const struct nlattr *attr)
{
	return attr->nla_len - (size_t)NLA_HDRLEN;
}

static inline int netlink_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

/* The value of a 32-bit attribute; 0 if it is absent. */
__u32 netlink_u32(const struct nlattr *attr);
__u32 netlink_be32(const struct nlattr *attr);

/* The text of an attribute; "" if it is absent or not ended. */
const char *netlink_text(const struct nlattr *attr);

#endif
