# Debian packages. Tools are installed when missing (root, or sudo without a password);
# what goes into the image (kernel source, BusyBox) is only downloaded and unpacked.
# The downloads use package lists of their own: apt can then fetch another architecture
# without `dpkg --add-architecture`, which would change the system for everybody else.

need_debian() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail system "this system has no apt-get, and the recipe works from Debian packages"
  [ "$(uname -m)" = x86_64 ] || fail system "the recipe compiles for x86 on an x86-64 machine; this one is $(uname -m)"
}

installed() { # PACKAGE
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

need_tools() { # PACKAGE...
  need_debian
  missing=
  for package in "$@"; do installed "$package" || missing="$missing $package"; done
  [ -n "$missing" ] || return 0
  progress packages 0.05 "installing$missing"
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null && sudo -n true; then
    as_root="sudo -n"
  else
    fail system "these packages are missing: sudo apt-get install -y$missing"
  fi
  $as_root apt-get -q update || echo "apt-get update failed; trying with the lists there are"
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing ||
    fail system "apt-get could not install$missing"
}

apt_for() { # ARCHITECTURE COMMAND...: apt-get with lists of its own
  architecture=$1
  shift
  lists=$work/lists-$architecture
  mkdir -p "$lists/partial"
  apt-get -q -oAPT::Architecture="$architecture" -oAPT::Architectures="$architecture" \
    -oDir::State::Lists="$lists" -oDir::State::status=/dev/null -oDir::Cache::pkgcache= -oDir::Cache::srcpkgcache= \
    -oAPT::Sandbox::User= "$@"
}

fetch() { # PACKAGE ARCHITECTURE FRACTION: sets $deb; kept in the cache
  mkdir -p "$cache/packages"
  pattern="$1_*_$2.deb"
  [ -z "${DOMZERO_FRESH:-}" ] || pattern=nothing
  deb=$(find "$cache/packages" -name "$pattern" | sort -V | tail -n 1)
  if [ -n "$deb" ] && dpkg-deb -c "$deb" >/dev/null; then return 0; fi
  progress packages "$3" "downloading $1 ($2)"
  # A package for all architectures stands in the list of each.
  case $2 in all) list=amd64 ;; *) list=$2 ;; esac
  [ -d "$work/lists-$list" ] || apt_for "$list" update || echo "some package lists failed; trying with the others"
  # A folder of its own: the file's name holds a version that is only known afterwards.
  mkdir -p "$work/download-$1-$2"
  (cd "$work/download-$1-$2" && apt_for "$list" download "$1") ||
    fail system "apt-get could not download $1 for $2; Debian 12 has it"
  deb=$(find "$work/download-$1-$2" -name '*.deb')
  mv "$deb" "$cache/packages/"
  deb=$cache/packages/$(basename "$deb")
}

unpack() { # PACKAGE ARCHITECTURE FRACTION: fetches; sets $tree to its unpacked files; notes it for built.json
  fetch "$1" "$2" "$3"
  tree=$work/tree-$1-$2
  mkdir -p "$tree"
  dpkg-deb -x "$deb" "$tree"
  note_package "$1" "$(dpkg-deb -f "$deb" Version)" "$2" \
    "$(dpkg-deb --showformat '${source:Package} ${source:Version}' -W "$deb")" "$(dpkg-deb -f "$deb" Built-Using)"
}

note_package() { # NAME VERSION ARCHITECTURE SOURCE BUILT-USING
  [ ! -s "$work/packages.json" ] || printf ',\n' >>"$work/packages.json"
  printf '    { "name": "%s", "version": "%s", "architecture": "%s", "source": "%s", "builtUsing": "%s" }' \
    "$@" >>"$work/packages.json"
}
