package io.coppice.observe;

import io.coppice.config.CoppiceConfig.Admin;
import io.coppice.config.CoppiceConfig.AdminLimits;
import io.coppice.port.AdminGate;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP side of a node: metrics, health, backups and the pages that come with it, for those who may. Errors are {@code application/problem+json} (RFC 9457).
 */
public final class AdminServer {
    /**
     * Where to listen, for whom, and limits.
     *
     * @param node its name, for the audit
     * @param release of the node, for the document of the API
     * @param config of the port, whose files others have read
     * @param limits of it
     * @param handshakeMillisMax for TLS
     * @param addressesMax that are remembered for wrong tries
     * @param clock milliseconds since the epoch
     */
    public record Settings(
            String node,
            String release,
            Admin config,
            AdminLimits limits,
            long handshakeMillisMax,
            int addressesMax,
            LongSupplier clock) {}

    /**
     * Who is asked, and told.
     *
     * @param certified host names of the certificate, a first label {@code *} for any one; asked each time
     */
    public record Doors(AdminGate gate, Audit audit, Supplier<Set<String>> certified) {}

    /**
     * What is shown.
     *
     * @param webSockets the listeners that pages may use; asked at every request
     */
    public record Shown(
            Metrics metrics,
            Health health,
            ClusterResource cluster,
            BackupResource backup,
            ApiResource api,
            Supplier<List<WebSocketAddress>> webSockets) {}

    /** Taken, and not at weight 0. */
    private static final Pattern GZIP = Pattern.compile("(?i)(^|[,\\s])gzip\\s*(,|$|;\\s*q=(1|0?\\.0*[1-9]))");

    private final Settings settings;
    private final Doors doors;
    private final Shown shown;
    private final Probes probes;
    private final AdminCounts counts;
    private final HttpPort http;
    private final StaticFiles files = new StaticFiles("web");

    public AdminServer(Settings settings, Doors doors, Shown shown) {
        this.settings = settings;
        this.doors = doors;
        this.shown = shown;
        this.probes = new Probes(shown.metrics(), shown.health());
        MeterRegistry registry = shown.metrics().registry();
        this.counts = new AdminCounts(registry, doors.audit());
        this.http = new HttpPort(
                "admin",
                settings.config().host(),
                settings.config().port(),
                new ConnectionLimit("admin", settings.limits().connectionsMax(), registry),
                settings.handshakeMillisMax());
    }

    /**
     * Begins to listen; gives the real port, or fails where the address cannot be had.
     *
     * @param tls null for plain HTTP
     */
    public Future<Integer> start(Vertx vertx, @Nullable ServerSSLOptions tls) {
        return http.open(vertx, tls, router(vertx));
    }

    /** Handshakes from now on use these; connections stay as they are. */
    public Future<Void> renew(ServerSSLOptions tls) {
        return http.renew(tls);
    }

    /** Lets go of the port; harmless when it was never had. */
    public Future<Void> stop() {
        return http.close();
    }

    Router router(Vertx vertx) {
        AdminRouter routes = new AdminRouter(
                vertx, new AdminGuard(vertx, rules()), settings.limits().bodyBytesMax());
        routes.add(AdminRoute.METRICS, ctx -> probes.scrape(vertx, ctx));
        routes.add(AdminRoute.STARTUP, probes::live);
        routes.add(AdminRoute.LIVE, probes::live);
        routes.add(AdminRoute.READY, probes::ready);
        routes.add(AdminRoute.OPENAPI, ctx -> routes.document(settings.release(), ctx));
        routes.add(AdminRoute.CLUSTER, ctx -> cluster(vertx, ctx));
        routes.add(AdminRoute.WHOAMI, AdminServer::whoami);
        shown.api().addTo(vertx, routes);
        shown.backup().addTo(vertx, routes);
        routes.add(AdminRoute.PAGE_SETTINGS, this::pageSettings);
        routes.add(AdminRoute.PAGES, ctx -> file(vertx, ctx));
        Router router = routes.whole();
        for (int status : new int[] {400, 404, 413, 500, 503}) {
            router.errorHandler(status, ctx -> problem(ctx, status));
        }
        return router;
    }

    private AdminGuard.Rules rules() {
        Admin config = settings.config();
        Set<String> names = new HashSet<>();
        config.names().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
        names.add(config.host().toLowerCase(Locale.ROOT));
        return new AdminGuard.Rules(
                doors.gate(),
                new CrossSite(names, doors.certified(), config.corsOrigins()),
                config.open(),
                new WrongTries(
                        settings.limits().wrongTriesMax(), config.backOffMax().toMillis(), settings.addressesMax()),
                doors.audit(),
                counts,
                settings.limits().bodyBytesMax(),
                settings.clock(),
                settings.node());
    }

    private static void whoami(RoutingContext ctx) {
        AdminGate.Operator who = AdminGuard.who(ctx);
        JsonObject json = new JsonObject()
                .put("name", who.name())
                .put("role", who.role().word())
                .put("proof", who.proof().name().toLowerCase(Locale.ROOT));
        Answer.send(ctx, 200, "application/json", json.toBuffer());
    }

    private void cluster(Vertx vertx, RoutingContext ctx) {
        shown.cluster()
                .ask(vertx)
                .onSuccess(json -> Answer.send(ctx, 200, "application/json", json.toBuffer()))
                .onFailure(starting -> ctx.fail(503));
    }

    private void pageSettings(RoutingContext ctx) {
        JsonArray list = new JsonArray();
        shown.webSockets().get().forEach(address -> list.add(address.toJson()));
        Answer.send(
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
            Buffer packed = file.packed();
            response.headers().add(HttpHeaders.VARY, "Accept-Encoding");
            if (packed != null && takesGzip(ctx)) {
                response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
                Answer.send(ctx, 200, file.type(), packed);
            } else {
                Answer.send(ctx, 200, file.type(), file.content());
            }
        }
    }

    private static boolean takesGzip(RoutingContext ctx) {
        String accepted = ctx.request().getHeader(HttpHeaders.ACCEPT_ENCODING);
        return accepted != null && GZIP.matcher(accepted).find();
    }

    private void problem(RoutingContext ctx, int status) {
        String title = switch (status) {
            case 404 -> "Nothing is here";
            case 413 -> "The body is too long";
            case 400 -> "The request cannot be understood";
            case 503 -> "The node is starting, or does not answer";
            default -> "The node failed to answer";
        };
        if (status == 413) {
            counts.refused(AdminCounts.Refusal.BODY);
        }
        String detail = status == 413 ? "allowed: up to " + settings.limits().bodyBytesMax() + " bytes" : "";
        Problem.answer(ctx, status, title, detail);
    }
}
