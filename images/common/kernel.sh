# The kernel: Debian's source, a configuration fragment on top of allnoconfig, and nothing that
# depends on where and when it is built, so that the same input gives the same bytes.
# A finished kernel is kept in the cache by the hash of all that shaped it: changing /etc/motd
# or a help page does not compile it again.

kernel() { # ARCHITECTURE SOURCE-PACKAGE: kernel.config of this image -> $work/out/vmlinux, bzImage
  kernel_architecture=$1 source_package=$2
  progress packages 0.3 "looking for $source_package"
  find_source "$source_package"
  compiler=$(cc --version | head -n 1)
  key=$(kernel_key)
  kept=$cache/kernel/$key
  if kernel_kept; then
    progress compile 1 "the kernel is in the cache"
    return 0
  fi
  unpack_source
  configure_kernel
  compile_kernel
  keep_kernel
}

find_source() { # PACKAGE: sets $tarball; an installed package goes before a download
  if installed "$1" && [ -r "/usr/src/$1.tar.xz" ]; then
    tarball=/usr/src/$1.tar.xz
    source_version=$(dpkg-query -W -f '${Version}' "$1")
    note_package "$1" "$source_version" all "$(dpkg-query -W -f '${source:Package} ${source:Version}' "$1")" ""
  else
    fetch "$1" all 0.35
    source_version=$(dpkg-deb -f "$deb" Version)
    note_package "$1" "$source_version" all "$(dpkg-deb --showformat '${source:Package} ${source:Version}' -W "$deb")" ""
    tarball=
  fi
}

kernel_key() {
  {
    echo "$kernel_architecture $source_package $source_version"
    echo "$compiler"
    ld --version | head -n 1
    cat "$here/kernel.config" "$images/common/kernel.sh"
  } | sha256sum | cut -d' ' -f1
}

kernel_kept() { # a kernel in the cache whose sums are right; a damaged one is thrown away
  [ -d "$kept" ] || return 1
  if (cd "$kept" && sha256sum -c --quiet sums); then
    cp "$kept/vmlinux" "$kept/bzImage" "$kept/LICENSES.kernel" "$work/out/"
  else
    rm -rf "$kept"
    return 1
  fi
}

unpack_source() { # without what no x86 guest kernel reads: half of the time and of the space
  progress source 0.05 "unpacking $source_package $source_version"
  if [ -z "$tarball" ]; then
    dpkg-deb -x "$deb" "$work/tree-source"
    tarball=$work/tree-source/usr/src/$source_package.tar.xz
  fi
  tar -C "$work" -xf "$tarball" --exclude="$source_package/Documentation/*/*" --exclude="$source_package/drivers/gpu/*.[ch]" \
    --exclude="$source_package/arch/[!x]*/*.[chS]" --exclude="$source_package/arch/*/boot/dts/*" \
    --exclude="$source_package/sound/*.[ch]" --exclude="$source_package/drivers/media/*.[ch]"
  progress source 1 "unpacked"
}

make_kernel() { # TARGET...
  # KBUILD_BUILD_*: what would otherwise differ from build to build stands in the kernel's version line.
  nice -n 10 make -C "$work/$source_package" O="$work/objects" ARCH="$kernel_architecture" \
    KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=domzero KBUILD_BUILD_HOST=domzero KBUILD_BUILD_VERSION=1 \
    -j"$(nproc)" "$@"
}

configure_kernel() {
  progress configure 0.1 "kernel.config on top of allnoconfig"
  mkdir -p "$work/objects"
  make_kernel KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig || fail build "the kernel's configuration failed"
  check_config
}

check_config() { # kconfig drops what it does not know or cannot satisfy without a word
  # shellcheck disable=SC2013
  for wanted in $(sed -n 's/^\(CONFIG_[A-Z0-9_]*=[ym]\)$/\1/p' "$here/kernel.config"); do
    grep -qx "$wanted" "$work/objects/.config" || dropped="${dropped:-} $wanted"
  done
  [ -z "${dropped:-}" ] || fail build "kernel.config asks for options that this kernel does not accept:$dropped"
}

compile_kernel() {
  total=$(from_manifest objects)
  { make_kernel vmlinux 2>&1 && touch "$work/compiled" || true; } | count_objects "${total:-1000}"
  [ -e "$work/compiled" ] || fail build "the kernel did not compile"
  progress bzimage 0.1 "compressing the kernel"
  make_kernel bzImage || fail build "the kernel's compressed image failed"
  # Symbols are a quarter of the file; the PVH note is in a loaded section and stays.
  objcopy -S -R .comment "$work/objects/vmlinux" "$work/out/vmlinux"
  cp "$work/objects/arch/x86/boot/bzImage" "$work/out/"
}

count_objects() { # TOTAL; make's output on stdin: a progress line for each per cent
  built=0 shown=0
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in '  CC '* | '  AS '* | '  AR '*) built=$((built + 1)) ;; *) continue ;; esac
    share=$((built * 100 / $1))
    [ "$share" -gt "$shown" ] && [ "$share" -lt 100 ] || continue
    shown=$share
    printf '@progress compile 0.%02d %s\n' "$share" "${line##* }" >&3
  done
}

keep_kernel() {
  (cd "$work/$source_package" && cat COPYING LICENSES/preferred/GPL-2.0 LICENSES/exceptions/Linux-syscall-note) \
    >"$work/out/LICENSES.kernel"
  temporary=$cache/kernel/.$key.$$
  mkdir -p "$temporary"
  cp "$work/out/vmlinux" "$work/out/bzImage" "$work/out/LICENSES.kernel" "$temporary/"
  (cd "$temporary" && sha256sum vmlinux bzImage LICENSES.kernel >sums)
  # Another build may have been quicker: then its kernel, with the same bytes, stays.
  mv -T "$temporary" "$kept" || rm -rf "$temporary"
}
