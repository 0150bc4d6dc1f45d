#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writes a dump of N rules for the benchmarks: bench_rules.sh SHAPE N.
#
#   distinct  each rule with a source, a destination and both ports of its own
#   ports     the same two networks in each rule, only the ports differ
#   subnets   the mixture of real dumps: prefixes of several lengths, a few
#             hundred addresses, a few dozen ports, some ranges and negations
#   last      UDP, each exact in all fields; only the last is for the packets
#             that tool_pace sends, and accepts them; all else is dropped
#   spread    the same, but rule I accepts flow I of tool_pace
#   service   what is ESTABLISHED is accepted first and TCP to port 80 last;
#             between them N rules, each with an address and a port of its own
#   state     N times: what is ESTABLISHED is accepted; and so is all else
#
# The same arguments give the same text.
set -eu

awk -v shape="$1" -v n="$2" '
# Numbers that look random; below 2^53, where awk is exact.
function rnd(limit) {
	seed = seed * 16807 % 2147483647
	return int(seed / 256) % limit
}
function addr(net, i) {
	return net "." int(i / 65536) % 256 "." int(i / 256) % 256 "." i % 256
}
function distinct(i) {
	return "-s " addr(10, i * 40503 % 16777216) "/32 -d " \
		addr(172, i * 7368787 % 16777216) "/32 -p tcp -m tcp" \
		" --sport " 1024 + i * 25 % 64512 " --dport " 1 + i * 7 % 65535
}
function ports(i) {
	return "-s 10.0.0.0/8 -d 172.0.0.0/8 -p tcp -m tcp --sport " \
		1024 + int(i / 250) " --dport " 1000 + i % 250
}
function subnets(i,	text) {
	if (rnd(4))
		text = text (rnd(20) ? "" : "! ") "-s " 10 "." rnd(8) "." \
			rnd(256) ".0/24 "
	if (rnd(3))
		text = text "-d 172.16." rnd(64) "." rnd(256) "/32 "
	if (!rnd(3))
		return text "-i eth" rnd(8)
	text = text "-p " (rnd(3) ? "tcp -m tcp" : "udp -m udp") " --dport " \
		1 + rnd(60) * 17
	return rnd(6) ? text : text ":" 2000 + rnd(1000)
}
function last(i) {
	if (i < n - 1)
		return "-s " addr(10, i * 40503 % 4194304) "/32 -d " \
			addr(172, i * 7368787 % 16777216) "/32 -p udp -m udp" \
			" --sport " 1024 + i * 25 % 64512 " --dport " \
			1 + i * 7 % 65535 " -j DROP"
	return spread(0)
}
function spread(i) {
	return "-s " addr(10, 4194304 + i) "/32 -d 10.2.0.2/32 -p udp -m udp" \
		" --sport " 1024 + i % 60000 " --dport 5353 -j ACCEPT"
}
function service(i) {
	return "-s " addr(172, i * 40503 % 16777216) "/32 -p tcp -m tcp" \
		" --dport " 1 + i * 7 % 65535 " -j DROP"
}
# The shapes that are not of drops and accepts in turn.
function whole(i) {
	if (shape == "state")
		return established
	if (shape == "spread")
		return spread(i)
	return shape == "last" ? last(i) : service(i)
}
function print_whole(	i) {
	if (shape == "service")
		print "-A FORWARD " established
	for (i = 0; i < n; i++)
		print "-A FORWARD " whole(i)
	if (shape == "service")
		print "-A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT"
}
BEGIN {
	seed = 1
	established = "-m conntrack --ctstate ESTABLISHED -j ACCEPT"
	open = shape == "state" || !n
	print "*filter\n:INPUT ACCEPT [0:0]"
	print ":FORWARD " (open ? "ACCEPT" : "DROP") " [0:0]"
	print ":OUTPUT ACCEPT [0:0]"
	if (shape ~ /^(last|spread|service|state)$/) {
		print_whole()
		n = 0
	}
	for (i = 0; i < n; i++) {
		if (shape == "distinct")
			text = distinct(i)
		else if (shape == "ports")
			text = ports(i)
		else
			text = subnets(i)
		print "-A FORWARD " text " -j " (i % 3 ? "ACCEPT" : "DROP")
	}
	print "COMMIT"
}'
