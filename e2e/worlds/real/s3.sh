#!/usr/bin/env bash
# s3.sh: an S3 server (versitygw over a folder), path style, with the bucket "lake", key "testkey", secret "testsecret",
# region us-east-1.
#
# usage: s3.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
# needs: go 1.25 or newer and curl; two minutes for its first build
. "$(dirname "$0")/lib.sh"
VERSION=v1.8.0

fetch() {
  need curl curl
  [ ! -x "$CACHE/bin/versitygw" ] || return 0
  type -P go >/dev/null || die "the program go (1.25 or newer) is missing; Debian 12's golang package is too old"
  env GOPATH="$CACHE/go" GOMODCACHE="$CACHE/go/pkg/mod" GOCACHE="$CACHE/go/cache" GOBIN="$CACHE/bin" \
    GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -modcacherw' \
    go install -trimpath -ldflags '-s -w' "github.com/versity/versitygw/cmd/versitygw@$VERSION" >&2
}
boot() {
  mkdir -p "$RUN/data/lake"
  export ROOT_ACCESS_KEY=testkey ROOT_SECRET_KEY=testsecret
  launch "$CACHE/bin/versitygw" --port "127.0.0.1:$PORT" --region us-east-1 --quiet --keep-alive posix "$RUN/data"
}
ready() { curl -s -m 2 -o /dev/null "$(url)"; }
url() { echo "http://127.0.0.1:$PORT"; }

server s3 "$@"
