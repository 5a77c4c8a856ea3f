FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* && mkdir /data
COPY versitygw minio.sh /usr/bin/
RUN mv /usr/bin/minio.sh /usr/bin/minio
EXPOSE 9000
VOLUME /data
CMD ["minio"]
