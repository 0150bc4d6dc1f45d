/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else in a namespace makes packets meet other verdicts than iptables
 * would give, as TC sits elsewhere in the stack. Each is a reason to refuse,
 * and has an option --force-NAME for an admin who knows better.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

struct plan;
struct site;

enum foreign {
	FOREIGN_NAT,		/* TC sees other addresses than the chains */
	FOREIGN_MARK,		/* -m mark, and the mark is set after TC */
	FOREIGN_IPSEC,		/* plaintext never meets TC */
	FOREIGN_IPVS,		/* redirects between TC and the chains */
	FOREIGN_MULTICAST,	/* routed to more than one device */
	FOREIGN_BROADCAST,	/* likewise */
	FOREIGN_IPVLAN,		/* devices that share a MAC address */
	NR_FOREIGN,
};

/* The NAME of --force-NAME, by enum foreign. */
#define FOREIGN_NAMES {					\
	[FOREIGN_NAT] = "nat",				\
	[FOREIGN_MARK] = "mark",			\
	[FOREIGN_IPSEC] = "ipsec",			\
	[FOREIGN_IPVS] = "ipvs",			\
	[FOREIGN_MULTICAST] = "multicast",		\
	[FOREIGN_BROADCAST] = "broadcast",		\
	[FOREIGN_IPVLAN] = "ipvlan",			\
}

/*
 * Looks for all of them in the site's namespace. Returns 0; -ECANCELED if one
 * is there that is not forced (bit by enum foreign); or another errno. Those
 * that are forced, and rules in the kernel's own filter table, are warned of.
 */
int foreign_check(const struct site *site, const struct plan *plan,
		  unsigned int forced);

#endif
