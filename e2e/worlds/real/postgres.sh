#!/usr/bin/env bash
# postgres.sh: PostgreSQL (any version under /usr/lib/postgresql) with its own data folder; user, password and database k2.
#
# usage: postgres.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
# needs: postgresql-15 from Debian; as root also unshare from util-linux
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # for halt: does not wait for the clients to leave
STOP_SIGNAL=INT
export PGPASSWORD=k2
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done

# PostgreSQL refuses to run as root; in a user namespace root is another user and still owns its files
AS_USER=()
[ "$(id -u)" != 0 ] || AS_USER=(unshare --user --map-user=1000 --map-group=1000 --)

fetch() { need initdb postgresql-15; need psql postgresql-client-15; }
boot() {
  if [ ! -s "$RUN/data/PG_VERSION" ]; then
    "${AS_USER[@]}" initdb -D "$RUN/data" -U k2 -A scram-sha-256 --pwfile=<(echo "$PGPASSWORD") -E UTF8 \
      --locale=C >"$RUN/initdb.log" 2>&1 || die "initdb failed: $(tail -n 5 "$RUN/initdb.log")"
  fi
  launch "${AS_USER[@]}" postgres -D "$RUN/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
}
sql() { psql -X -q -h 127.0.0.1 -p "$PORT" -U k2 -d postgres "$@"; }
ready() { sql -c 'select 1'; }
settle() {
  sql -Atc "select 1 from pg_database where datname = 'k2'" | grep -q 1 || sql -c 'create database k2'
}
url() { echo "postgresql://k2:k2@127.0.0.1:$PORT/k2"; }

server postgres "$@"
