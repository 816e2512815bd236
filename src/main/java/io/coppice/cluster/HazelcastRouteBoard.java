package io.coppice.cluster;

import com.hazelcast.map.IMap;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.RouteBoard;
import io.coppice.port.RouteSummary;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A map with one entry for each node. */
final class HazelcastRouteBoard implements RouteBoard {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastRouteBoard.class);

    /** A member that does not answer keeps nobody from the entries that are kept elsewhere. */
    private static final long READ_MILLIS_MAX = 1_000;

    private final IMap<String, RouteEntry> routes;

    HazelcastRouteBoard(IMap<String, RouteEntry> routes) {
        this.routes = routes;
    }

    @Override
    public void put(NodeId node, RouteSummary summary, Loop loop, Consumer<Boolean> then) {
        ask(() -> routes.setAsync(node.toString(), new RouteEntry(summary)).thenApply(done -> true), "written", node)
                .thenAccept(there -> loop.execute(() -> then.accept(there != null)));
    }

    @Override
    public void remove(NodeId node) {
        ask(() -> routes.deleteAsync(node.toString()), "removed", node);
    }

    @Override
    public void read(Collection<NodeId> nodes, Consumer<Map<NodeId, RouteSummary>> then) {
        Map<NodeId, RouteSummary> found = new ConcurrentHashMap<>();
        CompletableFuture<?>[] asked = nodes.stream()
                .map(node -> ask(() -> routes.getAsync(node.toString()), "read", node)
                        .completeOnTimeout(null, READ_MILLIS_MAX, TimeUnit.MILLISECONDS)
                        .thenAccept(entry -> {
                            if (entry != null) {
                                found.put(node, entry.summary());
                            }
                        }))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(asked).thenRun(() -> then.accept(Map.copyOf(found)));
    }

    /** The answer, or null where there is none: nobody waits for it to be right. */
    private static <T> CompletableFuture<@Nullable T> ask(
            Supplier<CompletionStage<T>> question, String what, NodeId node) {
        CompletionStage<T> asked;
        try {
            asked = question.get();
        } catch (RuntimeException left) {
            asked = CompletableFuture.failedFuture(left);
        }
        return asked.exceptionally(fault -> {
                    LOG.debug("what the routes of {} are was not {}", node, what, fault);
                    return null;
                })
                .toCompletableFuture();
    }
}
