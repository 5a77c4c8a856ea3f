FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-15 xz-utils && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 999 postgres && useradd --uid 999 --gid 999 --create-home --home-dir /var/lib/postgresql postgres \
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
ADD pg.txz /usr/local/pg
COPY postgres.entry.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/local/pg/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data
RUN postgres --version
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
