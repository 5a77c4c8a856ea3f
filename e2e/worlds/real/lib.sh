# shellcheck shell=bash
# lib.sh: what the scripts beside it share. Sourced by them, never run.
#
# env:   K2_SERVERS      everything that is downloaded or built, and what runs; the user's cache folder by default
#        K2_SERVERS_SET  name of a set of servers; another name is a second set beside the first
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${K2_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/k2-servers}
SET=$CACHE/run/${K2_SERVERS_SET:-main}
mkdir -p "$CACHE/bin"

die() { echo "${0##*/}: $*" >&2; exit 1; }

# need PROGRAM PACKAGE...: stop with the apt-get line when a program is missing
need() {
  type -P "$1" >/dev/null ||
    die "the program $1 is missing: apt-get update && apt-get install -y --no-install-recommends ${*:2}"
}

# born PID: when a living process started (clock ticks), so that a recycled pid is never taken for ours
born() {
  local fields
  read -r -a fields < <(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ "${fields[0]}" != Z ] && echo "${fields[19]}"
}

alive() {
  local pid at
  [ -f "$RUN/pid" ] && read -r pid at <"$RUN/pid" && [ "$(born "$pid")" = "$at" ]
}

# free_port: one that nobody listens on, outside the range that the kernel gives to clients
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "no port between 20000 and 30000 is free"
}

# launch COMMAND...: in a session of its own, so that it outlives the shell
launch() {
  setsid "$@" >"$RUN/log" 2>&1 </dev/null &
  echo "$! $(born $!)" >"$RUN/pid"
}

# await SECONDS: until ready() succeeds; if the process dies or the time passes, show its log
await() {
  local end=$((SECONDS + $1))
  until ready >/dev/null 2>&1; do
    if ! alive || [ $SECONDS -ge $end ]; then
      tail -n 20 "$RUN/log" >&2
      halt
      die "it did not come up in $1 s; the whole log is $RUN/log"
    fi
    sleep 0.2
  done
}

# halt: $STOP_SIGNAL (TERM), then KILL after 15 s; only the process that launch started
halt() {
  local pid end=$((SECONDS + 15))
  if alive; then
    read -r pid _ <"$RUN/pid"
    kill -s "${STOP_SIGNAL:-TERM}" "$pid" || true
    while alive && [ $SECONDS -lt $end ]; do sleep 0.1; done
    ! alive || kill -KILL "$pid" || true
  fi
  rm -f "$RUN/pid"
}

# server NAME WORD: the words that every server knows. The script defines fetch (get the program), boot (launch it on
# $PORT), ready (does it answer?), url, and perhaps settle (once, when it answers). `start` prints the url.
server() {
  RUN=$SET/$1
  mkdir -p "$RUN"
  [ ! -f "$RUN/port" ] || PORT=$(<"$RUN/port")
  case ${2:-} in
    fetch) fetch ;;
    start)
      if ! alive; then
        fetch
        PORT=$(free_port)
        echo "$PORT" >"$RUN/port"
        boot
        await 60
        ! declare -F settle >/dev/null || settle
      fi
      url ;;
    restart) # where it was; STOP_SIGNAL=KILL for a crash
      halt
      boot
      await 60
      url ;;
    stop) halt ;;
    clean)
      halt
      rm -rf "$RUN"
      rmdir --ignore-fail-on-non-empty "$SET" ;;
    status) if alive && ready >/dev/null 2>&1; then url; else echo down && exit 1; fi ;;
    *) sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0" >&2 && exit 2 ;;
  esac
}
