#!/usr/bin/env bash
# connect.sh: a worker of Kafka Connect, alone, with Apache Iceberg's sink and Apicurio's Avro converter; connectors come
# by its REST interface. Its heap is what Kafka's own script gives it.
#
# usage: connect.sh fetch | start | stop | clean | status     (start prints its URL; clean also removes what it holds)
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
#        KAFKA      address from kafka.sh
# needs: java 17 or newer, mvn, curl
. "$(dirname "$0")/lib.sh"
HOME_DIR=$CACHE/connect

fetch() {
  need java openjdk-17-jre-headless
  need curl curl
  copy_jars "$HERE/connect/pom.xml"
}
boot() {
  cat >"$RUN/worker.properties" <<CONF
bootstrap.servers=${KAFKA:?the address of a broker, see the head of this file}
listeners=http://127.0.0.1:$PORT
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
offset.storage.file.filename=$RUN/offsets
offset.flush.interval.ms=5000
plugin.discovery=only_scan
CONF
  launch java -Xms256M -Xmx2G -Djava.net.preferIPv4Stack=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$HOME_DIR/lib/*" org.apache.kafka.connect.cli.ConnectStandalone "$RUN/worker.properties"
}
ready() { curl -fsS -m 2 -o /dev/null "$(url)/connectors"; }
url() { echo "http://127.0.0.1:$PORT"; }

server connect "$@"
