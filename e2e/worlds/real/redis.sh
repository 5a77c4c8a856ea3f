#!/usr/bin/env bash
# redis.sh: Redis, in memory only.
#
# usage: redis.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
# needs: redis-server, or apt-get to fetch Debian's with: it is unpacked into the cache folder, and not installed
. "$(dirname "$0")/lib.sh"

reach() {
  local library
  PATH=$CACHE/deb/usr/bin:$PATH
  for library in "$CACHE"/deb/usr/lib/*-linux-gnu; do
    [ ! -d "$library" ] || export LD_LIBRARY_PATH=$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  done
}
type -P redis-server >/dev/null || reach

fetch() {
  local got=$CACHE/deb.part
  type -P redis-server >/dev/null && return
  need apt-get redis-server
  mkdir -p "$got/partial" "$CACHE/deb"
  apt-get -qq -y --no-install-recommends --download-only -o Dir::Cache::archives="$got" \
    -o APT::Sandbox::User=root install redis-server >&2 || die "apt cannot fetch redis-server: apt-get update"
  find "$got" -name '*.deb' -exec dpkg -x {} "$CACHE/deb" \;
  rm -rf "$got"
  reach
  need redis-server redis-server
}
boot() { launch redis-server --bind 127.0.0.1 --port "$PORT" --dir "$RUN" --save '' --appendonly no; }
ready() { [ "$(redis-cli -p "$PORT" ping)" = PONG ]; }
url() { echo "redis://127.0.0.1:$PORT"; }

server redis "$@"
