#!/usr/bin/env bash
set -euo pipefail
config=/opt/kafka/config/server.properties
: >"$config"
while IFS='=' read -r name value; do
  case $name in KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_LOG4J_* | KAFKA_JMX_*) continue ;; esac
  name=${name#KAFKA_} && name=${name//___/-} && name=${name//__/ } && name=${name//_/.} && name=${name// /_}
  echo "${name,,}=$value" >>"$config"
done < <(env | grep '^KAFKA_')
# shellcheck disable=SC2206 # options are words
java=(java ${KAFKA_HEAP_OPTS:--Xmx1g} -Djava.net.preferIPv4Stack=true -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted -c "$config" -t "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}"
exec "${java[@]}" kafka.Kafka "$config"
