# The end of a recipe: compress for disk and wire (the host unpacks, never the guest), collect
# the licences, describe every file in built.json, and only then move all of it to OUT.

finish() {
  cd "$work/out"
  progress pack 0.1 "compressing"
  {
    licences
    cat LICENSES.kernel
    printf '\n==== BusyBox ====\n\n'
    cat LICENSES.busybox
  } >LICENSES.txt
  {
    printf '{\n  "recipe": "%s",\n' "${DOMZERO_RECIPE:-}"
    printf '  "compiler": "%s",\n' "$compiler"
    printf '  "packages": [\n%s\n  ],\n' "$(cat "$work/packages.json")"
    printf '  "files": [\n'
    describe kernel vmlinux gzip ,
    describe initramfs initramfs.cpio gzip ,
    describe bzImage bzImage none ,
    describe licences LICENSES.txt none ""
    printf '  ]\n}\n'
  } >built.json
  # built.json last: its presence says that the rest is there.
  for file in vmlinux.gz initramfs.cpio.gz bzImage LICENSES.txt built.json; do
    mv -f "$file" "$out/$file"
  done
  progress pack 1 "done"
}

describe() { # ROLE FILE ENCODING SEPARATOR: one entry of "files"
  path=$2 unpacked=$2
  if [ "$3" = gzip ]; then
    path=$2.gz
    gzip -9nc "$2" >"$path" # -n: neither name nor time, so that the same input gives the same bytes
  fi
  printf '    { "role": "%s", "path": "%s", "encoding": "%s", "size": %s, "sha256": "%s",\n' \
    "$1" "$path" "$3" "$(wc -c <"$path")" "$(sum "$path")"
  printf '      "unpackedSize": %s, "unpackedSha256": "%s" }%s\n' "$(wc -c <"$unpacked")" "$(sum "$unpacked")" "$4"
}

sum() { sha256sum "$1" | cut -d' ' -f1; }

licences() {
  cat <<EOF
What is in the guest image "$image", and under which licence

vmlinux.gz, bzImage   Linux, GPL-2.0 with the Linux-syscall-note. Source: Debian package $source_package $source_version,
                      unchanged, with images/$image/kernel.config of this project.
initramfs.cpio.gz     BusyBox, GPL-2.0, with the GNU C library (LGPL-2.1 or later) linked in: Debian package
                      busybox-static; this project's agent, scripts and pages, MIT.
Debian keeps the sources of every version that it has released. The packages used:
$(cat "$work/packages.json")

The texts below are those of the packages: COPYING and LICENSES/ of the kernel's source, and
/usr/share/doc/busybox-static/copyright. Debian keeps GPL-2 and LGPL-2.1 in /usr/share/common-licenses.

==== Linux ====

EOF
}
