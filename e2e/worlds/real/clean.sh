#!/usr/bin/env bash
# clean.sh: ends the servers of every set whose name begins with PREFIX, and removes what they hold. For runs that were
# killed before they could do so.
#
# usage: clean.sh PREFIX
# env:   K2_SERVERS: see lib.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for run in "${K2_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/k2-servers}/run/${1:?a prefix, see the head of this file}"*/*/; do
  [ -d "$run" ] || continue
  K2_SERVERS_SET=$(basename "$(dirname "$run")") "$here/$(basename "$run").sh" clean
done
