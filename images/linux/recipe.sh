#!/bin/sh
# linux: a whole 32-bit system, the default image.
. "$(dirname "$0")/../common/lib.sh"
begin "$@"
need_tools gcc libc6-dev make flex bison bc xz-utils
fetch busybox-static i386 0.15 # before minutes of compiling, not after
kernel i386 linux-source-6.1
applet_links=yes
with_agent=yes
initramfs i386 common/rootfs common/rootfs-whole linux/rootfs
finish
