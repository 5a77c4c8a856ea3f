# The official one keeps schemas in PostgreSQL (REGISTRY_DATASOURCE_*); of that variant there is no package. This one keeps
# them in a file of its own.
FROM k2-stand-in/java:17
COPY app /deployments
RUN useradd --uid 185 --create-home jboss
USER 185
EXPOSE 8080
CMD ["java", "-XX:MaxRAMPercentage=50", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true", "-Dquarkus.http.host=0.0.0.0", "-Dquarkus.datasource.jdbc.url=jdbc:h2:file:/tmp/registry", "-jar", "/deployments/runner.jar"]
