#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A firewall between a client and a server, each in a network namespace of its
# own: loads contrib/demo.rules, sends traffic, shows which of it came through
# and what was counted, changes the rules, unloads. Ends with status 1 if
# anything is not as it should be. Leaves nothing behind, interrupted or not,
# and touches nothing outside its own namespaces.
set -u
cd "$(dirname "$0")/.." || exit 1

B=${B:-build}
rules=contrib/demo.rules
id=bpfipt-demo-$$
client=$id-client
fw=$id-fw
server=$id-server
work=
servers=
wrong=0

# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	trap - EXIT
	trap '' INT TERM HUP
	# shellcheck disable=SC2086 # a list of process numbers
	[ -z "$servers" ] || kill $servers 2>/dev/null
	[ ! -e "/run/netns/$fw" ] ||
		"$B/bpfipt" unload --netns "$fw" >/dev/null 2>&1
	for ns in "$client" "$fw" "$server"; do
		[ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
	done
	[ -z "$work" ] || rm -rf "$work"
}

die()
{
	echo "demo: $*" >&2
	exit 1
}

title()
{
	printf '\n== %s\n' "$*"
}

inside()
{
	ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# For the background: the process is the program itself, to be ended by number.
exec_in()
{
	exec ip netns exec "$@"
}

# wire NS DEVICE ADDRESS NS DEVICE ADDRESS: a cable between two namespaces.
# Offloads are off, so that packets carry whole checksums as on a real wire.
wire()
{
	ip link add "$2" netns "$1" type veth peer name "$5" netns "$4" &&
	ip -n "$1" addr add "$3" dev "$2" && ip -n "$1" link set "$2" up &&
	ip -n "$4" addr add "$6" dev "$5" && ip -n "$4" link set "$5" up ||
		die "cannot connect $1 and $4"
	inside "$1" ethtool -K "$2" tx off gro off >/dev/null 2>&1
	inside "$4" ethtool -K "$5" tx off gro off >/dev/null 2>&1
}

build_network()
{
	for ns in "$client" "$fw" "$server"; do
		ip netns add "$ns" || die "cannot make namespace $ns"
		inside "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
		ip -n "$ns" link set lo up
	done
	wire "$client" eth0 10.20.0.10/24 "$fw" lan0 10.20.0.1/24
	wire "$server" eth0 203.0.113.80/24 "$fw" wan0 203.0.113.1/24
	ip -n "$client" route add default via 10.20.0.1
	ip -n "$server" route add default via 203.0.113.1
	inside "$fw" sysctl -qw net.ipv4.ip_forward=1
}

serve()
{
	ns=$1
	shift
	exec_in "$ns" "$B/tool_talk" serve "$@" >"$work/$ns" 2>&1 &
	servers="$servers $!"
	tries=0
	until grep -qs serving "$work/$ns"; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || die "no server in $ns"
		sleep 0.1
	done
}

# expect yes|no NS WHAT: asks once and compares.
expect()
{
	case $3 in
	ping:*) inside "$2" ping -n -q -c 2 -i 0.2 -W 1 "${3#ping:}" \
		>/dev/null 2>&1 ;;
	*) inside "$2" "$B/tool_talk" ask "$3" ;;
	esac && got=yes || got=no
	case $got in
	yes) says=answered ;;
	no) says=silence ;;
	esac
	if [ "$got" = "$1" ]; then
		printf '  %-8s %-26s %s\n' "${2##*-}" "$3" "$says"
	else
		printf '  %-8s %-26s %s   <-- wrong\n' "${2##*-}" "$3" "$says"
		wrong=$((wrong + 1))
	fi
}

traffic()
{
	expect yes "$client" ping:203.0.113.80
	expect yes "$client" tcp:203.0.113.80:80
	expect yes "$client" tcp:203.0.113.80:443
	expect yes "$client" udp:203.0.113.80:53
	expect no "$client" tcp:203.0.113.80:25
	expect no "$client" tcp:203.0.113.80:445
	expect no "$client" udp:203.0.113.80:9999
	expect yes "$client" tcp:10.20.0.1:22
	expect yes "$server" tcp:10.20.0.10:8080
	expect no "$server" tcp:10.20.0.10:22
	expect no "$server" tcp:203.0.113.1:22
	expect yes "$fw" udp:203.0.113.80:53
	expect yes "$fw" tcp:127.0.0.1:22
}

main()
{
	[ "$(id -u)" = 0 ] || die "needs root: sudo make demo"
	work=$(mktemp -d) || exit 1
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP

	title "client (10.20.0.10) - lan0 firewall wan0 - server (203.0.113.80)"
	build_network
	serve "$client" tcp:22 tcp:8080
	serve "$fw" tcp:22
	serve "$server" tcp:80 tcp:443 tcp:25 tcp:445 udp:53 udp:9999

	title "bpfipt-restore <$rules ($(grep -c '^-A' "$rules") rules)"
	"$B/bpfipt-restore" --netns "$fw" <"$rules" || die "restore failed"
	traffic

	title "bpfipt-save -c"
	"$B/bpfipt-save" -c --netns "$fw" || die "save failed"
	title "bpfipt status"
	"$B/bpfipt" status --netns "$fw" || die "status failed"

	title "the mail rule turned round: one swap, no gap"
	sed 's/\(--dport 25 .*\)-j DROP/\1-j ACCEPT/
		s/--sports 22,/--sports 22,25,/' "$rules" >"$work/rules"
	"$B/bpfipt-restore" --netns "$fw" <"$work/rules" ||
		die "second restore failed"
	expect yes "$client" tcp:203.0.113.80:25
	expect no "$client" tcp:203.0.113.80:445

	title "bpfipt unload: as before"
	"$B/bpfipt" unload --netns "$fw" || die "unload failed"
	expect yes "$client" tcp:203.0.113.80:445
	expect yes "$server" tcp:203.0.113.1:22

	[ "$wrong" = 0 ] || die "$wrong answers were not as they should be"
	title "all as it should be"
}

main
