# What every recipe uses. A recipe is run as `recipe.sh OUT`; it sources this file, calls
# `begin "$@"` and the steps it needs, and ends with `finish`. Each step is in a file of its own.
#
# Spoken to the caller on stdout, one line each, nothing else:
#   @progress PHASE FRACTION MESSAGE   FRACTION (0..1) of PHASE; weights of phases: manifest.json
#   @error CODE MESSAGE                CODE system: this machine cannot build, a container could;
#                                      CODE build: a step failed, the log says why
# Everything else goes to the log. INVARIANT: OUT gets files only in `finish`, when all steps went well.
#
# Environment, all optional:
#   DOMZERO_CACHE   downloads and built kernels are kept here       DOMZERO_LOG     the log's path
#   DOMZERO_WORK    empty scratch directory, 2 GB for `linux`       DOMZERO_FRESH=1 look for newer packages
#   DOMZERO_RECIPE  hash of the recipe's inputs, kept in built.json DOMZERO_OWNER   UID:GID for the results
set -eu
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
images=$(dirname "$here")
image=$(basename "$here")
for part in packages kernel agent initramfs finish; do
  # shellcheck source=/dev/null
  . "$images/common/$part.sh"
done

progress() { # PHASE FRACTION MESSAGE
  printf '@progress %s %s %s\n' "$1" "$2" "$3" >&3
  printf '== %s: %s\n' "$1" "$3"
}

fail() { # CODE MESSAGE
  printf '@error %s %s\n' "$1" "$2" >&3
  printf 'error: %s\n' "$2"
  failed=1
  exit 1
}

begin() {
  exec 3>&1
  failed=0
  [ $# -eq 1 ] || fail build "usage: recipe.sh OUT"
  mkdir -p "$1"
  out=$(cd "$1" && pwd)
  if [ -n "${DOMZERO_WORK:-}" ]; then work=$DOMZERO_WORK own_work=; else work=$(mktemp -d) own_work=$work; fi
  cache=${DOMZERO_CACHE:-$work/cache}
  mkdir -p "$cache" "$work/out"
  exec >"${DOMZERO_LOG:-$out/build.log}" 2>&1 </dev/null
  trap ended EXIT
  trap 'exit 130' INT TERM HUP
}

ended() { # every way out: a step that failed without saying so is reported here
  status=$?
  trap - EXIT
  [ "$status" -eq 0 ] || [ "$failed" = 1 ] || printf '@error build a step ended with status %s\n' "$status" >&3
  [ -z "$own_work" ] || rm -rf "$own_work"
  [ -z "${DOMZERO_OWNER:-}" ] || chown -R "$DOMZERO_OWNER" "$cache" "$out"
  exit "$status"
}

from_manifest() { # NAME: a number in this image's manifest.json
  sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" "$here/manifest.json" | head -n 1
}
