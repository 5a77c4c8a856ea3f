#!/usr/bin/env bash
# iceberg.sh: Iceberg's Java library as another engine (iceberg/Engine.java): deeds in on standard input, answers out.
#
# usage: iceberg.sh fetch | run WAREHOUSE
# env:   K2_SERVERS: see lib.sh; AWS_*: where S3 is
# needs: java and javac 17 or newer, mvn
. "$(dirname "$0")/lib.sh"
HOME_DIR=$CACHE/iceberg
SOURCE=$HERE/iceberg/Engine.java

fetch() {
  need java openjdk-17-jre-headless
  copy_jars "$HERE/iceberg/pom.xml"
  compile "$SOURCE"
}

case ${1:-} in
  fetch) fetch ;;
  run)
    fetch
    exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
      -cp "$HOME_DIR/classes:$HOME_DIR/lib/*" Engine "${2:?a warehouse, see the head of this file}" ;;
  *) sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0" >&2 && exit 2 ;;
esac
