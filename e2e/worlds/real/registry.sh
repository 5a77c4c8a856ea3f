#!/usr/bin/env bash
# registry.sh: a schema registry with Confluent's API (Apicurio Registry, the last release that runs on Java 17). Schemas
# live in memory.
#
# usage: registry.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
# needs: java 17 or newer, mvn, curl
. "$(dirname "$0")/lib.sh"
VERSION=2.6.13.Final
HOME_DIR=$CACHE/registry-$VERSION

fetch() {
  need java openjdk-17-jre-headless
  need curl curl
  [ ! -d "$HOME_DIR" ] || return 0
  need mvn maven
  rm -rf "$HOME_DIR.part" && mkdir -p "$HOME_DIR.part"
  local said
  said=$(cd "$CACHE" && mvn -B -q -Dmaven.repo.local="$CACHE/m2" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="io.apicurio:apicurio-registry-app:$VERSION:tar.gz:all" -DoutputDirectory="$HOME_DIR.part" 2>&1) ||
    die "Maven failed: $said"
  tar xzf "$HOME_DIR.part"/*.tar.gz -C "$HOME_DIR.part" && rm "$HOME_DIR.part"/*.tar.gz
  mv "$HOME_DIR.part" "$HOME_DIR"
}
boot() {
  cd "$RUN"
  # Its transaction manager listens too.
  launch java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true \
    -Dquarkus.http.host=127.0.0.1 -Dquarkus.http.port="$PORT" -DCoreEnvironmentBean.socketProcessIdPort="$(free_port)" \
    -jar "$HOME_DIR/apicurio-registry-app-$VERSION-runner.jar"
}
ready() { curl -fsS -m 2 -o /dev/null "$(url)/subjects"; }
# Confluent's own default; this one has none.
settle() {
  curl -fsS -m 5 -o /dev/null -X PUT -H 'content-type: application/vnd.schemaregistry.v1+json' \
    -d '{"compatibility":"BACKWARD"}' "$(url)/config"
}
url() { echo "http://127.0.0.1:$PORT/apis/ccompat/v7"; }

server registry "$@"
