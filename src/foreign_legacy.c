// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the tables of iptables-legacy as the kernel keeps them: entries one
 * after another, each chain ended by its policy or, a user chain, begun by an
 * entry with its name. Only tables that the namespace has are asked for, as
 * asking would make the others.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foreign_find.h"
#include "kernel.h"

#define ATTEMPTS	5	/* while others change the table */

/* One rule or policy. */
struct legacy_rule {
	const char *table;
	const char *chain;
	const char *target;
	int hook;		/* -1: a user chain */
	bool policy;
};

typedef int legacy_each(const struct legacy_rule *rule,
			struct finding *finding);

static const char *const chains[NF_INET_NUMHOOKS] = {
	"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING",
};

static bool table_exists(const char *table)
{
	FILE *file = fopen("/proc/thread-self/net/ip_tables_names", "re");
	char line[XT_TABLE_MAXNAMELEN + 2];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, table);
	}
	fclose(file);
	return found;
}

static int get_entries(int fd, struct ipt_getinfo *info,
		       struct ipt_get_entries **entries)
{
	socklen_t len = sizeof(*info);
	struct ipt_get_entries *got;

	if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, info, &len))
		return -errno;
	len = (socklen_t)sizeof(*got) + info->size;
	got = calloc(1, len);
	if (!got)
		return -ENOMEM;
	memcpy(got->name, info->name, sizeof(got->name));
	got->size = info->size;
	if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, got, &len)) {
		free(got);
		return -errno;
	}
	*entries = got;
	return 0;
}

/* The entries of a table, the caller's to free; the table must exist. */
static int table_read(const char *table, struct ipt_getinfo *info,
		      struct ipt_get_entries **entries)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	int attempt, err = -EAGAIN;

	if (fd < 0)
		return -errno;
	for (attempt = 0; attempt < ATTEMPTS && err == -EAGAIN; attempt++) {
		memset(info, 0, sizeof(*info));
		snprintf(info->name, sizeof(info->name), "%s", table);
		err = get_entries(fd, info, entries);
	}
	close(fd);
	return err;
}

static const char *target_name(const struct xt_entry_target *target)
{
	const struct xt_standard_target *standard = (const void *)target;

	if (*target->u.user.name)
		return target->u.user.name;
	switch (standard->verdict) {
	case -NF_ACCEPT - 1:
		return "ACCEPT";
	case -NF_DROP - 1:
		return "DROP";
	case XT_RETURN:
		return "RETURN";
	default:
		return standard->verdict < 0 ? "QUEUE" : "a user chain";
	}
}

/* The built-in chain that an offset begins (at: hook_entry) or ends
 * (underflow), or -1. */
static int hook_at(const struct ipt_getinfo *info, const unsigned int *at,
		   unsigned int offset)
{
	int hook;

	for (hook = 0; hook < NF_INET_NUMHOOKS; hook++)
		if (info->valid_hooks & 1u << hook && at[hook] == offset)
			return hook;
	return -1;
}

/*
 * The rule of an entry; chain, hook and policy go on from the entry before.
 * Returns false for one that only gives a user chain its name.
 */
static bool entry_rule(const struct ipt_getinfo *info, unsigned int offset,
		       const struct ipt_entry *entry, struct legacy_rule *rule)
{
	const struct xt_entry_target *target =
		(const void *)((const char *)entry + entry->target_offset);
	int hook = hook_at(info, info->hook_entry, offset);

	if (!strcmp(target->u.user.name, XT_ERROR_TARGET)) {
		rule->chain = ((const struct xt_error_target *)target)->
			      errorname;
		rule->hook = -1;
		return false;
	}
	if (hook >= 0) {
		rule->hook = hook;
		rule->chain = chains[hook];
	}
	rule->policy = hook_at(info, info->underflow, offset) >= 0;
	rule->target = target_name(target);
	return true;
}

static int each_entry(const struct ipt_getinfo *info,
		      const struct ipt_get_entries *entries,
		      legacy_each *each, struct finding *finding)
{
	struct legacy_rule rule = { .table = entries->name };
	unsigned int offset;
	int ret = 0;

	for (offset = 0;
	     !ret && offset + sizeof(struct ipt_entry) <= entries->size;) {
		const struct ipt_entry *entry =
			(const void *)((const char *)entries->entrytable +
				       offset);

		if (!entry->next_offset)
			return -EPROTO;
		if (entry_rule(info, offset, entry, &rule))
			ret = each(&rule, finding);
		offset += entry->next_offset;
	}
	return ret;
}

/* Calls each with every rule of a table, if there is one of that name. */
static int each_rule(const char *table, legacy_each *each,
		     struct finding *finding)
{
	struct ipt_get_entries *entries = NULL;
	struct ipt_getinfo info;
	int ret;

	if (!table_exists(table))
		return 0;
	ret = table_read(table, &info, &entries);
	if (!ret)
		ret = each_entry(&info, entries, each, finding);
	free(entries);
	return ret;
}

static int found(const struct legacy_rule *rule, struct finding *finding)
{
	snprintf(finding->where, sizeof(finding->where),
		 "iptables-legacy, table %s, chain %s, %s %s", rule->table,
		 rule->chain, rule->policy ? "policy" : "target",
		 rule->target);
	return 1;
}

static int is_rule(const struct legacy_rule *rule, struct finding *finding)
{
	return rule->policy ? 0 : found(rule, finding);
}

/* Rules of user chains count: who calls them is not looked at. */
static int is_mark(const struct legacy_rule *rule, struct finding *finding)
{
	if (rule->hook == NF_INET_LOCAL_OUT ||
	    (strcmp(rule->target, "MARK") && strcmp(rule->target, "CONNMARK")))
		return 0;
	return found(rule, finding);
}

/* What makes packets for others the host's own. */
static int is_tproxy(const struct legacy_rule *rule, struct finding *finding)
{
	return strcmp(rule->target, "TPROXY") ? 0 : found(rule, finding);
}

static int is_filtering(const struct legacy_rule *rule,
			struct finding *finding)
{
	if (rule->policy && !strcmp(rule->target, "ACCEPT"))
		return 0;
	return found(rule, finding);
}

int legacy_find_nat(struct finding *finding)
{
	int ret = each_rule("nat", is_rule, finding);

	return ret ? ret : each_rule("mangle", is_tproxy, finding);
}

int legacy_find_mark(struct finding *finding)
{
	static const char *const tables[] = { "raw", "mangle", "security" };
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(tables) / sizeof(*tables) && !ret; i++)
		ret = each_rule(tables[i], is_mark, finding);
	return ret;
}

int legacy_find_filter(struct finding *finding)
{
	return each_rule("filter", is_filtering, finding);
}
