package io.coppice;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.broker.Broker;
import io.coppice.cluster.BusClusterManager;
import io.coppice.cluster.BusColleagues;
import io.coppice.cluster.ClusterDoors;
import io.coppice.cluster.EventBusPeers;
import io.coppice.cluster.Exposure;
import io.coppice.cluster.HazelcastMember;
import io.coppice.cluster.MemberSettings;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.Durability;
import io.coppice.config.Hosts;
import io.coppice.port.Archive;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.storage.ClusterJournal;
import io.coppice.transport.Listeners;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node among others. Nothing else of a node knows Hazelcast, so that its classes are not loaded by one that is alone.
 */
final class ClusteredMode implements Mode {
    private static final Logger LOG = LoggerFactory.getLogger(ClusteredMode.class);
    private static final long BUS_SECONDS_MAX = 30;
    /** How long the copies that this node has may take to come to others when it leaves. */
    private static final long LEAVE_MILLIS_MAX = 20_000;

    private static final long LOOK_MILLIS = 20;
    private static final long NOTE_MILLIS = 1_000;
    private static final long LEFTOVERS_MILLIS = 15_000;
    private static final long COLLECT_MILLIS = 3_600_000;

    private final CoppiceConfig config;
    private final NodeId id;
    private final Cluster cluster;
    private final Consumer<String> lost;
    private final BusClusterManager manager;
    private @Nullable Vertx vertx;
    private volatile @Nullable HazelcastMember member;
    private @Nullable ClusterDoors doors;
    private @Nullable EventBusPeers peers;
    private @Nullable BusColleagues colleagues;
    private @Nullable Loop first;
    private @Nullable ClusterJournal journal;
    private volatile boolean left;

    /** @param lost told why this node is no part of its cluster any more, against its will */
    ClusteredMode(CoppiceConfig config, NodeId id, Consumer<String> lost) {
        this.config = config;
        this.id = id;
        this.cluster = config.cluster();
        this.lost = lost;
        this.manager = new BusClusterManager(id);
    }

    @Override
    public Vertx vertx(VertxBuilder builder, VertxOptions options) throws Exception {
        Exposure.of(cluster).forEach(line -> LOG.warn(getMarker("cluster-exposed"), line));
        options.setEventBusOptions(EventBusPeers.options(cluster));
        Future<Vertx> building = builder.with(options)
                .withClusterManager(manager)
                .buildClustered()
                .recover(fault -> Future.failedFuture(new IOException(
                        "the bus cannot have " + Hosts.withPort(cluster.host(), cluster.busPort())
                                + " (cluster.host, cluster.bus-port): " + fault.getMessage(),
                        fault)));
        Vertx built = Waiting.on(building, BUS_SECONDS_MAX);
        vertx = built;
        EventBusPeers.prepare(built.eventBus());
        return built;
    }

    @Override
    public Shared join(Listeners listeners) throws Exception {
        Vertx built = requireBuilt(vertx);
        ClusterJournal kept = config.durability() == Durability.MEMORY
                ? null
                : ClusterJournal.open(
                        NodeSettings.journal(config),
                        cluster.tombstoneRetention().toMillis());
        journal = kept;
        // The bus has its port by now, so that the others are told the real one.
        HazelcastMember joined = HazelcastMember.open(
                MemberSettings.of(
                        id,
                        listeners.loops().size(),
                        cluster.withBusPort(manager.busPort()),
                        config.node().writeVersion(),
                        LEAVE_MILLIS_MAX),
                kept == null ? Archive.NONE : kept,
                lost);
        member = joined;
        Waiting.on(manager.joined(joined), BUS_SECONDS_MAX);
        ClusterDoors opened = new ClusterDoors(joined);
        doors = opened;
        EventBusPeers way = new EventBusPeers(
                id, built, manager, listeners.loops(), listeners::context, joined::writtenVersion, opened.counters());
        peers = way;
        first = listeners.loops().get(0);
        BusColleagues others = new BusColleagues(id, built, joined);
        colleagues = others;
        return new Shared(
                opened.registry(),
                way,
                kept == null ? opened.sessionStore() : kept.over(opened.sessionStore()),
                kept == null ? opened.retainedStore() : kept.over(opened.retainedStore()),
                opened.routeBoard(),
                others,
                opened.membership(),
                opened.counters(),
                kept == null ? null : kept.status());
    }

    @Override
    public void open(Broker broker) throws Exception {
        HazelcastMember joined = requireBuilt(member);
        EventBusPeers way = requireBuilt(peers);
        Waiting.on(way.open(broker), BUS_SECONDS_MAX);
        joined.awaitMajority();
        long deadline = System.nanoTime() + cluster.joinTimeout().toNanos();
        joined.watch(requireBuilt(first), view -> {
            way.viewChanged(view);
            broker.viewChanged(view);
        });
        while (!broker.ready()) {
            if (System.nanoTime() >= deadline) {
                throw new TimeoutException("node " + id.name() + " is in touch with a majority of cluster "
                        + cluster.name() + ", but was not told all subscriptions of the others in "
                        + cluster.joinTimeout().toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        joined.recovery().serving();
        if (journal != null) {
            every(NOTE_MILLIS, () -> joined.recovery().together(broker.company(), broker.isSettled()));
            every(LEFTOVERS_MILLIS, joined.recovery()::dropLeftovers);
            every(COLLECT_MILLIS, journal::collect);
        }
    }

    private void every(long millis, Runnable task) {
        Loop loop = requireBuilt(first);
        loop.execute(() -> {
            if (!left) {
                task.run();
                loop.after(millis, () -> every(millis, task));
            }
        });
    }

    @Override
    public void change(CoppiceConfig next) {
        HazelcastMember joined = member;
        if (joined != null) {
            joined.wantVersion(next.node().writeVersion());
        }
    }

    @Override
    public String progress() {
        HazelcastMember joined = member;
        return joined == null ? "" : joined.recovery().progress();
    }

    @Override
    public void leave() throws Exception {
        left = true;
        try {
            if (colleagues != null) {
                colleagues.close();
            }
            if (peers != null) {
                // Whatever came later would have to be answered with no: the others keep it for whoever takes over.
                Waiting.on(peers.close(), BUS_SECONDS_MAX);
            }
            Waiting.on(manager.left(), BUS_SECONDS_MAX);
        } finally {
            HazelcastMember joined = member;
            if (doors != null) {
                doors.close();
            } else if (joined != null) {
                joined.leave();
            }
            if (journal != null) {
                journal.close();
            }
        }
    }

    private static <T> T requireBuilt(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("out of order");
        }
        return part;
    }
}
