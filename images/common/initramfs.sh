# The initramfs: overlay folders, later ones on top of earlier ones, BusyBox, and a console node,
# as a raw cpio archive with fixed times, owners and inode numbers. Written by `cpio -H newc` from
# a tree would need root for the device node; so the archive is written record by record here.
# With with_agent=yes it holds the agent for commands and files (agent/), which /etc/inittab starts.
# Format: "newc" in cpio(5); the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.

initramfs() { # ARCHITECTURE OVERLAY...   (overlays relative to images/) -> $work/out/initramfs.cpio
  busybox_architecture=$1
  shift
  progress packages 0.9 "BusyBox for $busybox_architecture"
  unpack busybox-static "$busybox_architecture" 0.92
  progress initramfs 0.1 "files"
  root=$work/root
  mkdir -p "$root"
  for overlay in "$@"; do cp -R "$images/$overlay/." "$root/"; done
  (cd "$root" && mkdir -p bin sbin dev proc sys tmp run root mnt usr/bin usr/sbin var/log)
  cp "$tree/bin/busybox" "$root/bin/busybox"
  cp "$tree/usr/share/doc/busybox-static/copyright" "$work/out/LICENSES.busybox"
  ln -s bin/busybox "$root/init"
  ln -s busybox "$root/bin/sh"
  [ "${applet_links:-no}" = no ] || link_applets
  [ "${with_agent:-no}" = no ] || compile_agent "$busybox_architecture" "$root/sbin/domzero-agent"
  write_archive >"$work/out/initramfs.cpio"
  progress initramfs 1 "$(wc -c <"$work/out/initramfs.cpio") bytes"
}

# Links make the commands visible to Tab, to `which` and to env; without them only the shell knows
# them. They cost the boot some thousand instructions each.
link_applets() {
  "$root/bin/busybox" --list >"$work/applets" || fail build "BusyBox for $busybox_architecture does not run here"
  while read -r applet; do
    [ -e "$root/bin/$applet" ] || [ -e "$root/usr/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
  done <"$work/applets"
}

write_archive() {
  inode=1
  (cd "$root" && find . -mindepth 1 | sed 's,^\./,,' | sort) >"$work/entries"
  while read -r entry; do
    path=$root/$entry
    if [ -L "$path" ]; then
      target=$(readlink "$path")
      record "$entry" 0120777 ${#target} 0 0
      printf '%s' "$target"
      pad ${#target}
    elif [ -d "$path" ]; then
      record "$entry" 0040755 0 0 0
    else
      if [ -x "$path" ]; then mode=0100755; else mode=0100644; fi
      size=$(wc -c <"$path")
      record "$entry" $mode "$size" 0 0
      cat "$path"
      pad "$size"
    fi
  done <"$work/entries"
  record dev/console 0020600 0 5 1
  inode=0
  record TRAILER!!! 0 0 0 0
}

record() { # NAME MODE SIZE MAJOR MINOR: the header, 110 bytes, and the name; both padded together to four
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\000' \
    "$inode" "$(($2))" 0 0 1 0 "$3" 0 0 "$4" "$5" $((${#1} + 1)) 0 "$1"
  pad $((110 + ${#1} + 1))
  inode=$((inode + 1))
}

pad() { # SIZE: zeros up to a multiple of four
  case $(($1 % 4)) in
  1) printf '\000\000\000' ;;
  2) printf '\000\000' ;;
  3) printf '\000' ;;
  esac
}
