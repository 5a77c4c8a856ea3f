#!/usr/bin/env bash
# kafka.sh: Apache Kafka, one KRaft node (broker and controller), from its Maven jars; topics are not made by use.
#
# usage: kafka.sh fetch | start | restart | stop | clean | status     (start prints its address; clean also removes what
#        it holds)
#        kafka.sh tool CLASS ARGS...      a program of Kafka's own: ConsoleProducer, consumer.ConsoleConsumer, …
# env:   K2_SERVERS, K2_SERVERS_SET: see lib.sh
#        BEHIND=LISTEN:ADVERTISED  a second listener on the first port, which sends clients to the second: a proxy's
#        SECURE=1   TLS with $K2_SERVERS/run/SET/kafka/ca.pem, and SASL: user k2, password k2-secret, PLAIN or SCRAM
# needs: java 17 or newer, mvn; openssl for SECURE
. "$(dirname "$0")/lib.sh"
VERSION=4.3.1
HOME_DIR=$CACHE/kafka-$VERSION

fetch() {
  need java openjdk-17-jre-headless
  [ ! -d "$HOME_DIR" ] || return 0
  need mvn maven
  rm -rf "$HOME_DIR.part" && mkdir -p "$HOME_DIR.part"
  # log4j-slf4j-impl joins slf4j and log4j, which the jars bring and leave apart
  cat >"$HOME_DIR.part/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>k2</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$VERSION</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>
</dependencies></project>
XML
  local said
  said=$(cd "$CACHE" && mvn -B -q -Dmaven.repo.local="$CACHE/m2" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -f "$HOME_DIR.part/pom.xml" \
    -DincludeScope=runtime -DoutputDirectory="$HOME_DIR.part/libs" 2>&1) || die "Maven failed: $said"
  mv "$HOME_DIR.part" "$HOME_DIR"
}

# secure: the configuration of a listener with TLS and SASL
secure() {
  need openssl openssl
  [ -f "$RUN/ca.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout "$RUN/key.pem" -out "$RUN/ca.pem" 2>/dev/null
  cat "$RUN/key.pem" "$RUN/ca.pem" >"$RUN/broker.pem"
  local login=org.apache.kafka.common.security
  cat <<CONF
ssl.keystore.type=PEM
ssl.keystore.location=$RUN/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=$RUN/ca.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=$login.plain.PlainLoginModule required username="k2" password="k2-secret" user_k2="k2-secret";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$login.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$login.scram.ScramLoginModule required;
CONF
}

configure() {
  local controller protocol=PLAINTEXT more='' advertised=''
  controller=$(free_port)
  [ -z "${SECURE:-}" ] || protocol=SASL_SSL
  if [ -n "${BEHIND:-}" ]; then
    more=,BEHIND://127.0.0.1:${BEHIND%:*}
    advertised=,BEHIND://127.0.0.1:${BEHIND#*:}
  fi
  cat >"$RUN/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=$protocol://127.0.0.1:$PORT,CONTROLLER://127.0.0.1:$controller$more
advertised.listeners=$protocol://127.0.0.1:$PORT$advertised
listener.security.protocol.map=$protocol:$protocol,CONTROLLER:PLAINTEXT${more:+,BEHIND:PLAINTEXT}
inter.broker.listener.name=$protocol
log.dirs=$RUN/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
CONF
  [ -z "${SECURE:-}" ] || secure >>"$RUN/server.properties"
  cat >"$RUN/log4j2.properties" <<CONF
status=warn
rootLogger.level=warn
rootLogger.appenderRef.o.ref=O
logger.started.name=kafka.server.KafkaRaftServer
logger.started.level=info
appender.o.type=Console
appender.o.name=O
appender.o.layout.type=PatternLayout
appender.o.layout.pattern=[%d] %p %m (%c)%n
CONF
}

kafka_java() { java -Dlog4j2.configurationFile="$RUN/log4j2.properties" -cp "$HOME_DIR/libs/*" "$@"; }

boot() {
  configure
  if [ ! -f "$RUN/data/meta.properties" ]; then
    kafka_java kafka.tools.StorageTool format -c "$RUN/server.properties" \
      --add-scram 'SCRAM-SHA-256=[name=k2,password=k2-secret]' --add-scram 'SCRAM-SHA-512=[name=k2,password=k2-secret]' \
      -t "$(kafka_java kafka.tools.StorageTool random-uuid 2>/dev/null)" >"$RUN/format.log" 2>&1 ||
      die "formatting the data folder failed: $(cat "$RUN/format.log")"
  fi
  launch java -Xms512m -Xmx512m -XX:+UseG1GC -Djava.net.preferIPv4Stack=true \
    -Dlog4j2.configurationFile="$RUN/log4j2.properties" -cp "$HOME_DIR/libs/*" kafka.Kafka "$RUN/server.properties"
}
ready() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") && grep -q 'Kafka Server started' "$RUN/log"; }
url() { echo "127.0.0.1:$PORT"; }

if [ "${1:-}" = tool ]; then
  class=${2:?a class, see the head of this file}
  case $class in org.* | kafka.*) ;; *) class=org.apache.kafka.tools.$class ;; esac
  fetch
  exec java -Xmx256m -Dlog4j2.level=ERROR -cp "$HOME_DIR/libs/*" "$class" "${@:3}"
fi
server kafka "$@"
