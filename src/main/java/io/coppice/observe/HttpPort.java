package io.coppice.observe;

import io.coppice.config.Hosts;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A port on which HTTP/1.1 is spoken, plainly or over TLS: one request at a time on each connection. */
final class HttpPort {
    private static final int IDLE_SECONDS_MAX = 60;
    /** Of a request's first line, where client identifiers and topics stand with up to three characters for each byte. */
    private static final int LINE_BYTES_MAX = 32 << 10;

    private final String name;
    private final String host;
    private final int port;
    private final ConnectionLimit connections;
    private final long handshakeMillisMax;
    private @Nullable HttpServer server;

    /**
     * Not open yet.
     *
     * @param name for an operator
     * @param port 0 takes a free one
     */
    HttpPort(String name, String host, int port, ConnectionLimit connections, long handshakeMillisMax) {
        this.name = name;
        this.host = host;
        this.port = port;
        this.connections = connections;
        this.handshakeMillisMax = handshakeMillisMax;
    }

    /**
     * Begins to listen; gives the real port, or fails where the address cannot be had.
     *
     * @param tls null for none
     */
    Future<Integer> open(Vertx vertx, @Nullable ServerSSLOptions tls, Handler<HttpServerRequest> handler) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(true)
                .setMaxInitialLineLength(LINE_BYTES_MAX)
                .setIdleTimeout(IDLE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        if (tls != null) {
            options.setSsl(true)
                    .setUseAlpn(false)
                    .setKeyCertOptions(tls.getKeyCertOptions())
                    .setTrustOptions(tls.getTrustOptions())
                    .setClientAuth(tls.getClientAuth())
                    .setEnabledSecureTransportProtocols(tls.getEnabledSecureTransportProtocols())
                    .setSslHandshakeTimeout(handshakeMillisMax)
                    .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
            tls.getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
        }
        HttpServer http = vertx.createHttpServer(options);
        server = http;
        return http.connectionHandler(connections::accept)
                .requestHandler(handler)
                .listen()
                .map(HttpServer::actualPort)
                .recover(fault -> Future.failedFuture(new IOException(
                        name + " cannot have " + Hosts.withPort(host, port) + ": " + fault.getMessage(), fault)));
    }

    /** Handshakes from now on use these; connections stay as they are, and sessions of TLS from before cannot be taken up again. */
    Future<Void> renew(ServerSSLOptions tls) {
        HttpServer http = server;
        if (http == null) {
            return Future.succeededFuture();
        }
        tls.setSslHandshakeTimeout(handshakeMillisMax).setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        return http.updateSSLOptions(tls, true).mapEmpty();
    }

    /** Lets go of the port; harmless when it was never had. */
    Future<Void> close() {
        HttpServer http = server;
        return http == null ? Future.succeededFuture() : http.close();
    }
}
