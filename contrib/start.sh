#!/usr/bin/env bash
# Builds cairn and runs the development chain. Ctrl-C stops it; starting it again goes on with the same chain.
#   contrib/start.sh [cairnd option ...]     e.g. --temporary, --block-time 1000, --rpc-listen 127.0.0.1:9545
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=contrib/lib.sh
. "$root/contrib/lib.sh"

case ${1:-} in
-h | --help)
  sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
  ;;
esac

need_to_build
build=${CAIRN_BUILD:-$root/build}
build_in "$build"
exec "$build/cairnd" --dev "$@"
