#!/usr/bin/env bash
# Builds cairn and passes all tests; installs the Debian packages that are missing.
#   contrib/check.sh          under 20 minutes on two cores
#   contrib/check.sh --all    adds the second compiler, lint, valgrind, ThreadSanitizer and the long rigs
#   contrib/check.sh --only SUITE [SUITE ...]
# At the end: how many passed, failed and were skipped, and the seconds, by suite. Logs: build-check/log/.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=contrib/lib.sh
. "$root/contrib/lib.sh"

all=no only=()
while [ $# -gt 0 ]; do
  case $1 in
  --all) all=yes ;;
  --only) shift; only=("$@"); break ;;
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
  *) die "unknown option $1: see --help" ;;
  esac
  shift
done

out=${CAIRN_CHECK_DIR:-$root/build-check}
mkdir -p "$out/log"
need_to_build
need_program node nodejs
need_program npm npm
need_program python3 python3
install_missing

names=() passed=() failed=() skipped=() seconds=()

# count_log FILE: "passed failed skipped" of automake summaries, or of TAP lines.
count_log() {
  awk '
    /^# PASS: /  { pass += $3; totals = 1 }
    /^# (FAIL|XPASS|ERROR): */ { sub(/^# (FAIL|XPASS|ERROR): */, ""); fail += $1; totals = 1 }
    /^# SKIP: /  { skip += $3; totals = 1 }
    /^ok / && /# SKIP/ { tap_skip++; next }
    /^ok /       { tap_pass++ }
    /^not ok /   { tap_fail++ }
    END { if (totals) print pass + 0, fail + 0, skip + 0; else print tap_pass + 0, tap_fail + 0, tap_skip + 0 }
  ' "$1"
}

# suite NAME COMMAND ...: runs it, counts what it printed. A suite that fails without a failed test counts as one.
suite() {
  local name=$1 start log code p f s
  shift
  if [ ${#only[@]} -gt 0 ] && ! printf '%s\n' "${only[@]}" | grep -qx "$name"; then return; fi
  log=$out/log/$name.log
  start=$(date +%s)
  say "== $name"
  ("$@") >"$log" 2>&1 </dev/null # a function that dies ends its suite, not the rest
  code=$?
  read -r p f s < <(count_log "$log")
  if [ $code -ne 0 ] && [ "$f" = 0 ]; then f=1; fi
  if [ $code -eq 0 ] && [ "$p" = 0 ] && [ "$f" = 0 ] && [ "$s" = 0 ]; then p=1; fi
  names+=("$name") passed+=("$p") failed+=("$f") skipped+=("$s") seconds+=($(($(date +%s) - start)))
  grep -hE '^not ok |^(FAIL|XPASS|ERROR): |# SKIP( |$)' "$log" | head -n 40 >&2
  if [ "$f" != 0 ]; then
    say "-- $name failed (exit $code); the end of its log:"
    tail -n 60 "$log" >&2
  fi
}

unit() { build_in "$out/gcc" --enable-werror && make -C "$out/gcc" --no-print-directory -s -j"$(jobs)" check; }
sanitized() {
  build_in "$out/sanitize" --enable-werror --enable-sanitize CFLAGS='-O1 -g' &&
    make -C "$out/sanitize" --no-print-directory -s -j"$(jobs)" check
}
vectors() {
  local code=0
  say "the project's own vectors: test/vectors"
  own_vectors "$out/gcc" || code=1
  if [ -d "$root/../shared/vectors" ]; then
    say "the public vectors beside the checkout"
    make -C "$out/gcc" --no-print-directory -s check-vectors VECTORS="$root/../shared/vectors" || code=1
  else
    echo "ok - public vectors # SKIP none lie beside the checkout (../shared/vectors)"
  fi
  return $code
}
npm_ready() {
  if [ ! "$root/test/interop/node_modules/.package-lock.json" -nt "$root/test/interop/package-lock.json" ]; then
    (cd "$root/test/interop" && npm ci --no-audit --no-fund)
  fi
}
wallets() { npm_ready && (cd "$root/test/interop" && CAIRND="$1/cairnd" CAIRN="$1/cairn" node run.mjs); }
some_kills() { ROUNDS=10 process "$1" kill9; }
own_vectors() { make -C "$1" --no-print-directory -s check-vectors VECTORS="$root/test/vectors"; }
process() { CAIRND="$1/cairnd" CAIRN="$1/cairn" CHECKER="$1/test/process/chain_check" node "$root/test/process/run.mjs" "${@:2}"; }
env_slow() { CAIRN_TEST_SLOW=1 "$@"; }
distcheck() { make -C "$out/gcc" --no-print-directory -s -j"$(jobs)" distcheck; }

suite build build_in "$out/gcc" --enable-werror
suite unit unit
suite vectors vectors
suite interop wallets "$out/gcc"
suite process process "$out/gcc"
suite kill process "$out/gcc" kill9
suite sanitized sanitized
suite sanitized-vectors own_vectors "$out/sanitize"
suite sanitized-interop wallets "$out/sanitize"
suite sanitized-process env_slow process "$out/sanitize"
suite sanitized-kill env_slow some_kills "$out/sanitize"

if [ $all = yes ]; then
  need_program clang clang
  need_program clang-tidy clang-tidy
  need_program clang-format clang-format
  need_program cppcheck cppcheck
  need_program shellcheck shellcheck
  need_program iwyu_tool iwyu
  need_program valgrind valgrind
  install_missing
  clang_build() { build_in "$out/clang" --enable-werror CC=clang && make -C "$out/clang" --no-print-directory -s -j"$(jobs)" check; }
  thread() {
    build_in "$out/thread" --enable-werror --enable-sanitize=thread CFLAGS='-O1 -g' &&
      make -C "$out/thread" --no-print-directory -s -j"$(jobs)" check
  }
  under_valgrind() { make -C "$out/gcc" --no-print-directory -s check-valgrind; }
  export TSAN_OPTIONS="suppressions=$root/contrib/tsan.txt ${TSAN_OPTIONS:-}"
  suite clang clang_build
  suite lint make -C "$out/gcc" --no-print-directory -s lint
  suite thread thread
  suite thread-process env_slow process "$out/thread" start badinput
  suite valgrind under_valgrind
  suite distcheck distcheck
fi

total_p=0 total_f=0 total_s=0 total_t=0
printf '\n%-20s %8s %8s %8s %8s\n' suite passed failed skipped seconds
for i in "${!names[@]}"; do
  printf '%-20s %8d %8d %8d %8d\n' "${names[i]}" "${passed[i]}" "${failed[i]}" "${skipped[i]}" "${seconds[i]}"
  total_p=$((total_p + passed[i])) total_f=$((total_f + failed[i])) total_s=$((total_s + skipped[i])) total_t=$((total_t + seconds[i]))
done
printf '%-20s %8d %8d %8d %8d\n' total $total_p $total_f $total_s $total_t
printf '%d passed, %d failed, %d skipped\n' $total_p $total_f $total_s
[ $total_f = 0 ] && [ $total_p -gt 0 ]
