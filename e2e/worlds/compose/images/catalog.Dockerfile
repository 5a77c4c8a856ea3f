FROM k2-stand-in/java:17
RUN useradd --uid 1000 --create-home iceberg
WORKDIR /usr/lib/iceberg-rest
COPY lib lib
COPY iceberg-rest-adapter.jar .
ENV CATALOG_CATALOG__IMPL=org.apache.iceberg.jdbc.JdbcCatalog CATALOG_URI=jdbc:sqlite::memory: REST_PORT=8181
USER iceberg
EXPOSE 8181
HEALTHCHECK --retries=10 --interval=1s CMD curl --fail http://127.0.0.1:$REST_PORT/v1/config || exit 1
CMD ["java", "-jar", "iceberg-rest-adapter.jar"]
