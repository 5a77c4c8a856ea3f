#!/usr/bin/env bash
# redis.sh: Redis, in memory only.
#
# usage: redis.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
# needs: redis-server, or apt-get to fetch Debian's with: it is unpacked into the cache folder, and not installed
. "$(dirname "$0")/lib.sh"
type -P redis-server >/dev/null || reach_deb

fetch() { fetch_deb redis-server redis-server; }
boot() { launch redis-server --bind 127.0.0.1 --port "$PORT" --dir "$RUN" --save '' --appendonly no; }
ready() { [ "$(redis-cli -p "$PORT" ping)" = PONG ]; }
url() { echo "redis://127.0.0.1:$PORT"; }

server redis "$@"
