FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* && mkdir /data
COPY versitygw /usr/bin/
COPY minio.sh /usr/bin/minio
# mc ready local
RUN printf '#!/bin/sh\nexec curl -fsS -o /dev/null http://127.0.0.1:9000/minio/health/live\n' >/usr/bin/mc && chmod +x /usr/bin/mc
EXPOSE 9000
VOLUME /data
CMD ["minio"]
