#!/usr/bin/env bash
# manifests.sh: reads objects of Kubernetes by its own types, and says what it would not know: a word that is misspelt, a list
# where a text should be.
#
# usage: manifests.sh fetch | FILE...     (fetch builds it)
# env:   K2_SERVERS: see lib.sh
# needs: go 1.26 or newer, and a minute for the first build
. "$(dirname "$0")/lib.sh"
BIN=$CACHE/bin/manifests

fetch() {
  type -P go >/dev/null || die "the program go (1.26 or newer) is missing; Debian 12's golang package is too old"
  [ ! -x "$BIN" ] || [ "$HERE/manifests/main.go" -nt "$BIN" ] || [ "$HERE/manifests/go.mod" -nt "$BIN" ] || return 0
  (cd "$HERE/manifests" && GOPATH=$CACHE/go GOMODCACHE=$CACHE/go/pkg/mod GOCACHE=$CACHE/go/cache GOTOOLCHAIN=local \
    GOFLAGS='-buildvcs=false -modcacherw -trimpath' go build -o "$BIN" .) >&2
}

case ${1:-} in
  fetch) fetch ;;
  '') sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0" >&2 && exit 2 ;;
  *)
    fetch
    exec "$BIN" "$@" ;;
esac
