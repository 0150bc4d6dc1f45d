// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the chains and rules of nf_tables over netlink, those of iptables-nft
 * included. A rule's expressions are looked at only as far as to say what it
 * does; families that carry no IPv4 are left out.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "foreign_find.h"
#include "kernel.h"
#include "netlink.h"

#define NFT_TYPE(type)	(NFNL_SUBSYS_NFTABLES << 8 | (type))

/* Families whose chains IPv4 packets meet. */
static const char *const families[] = {
	[NFPROTO_INET] = "inet",
	[NFPROTO_IPV4] = "ip",
	[NFPROTO_NETDEV] = "netdev",
	[NFPROTO_BRIDGE] = "bridge",
};

/* Where a chain or rule is. */
struct nft_place {
	unsigned int family;
	const char *table;
	const char *chain;
};

struct nft_chain {
	struct nft_place at;
	const char *type;	/* "" if it is no base chain */
	unsigned int hook;
	unsigned int policy;
	unsigned int use;	/* of a base chain: how many rules it has */
};

struct nft_rule {
	struct nft_place at;
	const struct nlattr *expressions;
};

static int nft_dump(int type, netlink_each *each, void *ctx)
{
	const struct nfgenmsg body = { .nfgen_family = NFPROTO_UNSPEC };
	const struct netlink_request request = {
		.protocol = NETLINK_NETFILTER,
		.type = NFT_TYPE(type),
		.body = &body,
		.len = sizeof(body),
	};
	int ret = netlink_dump(&request, each, ctx);

	/* How kernels without nf_tables answer. */
	if (ret == -EPROTONOSUPPORT || ret == -EOPNOTSUPP || ret == -EINVAL)
		return 0;
	return ret;
}

/* The family of a message of that type; 0 if it is another or of no use. */
static unsigned int family_of(const struct nlmsghdr *msg, int type)
{
	const struct nfgenmsg *body = NLMSG_DATA(msg);

	if (msg->nlmsg_type != NFT_TYPE(type) ||
	    msg->nlmsg_len < NLMSG_LENGTH(sizeof(*body)) ||
	    body->nfgen_family >= sizeof(families) / sizeof(*families) ||
	    !families[body->nfgen_family])
		return 0;
	return body->nfgen_family;
}

static bool chain_parse(const struct nlmsghdr *msg, struct nft_chain *chain)
{
	const struct nlattr *attr[NFTA_CHAIN_MAX + 1] = {};
	const struct nlattr *hook[NFTA_HOOK_MAX + 1] = {};

	chain->at.family = family_of(msg, NFT_MSG_NEWCHAIN);
	if (!chain->at.family)
		return false;
	netlink_parse(msg, sizeof(struct nfgenmsg), attr, NFTA_CHAIN_MAX);
	netlink_parse_nested(attr[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_MAX);
	chain->at.table = netlink_text(attr[NFTA_CHAIN_TABLE]);
	chain->at.chain = netlink_text(attr[NFTA_CHAIN_NAME]);
	chain->type = netlink_text(attr[NFTA_CHAIN_TYPE]);
	chain->hook = netlink_be32(hook[NFTA_HOOK_HOOKNUM]);
	chain->policy = attr[NFTA_CHAIN_POLICY] ?
			netlink_be32(attr[NFTA_CHAIN_POLICY]) : NF_ACCEPT;
	chain->use = netlink_be32(attr[NFTA_CHAIN_USE]);
	return true;
}

static bool rule_parse(const struct nlmsghdr *msg, struct nft_rule *rule)
{
	const struct nlattr *attr[NFTA_RULE_MAX + 1] = {};

	rule->at.family = family_of(msg, NFT_MSG_NEWRULE);
	if (!rule->at.family)
		return false;
	netlink_parse(msg, sizeof(struct nfgenmsg), attr, NFTA_RULE_MAX);
	rule->at.table = netlink_text(attr[NFTA_RULE_TABLE]);
	rule->at.chain = netlink_text(attr[NFTA_RULE_CHAIN]);
	rule->expressions = attr[NFTA_RULE_EXPRESSIONS];
	return true;
}

static int found(struct finding *finding, const struct nft_place *at,
		 const char *target)
{
	snprintf(finding->where, sizeof(finding->where),
		 "nf_tables, table %s %s, chain %s%s%s", families[at->family],
		 at->table, at->chain, *target ? ", target " : "", target);
	return 1;
}

struct expression {
	const char *name;
	const struct nlattr *data;
};

static struct expression expression_parse(const struct nlattr *element)
{
	const struct nlattr *attr[NFTA_EXPR_MAX + 1] = {};

	netlink_parse_nested(element, attr, NFTA_EXPR_MAX);
	return (struct expression) {
		netlink_text(attr[NFTA_EXPR_NAME]), attr[NFTA_EXPR_DATA],
	};
}

/* What an expression is called: a target of iptables by its own name. */
static const char *expression_name(const struct expression *expression)
{
	const struct nlattr *attr[NFTA_TARGET_MAX + 1] = {};

	if (strcmp(expression->name, "target"))
		return expression->name;
	netlink_parse_nested(expression->data, attr, NFTA_TARGET_MAX);
	return netlink_text(attr[NFTA_TARGET_NAME]);
}

/* The last expression of a rule is what it does. */
static int last_name(const struct nlattr *element, void *ctx)
{
	const struct expression expression = expression_parse(element);
	const char **name = ctx;

	*name = expression_name(&expression);
	return 0;
}

struct nft_search {
	struct finding *finding;
	const struct nft_place *at;
};

static bool is_same(const struct nft_place *a, const struct nft_place *b)
{
	return a->family == b->family && !strcmp(a->table, b->table) &&
	       !strcmp(a->chain, b->chain);
}

static int first_rule_seen(const struct nlmsghdr *msg, void *ctx)
{
	const struct nft_search *search = ctx;
	const char *target = "";
	struct nft_rule rule;

	if (!rule_parse(msg, &rule) || !is_same(&rule.at, search->at))
		return 0;
	netlink_each_nested(rule.expressions, last_name, &target);
	return found(search->finding, &rule.at, target);
}

static int nat_chain_seen(const struct nlmsghdr *msg, void *ctx)
{
	struct nft_chain chain;
	struct nft_search search = { ctx, &chain.at };

	if (!chain_parse(msg, &chain) || strcmp(chain.type, "nat") ||
	    !chain.use)
		return 0;
	return nft_dump(NFT_MSG_GETRULE, first_rule_seen, &search);
}

static int is_tproxy(const struct nlattr *element, void *ctx)
{
	const struct expression expression = expression_parse(element);

	(void)ctx;
	return !strcasecmp(expression_name(&expression), "tproxy");
}

static int tproxy_rule_seen(const struct nlmsghdr *msg, void *ctx)
{
	struct nft_rule rule;

	if (!rule_parse(msg, &rule) ||
	    !netlink_each_nested(rule.expressions, is_tproxy, NULL))
		return 0;
	return found(ctx, &rule.at, "TPROXY");
}

int nft_find_nat(struct finding *finding)
{
	int ret = nft_dump(NFT_MSG_GETCHAIN, nat_chain_seen, finding);

	return ret ? ret : nft_dump(NFT_MSG_GETRULE, tproxy_rule_seen, finding);
}

/* Returns 1 if the expression sets the packet's mark. */
static int sets_mark(const struct nlattr *element, void *ctx)
{
	const struct expression expression = expression_parse(element);
	const struct nlattr *meta[NFTA_META_MAX + 1] = {};
	const char *name = expression_name(&expression);

	(void)ctx;
	if (strcmp(name, "meta"))
		return !strcmp(name, "MARK") || !strcmp(name, "CONNMARK");
	netlink_parse_nested(expression.data, meta, NFTA_META_MAX);
	return meta[NFTA_META_SREG] &&
	       netlink_be32(meta[NFTA_META_KEY]) == NFT_META_MARK;
}

static int output_chain_seen(const struct nlmsghdr *msg, void *ctx)
{
	struct nft_chain chain;

	return chain_parse(msg, &chain) && is_same(&chain.at, ctx) &&
	       *chain.type && chain.hook == NF_INET_LOCAL_OUT;
}

/* Marks set in OUTPUT are there when TC egress sees the packet. */
static int mark_rule_seen(const struct nlmsghdr *msg, void *ctx)
{
	struct nft_rule rule;

	if (!rule_parse(msg, &rule) ||
	    !netlink_each_nested(rule.expressions, sets_mark, NULL) ||
	    nft_dump(NFT_MSG_GETCHAIN, output_chain_seen, &rule.at))
		return 0;
	return found(ctx, &rule.at, "MARK");
}

int nft_find_mark(struct finding *finding)
{
	return nft_dump(NFT_MSG_GETRULE, mark_rule_seen, finding);
}

static int filter_chain_seen(const struct nlmsghdr *msg, void *ctx)
{
	struct nft_chain chain;

	if (!chain_parse(msg, &chain) || strcmp(chain.type, "filter") ||
	    (chain.at.family != NFPROTO_IPV4 &&
	     chain.at.family != NFPROTO_INET) ||
	    chain.hook < NF_INET_LOCAL_IN || chain.hook > NF_INET_LOCAL_OUT ||
	    (!chain.use && chain.policy == NF_ACCEPT))
		return 0;
	return found(ctx, &chain.at, "");
}

int nft_find_filter(struct finding *finding)
{
	return nft_dump(NFT_MSG_GETCHAIN, filter_chain_seen, finding);
}
