package org.apache.iceberg.rest;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Iceberg's own RESTCatalogServer, but bound to one address: the original listens on every interface and shares its
 * port. In Iceberg's package because it uses package-private classes.
 */
public class LocalRestCatalog {
  public static void main(String[] args) throws Exception {
    Map<String, String> settings = RCKUtils.environmentCatalogConfig();
    var catalog = CatalogUtil.buildIcebergCatalog("rest_backend", settings, new Configuration());
    var adapter = new RESTServerCatalogAdapter(new RESTCatalogServer.CatalogContext(catalog, settings));
    var context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
    context.addServlet(new ServletHolder(new RESTCatalogServlet(adapter)), "/*");
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(settings.get("rest.port")));
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
    server.join();
  }
}
