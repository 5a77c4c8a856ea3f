#!/usr/bin/env bash
# helm.sh: helm, from its sources in the Go module proxy.
#
# usage: helm.sh fetch | ARGS...     (fetch builds it where it is not yet; any other words are helm's own)
# env:   K2_SERVERS: see lib.sh
# needs: go 1.26 or newer, and two minutes for the first build; a helm 3 that is on PATH serves as well
. "$(dirname "$0")/lib.sh"
HELM=v3.22.0
BIN=$CACHE/bin/helm-$HELM
# What a user of this machine has set up for helm decides nothing here.
export HELM_CACHE_HOME=$CACHE/helm/cache HELM_CONFIG_HOME=$CACHE/helm/config HELM_DATA_HOME=$CACHE/helm/data

fetch() {
  local found
  [ ! -x "$BIN" ] || return 0
  if found=$(type -P helm) && [[ $("$found" version --short) == v3.* ]]; then
    ln -s "$found" "$BIN"
    return
  fi
  type -P go >/dev/null || die "the program go (1.26 or newer) is missing; Debian 12's golang package is too old"
  # In the cache, where no go.mod has a word in it.
  (cd "$CACHE" && GOPATH=$CACHE/go GOMODCACHE=$CACHE/go/pkg/mod GOCACHE=$CACHE/go/cache GOBIN=$CACHE/bin GOTOOLCHAIN=local \
    GOFLAGS='-buildvcs=false -modcacherw' go install -trimpath -ldflags '-s -w' "helm.sh/helm/v3/cmd/helm@$HELM") >&2
  mv "$CACHE/bin/helm" "$BIN"
}

case ${1:-} in
  fetch) fetch ;;
  '') sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0" >&2 && exit 2 ;;
  *)
    [ -x "$BIN" ] || fetch
    exec "$BIN" "$@" ;;
esac
