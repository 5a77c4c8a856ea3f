#!/usr/bin/env bash
# prometheus.sh: Prometheus with a configuration of the caller's, and promtool.
#
# usage: prometheus.sh fetch | start | stop | clean | status | promtool ARGS...
#        (start prints its URL; POST /-/reload there reads the configuration again; clean also removes what it holds)
# env:   PROMETHEUS_CONFIG  the file for start; rule files are found relative to it
#        K2_SERVERS, K2_SERVERS_SET: see lib.sh
# needs: prometheus, or apt-get to fetch Debian's with: it is unpacked into the cache folder, and not installed
. "$(dirname "$0")/lib.sh"
type -P prometheus >/dev/null || reach_deb

fetch() { fetch_deb prometheus prometheus; }
boot() {
  launch prometheus --config.file="${PROMETHEUS_CONFIG:?}" --storage.tsdb.path="$RUN/data" \
    --web.listen-address="127.0.0.1:$PORT" --web.enable-lifecycle
}
ready() { curl -fsS -m 2 -o /dev/null "$(url)/-/ready"; }
url() { echo "http://127.0.0.1:$PORT"; }

if [ "${1:-}" = promtool ]; then
  fetch
  exec promtool "${@:2}"
fi
server prometheus "$@"
