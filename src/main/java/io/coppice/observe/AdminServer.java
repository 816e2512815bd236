package io.coppice.observe;

import io.coppice.config.Hosts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP side of a node: metrics, health, backups and the pages that come with it. An import is all that changes anything.
 * Errors are {@code application/problem+json} (RFC 9457).
 */
public final class AdminServer {
    /**
     * Where to listen, and limits.
     *
     * @param port 0 takes a free one
     * @param bodyBytesMax longest body of a request; a longer one is answered 413
     */
    public record Settings(String host, int port, long bodyBytesMax) {}

    private static final int IDLE_SECONDS_MAX = 60;
    /** Scripts and styles from here only; connections also to MQTT, whose port is not this one; a worker of MQTT.js that keeps time in hidden tabs. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                    + "connect-src 'self' ws: wss:; worker-src 'self' blob:; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Settings settings;
    private final Metrics metrics;
    private final Health health;
    private final Supplier<List<WebSocketAddress>> webSockets;
    private final ClusterResource cluster;
    private final BackupResource backup;
    private final StaticFiles files = new StaticFiles("web");
    private @Nullable HttpServer server;

    /** @param webSockets the listeners that pages may use; asked at every request */
    public AdminServer(
            Settings settings,
            Metrics metrics,
            Health health,
            ClusterResource cluster,
            BackupResource backup,
            Supplier<List<WebSocketAddress>> webSockets) {
        this.settings = settings;
        this.metrics = metrics;
        this.health = health;
        this.cluster = cluster;
        this.backup = backup;
        this.webSockets = webSockets;
    }

    /** Begins to listen; gives the real port, or fails where the address cannot be had. */
    public Future<Integer> start(Vertx vertx) {
        HttpServer http = vertx.createHttpServer(new HttpServerOptions()
                .setHost(settings.host())
                .setPort(settings.port())
                .setCompressionSupported(true)
                .setIdleTimeout(IDLE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS));
        server = http;
        return http.requestHandler(router(vertx))
                .listen()
                .map(HttpServer::actualPort)
                .recover(fault -> Future.failedFuture(new IOException(
                        "admin cannot have " + Hosts.withPort(settings.host(), settings.port()) + ": "
                                + fault.getMessage(),
                        fault)));
    }

    /** Lets go of the port; harmless when it was never had. */
    public Future<Void> stop() {
        HttpServer http = server;
        return http == null ? Future.succeededFuture() : http.close();
    }

    private Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.route().handler(AdminServer::secure);
        backup.addTo(vertx, router);
        router.route().handler(BodyHandler.create(false).setBodyLimit(settings.bodyBytesMax()));
        reading(router, "/metrics").handler(ctx -> scrape(vertx, ctx));
        reading(router, "/health/startup").handler(ctx -> probe(ctx, health.live()));
        reading(router, "/health/live").handler(ctx -> probe(ctx, health.live()));
        reading(router, "/health/ready").handler(ctx -> probe(ctx, health.ready()));
        reading(router, "/api/v1/cluster").handler(ctx -> cluster(vertx, ctx));
        router.route("/api/v1/cluster").handler(ctx -> ctx.fail(405));
        router.route("/api/*").handler(ctx -> ctx.fail(404));
        reading(router, "/examples/settings.json").handler(this::pageSettings);
        reading(router, "/*").handler(ctx -> file(vertx, ctx));
        for (int status : new int[] {400, 404, 405, 413, 500, 503}) {
            router.errorHandler(status, ctx -> problem(ctx, status));
        }
        return router;
    }

    private static Route reading(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }

    private static void secure(RoutingContext ctx) {
        ctx.response()
                .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Resource-Policy", "same-origin")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        ctx.next();
    }

    private void scrape(Vertx vertx, RoutingContext ctx) {
        String accept = ctx.request().getHeader(HttpHeaders.ACCEPT);
        String format = Metrics.formatFor(accept == null ? "" : accept);
        vertx.executeBlocking(() -> metrics.scrape(format), false)
                .onSuccess(text -> send(ctx, 200, format, Buffer.buffer(text)))
                .onFailure(ctx::fail);
    }

    private static void probe(RoutingContext ctx, Health.Report report) {
        send(ctx, report.up() ? 200 : 503, "application/json", report.json().toBuffer());
    }

    private void cluster(Vertx vertx, RoutingContext ctx) {
        cluster.ask(vertx)
                .onSuccess(json -> send(ctx, 200, "application/json", json.toBuffer()))
                .onFailure(starting -> ctx.fail(503));
    }

    private void pageSettings(RoutingContext ctx) {
        JsonArray list = new JsonArray();
        webSockets.get().forEach(address -> list.add(address.toJson()));
        send(
                ctx,
                200,
                "application/json",
                new JsonObject().put("webSockets", list).toBuffer());
    }

    private void file(Vertx vertx, RoutingContext ctx) {
        String path = ctx.request().path();
        StaticFiles.File known = path == null ? null : files.cached(path);
        if ("/examples".equals(path)) {
            // The router takes both spellings for one, but the links inside the page are relative to the second.
            ctx.response()
                    .setStatusCode(308)
                    .putHeader(HttpHeaders.LOCATION, "/examples/")
                    .end();
            return;
        }
        if (path == null || known != null) {
            file(ctx, known);
            return;
        }
        vertx.executeBlocking(() -> files.load(path), false)
                .onSuccess(loaded -> file(ctx, loaded))
                .onFailure(ctx::fail);
    }

    private static void file(RoutingContext ctx, StaticFiles.@Nullable File file) {
        if (file == null) {
            ctx.fail(404);
            return;
        }
        // The names carry no version, so a browser asks each time and mostly hears 304.
        HttpServerResponse response = ctx.response()
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader(HttpHeaders.ETAG, file.etag());
        if (file.etag().equals(ctx.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
            response.setStatusCode(304).end();
        } else {
            send(ctx, 200, file.type(), file.content());
        }
    }

    private static void problem(RoutingContext ctx, int status) {
        String title = switch (status) {
            case 404 -> "Nothing is here";
            case 405 -> "This can only be read";
            case 413 -> "The body is too long";
            case 400 -> "The request cannot be understood";
            case 503 -> "The node is starting, or does not answer";
            default -> "The node failed to answer";
        };
        if (status == 405) {
            ctx.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
        }
        Problem.answer(ctx, status, title, "");
    }

    private static void send(RoutingContext ctx, int status, String type, Buffer body) {
        HttpServerResponse response = ctx.response();
        if (response.ended() || response.headWritten()) {
            return;
        }
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, type);
        if (HttpMethod.HEAD.equals(ctx.request().method())) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
                    .end();
        } else {
            response.end(body);
        }
    }
}
