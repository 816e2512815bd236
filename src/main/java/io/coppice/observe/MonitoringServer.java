package io.coppice.observe;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * Health and metrics, and nothing else, for anybody who reaches the port: what watches a node has no password, and the port of
 * those who change it need not be open to it.
 */
public final class MonitoringServer {
    /**
     * Where to listen, what is served, and limits.
     *
     * @param port 0 takes a free one
     */
    public record Settings(String host, int port, boolean health, boolean metrics, int connectionsMax) {}

    private static final long NO_HANDSHAKE = 1;

    private final Settings settings;
    private final Probes probes;
    private final HttpPort http;

    public MonitoringServer(Settings settings, Metrics metrics, Health health) {
        this.settings = settings;
        this.probes = new Probes(metrics, health);
        this.http = new HttpPort(
                "monitoring",
                settings.host(),
                settings.port(),
                new ConnectionLimit("monitoring", settings.connectionsMax(), metrics.registry()),
                NO_HANDSHAKE);
    }

    /** Begins to listen; gives the real port, or fails where the address cannot be had. */
    public Future<Integer> start(Vertx vertx) {
        return http.open(vertx, null, router(vertx));
    }

    public Future<Void> stop() {
        return http.close();
    }

    private Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.route().handler(MonitoringServer::onlyReading);
        if (settings.health()) {
            router.route("/health/startup").handler(probes::live);
            router.route("/health/live").handler(probes::live);
            router.route("/health/ready").handler(probes::ready);
        }
        if (settings.metrics()) {
            router.route("/metrics").handler(ctx -> probes.scrape(vertx, ctx));
        }
        router.errorHandler(404, ctx -> Problem.answer(ctx, 404, "Nothing is here", "the admin port has the rest"));
        router.errorHandler(500, ctx -> Problem.answer(ctx, 500, "The node failed to answer", ""));
        return router;
    }

    private static void onlyReading(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        ctx.response()
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method())) {
            ctx.next();
        } else {
            ctx.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            Unread.answer(ctx, 405, "Another method is wanted", "allowed: GET, HEAD");
        }
    }
}
