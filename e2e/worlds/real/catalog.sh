#!/usr/bin/env bash
# catalog.sh: an Iceberg REST catalog (Apache Iceberg's own test fixture, from catalog/ beside this script). It validates
# little: that a table can be read is shown by reading it.
#
# usage: catalog.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
#        POSTGRES   URL from postgres.sh; SQLite with one connection without it
#        S3         URL from s3.sh, and then the warehouse is s3://lake/warehouse; a folder without it
# needs: java and javac 17 or newer, mvn, curl
. "$(dirname "$0")/lib.sh"
HOME_DIR=$CACHE/catalog
SOURCE=$HERE/catalog/LocalRestCatalog.java

fetch() {
  need java openjdk-17-jre-headless
  need curl curl
  local said
  if [ ! -d "$HOME_DIR/lib" ] || [ "$HERE/catalog/pom.xml" -nt "$HOME_DIR/lib" ]; then
    need mvn maven
    mkdir -p "$HOME_DIR" && rm -rf "${HOME_DIR:?}"/lib*
    said=$(cd "$CACHE" && mvn -B -q -Dmaven.repo.local="$CACHE/m2" \
      org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -f "$HERE/catalog/pom.xml" \
      -DoutputDirectory="$HOME_DIR/lib.part" 2>&1) || die "Maven failed: $said"
    mv "$HOME_DIR/lib.part" "$HOME_DIR/lib" && touch "$HOME_DIR/lib"
  fi
  if [ ! -d "$HOME_DIR/classes" ] || [ "$SOURCE" -nt "$HOME_DIR/classes" ]; then
    need javac openjdk-17-jdk-headless
    javac -cp "$HOME_DIR/lib/*" -d "$HOME_DIR/classes" "$SOURCE"
    touch "$HOME_DIR/classes"
  fi
}
boot() {
  # CATALOG_A__B_C is the fixture's setting a-b.c.
  export CATALOG_REST_PORT=$PORT CATALOG_CATALOG__IMPL=org.apache.iceberg.jdbc.JdbcCatalog CATALOG_JDBC_SCHEMA__VERSION=V1
  if [ -n "${POSTGRES:-}" ]; then
    local address=${POSTGRES#*@}
    export CATALOG_URI=jdbc:postgresql://$address CATALOG_JDBC_USER=k2 CATALOG_JDBC_PASSWORD=k2 CATALOG_CLIENTS=4
  else
    export CATALOG_URI=jdbc:sqlite:$RUN/catalog.db CATALOG_CLIENTS=1 # SQLite takes one writer
  fi
  if [ -n "${S3:-}" ]; then
    export CATALOG_WAREHOUSE=s3://lake/warehouse CATALOG_IO__IMPL=org.apache.iceberg.aws.s3.S3FileIO
    export CATALOG_S3_ENDPOINT=$S3 CATALOG_S3_PATH__STYLE__ACCESS=true CATALOG_CLIENT_REGION=us-east-1 AWS_REGION=us-east-1
    export CATALOG_S3_ACCESS__KEY__ID=testkey CATALOG_S3_SECRET__ACCESS__KEY=testsecret
  else
    export CATALOG_WAREHOUSE=file://$RUN/warehouse CATALOG_IO__IMPL=org.apache.iceberg.hadoop.HadoopFileIO
  fi
  launch java -Xmx512m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$HOME_DIR/classes:$HOME_DIR/lib/*" org.apache.iceberg.rest.LocalRestCatalog
}
ready() { curl -fsS -m 2 -o /dev/null "$(url)/v1/config"; }
url() { echo "http://127.0.0.1:$PORT"; }

server catalog "$@"
