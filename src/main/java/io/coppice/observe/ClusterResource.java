package io.coppice.observe;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.Membership;
import io.coppice.port.NodeStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What {@code /api/v1/cluster} tells; asked anew each time. */
public final class ClusterResource {
    /**
     * What is asked.
     *
     * @param node whose cluster it is
     */
    public record Source(NodeStatus node, Membership membership) {}

    /** How long a loop may take; one that is well takes a thousandth of it. */
    private static final long LOOP_MILLIS_MAX = 2_000;
    /** For all loops together: then none runs, or nobody is left to tell. */
    private static final long MILLIS_MAX = 3_000;

    private final Supplier<@Nullable Source> source;

    /** @param source null while the node has not come so far; may be asked on any thread */
    public ClusterResource(Supplier<@Nullable Source> source) {
        this.source = source;
    }

    /** Asks all loops; failed where that cannot be yet, or none answers in time. */
    Future<JsonObject> ask(Vertx vertx) {
        Source present = source.get();
        if (present == null) {
            return Future.failedFuture("the node is starting");
        }
        Context context = vertx.getOrCreateContext();
        Promise<ClusterSnapshot> promise = Promise.promise();
        present.node()
                .cluster()
                .inspect(LOOP_MILLIS_MAX, snapshot -> context.runOnContext(go -> promise.tryComplete(snapshot)));
        return promise.future()
                .timeout(MILLIS_MAX, TimeUnit.MILLISECONDS)
                .map(snapshot -> new ClusterJson(snapshot, present.membership()).whole());
    }
}
