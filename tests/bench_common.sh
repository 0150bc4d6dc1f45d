# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the benchmarks share, to be read in by `.`: throw-away namespaces and a
# directory $work, all gone at the end, interrupted or not; rulesets loaded by
# each of the tools that are compared; medians. BENCH=quick is the short run.

B=${B:-build}
id=bpfipt-bench-$$
namespaces=
work=

# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	trap - EXIT
	trap '' INT TERM HUP
	for ns in $namespaces; do
		[ -e "/run/netns/$ns" ] || continue
		"$B/bpfipt" unload --netns "$ns" >/dev/null 2>&1
		ip netns del "$ns"
	done
	[ -z "$work" ] || rm -rf "$work"
}

die()
{
	echo "bench: $*" >&2
	exit 1
}

# quick_or SHORT LONG: what the kind of run calls for.
quick_or()
{
	if [ "${BENCH:-}" = quick ]; then echo "$1"; else echo "$2"; fi
}

setup()
{
	[ "$(id -u)" = 0 ] || die "needs root"
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	work=$(mktemp -d) || exit 1
}

# The name of the namespace of a role.
ns()
{
	echo "$id-$1"
}

# settings ROLE KEY=VALUE...: sysctls inside.
settings()
{
	inside=$(ns "$1")
	shift
	ip netns exec "$inside" sysctl -qw "$@" || die "cannot set $*"
}

ns_add()
{
	for role in "$@"; do
		namespaces="$namespaces $(ns "$role")"
		ip netns add "$(ns "$role")" || die "cannot make namespaces"
		settings "$role" net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
		ip -n "$(ns "$role")" link set lo up
	done
}

# addresses ROLE COMMAND...: lines for ip, inside.
addresses()
{
	inside=$(ns "$1")
	shift
	printf '%s\n' "$@" | ip -n "$inside" -batch - ||
		die "cannot set up $inside"
}

# wire ROLE DEVICE ROLE DEVICE: a cable between two namespaces.
wire()
{
	addresses "$1" \
		"link add $2 type veth peer name $4 netns $(ns "$3")" \
		"link set $2 up"
	addresses "$3" "link set $4 up"
}

# rules SYSTEM ROLE FILE: replaces what runs in a namespace by the dump.
rules()
{
	inside=$(ns "$2")
	case $1 in
	none)
		;;
	legacy)
		ip netns exec "$inside" iptables-legacy-restore <"$3" ;;
	iptables-nft)
		ip netns exec "$inside" iptables-nft-restore <"$3" ;;
	nft | nft-set)
		tests/bench_nft.sh "$1" <"$3" >"$work/rules.nft" &&
		ip netns exec "$inside" nft flush ruleset &&
		ip netns exec "$inside" nft -f "$work/rules.nft" ;;
	bpfipt)
		"$B/bpfipt-restore" --netns "$inside" <"$3" ;;
	esac || die "$1 does not take its rules"
}

# The median of a file's numbers; "-" if there are none.
median()
{
	sort -n "$1" 2>/dev/null | awk '{ v[NR] = $1 }
		END { print NR ? v[int((NR + 1) / 2)] : "-" }'
}
