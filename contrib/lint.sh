#!/usr/bin/env bash
# All linters over the tree, from a configured build folder's compile commands; prints TAP.
#   contrib/lint.sh BUILD-FOLDER
# What sh -c is handed in single quotes is for that sh.
# shellcheck disable=SC2016
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${1:?usage: contrib/lint.sh BUILD-FOLDER}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
n=0 failed=0
cd "$root" || exit 1

# report NAME FILE: ok where FILE is empty, else its lines as the reason.
report() {
  n=$((n + 1))
  if [ -s "$2" ]; then
    failed=1
    echo "not ok $n - $1"
    sed 's/^/# /' "$2" | head -n 80
  else
    echo "ok $n - $1"
  fi
}

mapfile -t sources < <(git ls-files 'src/*.c' 'bench/*.c' 'test/*.c' 2>/dev/null || find src bench test -name '*.c')
# error.c defines what -DCAIRN_LINT makes macros of.
mapfile -t shipped < <(printf '%s\n' "${sources[@]}" | grep -v '_test\.c$' | grep '^src/' | grep -v '^src/base/error\.c$')
mapfile -t headers < <(git ls-files '*.h' 2>/dev/null || find include src test bench -name '*.h')
flags=(-DCAIRN_LINT -std=c17 -D_GNU_SOURCE -Iinclude -I. -I"$build/include" -include src/base/banned.h)

clang-format --dry-run "${sources[@]}" "${headers[@]}" 2>&1 | grep -E 'warning|error' >"$out/format"
report clang-format "$out/format"

printf '%s\n' "${shipped[@]}" | xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy --quiet "$@" -- '"$(printf '%q ' "${flags[@]}")"' 2>/dev/null' tidy |
  grep -E 'warning:|error:' | sort -u >"$out/tidy"
report clang-tidy "$out/tidy"

# uthash's macros make paths without end in these two; gcc 12 follows no struct through a call, so what is uninitialized is valgrind's to say.
printf '%s\n' "${shipped[@]}" | grep -vE 'src/node/published\.c|src/rpc/wait\.c' |
  xargs -P "$(nproc)" -I{} sh -c 'gcc '"$(printf '%q ' "${flags[@]}")"' -O2 -fanalyzer -Wno-analyzer-use-of-uninitialized-value -c -o /dev/null "$1" 2>&1' analyze {} |
  grep -E 'warning:|error:' | sort -u >"$out/analyzer"
report 'gcc -fanalyzer' "$out/analyzer"

cppcheck --quiet --std=c11 --error-exitcode=0 --enable=warning,performance,portability --inline-suppr --suppressions-list=contrib/cppcheck.txt \
  --library=posix -D__x86_64__ -D__GNUC__=12 -Iinclude -I. -j "$(nproc)" --template='{file}:{line}: {id}: {message}' "${shipped[@]}" 2>&1 |
  grep -vE '^(Checking|nofile)' >"$out/cppcheck"
report cppcheck "$out/cppcheck"

if command -v include-what-you-use >/dev/null; then
  printf '%s\n' "${shipped[@]}" | xargs -P "$(nproc)" -I{} sh -c 'include-what-you-use -Xiwyu --mapping_file=contrib/iwyu.imp -Xiwyu --no_fwd_decls '"$(printf '%q ' "${flags[@]}")"' "$1" 2>&1' iwyu {} |
    awk '/should remove these lines:/ { file = $1; remove = 1; next } /should add these lines:|The full include-list/ { remove = 0 } remove && file ~ /\.c$/ && /^- #include/ { print file ": " $0 }' |
    grep -vE 'banned.h' | sort -u >"$out/iwyu"
  report 'include what you use: nothing needless' "$out/iwyu"
else
  n=$((n + 1))
  echo "ok $n - include what you use # SKIP iwyu is not installed"
fi

git ls-files '*.sh' .ci/run 2>/dev/null | xargs shellcheck -x >"$out/shell" 2>&1
report shellcheck "$out/shell"

bash test/tidy.sh >"$out/own" 2>&1
grep '^not ok' -A 20 "$out/own" >"$out/own-failed"
report 'own rules (test/tidy.sh)' "$out/own-failed"

echo "1..$n"
exit $failed
