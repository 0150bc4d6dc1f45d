// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle's matches on connections: their options read into what iptables
 * hands to the kernel, and the kernel's xt_conntrack on that, revision 3. Goes
 * in: words, then a packet's connection; comes out: whether it matches. What
 * is not there is not tested.
 */
#include "oracle_int.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "gen.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct word {
	const char *name;
	uint32_t bits;
};

static const struct word states[] = {
	{ "INVALID", XT_CONNTRACK_STATE_INVALID },
	{ "NEW", XT_CONNTRACK_STATE_BIT(IP_CT_NEW) },
	{ "ESTABLISHED", XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) },
	{ "RELATED", XT_CONNTRACK_STATE_BIT(IP_CT_RELATED) },
	{ "UNTRACKED", XT_CONNTRACK_STATE_UNTRACKED },
	{ "SNAT", XT_CONNTRACK_STATE_SNAT },
	{ "DNAT", XT_CONNTRACK_STATE_DNAT },
	{ NULL, 0 },
};

static const struct word statuses[] = {
	{ "NONE", 0 }, { "EXPECTED", IPS_EXPECTED },
	{ "SEEN_REPLY", IPS_SEEN_REPLY }, { "ASSURED", IPS_ASSURED },
	{ "CONFIRMED", IPS_CONFIRMED }, { NULL, 0 },
};

static const struct word protos[] = {
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	{ "icmp", IPPROTO_ICMP }, { "sctp", IPPROTO_SCTP }, { NULL, 0 },
};

static const struct word services[] = {
	{ "ssh", 22 }, { "http", 80 }, { "https", 443 }, { NULL, 0 },
};

static bool find(const struct word *words, const char *text, size_t len,
		 uint32_t *bits)
{
	for (; words->name; words++)
		if (strlen(words->name) == len &&
		    !strncasecmp(words->name, text, len)) {
			*bits = words->bits;
			return true;
		}
	return false;
}

static bool read_list(const struct word *words, const char *text,
		      uint16_t *mask)
{
	uint32_t bits;
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (!find(words, text, len, &bits))
			return false;
		*mask |= (uint16_t)bits;
		if (!text[len])
			return true;
	}
}

static bool read_number(const struct word *words, const char **text,
			uint32_t *value)
{
	size_t len = strcspn(*text, ":");

	if (oracle_number(text, value))
		return true;
	if (!find(words, *text, len, value))
		return false;
	*text += len;
	return true;
}

/* N, N:M, N:, :M */
static bool read_range(const char *text, uint32_t max, uint32_t range[2])
{
	range[0] = 0;
	if (*text != ':' && !read_number(services, &text, &range[0]))
		return false;
	range[1] = range[0];
	if (*text == ':') {
		text++;
		range[1] = max;
		if (*text && !read_number(services, &text, &range[1]))
			return false;
	}
	return !*text;
}

static bool read_ports(const char *text, __u16 *low, __u16 *high)
{
	uint32_t range[2];

	if (!read_range(text, 65535, range))
		return false;
	*low = (__u16)range[0];
	*high = (__u16)range[1];
	return true;
}

static bool read_addr(const char *text, union nf_inet_addr *addr,
		      union nf_inet_addr *mask)
{
	const char *length;
	uint32_t value;

	if (!oracle_address(&text, &addr->ip))
		return false;
	mask->ip = ~0u;
	if (*text != '/')
		return !*text;
	length = ++text;
	if (oracle_address(&text, &mask->ip))
		return !*text;
	if (!oracle_number(&length, &value))
		return false;
	mask->ip = value ? ~0u << (32 - value) : 0;
	return !*length;
}

typedef bool reader(const char *text, struct xt_conntrack_mtinfo3 *info);

static bool read_state(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	return read_list(states, text, &info->state_mask);
}

static bool read_status(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	return read_list(statuses, text, &info->status_mask);
}

static bool read_proto(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	uint32_t proto;

	if (!read_number(protos, &text, &proto))
		return false;
	info->l4proto = (__u16)proto;
	return !*text;
}

static bool read_expire(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	uint32_t range[2];

	if (!read_range(text, ~0u, range))
		return false;
	info->expires_min = range[0];
	info->expires_max = range[1];
	return true;
}

/* The direction is kept as whether it is negated. */
static bool read_dir(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	if (!strcasecmp(text, "REPLY"))
		info->invert_flags |= XT_CONNTRACK_DIRECTION;
	return true;
}

static bool read_origsrc(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	return read_addr(text, &info->origsrc_addr, &info->origsrc_mask);
}

static bool read_origdst(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	return read_addr(text, &info->origdst_addr, &info->origdst_mask);
}

static bool read_replsrc(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	return read_addr(text, &info->replsrc_addr, &info->replsrc_mask);
}

static bool read_repldst(const char *text, struct xt_conntrack_mtinfo3 *info)
{
	return read_addr(text, &info->repldst_addr, &info->repldst_mask);
}

static bool read_origsrcport(const char *text,
			     struct xt_conntrack_mtinfo3 *info)
{
	return read_ports(text, &info->origsrc_port, &info->origsrc_port_high);
}

static bool read_origdstport(const char *text,
			     struct xt_conntrack_mtinfo3 *info)
{
	return read_ports(text, &info->origdst_port, &info->origdst_port_high);
}

static bool read_replsrcport(const char *text,
			     struct xt_conntrack_mtinfo3 *info)
{
	return read_ports(text, &info->replsrc_port, &info->replsrc_port_high);
}

static bool read_repldstport(const char *text,
			     struct xt_conntrack_mtinfo3 *info)
{
	return read_ports(text, &info->repldst_port, &info->repldst_port_high);
}

static const struct {
	const char *name;
	uint16_t flag;
	reader *read;
} options[] = {
	{ "--state", XT_CONNTRACK_STATE, read_state },
	{ "--ctstate", XT_CONNTRACK_STATE, read_state },
	{ "--ctproto", XT_CONNTRACK_PROTO, read_proto },
	{ "--ctorigsrc", XT_CONNTRACK_ORIGSRC, read_origsrc },
	{ "--ctorigdst", XT_CONNTRACK_ORIGDST, read_origdst },
	{ "--ctreplsrc", XT_CONNTRACK_REPLSRC, read_replsrc },
	{ "--ctrepldst", XT_CONNTRACK_REPLDST, read_repldst },
	{ "--ctorigsrcport", XT_CONNTRACK_ORIGSRC_PORT, read_origsrcport },
	{ "--ctorigdstport", XT_CONNTRACK_ORIGDST_PORT, read_origdstport },
	{ "--ctreplsrcport", XT_CONNTRACK_REPLSRC_PORT, read_replsrcport },
	{ "--ctrepldstport", XT_CONNTRACK_REPLDST_PORT, read_repldstport },
	{ "--ctstatus", XT_CONNTRACK_STATUS, read_status },
	{ "--ctexpire", XT_CONNTRACK_EXPIRES, read_expire },
	{ "--ctdir", XT_CONNTRACK_DIRECTION, read_dir },
};

void oracle_read_conntrack(struct oracle_words *words,
			   struct oracle_match *match)
{
	const char *text = oracle_word(words);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, words->option))
			break;
	if (i == ARRAY_SIZE(options) || !text ||
	    !options[i].read(text, &match->conntrack)) {
		words->error = "bad option of a connection";
		return;
	}
	match->conntrack.match_flags |= options[i].flag;
	if (words->invert)
		match->conntrack.invert_flags |= options[i].flag;
}

/* --- As the kernel does --------------------------------------------------- */

/* Source and destination of one direction; ICMP's id is the source of both,
 * and type and code the destination. */
struct tuple {
	uint32_t src;
	uint32_t dst;
	uint16_t src_port;
	uint16_t dst_port;
};

static struct tuple invert_tuple(const struct tuple *tuple, uint8_t proto)
{
	static const uint8_t replies[256] = {
		[8] = 0, [13] = 14, [15] = 16, [17] = 18,
	};
	struct tuple inverse = {
		tuple->dst, tuple->src, tuple->dst_port, tuple->src_port,
	};

	if (proto == IPPROTO_ICMP) {
		inverse.src_port = tuple->src_port;
		inverse.dst_port = (uint16_t)(replies[tuple->dst_port >> 8] << 8
					      | (tuple->dst_port & 255));
	}
	return inverse;
}

static bool same_addr(uint32_t addr, const union nf_inet_addr *wanted,
		      const union nf_inet_addr *mask)
{
	return ((addr ^ wanted->ip) & mask->ip) == 0;
}

static bool within(uint32_t value, uint32_t low, uint32_t high)
{
	return value >= low && value <= high;
}

/* Whether a test that is there comes out otherwise than wanted. */
static bool fails(const struct xt_conntrack_mtinfo3 *info, uint16_t flag,
		  bool same)
{
	return info->match_flags & flag &&
		same == !!(info->invert_flags & flag);
}

static bool tuples_match(const struct xt_conntrack_mtinfo3 *i,
			 const struct tuple *orig, const struct tuple *repl)
{
	return !fails(i, XT_CONNTRACK_ORIGSRC, same_addr(orig->src,
			&i->origsrc_addr, &i->origsrc_mask)) &&
		!fails(i, XT_CONNTRACK_ORIGDST, same_addr(orig->dst,
			&i->origdst_addr, &i->origdst_mask)) &&
		!fails(i, XT_CONNTRACK_REPLSRC, same_addr(repl->src,
			&i->replsrc_addr, &i->replsrc_mask)) &&
		!fails(i, XT_CONNTRACK_REPLDST, same_addr(repl->dst,
			&i->repldst_addr, &i->repldst_mask)) &&
		!fails(i, XT_CONNTRACK_ORIGSRC_PORT, within(orig->src_port,
			i->origsrc_port, i->origsrc_port_high)) &&
		!fails(i, XT_CONNTRACK_ORIGDST_PORT, within(orig->dst_port,
			i->origdst_port, i->origdst_port_high)) &&
		!fails(i, XT_CONNTRACK_REPLSRC_PORT, within(repl->src_port,
			i->replsrc_port, i->replsrc_port_high)) &&
		!fails(i, XT_CONNTRACK_REPLDST_PORT, within(repl->dst_port,
			i->repldst_port, i->repldst_port_high));
}

static uint16_t state_bit(const struct gen_flow *flow)
{
	static const uint16_t bits[] = {
		[GEN_CT_INVALID] = XT_CONNTRACK_STATE_INVALID,
		[GEN_CT_NEW] = XT_CONNTRACK_STATE_BIT(IP_CT_NEW),
		[GEN_CT_ESTABLISHED] =
			XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED),
		[GEN_CT_RELATED] = XT_CONNTRACK_STATE_BIT(IP_CT_RELATED),
	};

	return bits[flow->state];
}

bool oracle_match_conntrack(const struct oracle_match *match,
			    struct oracle_view *view)
{
	const struct xt_conntrack_mtinfo3 *info = &match->conntrack;
	const struct gen_flow *flow = view->packet->flow;
	const struct tuple orig = {
		flow->saddr, flow->daddr, flow->sport, flow->dport,
	};
	const struct tuple repl = invert_tuple(&orig, flow->proto);

	if (fails(info, XT_CONNTRACK_STATE,
		  info->state_mask & state_bit(flow)))
		return false;
	if (flow->state == GEN_CT_INVALID)
		return info->match_flags & XT_CONNTRACK_STATE;
	return !fails(info, XT_CONNTRACK_DIRECTION, !flow->reply) &&
		!fails(info, XT_CONNTRACK_PROTO,
		       flow->proto == info->l4proto) &&
		tuples_match(info, &orig, &repl) &&
		!fails(info, XT_CONNTRACK_STATUS,
		       info->status_mask & flow->status) &&
		!fails(info, XT_CONNTRACK_EXPIRES,
		       within(flow->expires_s, info->expires_min,
			      info->expires_max));
}
