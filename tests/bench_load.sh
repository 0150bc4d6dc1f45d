#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long a restore takes, from text to loaded, beside iptables-legacy-restore
# on the same text; how much memory the maps take; how many instructions the
# loaded programs have. The two tools take turns, each in its own namespace, and
# the median of RUNS counts. SIZES and SHAPES choose what tests/bench_rules.sh
# writes.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/bench_common.sh
. tests/bench_common.sh

RUNS=${RUNS:-$(quick_or 3 5)}
SIZES=${SIZES:-$(quick_or "1000 10000" "1000 10000 50000")}
MEMORY_SIZES=${MEMORY_SIZES:-$(quick_or "1000 8000" "1000 8000 50000")}
SHAPES=${SHAPES:-"distinct ports subnets"}
ours=$(ns a)
legacy=$(ns b)

now()
{
	date +%s%N
}

restore_ours()
{
	"$B/bpfipt-restore" --netns "$ours" <"$1"
}

# The namespace is entered before the clock starts.
time_legacy()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	ip netns exec "$legacy" sh -c 'start=$(date +%s%N)
		iptables-legacy-restore <"$1" || exit 1
		echo $((($(date +%s%N) - start) / 1000))' sh "$1"
}

time_ours()
{
	start=$(now)
	restore_ours "$1" || return 1
	echo $((($(now) - start) / 1000))
}

time_test()
{
	start=$(now)
	"$B/bpfipt-restore" --test <"$1" || return 1
	echo $((($(now) - start) / 1000))
}

loading()
{
	printf '\nText to loaded, median of %d, ms\n' "$RUNS"
	printf '%-9s %6s %10s %10s %7s %12s %12s %10s\n' shape rules bpfipt \
		legacy ratio "rules/s" "legacy's" "of it text"
	for shape in $SHAPES; do
		for size in $SIZES; do
			tests/bench_rules.sh "$shape" "$size" >"$work/rules"
			: >"$work/ours"; : >"$work/legacy"; : >"$work/test"
			for run in $(seq "$RUNS"); do
				{ time_legacy "$work/rules" >>"$work/legacy" &&
				time_ours "$work/rules" >>"$work/ours" &&
				time_test "$work/rules" >>"$work/test"; } ||
					die "$shape $size: run $run failed"
			done
			awk -v shape="$shape" -v n="$size" \
				-v a="$(median "$work/ours")" \
				-v b="$(median "$work/legacy")" \
				-v t="$(median "$work/test")" 'BEGIN {
				printf "%-9s %6d %10.1f %10.1f %7.2f %12d " \
					"%12d %10.1f\n", shape, n, a / 1000,
					b / 1000, a / b, n * 1e6 / a,
					n * 1e6 / b, t / 1000 }'
		done
	done
}

# load RULES: restores into a namespace without any and leaves what `status` says
# in $work/status.
load()
{
	"$B/bpfipt" unload --netns "$ours" >/dev/null 2>&1
	restore_ours "$1" || die "restore failed"
	"$B/bpfipt" status --netns "$ours" >"$work/status" ||
		die "status failed"
}

memory()
{
	printf '\nMemory of the maps, residents and one generation\n'
	printf '%-9s %6s %10s %12s\n' shape rules KiB "bytes/rule"
	for shape in $SHAPES; do
		for size in $MEMORY_SIZES; do
			tests/bench_rules.sh "$shape" "$size" >"$work/rules"
			load "$work/rules"
			awk -v shape="$shape" -v n="$size" '
				/^maps / { maps = 1 }
				maps && $1 == "total" {
					printf "%-9s %6d %10d %12.1f\n", shape,
						n, $2 / 1024, $2 / n }
				' "$work/status"
		done
	done
}

# program NAME RULE...
program()
{
	name=$1
	shift
	{
		printf '*filter\n:INPUT ACCEPT [0:0]\n'
		printf ':FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
		[ $# = 0 ] || printf '%s\n' "$@"
		echo COMMIT
	} >"$work/rules"
	load "$work/rules"
	awk -v name="$name" '
		/^programs / { programs = 1; next }
		!NF { programs = 0 }
		programs { nr[$1] = $2 }
		END { printf "%-14s %8d %8d %8d %10d %10d\n", name,
			nr["INPUT"], nr["FORWARD"], nr["OUTPUT"],
			nr["selector_ingress"], nr["selector_egress"] }
		' "$work/status"
}

programs()
{
	printf '\nInstructions of the loaded programs; the rules are in FORWARD\n'
	printf '%-14s %8s %8s %8s %10s %10s\n' rules INPUT FORWARD OUTPUT \
		ingress egress
	program none
	program "one column" "-A FORWARD -s 192.0.2.0/24 -j DROP"
	program "five columns" "-A FORWARD -s 192.0.2.1 -d 198.51.100.1 \
-i eth0 -p tcp -m tcp --sport 1 --dport 2 -j DROP"
	program "all columns" \
		"-A FORWARD -s 192.0.2.0/24 -d 192.0.2.0/24 -i a -o b -j DROP" \
		"-A FORWARD -p tcp -m tcp --sport 1 --dport 2 --syn -j DROP" \
		"-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP" \
		"-A FORWARD -m mac --mac-source 02:00:00:00:00:01 -j DROP" \
		"-A FORWARD -m mark --mark 1 -m length --length 9 -j DROP" \
		"-A FORWARD -m ttl --ttl-eq 1 -m tos --tos 4 -j DROP" \
		"-A FORWARD -m pkttype --pkt-type broadcast -j DROP"
}

setup
ns_add a b
for role in a b; do
	addresses "$role" "link add eth0 type veth peer name eth1"
done
loading
memory
programs
