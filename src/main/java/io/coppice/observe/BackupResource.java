package io.coppice.observe;

import io.coppice.port.Backup;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/export} and {@code /api/v1/import}: what the node keeps, as {@code src/docs/BACKUP.md} describes it, for programs
 * on the same machine. One of each at a time.
 */
public final class BackupResource {
    /** What a backup is sent as: a line of JSON for each thing. */
    static final String TYPE = "application/x-ndjson";

    /**
     * What is copied, and what the copy says of its origin.
     *
     * @param cluster empty for a node that is alone
     * @param packetSizeMax bytes of the largest packet that clients may send: what comes is no larger
     */
    public record Source(Backup backup, String release, String node, String cluster, int packetSizeMax) {}

    private final Supplier<@Nullable Source> source;
    private final AtomicBoolean exporting = new AtomicBoolean();
    private final AtomicBoolean importing = new AtomicBoolean();

    /** @param source null while the node does not serve; may be asked on any thread */
    public BackupResource(Supplier<@Nullable Source> source) {
        this.source = source;
    }

    /** To be added before anything that reads bodies: an import may be of any length. */
    void addTo(Vertx vertx, Router router) {
        router.route("/api/v1/export")
                .handler(ctx -> answer(ctx, HttpMethod.GET, exporting, present -> {
                    new ExportStream(vertx, ctx, present, () -> exporting.set(false)).begin();
                }));
        router.route("/api/v1/import")
                .handler(ctx -> answer(ctx, HttpMethod.POST, importing, present -> {
                    new ImportStream(vertx, ctx, present, () -> importing.set(false)).begin();
                }));
    }

    /** Goes on with a request that nothing speaks against. */
    private interface Step {
        void with(Source present);
    }

    private void answer(RoutingContext ctx, HttpMethod method, AtomicBoolean busy, Step step) {
        HttpServerRequest request = ctx.request();
        Source present = source.get();
        String refusal = Neighbour.refusal(request);
        if (!request.method().equals(method)) {
            ctx.response().putHeader(HttpHeaders.ALLOW, method.name());
            refuse(ctx, 405, "Another method is wanted", "allowed: " + method);
        } else if (!refusal.isEmpty()) {
            // whatever it still sends is not heard
            Problem.answer(ctx, 403, "Not from here", refusal)
                    .onComplete(told -> request.connection().close());
        } else if (method.equals(HttpMethod.POST) && !TYPE.equals(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            refuse(ctx, 415, "This is not sent as a backup", "allowed as Content-Type: " + TYPE);
        } else if (present == null) {
            refuse(ctx, 503, "The node is starting", "");
        } else if (!busy.compareAndSet(false, true)) {
            refuse(ctx, 409, "One at a time", "another one is under way; try again when it is done");
        } else {
            step.with(present);
        }
    }

    /** Whoever still sends is heard out, or the answer would be lost with the connection. */
    private static void refuse(RoutingContext ctx, int status, String title, String detail) {
        ctx.request().handler(rest -> {});
        Problem.answer(ctx, status, title, detail);
    }
}
