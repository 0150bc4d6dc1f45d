#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kinds of devices, beside iptables: a client reaches a firewall, and a server
# behind it, over VLANs, bridges, bonds, VRFs, tunnels and so on. The same rules,
# which only count, are loaded into iptables-legacy and into bpfipt in the same
# namespace, so both see the same packets; `save -c` of both must be equal. Then
# bpfipt alone must be able to drop what comes in by the device. Output is TAP;
# a kind that this kernel does not have is skipped.
set -u
cd "$(dirname "$0")/.." || exit 1

B=${B:-build}
KINDS=${KINDS:-"plain vlan priority qinq bridge bond vrf macvlan ipip gre \
wireguard xfrm"}
id=bpfipt-dev-$$
client=$id-c
fw=$id-f
server=$id-s
work=$(mktemp -d) || exit 1
nr=0

remove()
{
	"$B/bpfipt" unload --netns "$fw" >/dev/null 2>&1
	for ns in "$client" "$fw" "$server"; do
		[ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
	done
}

# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	trap - EXIT
	trap '' INT TERM HUP
	remove
	rm -rf "$work"
}

c() { ip -n "$client" "$@"; }
f() { ip -n "$fw" "$@"; }
inside()
{
	ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# The wires, eth0 at the client's end, lan0 and wan0 at the firewall's.
build()
{
	for ns in "$client" "$fw" "$server"; do
		ip netns add "$ns" || return 1
		inside "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 2>/dev/null
		ip -n "$ns" link set lo up
	done
	ip link add eth0 netns "$client" type veth peer name lan0 netns "$fw"
	ip link add eth0 netns "$server" type veth peer name wan0 netns "$fw"
	for at in "$client eth0" "$fw lan0" "$fw wan0" "$server eth0"; do
		# shellcheck disable=SC2086 # two words
		set -- $at
		inside "$1" ethtool -K "$2" tx off gro off rxvlan off \
			txvlan off >/dev/null 2>&1
		ip -n "$1" link set "$2" up
	done
	f addr add 10.2.0.1/24 dev wan0
	ip -n "$server" addr add 10.2.0.2/24 dev eth0
	ip -n "$server" route add default via 10.2.0.1
	inside "$fw" sysctl -qw net.ipv4.ip_forward=1
}

# over CLIENT-DEVICE FIREWALL-DEVICE: addresses on the two ends of what the kind
# has put between the client and the firewall.
over()
{
	c addr add 10.1.0.2/24 dev "$1" && f addr add 10.1.0.1/24 dev "$2" &&
	c link set "$1" up && f link set "$2" up &&
	c route add default via 10.1.0.1
}

outer()
{
	c addr add 10.9.0.2/24 dev eth0 && f addr add 10.9.0.1/24 dev lan0
}

kind_plain()
{
	over eth0 lan0
}

kind_vlan()
{
	c link add link eth0 name eth0.5 type vlan id 5 &&
	f link add link lan0 name lan0.5 type vlan id 5 &&
	over eth0.5 lan0.5
}

# A tag with VLAN 0 carries a priority only: the device itself takes it.
kind_priority()
{
	c link add link eth0 name eth0.0 type vlan id 0 \
		egress-qos-map 0:3 &&
	over eth0.0 lan0 &&
	c neigh add 10.1.0.1 dev eth0.0 lladdr "$(mac "$fw" lan0)" &&
	f neigh add 10.1.0.2 dev lan0 lladdr "$(mac "$client" eth0)"
}

mac()
{
	ip -n "$1" link show "$2" | sed -n 's/.*ether \([^ ]*\).*/\1/p'
}

kind_qinq()
{
	c link add link eth0 name outer type vlan proto 802.1ad id 7 &&
	f link add link lan0 name outer type vlan proto 802.1ad id 7 &&
	c link set outer up && f link set outer up &&
	c link add link outer name inner type vlan id 8 &&
	f link add link outer name inner type vlan id 8 &&
	over inner inner
}

kind_bridge()
{
	f link add br0 type bridge mcast_snooping 0 && f link set lan0 master br0 &&
	over eth0 br0
}

kind_bond()
{
	f link add bond0 type bond mode active-backup miimon 100 &&
	f link set lan0 down && f link set lan0 master bond0 &&
	over eth0 bond0 && sleep 1
}

kind_vrf()
{
	f link add blue type vrf table 10 && f link set blue up &&
	f link set wan0 master blue && f link set lan0 master blue &&
	over eth0 lan0
}

kind_macvlan()
{
	f link add link lan0 name mv0 type macvlan mode bridge && over eth0 mv0
}

kind_ipip()
{
	outer &&
	c link add tun1 type ipip local 10.9.0.2 remote 10.9.0.1 &&
	f link add tun1 type ipip local 10.9.0.1 remote 10.9.0.2 &&
	over tun1 tun1
}

kind_gre()
{
	outer &&
	c link add tun1 type gre local 10.9.0.2 remote 10.9.0.1 &&
	f link add tun1 type gre local 10.9.0.1 remote 10.9.0.2 &&
	over tun1 tun1
}

kind_wireguard()
{
	outer
	for ns in "$client" "$fw"; do
		ip -n "$ns" link add wg0 type wireguard || return 1
		command -v wg || { reason="wg is not installed"; return 1; }
		wg genkey >"$work/key"
		wg pubkey <"$work/key" >"$work/pub.$ns"
		inside "$ns" wg set wg0 listen-port 5000 \
			private-key "$work/key"
	done
	inside "$client" wg set wg0 peer "$(cat "$work/pub.$fw")" \
		endpoint 10.9.0.1:5000 allowed-ips 0.0.0.0/0 &&
	inside "$fw" wg set wg0 peer "$(cat "$work/pub.$client")" \
		endpoint 10.9.0.2:5000 allowed-ips 10.1.0.0/24 &&
	over wg0 wg0
}

# association NS: both directions of an ESP tunnel bound to interface id 1.
association()
{
	key="0x$(printf '%064d' 7)"
	for way in "10.9.0.2 10.9.0.1 1" "10.9.0.1 10.9.0.2 2"; do
		# shellcheck disable=SC2086 # three words
		set -- "$1" $way
		ip -n "$1" xfrm state add src "$2" dst "$3" proto esp \
			spi "$4" mode tunnel if_id 1 auth 'hmac(sha256)' \
			"$key" enc cipher_null '' || return 1
	done
}

policy()
{
	ip -n "$1" xfrm policy add dir "$2" if_id 1 tmpl src "$3" dst "$4" \
		proto esp mode tunnel
}

kind_xfrm()
{
	outer &&
	c link add xfrm1 type xfrm if_id 1 &&
	f link add xfrm1 type xfrm if_id 1 &&
	association "$client" && association "$fw" &&
	policy "$client" out 10.9.0.2 10.9.0.1 &&
	policy "$client" in 10.9.0.1 10.9.0.2 &&
	policy "$fw" out 10.9.0.1 10.9.0.2 &&
	policy "$fw" in 10.9.0.2 10.9.0.1 &&
	policy "$fw" fwd 10.9.0.2 10.9.0.1 &&
	over xfrm1 xfrm1
}

# Rules that count, by device and protocol; the firewall's devices by name.
rules()
{
	printf '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n'
	printf ':OUTPUT ACCEPT [0:0]\n'
	for device in $(f -o link | sed 's/^[0-9]*: \([^:@]*\)[:@].*/\1/'); do
		echo "-A INPUT -i $device"
		echo "-A INPUT -i $device -p icmp"
		echo "-A INPUT -i $device -p udp"
		echo "-A FORWARD -i $device"
		echo "-A FORWARD -i $device -p tcp"
		echo "-A FORWARD -o $device"
		echo "-A FORWARD -o $device -p icmp"
		echo "-A OUTPUT -o $device"
		echo "-A OUTPUT -o $device -p icmp"
	done
	echo COMMIT
}

traffic()
{
	pings='ping -n -q -c 3 -i 0.2 -W 2'
	# shellcheck disable=SC2086 # a command
	{
		inside "$client" $pings 10.1.0.1 &&
		inside "$client" $pings 10.2.0.2 &&
		inside "$client" $pings -s 3000 10.1.0.1 &&
		inside "$server" $pings 10.1.0.2
	} >/dev/null || return 1
	(exec ip netns exec "$server" "$B/tool_talk" serve tcp:80 udp:53) \
		>"$work/serve" 2>&1 &
	serving=$!
	sleep 0.5
	inside "$client" "$B/tool_talk" ask tcp:10.2.0.2:80 &&
	inside "$client" "$B/tool_talk" ask udp:10.2.0.2:53
	answered=$?
	kill $serving
	wait $serving 2>/dev/null
	sleep 0.3
	return $answered
}

saved()
{
	sed '/^#/d'
}

# What is known to differ, bpfipt(8): where the route's device is in a VRF,
# iptables asks OUTPUT twice, first with the VRF as -o.
alike()
{
	if [ "$kind" = vrf ]; then
		sed '/-o blue/d; /^:OUTPUT/d'
	else
		cat
	fi
}

compare()
{
	inside "$fw" iptables-legacy-save -c -t filter | saved |
		alike >"$work/iptables"
	"$B/bpfipt-save" -c --netns "$fw" | saved | alike \
		>"$work/bpfipt"
	[ -s "$work/bpfipt" ] && diff -u "$work/iptables" "$work/bpfipt" &&
		return
	f -o link
	return 1
}

drops()
{
	printf '*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n' |
		"$B/bpfipt-restore" --netns "$fw" || return 1
	inside "$client" ping -n -q -c 1 -W 2 10.1.0.1 >/dev/null || return 1
	! inside "$client" ping -n -q -c 1 -W 1 10.2.0.2 >/dev/null
}

# Packets that a kernel sends by itself when a device comes up are over before
# the first of the two firewalls starts to count.
try()
{
	sleep 1
	rules >"$work/rules"
	inside "$fw" iptables-legacy-restore <"$work/rules" || return 1
	"$B/bpfipt-restore" --netns "$fw" <"$work/rules" 2>"$work/warnings" ||
	{
		cat "$work/warnings"
		return 1
	}
	traffic || { echo "no answers"; compare; return 1; }
	compare || return 1
	inside "$fw" iptables-legacy -F
	drops || { echo "was not dropped"; return 1; }
}

test_kind()
{
	nr=$((nr + 1))
	reason="this kernel has no $1"
	if ! build >"$work/out" 2>&1; then
		echo "SKIP: network namespaces need root"
		echo "not ok $nr # SKIP $1"
	elif ! "kind_$1" >"$work/out" 2>&1; then
		echo "SKIP: $reason"
		echo "not ok $nr # SKIP $1"
	elif try >"$work/out" 2>&1; then
		echo "ok $nr - $1"
	else
		sed 's/^/# /' "$work/out"
		echo "not ok $nr - $1"
		failed=1
	fi
	remove
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
failed=0
# shellcheck disable=SC2086 # the kinds are words
set -- $KINDS
echo "1..$#"
for kind in "$@"; do
	test_kind "$kind"
done
exit $failed
