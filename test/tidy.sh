#!/usr/bin/env bash
# The project's own rules about its tree; prints TAP. Run from anywhere.
set -uo pipefail
shopt -s lastpipe
export LC_ALL=C.UTF-8
root=${srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
cd "$root" || exit 1
n=0 failed=0
report() { # report NAME, findings on standard input
  local found
  found=$(cat)
  n=$((n + 1))
  if [ -n "$found" ]; then
    failed=1
    echo "not ok $n - $1"
    printf '%s\n' "$found" | sed 's/^/# /' | head -n 40
  else
    echo "ok $n - $1"
  fi
}
files() { find src include -name "$1" | sort; }

# Words that have no safe use, or stand for something unfinished.
grep -nE '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gmtime|rand|srand|alloca)\(' -r src include | grep -v 'banned\.h' | report 'no banned function'
grep -nwE 'TODO|FIXME|XXX|HACK' -r src include test contrib bench --include='*.[ch]' --include='*.sh' --include='*.mjs' --exclude-dir=node_modules | grep -v 'tidy\.sh' | grep -v 'XXXXXX' | report 'nothing left to do'

# Every source is built: each file stands in its room's fragment.
for file in $(files '*.[ch]' | grep '^src/') ; do
  room=$(dirname "$file")
  grep -q "%D%/$(basename "$file")" "$room/local.mk" || [ "$file" = src/base/banned.h ] || echo "$file is not in $room/local.mk"
done | report 'no dead file'

# Floors: what a room may include of the public headers, lowest floor first.
declare -A floor=([base]=0 [codec]=1 [crypto]=2 [ledger]=3 [store]=4 [mempool]=5 [consensus]=5 [engine]=6 [rpc]=7 [node]=8 [tool]=4)
declare -A home=([base]=base [error]=base [u256]=base [log]=base [file]=base [rlp]=codec [hex]=codec [json]=codec [keccak]=crypto [key]=crypto [keyfile]=crypto
  [account]=ledger [tx]=ledger [council]=ledger [genesis]=ledger [certificate]=ledger [record]=ledger [block]=ledger [state_trie]=ledger [mpt]=ledger
  [kv]=store [store]=store [mempool]=mempool [consensus]=consensus [engine]=engine [http]=rpc [rpc]=rpc)
for header in $(files '*.h' | grep '^include/'); do
  name=$(basename "$header" .h)
  [ -n "${home[$name]:-}" ] || echo "$header belongs to no room in test/tidy.sh"
done | report 'every public header has a room'
grep -nE '#include <cairn/[a-z0-9_]+\.h>' -r src | while IFS=: read -r file line include; do
  room=$(echo "$file" | cut -d/ -f2)
  name=$(echo "$include" | sed -E 's/.*<cairn\/([a-z0-9_]+)\.h>.*/\1/')
  of=${home[$name]:-none}
  [ "$of" = "$room" ] && continue
  if [ "$of" = none ] || [ "${floor[$of]}" -ge "${floor[$room]}" ] || { [ "$room" = tool ] && [ "$of" = store ]; }; then
    echo "$file:$line: $room leans on <cairn/$name.h> of $of"
  fi
done | report 'no room leans upward'

# Floors 0 to 6 of the list above take clock, thread, randomness and files through ports.
grep -nE '\b(clock_gettime|gettimeofday|time\(NULL\)|pthread_|RAND_bytes|getrandom|socket\(|uv_)' -r src/codec src/crypto src/ledger src/mempool src/consensus src/engine src/store src/rpc --include='*.c' |
  grep -v '_test\.c' | grep -vE 'kv_leveldb|kv_memory' | report 'no clock, thread, randomness or socket below node'

# Tables that are searched or read by people stay in order.
awk -F'"' '/^    \{"[a-z0-9]+_[A-Za-z0-9*]+"/ { print $2 }' src/rpc/methods.c | sort | uniq -d | report 'no method twice'

long=$(files '*.[ch]' | xargs wc -l | awk '$2 != "total" && $1 > 900 { print $2 ": " $1 " lines" }')
printf '%s' "$long" | report 'no file beyond one sitting'
grep -nP '.{101,}' -r src include test bench --include='*.[ch]' | cut -c1-120 | report 'lines of at most 100 columns'
echo "1..$n"
exit $failed
