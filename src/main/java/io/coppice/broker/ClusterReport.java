package io.coppice.broker;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.ClusterSnapshot.Obstacle;
import io.coppice.port.ClusterStatus;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/** What is told of the cluster; on any thread. */
final class ClusterReport implements ClusterStatus {
    private final Broker broker;
    private final Cluster cluster;

    ClusterReport(Broker broker) {
        this.broker = broker;
        this.cluster = broker.cluster;
    }

    @Override
    public int expectedSize() {
        return cluster.expectedSize();
    }

    @Override
    public int members() {
        return cluster.members().size();
    }

    @Override
    public boolean inQuorum() {
        return cluster.isAlone() || cluster.inQuorum();
    }

    @Override
    public long leaseRemaining() {
        return cluster.leaseRemaining(broker.shards.get(0).loop.now());
    }

    @Override
    public Set<Obstacle> obstacles() {
        Set<Obstacle> obstacles = EnumSet.noneOf(Obstacle.class);
        if (!broker.isServing()) {
            obstacles.add(Obstacle.STARTING);
        }
        if (broker.isDraining()) {
            obstacles.add(Obstacle.DRAINING);
        }
        if (broker.vacating.isOn()) {
            obstacles.add(Obstacle.DRAINED);
        }
        if (broker.overload.refuses()) {
            obstacles.add(Obstacle.OVERLOADED);
        }
        if (!inQuorum()) {
            obstacles.add(Obstacle.NO_QUORUM);
        }
        if (!cluster.isAlone() && !cluster.peerRoutes.complete()) {
            obstacles.add(Obstacle.ROUTES_INCOMPLETE);
        }
        if (!cluster.isAlone() && !cluster.retained.reading.complete()) {
            obstacles.add(Obstacle.RETAINED_INCOMPLETE);
        }
        return obstacles;
    }

    @Override
    public long routesAnnounced() {
        return cluster.routes.announced();
    }

    @Override
    public long routesKnown() {
        long known = 0;
        for (Peer peer : cluster.everyPeer()) {
            known += peer.routeCount;
        }
        return known;
    }

    @Override
    public long routeDivergence() {
        return cluster.peerRoutes.divergent();
    }

    @Override
    public long routesRepaired() {
        return cluster.peerRoutes.repaired();
    }

    @Override
    public long routeWaitsLate() {
        return cluster.routes.late();
    }

    @Override
    public long retainedDivergence() {
        return cluster.retained.repair.divergent();
    }

    @Override
    public long retainedRepaired() {
        return cluster.retained.repair.repaired();
    }

    @Override
    public long retainedWaitsLate() {
        return cluster.retained.writes.late();
    }

    private long sum(Function<Gauges, AtomicLong> gauge) {
        return broker.sum(gauge);
    }

    @Override
    public long backlogMessages() {
        return sum(gauges -> gauges.backlog);
    }

    @Override
    public long backlogBytes() {
        return sum(gauges -> gauges.backlogBytes);
    }

    @Override
    public long sessionsArriving() {
        return sum(gauges -> gauges.arriving);
    }

    @Override
    public long sessionsDeparting() {
        return sum(gauges -> gauges.departing);
    }

    @Override
    public long sessionsAdopting() {
        return sum(gauges -> gauges.adopting);
    }

    @Override
    public void inspect(long patience, Consumer<ClusterSnapshot> then) {
        new Inspection(broker, this, then).begin(patience);
    }
}
