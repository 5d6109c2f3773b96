#!/bin/sh
# linux-nano: the smallest kernel that runs BusyBox on a serial line, for the quickest boot.
. "$(dirname "$0")/../common/lib.sh"
begin "$@"
need_tools gcc libc6-dev make flex bison bc xz-utils
fetch busybox-static i386 0.15 # before minutes of compiling, not after
kernel i386 linux-source-6.1
with_agent=yes
initramfs i386 common/rootfs linux-nano/rootfs
finish
