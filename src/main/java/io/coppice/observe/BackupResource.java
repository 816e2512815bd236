package io.coppice.observe;

import io.coppice.port.Backup;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/export} and {@code /api/v1/import}: what the node keeps, as {@code src/docs/BACKUP.md} describes it. One of
 * each at a time.
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

    void addTo(Vertx vertx, AdminRouter routes) {
        routes.add(
                AdminRoute.EXPORT,
                ctx -> answer(ctx, exporting, (present, then) -> new ExportStream(vertx, ctx, present, then).begin()));
        routes.add(AdminRoute.IMPORT, ctx -> {
            if (TYPE.equals(ctx.request().getHeader(HttpHeaders.CONTENT_TYPE))) {
                answer(ctx, importing, (present, then) -> new ImportStream(vertx, ctx, present, then).begin());
            } else {
                Unread.answer(ctx, 415, "This is not sent as a backup", "allowed as Content-Type: " + TYPE);
            }
        });
    }

    /** Told once, when nothing more is read or taken in. */
    interface Ending {
        /** @param why it did not come to a good end; empty where it did */
        void of(int status, String why);
    }

    /** Goes on with a request that nothing speaks against. */
    private interface Step {
        void with(Source present, Ending then);
    }

    private void answer(RoutingContext ctx, AtomicBoolean busy, Step step) {
        Source present = source.get();
        if (present == null) {
            Unread.answer(ctx, 503, "The node is starting", "");
        } else if (!busy.compareAndSet(false, true)) {
            Unread.answer(ctx, 409, "One at a time", "another one is under way; try again when it is done");
        } else {
            AuditTrail trail = AuditTrail.of(ctx);
            if (trail != null) {
                trail.hand();
            }
            step.with(present, (status, why) -> {
                busy.set(false);
                if (trail != null) {
                    trail.ended(status, why);
                }
            });
        }
    }
}
