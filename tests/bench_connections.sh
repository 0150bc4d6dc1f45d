#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How many TCP connections a second come about through a router with 1,000
# rules that track connections, for each of the firewalls that are compared. One
# client, one server, between them a router namespace for each firewall; they
# take turns, and the median of ROUNDS counts. tool_connect makes connections.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/bench_common.sh
. tests/bench_common.sh

ROUNDS=${ROUNDS:-$(quick_or 5 9)}
SAMPLE_MS=${SAMPLE_MS:-$(quick_or 150 400)}
CONNECTION_RULES=${CONNECTION_RULES:-1000}
systems=${SYSTEMS:-"none legacy iptables-nft nft nft-set bpfipt"}

# router ROLE NUMBER: 10.1.NUMBER.2 - .1 ROLE 10.2.NUMBER.1 - .2
router()
{
	ns_add "$1"
	wire "$1" lan0 client "c$2"
	wire "$1" wan0 server "s$2"
	addresses "$1" "addr add 10.1.$2.1/24 dev lan0" \
		"addr add 10.2.$2.1/24 dev wan0"
	addresses client "addr add 10.1.$2.2/24 dev c$2" \
		"route add 10.2.$2.0/24 via 10.1.$2.1"
	addresses server "addr add 10.2.$2.2/24 dev s$2" \
		"route add 10.1.$2.0/24 via 10.2.$2.1"
	settings "$1" net.ipv4.ip_forward=1
	rules "$1" "$1" "$work/rules"
	: >"$work/$1"
}

lines()
{
	for system in $systems; do
		echo "$system $(median "$work/$system")"
	done | awk '{ name[NR] = $1; v[NR] = $2 }
		$1 == "bpfipt" { ours = $2 }
		END { for (i = 1; i <= NR; i++)
			printf "%-13s %10d %15s\n", name[i], v[i], ours ? \
				sprintf("%.2f", ours / v[i]) : "-" }'
}

setup
tests/bench_rules.sh service "$CONNECTION_RULES" >"$work/rules"
ns_add client server
# Ports of closed connections are not to run out.
settings client net.ipv4.ip_local_port_range="1024 65000"
number=0
for system in $systems; do
	number=$((number + 1))
	router "$system" "$number"
done
for round in $(seq "$ROUNDS"); do
	number=0
	for system in $systems; do
		number=$((number + 1))
		"$B/tool_connect" "$(ns client)" "$(ns server)" \
			"10.2.$number.2" "$SAMPLE_MS" >>"$work/$system" ||
			die "$system: round $round failed"
	done
done
printf '\nTCP connections through a router with %d rules, ESTABLISHED first\n' \
	"$CONNECTION_RULES"
printf '%-13s %10s %15s\n' system "per second" "bpfipt to it"
lines
