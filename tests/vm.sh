#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots another kernel than this machine's in qemu, with what was built here,
# and runs tests/vm-guest.sh in it. The kernel is a package of the archive, by
# default Debian 12's, the lowest that is supported; it is unpacked under
# build/vm/, never installed. KERNEL=PACKAGE takes another one, TESTS="A B" runs
# only these. Prints what the guest prints; fails if the guest failed, did not
# come up or took too long.
set -eu
cd "$(dirname "$0")/.."

B=${B:-build}
KERNEL=${KERNEL:-linux-image-amd64}
LIMIT=${LIMIT:-1200}		# seconds for all that the guest does
BOOT=${BOOT:-25}		# seconds until a working guest shows life
vm=$B/vm
log=$vm/console.log
memory=2048

modules="af_packet veth dummy 8021q bridge br_netfilter vrf macvlan ipvlan
bonding tun wireguard team ip_gre ipip sit xfrm_interface xfrm_user
esp4 xfrm_algo vxlan authenc crypto_null hmac sha256_generic echainiv
cbc sch_ingress cls_u32 act_mirred cls_bpf sctp dccp_ipv4 ip_tables
iptable_filter iptable_nat iptable_mangle iptable_raw x_tables
xt_tcpudp xt_multiport xt_comment xt_iprange xt_length xt_hl xt_dscp
xt_mark xt_mac xt_owner xt_pkttype xt_sctp xt_dccp xt_conntrack
xt_limit xt_LOG ipt_REJECT xt_MASQUERADE nf_tables nft_chain_nat
nft_compat nf_log_syslog xt_TPROXY nft_tproxy nf_conntrack_netlink"

programs="dash bash ip tc bridge ping ethtool sysctl modprobe depmod nft
xtables-legacy-multi unshare nsenter flock timeout setsid mount stdbuf bpftool
awk sed grep sort diff cmp wg conntrack jq setpriv"

# The name of the package that holds the image, from a meta-package or itself.
image()
{
	apt-cache depends "$KERNEL" 2>/dev/null |
		sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' |
		grep . || echo "$KERNEL"
}

fetch()
{
	package=$(image)
	kernel=$vm/$package
	[ ! -e "$kernel/.done" ] || return 0
	mkdir -p "$kernel"
	echo "check-vm: fetching $package"
	(cd "$kernel" && apt-get -qq -o Acquire::Retries=3 \
		-o APT::Sandbox::User=root download "$package")
	dpkg-deb -x "$kernel"/*.deb "$kernel"
	rm -f "$kernel"/*.deb
	: >"$kernel/.done"
}

# put FILE...: copies a file to the same place in the guest, with the shared
# libraries that it needs.
put()
{
	for file in "$@"; do
		[ ! -e "$root$file" ] || continue
		mkdir -p "$root${file%/*}"
		cp -L "$file" "$root$file"
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' |
		while read -r lib; do
			put "$lib"
		done
	done
}

put_system()
{
	for dir in bin sbin lib lib64; do
		mkdir -p "$root/usr/$dir"
		ln -s "usr/$dir" "$root/$dir"
	done
	mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" \
		"$root/etc" "$root/root"
	for name in $programs; do
		path=$(PATH=/usr/sbin:/usr/bin command -v "$name") || continue
		file=$(readlink -f "$path")
		put "$file"
		[ -e "$root$path" ] || ln -s "$file" "$root$path"
	done
	for name in legacy legacy-save legacy-restore; do
		ln -sf xtables-legacy-multi "$root/usr/sbin/iptables-$name"
	done
	ln -sf dash "$root/usr/bin/sh"
	cp -L /usr/bin/busybox "$root/usr/bin/busybox"
	put /usr/lib/*/xtables/*.so
	put /lib/*/libnss_files.so.2 /etc/protocols /etc/services \
		2>/dev/null || :
	printf 'root:x:0:0::/root:/bin/sh\n' >"$root/etc/passwd"
	printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
}

put_modules()
{
	version=$(ls "$kernel/lib/modules")
	depmod -b "$kernel" "$version"
	for module in $modules; do
		modprobe -q -d "$kernel" -S "$version" --show-depends "$module" || :
	done | sed -n 's|^insmod [^ ]*/\(lib/modules/[^ ]*\).*|\1|p' | sort -u |
	while read -r file; do
		mkdir -p "$root/${file%/*}"
		cp "$kernel/$file" "$root/$file"
	done
	cp "$kernel/lib/modules/$version"/modules.builtin* \
		"$kernel/lib/modules/$version"/modules.order \
		"$root/lib/modules/$version/"
	depmod -b "$root" "$version"
	echo "$modules" >"$root/etc/modules"
}

put_project()
{
	mkdir -p "$root/src/$B"
	cp -r contrib tests "$root/src/"
	for file in "$B"/bpfipt "$B"/test_* "$B"/tool_*; do
		[ -x "$file" ] || continue
		cp "$file" "$root/src/$B/"
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
			put "$lib"
		done
	done
	ln -sf bpfipt "$root/src/$B/bpfipt-restore"
	ln -sf bpfipt "$root/src/$B/bpfipt-save"
	cp tests/vm-guest.sh "$root/init"
	{
		echo "B=$B"
		echo "TESTS='${TESTS:-}'"
		echo "ROUNDS=${ROUNDS:-20}"
	} >"$root/etc/vm"
}

# boot ACCEL CPU: runs the guest until it ends or its time is over. Shows its
# lines as they come, without the kernel's.
boot()
{
	rm -f "$log"
	: >"$log"
	timeout -k 5 "$LIMIT" qemu-system-x86_64 -machine q35 -accel "$1" \
		-cpu "$2" -smp 2 -m "$memory" -display none -no-reboot \
		-nic none -serial "file:$log" -monitor none \
		-kernel "$kernel"/boot/vmlinuz-* -initrd "$vm/initrd" \
		-append "console=ttyS0 quiet panic=-1 edd=off" &
	qemu=$!
	trap 'kill $qemu 2>/dev/null; exit 130' INT TERM
	waited=0
	while kill -0 $qemu 2>/dev/null && ! grep -q '^vm: up' "$log"; do
		[ $waited -lt "$3" ] || break
		sleep 1
		waited=$((waited + 1))
	done
	if ! grep -q '^vm: up' "$log"; then
		kill $qemu 2>/dev/null || :
		wait $qemu 2>/dev/null || :
		return 1
	fi
	tail -n +1 -f --pid=$qemu "$log" | grep --line-buffered -a -v \
		'^\[ *[0-9.]*\]' || :
	wait $qemu || return 0
}

fetch
root=$vm/root
rm -rf "$root"
mkdir -p "$root"
root=$(cd "$root" && pwd)
put_system
put_modules
put_project
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$vm/initrd"

# Where /dev/kvm is there it need not work, inside another virtual machine.
booted=
if [ -w /dev/kvm ] && boot kvm host,-arch-capabilities "$BOOT" 2>"$vm/kvm.log"
then
	booted=kvm
elif boot tcg,thread=multi max 120; then
	booted=tcg
else
	tail -n 30 "$log"
	echo "check-vm: the guest did not come up"
	exit 1
fi
echo "check-vm: $booted"
result=$(tr -d '\r' <"$log" |
	grep -aE '^check-vm: [0-9]+ passed, [0-9]+ failed' | tail -n 1)
case $result in
*' passed, 0 failed'*) ;;
*)
	echo "check-vm: failed"
	exit 1
	;;
esac
