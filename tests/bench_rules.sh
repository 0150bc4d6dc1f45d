#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writes a dump of N rules for the benchmarks: bench_rules.sh SHAPE N.
#
#   distinct  each rule with a source, a destination and both ports of its own
#   ports     the same two networks in each rule, only the ports differ
#   subnets   the mixture of real dumps: prefixes of several lengths, a few
#             hundred addresses, a few dozen ports, some ranges and negations
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
BEGIN {
	seed = 1
	print "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]"
	print ":OUTPUT ACCEPT [0:0]"
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
