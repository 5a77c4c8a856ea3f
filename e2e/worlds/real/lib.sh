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

# copy_jars POM: what it depends on, into $HOME_DIR/lib
copy_jars() {
  local said
  if [ ! -d "$HOME_DIR/lib" ] || [ "$1" -nt "$HOME_DIR/lib" ]; then
    need mvn maven
    mkdir -p "$HOME_DIR" && rm -rf "${HOME_DIR:?}"/lib*
    said=$(cd "$CACHE" && mvn -B -q -Dmaven.repo.local="$CACHE/m2" \
      org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -f "$1" \
      -DoutputDirectory="$HOME_DIR/lib.part" 2>&1) || die "Maven failed: $said"
    mv "$HOME_DIR/lib.part" "$HOME_DIR/lib" && touch "$HOME_DIR/lib"
  fi
}

# compile SOURCE: into $HOME_DIR/classes, with $HOME_DIR/lib
compile() {
  if [ ! -d "$HOME_DIR/classes" ] || [ "$1" -nt "$HOME_DIR/classes" ]; then
    need javac openjdk-17-jdk-headless
    javac -XDsuppressNotes -cp "$HOME_DIR/lib/*" -d "$HOME_DIR/classes" "$1"
    touch "$HOME_DIR/classes"
  fi
}

# reach_deb: what fetch_deb unpacked is on PATH, with the libraries that the machine lacks
reach_deb() {
  local library
  PATH=$CACHE/deb/usr/bin:$PATH
  for library in "$CACHE"/deb/usr/lib/*-linux-gnu; do
    [ ! -d "$library" ] || export LD_LIBRARY_PATH=$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  done
}

# fetch_deb PROGRAM PACKAGE: Debian's package, unpacked into the cache folder and not installed, unless the program is there
fetch_deb() {
  local got=$CACHE/deb.part
  type -P "$1" >/dev/null && return
  need apt-get "$2"
  mkdir -p "$got/partial" "$CACHE/deb"
  apt-get -qq -y --no-install-recommends --download-only -o Dir::Cache::archives="$got" \
    -o APT::Sandbox::User=root install "$2" >&2 || die "apt cannot fetch $2: apt-get update"
  find "$got" -name '*.deb' -exec dpkg -x {} "$CACHE/deb" \;
  rm -rf "$got"
  reach_deb
  need "$1" "$2"
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
        await 180
        ! declare -F settle >/dev/null || settle
      fi
      url ;;
    restart) # where it was; STOP_SIGNAL=KILL for a crash
      halt
      boot
      await 180
      url ;;
    stop) halt ;;
    clean)
      halt
      rm -rf "$RUN"
      rmdir --ignore-fail-on-non-empty "$SET" ;;
    pid) alive && cut -d' ' -f1 "$RUN/pid" ;;
    status) if alive && ready >/dev/null 2>&1; then url; else echo down && exit 1; fi ;;
    *) sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0" >&2 && exit 2 ;;
  esac
}
