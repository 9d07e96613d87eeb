# Sourced by the scripts beside it: where the repository is, and how they speak.
# shellcheck shell=bash
set -euo pipefail

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

# What one clone has compiled, another need not compile again (ccache).
export CCACHE_BASEDIR=${CCACHE_BASEDIR-$repository} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}

say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}

# The comment that opens the calling script is its help.
help() { sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"; }

# Jobs at once: one a core, but no more than memory can hold (a heavy file takes g++ about 1.2 GB).
jobs_at_once() {
  local cores available
  cores=$(nproc)
  available=$(awk '/^MemAvailable/ { print int($2 / 1200000) }' /proc/meminfo)
  ((available >= 1)) || available=1
  echo $((cores < available ? cores : available))
}

# Node and npm, of whatever origin: Debian's (scripts/packages/node) are installed only where there are none.
have_node() {
  command -v node npm >/dev/null && [[ $(node --version) =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 18))
}

# Somebody else may have cloned this, or built it before (as root, say).
require_writable() {
  local path
  for path in "$repository/build/$1" "$repository/build" "$repository"; do
    [[ -e $path ]] || continue
    [[ -w $path ]] || die "cannot write to $path, which belongs to $(stat -c %U "$path"); you are $(id -un): \
work as that user, take it over with chown -R, or clone again"
    return 0
  done
}

# Configures a preset when that is due: the first time, when its definition has changed, or when
# the clone has been moved.
configure() {
  local preset=$1 tree="$repository/build/$1" home log
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$tree/CMakeCache.txt" 2>/dev/null || true)
  if [[ -f $tree/build.ninja && $home == "$repository" &&
    ! $repository/CMakePresets.json -nt $tree/build.ninja ]]; then
    return
  fi
  [[ -z $home || $home == "$repository" ]] || rm -rf -- "$tree"
  say "Configuring build/$preset"
  mkdir -p "$repository/build"
  log="$repository/build/configure-$preset.log"
  (cd -- "$repository" && cmake --preset "$preset") >"$log" 2>&1 || {
    cat -- "$log" >&2
    die "could not configure build/$preset (see above)"
  }
}

# compile PRESET [TARGET…]: configures when due and builds, all targets when none is named.
compile() {
  local preset=$1
  shift
  command -v cmake ninja g++ >/dev/null || die "cmake, ninja or g++ is missing: scripts/install run installs them"
  require_writable "$preset"
  configure "$preset"
  say "Building build/$preset${*:+: $*}"
  NINJA_STATUS='[%f/%t, %es] ' ninja -C "$repository/build/$preset" -j "$(jobs_at_once)" "$@" ||
    die "the build of build/$preset failed (see above)"
}

# run_tests PRESET [OPTION of ctest…]: runs what is built, and closes with a line that counts.
under=() # a command to run them under
run_tests() {
  local preset=$1 results="$repository/build/$1/results.xml" status=0 progress=()
  shift
  [[ ! -t 1 ]] || progress=(--progress)
  rm -f -- "$results"
  (cd -- "$repository" && "${under[@]}" ctest --preset "$preset" --no-tests=error --output-junit "$results" \
    --test-output-truncation head "${progress[@]}" "$@") || status=$?
  python3 "$repository/scripts/lib/count_tests.py" "$results" || true
  return "$status"
}
