#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first process of the machine that tests/vm.sh boots: mounts what a system
# has, loads the modules, runs the demo and the tests that need a kernel, adds
# up what they say, prints "check-vm: N passed, N failed, N skipped" and switches
# the machine off.

# What is there of the real tools comes before busybox's.
PATH=/usr/sbin:/usr/bin:/usr/lib/busybox
export PATH
busybox mkdir -p /usr/lib/busybox
busybox mount -t proc proc /proc
busybox --install -s /usr/lib/busybox

mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir -p /dev/pts /run/netns /var
ln -s /run /var/run
ln -sf /proc/self/fd /dev/fd
mount -t bpf bpf /sys/fs/bpf
exec </dev/null >/dev/console 2>&1
echo 1 >/proc/sys/kernel/printk
echo "vm: up, $(uname -r)"

. /etc/vm
export B ROUNDS
for module in $(cat /etc/modules); do
	modprobe -q "$module" || echo "vm: no module $module"
done
ip link set lo up

passed=0
failed=0
skipped=0
cd /src || poweroff -f

# run NAME COMMAND...: passed if the command succeeds.
run()
{
	name=$1
	shift
	start=$(date +%s)
	if timeout 300 "$@" >/tmp/out 2>&1; then
		passed=$((passed + 1))
		echo "vm: $name: passed, $(($(date +%s) - start)) s"
	else
		tail -n 40 /tmp/out
		failed=$((failed + 1))
		echo "vm: $name: failed"
	fi
}

# count NAME PROGRAM: runs what speaks TAP and adds up its lines.
count()
{
	start=$(date +%s)
	CMOCKA_MESSAGE_OUTPUT=TAP timeout 600 "$2" >/tmp/out 2>&1
	status=$?
	good=$(grep -c '^ok [0-9]' /tmp/out)
	skip=$(grep -c '^not ok [0-9]* # SKIP' /tmp/out)
	bad=$(grep -c '^not ok [0-9]* - ' /tmp/out)
	[ $status = 0 ] || [ "$bad" != 0 ] || bad=1
	[ "$bad" = 0 ] || grep -v '^ok' /tmp/out | tail -n 60
	grep -E '^(# )?SKIP' /tmp/out
	echo "vm: $1: $good passed, $bad failed, $skip skipped," \
		"$(($(date +%s) - start)) s"
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + skip))
}

# What asks nothing of the kernel says the same on any.
[ -n "$TESTS" ] || TESTS="demo devices $(cd "$B" &&
	ls -d test_bpf* test_kernel_* test_legacy* test_side* test_trap*)"
for test in $TESTS; do
	case $test in
	demo) run demo contrib/demo.sh ;;
	devices) count devices tests/devices.sh ;;
	*) count "$test" "$B/$test" ;;
	esac
done
echo "check-vm: $passed passed, $failed failed, $skipped skipped"
sync
poweroff -f
