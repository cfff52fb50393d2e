#!/usr/bin/env bash
# Pages that repeat the code's tables: writes them, or checks that they say what the code says.
#   doc.sh write|check REFERENCE-PROGRAM DOC-FOLDER
set -euo pipefail
what=$1 program=$2 doc=$3
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$program" rpc >"$out/json-rpc.md"
"$program" store >"$out/table"
awk -v table="$out/table" '
  /<!-- table -->/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1; next }
  /<!-- end of table -->/ { skip = 0 }
  !skip' "$doc/store.md" >"$out/store.md"

for page in json-rpc.md store.md; do
  if [ "$what" = write ]; then
    cp "$out/$page" "$doc/$page"
  elif ! diff -u "$doc/$page" "$out/$page"; then
    echo "doc/$page does not say what the code says: make doc" >&2
    exit 1
  fi
done
