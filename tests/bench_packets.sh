#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long a packet takes through FORWARD of a namespace, in ns, without a
# firewall and with each of those that are compared: by the number of rules, and
# what connection tracking adds. Every ruleset has a namespace of its own; they
# take turns, and the median of ROUNDS counts. tool_pace sends and measures.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/bench_common.sh
. tests/bench_common.sh

ROUNDS=${ROUNDS:-$(quick_or 5 9)}
SAMPLE_MS=${SAMPLE_MS:-$(quick_or 30 60)}
RULES=${RULES-$(quick_or "0 1 1000 8000" "0 1 100 1000 8000")}
SPREAD_RULES=${SPREAD_RULES-$(quick_or "1000 8000" "100 1000 8000")}
FLOWS=${FLOWS:-"256 65536"}
trackers=${TRACKERS:-"legacy nft bpfipt"}
systems="none legacy iptables-nft nft nft-set bpfipt"

# router ROLE: packets come in by in0 and go out by out0, whose far ends drop
# them unseen: they are sent to another's address.
router()
{
	ns_add "$1"
	wire "$1" in0 sink "i-$1"
	wire "$1" out0 sink "o-$1"
	addresses "$1" "addr add 10.1.0.1/24 dev in0" \
		"addr add 10.3.0.1/24 dev out0" \
		"neigh add 10.1.0.2 lladdr 02:00:00:00:00:09 dev in0" \
		"neigh add 10.3.0.2 lladdr 02:00:00:00:00:09 dev out0" \
		"route add 10.64.0.0/10 via 10.1.0.2" \
		"route add 10.2.0.0/16 via 10.3.0.2"
	settings "$1" net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
}

# pace ROLE VERB ARGUMENT...: a sample for the file of the role.
pace()
{
	role=$1 verb=$2
	shift 2
	"$B/tool_pace" "$verb" "$(ns "$role")" "$@" >>"$work/$role" ||
		die "$role: packets were lost"
}

# take_turns ROLE...: one sample of `sample` for each role in each round.
take_turns()
{
	for role in "$@"; do
		: >"$work/$role"
	done
	left=$ROUNDS
	while [ "$left" -gt 0 ]; do
		for role in "$@"; do
			sample "$role"
		done
		left=$((left - 1))
	done
}

# by_rules SHAPE SIZE...: rules of a shape of bench_rules.sh; of "spread" each
# matches one flow, and the flows take turns.
by_rules()
{
	shape=$1
	shift
	printf '%6s %7s %7s %12s %7s %7s %7s   %s\n' rules none legacy \
		iptables-nft nft nft-set bpfipt \
		"bpfipt to legacy, nft, nft-set"
	for size in "$@"; do
		tests/bench_rules.sh "$shape" "$size" >"$work/rules"
		for system in $systems; do
			rules "$system" "$system" "$work/rules"
		done
		flows=1
		[ "$shape" != spread ] || flows=$size
		sample() { pace "$1" udp "$flows" "$SAMPLE_MS"; }
		# shellcheck disable=SC2086 # a list
		take_turns $systems
		for system in $systems; do
			median "$work/$system"
		done | awk -v n="$size" '{ v[NR] = $1 } END {
			printf "%6d %7d %7d %12d %7d %7d %7d   %.2f %.2f %.2f\n",
				n, v[1], v[2], v[3], v[4], v[5], v[6],
				v[6] / v[2], v[6] / v[4], v[6] / v[5] }'
	done
}

# Without -e and with -s behind the name: without and with a rule on states.
tracking_rules()
{
	tests/bench_rules.sh last 0 >"$work/empty"
	tests/bench_rules.sh state 1 >"$work/state"
	for system in $trackers; do
		router "$system-e"
		router "$system-s"
		rules "$system" "$system-e" "$work/empty"
		rules "$system" "$system-s" "$work/state"
		roles="$roles $system-e $system-s"
	done
}

# The command that empties the connection table of a role.
forget()
{
	if [ "$1" = bpfipt-s ]; then
		echo "$B/bpfipt unload --netns $(ns "$1") &&" \
			"$B/bpfipt-restore --netns $(ns "$1") <$work/state"
	else
		echo "$B/tool_pace forget $(ns "$1")"
	fi
}

forget_now()
{
	sh -c "$(forget "$1")" || die "$1: cannot empty the table"
}

# What adds how much: medians to a line for each system.
tracking_lines()
{
	for system in $trackers; do
		echo "$system $(median "$work/$system-e")" \
			"$(median "$work/$system-s")"
	done | awk -v what="$1" -v flows="$2" '
		{ name[NR] = $1; empty[NR] = $2; state[NR] = $3 }
		$1 == "bpfipt" { ours = $3 - $2; known = 1 }
		END { for (i = 1; i <= NR; i++) {
			adds = state[i] - empty[i]
			ratio = name[i] != "bpfipt" && known && adds > 0 ? \
				sprintf("%.2f", ours / adds) : "-"
			printf "%-16s %6d  %-8s %7d %12d %7d %8s\n", what,
				flows, name[i], empty[i], state[i], adds, ratio
		} }'
}

# The kernel has one table for all namespaces: flows that are measured are alone
# in it.
established()
{
	sample()
	{
		pace "$1" open "$flows"
		pace "$1" tcp "$flows" "$SAMPLE_MS"
		forget_now "$1"
	}
	# shellcheck disable=SC2086 # a list
	take_turns $roles
	tracking_lines "TCP, established" "$flows"
}

fresh()
{
	passes=1
	[ "$flows" -gt 1024 ] || passes=$(quick_or 2 4)
	sample()
	{
		pace "$1" fresh "$flows" "$passes" "$(forget "$1")"
		[ "$1" = bpfipt-s ] || forget_now "$1"
	}
	# shellcheck disable=SC2086 # a list
	take_turns $roles
	tracking_lines "UDP, new flows" "$flows"
}

tracking()
{
	roles=
	tracking_rules
	printf '\nWhat connection tracking adds to forwarding one packet, ns\n'
	printf '%-16s %6s  %-8s %7s %12s %7s %8s\n' packets flows system \
		"without" "ESTABLISHED" adds "ours/its"
	max=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
	for flows in $FLOWS; do
		if [ "$flows" -gt $((max / 2)) ]; then
			echo "$flows flows: too many for nf_conntrack_max $max"
			continue
		fi
		established
		fresh
	done
}

setup
ns_add sink
for system in $systems; do
	router "$system"
done
printf '\nForwarding one UDP packet that the last rule matches, ns\n'
# shellcheck disable=SC2086 # a list
by_rules last $RULES
printf '\nForwarding one UDP packet, matched by all rules in turn, ns\n'
# shellcheck disable=SC2086 # a list
by_rules spread $SPREAD_RULES
tracking
