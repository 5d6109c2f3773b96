#!/bin/sh
# linux64: the system of `linux` in 64 bit, with KVM for guests of its own. objtool needs libelf.
. "$(dirname "$0")/../common/lib.sh"
begin "$@"
need_tools gcc libc6-dev make flex bison bc xz-utils libelf-dev
fetch busybox-static amd64 0.15 # before minutes of compiling, not after
kernel x86_64 linux-source-6.1
applet_links=yes
with_agent=yes
initramfs amd64 common/rootfs common/rootfs-whole linux64/rootfs
finish
