#!/usr/bin/env bash
# Line and branch coverage by room, from the counters of a build with --enable-coverage.
#   contrib/coverage.sh SOURCE-FOLDER BUILD-FOLDER
set -euo pipefail
source=${1:?} build=${2:?}
command -v gcovr >/dev/null || { echo "gcovr is missing: apt-get install gcovr" >&2; exit 1; }
table=$(mktemp)
trap 'rm -f "$table"' EXIT
gcovr --root "$source" --object-directory "$build" --exclude-unreachable-branches --exclude '.*_test\.[ch]' --exclude 'test/' --exclude 'bench/' \
  --csv "$table" "$build" >&2
awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { split($column["filename"], part, "/"); room = part[1] == "src" ? part[2] : part[1]
      lines[room] += $column["line_total"]; hit[room] += $column["line_covered"]
      branches[room] += $column["branch_total"]; taken[room] += $column["branch_covered"] }
    END {
      printf "%-12s %8s %7s %10s %7s\n", "room", "lines", "%", "branches", "%"
      for (room in lines) printf "%-12s %8d %6.1f%% %10d %6.1f%%\n", room, lines[room], lines[room] ? 100 * hit[room] / lines[room] : 0,
        branches[room], branches[room] ? 100 * taken[room] / branches[room] : 0 | "sort"
    }' "$table"
