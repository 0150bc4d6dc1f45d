// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Refuses to load where the namespace has something between TC and netfilter's
 * hooks that would change verdicts, and warns of what an admin should know.
 * It runs before anything is loaded and changes nothing.
 */
#include "foreign.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "devices.h"
#include "diag.h"
#include "foreign_find.h"
#include "kernel.h"
#include "plan.h"

typedef int finder(struct finding *finding);

static const char *const names[NR_FOREIGN] = FOREIGN_NAMES;

static const struct {
	const char *what;
	finder *find[2];
} checks[NR_FOREIGN] = {
	[FOREIGN_NAT] = {
		"has nat rules, or such that redirect packets, and bpfipt sees them before or after that",
		{ legacy_find_nat, nft_find_nat },
	},
	[FOREIGN_MARK] = {
		"has rules that set marks after bpfipt has tested them",
		{ legacy_find_mark, nft_find_mark },
	},
	[FOREIGN_IPSEC] = {
		"has IPsec policies or states, and bpfipt does not see what is encrypted",
		{ stack_find_policies, stack_find_states },
	},
	[FOREIGN_IPVS] = {
		"has IPVS services, and bpfipt does not see what they redirect",
		{ stack_find_ipvs },
	},
	[FOREIGN_MULTICAST] = {
		"routes multicast, which bpfipt does not follow",
		{ stack_find_multicast },
	},
	[FOREIGN_BROADCAST] = {
		"forwards broadcasts, which bpfipt does not follow",
		{ stack_find_broadcast },
	},
	[FOREIGN_IPVLAN] = {
		"has a device with ipvlan devices on it, whose packets bpfipt cannot tell from its own",
		{ ipvlan_find },
	},
};

/* Whether a plan asks for packets' marks. */
static bool tests_mark(const struct plan *plan)
{
	unsigned int hook, i;

	for (hook = 0; hook < NR_HOOKS; hook++) {
		const struct tables *tables = &plan->hook[hook];

		if (tables->config.column[COL_MARK].classifier !=
		    CLASSIFY_NONE)
			return true;
		for (i = 0; i < tables->config.nr_extras; i++)
			if (tables->extras[i].kind == EXTRA_MARK)
				return true;
	}
	return false;
}

static int find(const struct site *site, finder *const *finders,
		struct finding *finding)
{
	int i, found = 0;

	for (i = 0; i < 2 && finders[i] && !found; i++)
		found = finders[i](finding);
	if (found < 0)
		return diag_system(site->diag, -found,
				   "cannot look for what else filters or translates");
	return found;
}

static int check_one(const struct site *site, enum foreign foreign,
		     bool forced, struct finding *finding)
{
	int found = find(site, checks[foreign].find, finding);

	if (found <= 0)
		return found;
	if (forced) {
		diag_warn(site->diag, "warning: the namespace %s (%s)",
			  checks[foreign].what, finding->where);
		return 0;
	}
	diag_warn(site->diag,
		  "refused: the namespace %s (%s); --force-%s goes on all the same",
		  checks[foreign].what, finding->where, names[foreign]);
	return -ECANCELED;
}

static int warn(const struct site *site, struct finding *finding)
{
	static finder *const finders[] = {
		legacy_find_filter, nft_find_filter,
	};
	int found = find(site, finders, finding);

	if (found < 0)
		return found;
	if (found)
		diag_warn(site->diag,
			  "warning: the kernel's own filter rules stay in force, both firewalls apply (%s)",
			  finding->where);
	if (stack_bridges_filtered(finding->devices))
		diag_warn(site->diag,
			  "warning: bridge-nf-call-iptables is on, but bpfipt does not judge bridged frames");
	return 0;
}

int foreign_check(const struct site *site, const struct plan *plan,
		  unsigned int forced)
{
	struct devices devices = {};
	struct finding finding = { .devices = &devices };
	int i, one, err;

	err = devices_read(&devices, site->diag);
	for (i = 0; i < NR_FOREIGN && (!err || err == -ECANCELED); i++) {
		if (i == FOREIGN_MARK && !tests_mark(plan))
			continue;
		one = check_one(site, (enum foreign)i, forced & 1u << i,
				&finding);
		err = one ? one : err;
	}
	if (!err)
		err = warn(site, &finding);
	devices_free(&devices);
	return err;
}
