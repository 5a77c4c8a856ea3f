#!/usr/bin/env bash
# engine.sh: a Docker engine from Debian with compose and buildx from the Go module proxy, on a socket of its own beside any
# other, for machines that have none. Its images and build cache outlast it, in the user's cache folder.
#
# usage: engine.sh fetch | start | stop | status     (start prints its DOCKER_HOST and DOCKER_CONFIG)
# env:   K2_SERVERS: see ../real/lib.sh
#        K2_ENGINE_NET 10.213: its networks are within this /16; with another, and another K2_SERVERS, there is a second engine
# needs: root; docker.io, iptables and iproute2 from Debian; go 1.25 or newer, five minutes for the first build
. "$(dirname "$0")/../real/lib.sh"
RUN=$CACHE/docker
NET=${K2_ENGINE_NET:-10.213}
BRIDGE=k2-${NET//./-} # its own: docker0 may be another engine's
COMPOSE=v2.40.3
BUILDX=v0.29.1 # only what it calls itself: the code is what compose's module graph pins
export DOCKER_HOST=unix://$RUN/docker.sock DOCKER_CONFIG=$RUN/config
export GOPATH=$CACHE/go GOMODCACHE=$CACHE/go/pkg/mod GOCACHE=$CACHE/go/cache GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -modcacherw'

# plugin NAME PACKAGE FLAGS: one of docker's programs, out of compose's source
plugin() {
  local to=$DOCKER_CONFIG/cli-plugins/docker-$1 source=$CACHE/compose-$COMPOSE
  [ ! -x "$to" ] || return 0
  type -P go >/dev/null || die "the program go (1.25 or newer) is missing; Debian 12's golang package is too old"
  if [ ! -d "$source" ]; then # a copy: modules with `replace` cannot be installed by name
    local from
    from=$(go mod download -json "github.com/docker/compose/v2@$COMPOSE" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    rm -rf "$source.part" && cp -r "$from" "$source.part" && chmod -R u+w "$source.part" && mv "$source.part" "$source"
  fi
  (cd "$source" && go build -mod=mod -trimpath -ldflags "-s -w $3" -o "$to" "$2") >&2
}

fetch() {
  need dockerd docker.io iptables iproute2
  need docker docker.io
  need iptables iptables
  need ip iproute2
  mkdir -p "$DOCKER_CONFIG/cli-plugins" "$RUN/data"
  plugin compose ./cmd "-X github.com/docker/compose/v2/internal.Version=$COMPOSE"
  plugin buildx github.com/docker/buildx/cmd/buildx "-X github.com/docker/buildx/version.Version=$BUILDX"
}
boot() {
  ip link show "$BRIDGE" >/dev/null 2>&1 || ip link add "$BRIDGE" type bridge
  ip addr replace "$NET.255.1/24" dev "$BRIDGE" && ip link set "$BRIDGE" up
  launch dockerd --data-root "$RUN/data" --exec-root "$RUN/exec" --pidfile "$RUN/dockerd.pid" -H "$DOCKER_HOST" \
    --bridge "$BRIDGE" --default-address-pool "base=$NET.0.0/17,size=24"
}
ready() { docker version; }

case ${1:-} in
  fetch) fetch ;;
  start)
    [ "$(id -u)" = 0 ] || die "a Docker engine must be started by root"
    fetch
    alive || boot
    await 60
    echo "DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG" ;;
  stop)
    if alive; then
      docker container prune -f >/dev/null
      docker image prune -f >/dev/null
      docker builder prune -f --keep-storage 2GB >/dev/null
      halt
    fi
    ! ip link show "$BRIDGE" >/dev/null 2>&1 || ip link delete "$BRIDGE" ;;
  status) if alive && ready >/dev/null 2>&1; then echo "$DOCKER_HOST"; else echo down && exit 1; fi ;;
  *) sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0" >&2 && exit 2 ;;
esac
