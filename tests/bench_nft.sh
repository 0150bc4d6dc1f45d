#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Turns FORWARD of a dump of bench_rules.sh into nftables' language, for `nft
# -f`: with the argument "nft" one rule per line, with "nft-set" each run of
# rules that test the same fields, all exactly, and end the same way is one set.
# Fails on what it does not know rather than leave it out.
set -eu

awk -v how="$1" '
function die(what) {
	print "bench_nft: cannot turn " what > "/dev/stderr"
	failed = 1
	exit 1
}
# Gives the rules that were held back: one as it was, more as a set.
function flush(	name) {
	if (held == 1)
		rules = rules "\t\t" held_rule "\n"
	if (held > 1) {
		name = "s" ++nr_sets
		sets = sets "\tset " name " {\n\t\ttypeof " held_fields \
			"\n\t\telements = { " held_values " }\n\t}\n"
		rules = rules "\t\t" held_fields " @" name " " held_verdict "\n"
	}
	held = 0
}
function hold(fields, values, verdict, text) {
	if (how != "nft-set" || fields == "" || fields != held_fields ||
	    verdict != held_verdict)
		flush()
	held_fields = fields
	held_verdict = verdict
	held_values = held ? held_values ", " values : values
	held_rule = text verdict
	held++
}
function rule(	i, proto, key, value, fields, values, text, verdict) {
	for (i = 3; i <= NF; i += 2) {
		value = $(i + 1)
		key = ""
		if ($i == "-s")
			key = "ip saddr"
		else if ($i == "-d")
			key = "ip daddr"
		else if ($i == "--sport" || $i == "--dport")
			key = proto " " substr($i, 3)
		else if ($i == "-p")
			proto = value
		else if ($i == "--ctstate")
			text = text "ct state " tolower(value) " "
		else if ($i == "-j")
			verdict = tolower(value)
		else if ($i != "-m")
			die($i)
		if (key == "")
			continue
		sub("/32$", "", value)
		fields = fields (fields == "" ? "" : " . ") key
		values = values (values == "" ? "" : " . ") value
		text = text key " " value " "
	}
	hold(fields, values, verdict, text)
}
/^:FORWARD/ { policy = tolower($2) }
/^-A/ && $2 != "FORWARD" { die($0) }
/^-A FORWARD/ { rule() }
END {
	if (failed)
		exit 1
	flush()
	printf "table ip filter {\n%s\tchain forward {\n", sets
	print "\t\ttype filter hook forward priority 0; policy " policy ";"
	printf "%s\t}\n}\n", rules
}'
