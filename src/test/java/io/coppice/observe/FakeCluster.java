package io.coppice.observe;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.ClusterStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A cluster whose state is what the test says. */
final class FakeCluster implements ClusterStatus {
    final Map<String, Long> values = new HashMap<>(Map.of("members", 1L, "expectedSize", 1L));
    boolean inQuorum = true;
    Set<ClusterSnapshot.Obstacle> obstacles = Set.of();
    /** What an inspection shows; null for loops that do not answer at all. */
    @Nullable
    ClusterSnapshot snapshot;

    private long value(String name) {
        return values.getOrDefault(name, 0L);
    }

    @Override
    public Set<ClusterSnapshot.Obstacle> obstacles() {
        return obstacles;
    }

    @Override
    public int expectedSize() {
        return (int) value("expectedSize");
    }

    @Override
    public int members() {
        return (int) value("members");
    }

    @Override
    public boolean inQuorum() {
        return inQuorum;
    }

    @Override
    public long leaseRemaining() {
        return value("leaseRemaining");
    }

    @Override
    public long routesAnnounced() {
        return value("routesAnnounced");
    }

    @Override
    public long routesKnown() {
        return value("routesKnown");
    }

    @Override
    public long routeDivergence() {
        return value("routeDivergence");
    }

    @Override
    public long routesRepaired() {
        return value("routesRepaired");
    }

    @Override
    public long routeWaitsLate() {
        return value("routeWaitsLate");
    }

    @Override
    public long retainedDivergence() {
        return value("retainedDivergence");
    }

    @Override
    public long retainedRepaired() {
        return value("retainedRepaired");
    }

    @Override
    public long retainedWaitsLate() {
        return value("retainedWaitsLate");
    }

    @Override
    public long backlogMessages() {
        return value("backlogMessages");
    }

    @Override
    public long backlogBytes() {
        return value("backlogBytes");
    }

    @Override
    public long sessionsArriving() {
        return value("sessionsArriving");
    }

    @Override
    public long sessionsDeparting() {
        return value("sessionsDeparting");
    }

    @Override
    public long sessionsAdopting() {
        return value("sessionsAdopting");
    }

    @Override
    public void inspect(long patience, Consumer<ClusterSnapshot> then) {
        if (snapshot != null) {
            then.accept(snapshot);
        }
    }
}
