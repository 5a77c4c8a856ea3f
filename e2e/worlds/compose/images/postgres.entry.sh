#!/bin/bash
# What docker-compose.yml uses of the official entry point: POSTGRES_USER, _PASSWORD and _DB, initdb.d/*.sql, as user postgres.
set -euo pipefail
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -U "$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD") -E UTF8 --locale=C >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl -o "-c listen_addresses='' -k /var/run/postgresql" -w start >/dev/null
  sql() { psql -q -U "$POSTGRES_USER" -v ON_ERROR_STOP=1 "$@"; }
  sql -d postgres -c "create database \"$POSTGRES_DB\""
  for file in /docker-entrypoint-initdb.d/*.sql; do [ ! -f "$file" ] || sql -d "$POSTGRES_DB" -f "$file"; done
  pg_ctl -m fast -w stop >/dev/null
fi
exec "$@" -c listen_addresses='*' -k /var/run/postgresql
