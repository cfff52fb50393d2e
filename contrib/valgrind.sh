#!/usr/bin/env bash
# Unit tests under valgrind, one program a core: leaks and undefined values count. Prints TAP.
#   contrib/valgrind.sh SOURCE-FOLDER BUILD-FOLDER PROGRAM ...
# What bash -c is handed in single quotes is for that bash.
# shellcheck disable=SC2016
set -uo pipefail
source=${1:?} build=${2:?}
shift 2
cd "$build" || exit 1

one() { # one SOURCE PROGRAM
  local log=$2.valgrind
  if CK_DEFAULT_TIMEOUT=0 CK_TIMEOUT_MULTIPLIER=40 CK_VERBOSITY=minimal CAIRN_TEST_SLOW=1 srcdir=$1 valgrind --quiet --max-stackframe=33554432 --error-exitcode=9 --leak-check=full \
    --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect "./$2" >"$log" 2>&1; then
    echo "ok - $2 under valgrind"
  else
    echo "not ok - $2 under valgrind"
    tail -n 60 "$log" | sed 's/^/# /'
  fi
}
export -f one
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'one "$1" "$2"' valgrind "$source" {} | tee valgrind.tap
! grep -q '^not ok' valgrind.tap
