package io.coppice.broker;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.NodeId;
import io.coppice.port.RouteSummary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One look at what a node knows of its cluster. Every loop tells its part in a turn of its own, so nothing of theirs is
 * read from elsewhere; who does not answer in time is left out.
 */
final class Inspection {
    private final Broker broker;
    private final ClusterReport report;
    private final Consumer<ClusterSnapshot> then;
    private final Map<Integer, ClusterSnapshot.Part> parts = new TreeMap<>();
    private ClusterSnapshot.@Nullable FirstLoop firstLoop;
    private @Nullable Map<NodeId, RouteSummary> published;
    private boolean over;

    Inspection(Broker broker, ClusterReport report, Consumer<ClusterSnapshot> then) {
        this.broker = broker;
        this.report = report;
        this.then = then;
    }

    void begin(long patience) {
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> answer(shard));
            // each waits for the others: any of them may be the one that does not answer
            shard.loop.after(patience, () -> {
                if (end()) {
                    tell();
                }
            });
        }
        Set<NodeId> nodes = new HashSet<>(broker.cluster.members());
        broker.cluster.everyPeer().forEach(peer -> nodes.add(peer.id));
        broker.routeBoard.read(nodes, this::published);
    }

    private void answer(Shard shard) {
        ClusterSnapshot.FirstLoop first = shard.index == 0 ? broker.cluster.snapshot() : null;
        if (answered(shard.snapshot(), first)) {
            tell();
        }
    }

    /** Whether that was the last that was missing. */
    private synchronized boolean answered(ClusterSnapshot.Part part, ClusterSnapshot.@Nullable FirstLoop first) {
        parts.put(part.loop(), part);
        firstLoop = first == null ? firstLoop : first;
        return isWhole() && end();
    }

    private void published(Map<NodeId, RouteSummary> all) {
        if (read(all)) {
            tell();
        }
    }

    private synchronized boolean read(Map<NodeId, RouteSummary> all) {
        published = all;
        return isWhole() && end();
    }

    private boolean isWhole() {
        return published != null && parts.size() == broker.shards.size();
    }

    /** Whether this is the end; it comes once. */
    private synchronized boolean end() {
        boolean first = !over;
        over = true;
        return first;
    }

    private void tell() {
        then.accept(snapshot());
    }

    private synchronized ClusterSnapshot snapshot() {
        List<Integer> silent = new ArrayList<>();
        for (Shard shard : broker.shards) {
            if (!parts.containsKey(shard.index)) {
                silent.add(shard.index);
            }
        }
        Cluster cluster = broker.cluster;
        return new ClusterSnapshot(
                broker.self(),
                broker.shards.get(0).loop.now(),
                report.expectedSize(),
                cluster.members(),
                report.inQuorum(),
                report.leaseRemaining(),
                report.obstacles(),
                new ClusterSnapshot.Retained(
                        broker.retainedMessages(), broker.retainedBytes(), report.retainedDivergence()),
                !cluster.adoption.isOver(),
                firstLoop,
                List.copyOf(parts.values()),
                silent,
                published == null ? Map.of() : published);
    }
}
