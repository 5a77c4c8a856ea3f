# As the official one: user appuser, KAFKA_* are the broker's properties, a CLUSTER_ID unless one is given.
FROM k2-stand-in/java:17
RUN useradd --uid 1000 --create-home appuser && install -d -o appuser /opt/kafka/config /var/lib/kafka/data
COPY libs /opt/kafka/libs
COPY kafka.run.sh /etc/kafka/docker/run
USER appuser
EXPOSE 9092
VOLUME /var/lib/kafka/data
CMD ["/etc/kafka/docker/run"]
