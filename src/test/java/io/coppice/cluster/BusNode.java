package io.coppice.cluster;

import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.port.Archive;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerGate;
import io.coppice.port.View;
import io.coppice.transport.Listeners;
import io.coppice.transport.Transport;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A member with a bus and loops, and nobody behind them but a list of what has come. */
final class BusNode implements AutoCloseable {
    private static final int LOOPS = 2;
    static final long UNWRITTEN_BYTES_MAX = 1 << 20;

    /** What came, for which loop, and on which thread. */
    record Arrived(int shard, Parcel parcel, Thread thread) {}

    final NodeId id;
    final Vertx vertx;
    final Listeners listeners;
    final HazelcastMember member;
    final EventBusPeers peers;
    final ClusterCounters counters = new ClusterCounters();
    final Queue<Arrived> arrived = new ConcurrentLinkedQueue<>();
    private final BusClusterManager manager;
    /** Members that it has been told of. */
    volatile int viewed;

    /**
     * Joins.
     *
     * @param first null for the first of its cluster
     * @param saidPort the port that others are told, 0 for the real one
     */
    BusNode(String cluster, String name, BusNode first, BusTls tls, int saidPort) throws Exception {
        id = new NodeId(name, name.hashCode());
        manager = new BusClusterManager(id);
        Cluster config = new Cluster(
                ClusterMode.STATIC,
                cluster,
                first == null ? List.of() : List.of(new Address("127.0.0.1", first.member.port())),
                "127.0.0.1",
                0,
                0,
                tls,
                "",
                "",
                0,
                2,
                31,
                Duration.ofSeconds(30),
                Duration.ofMinutes(2),
                Duration.ofHours(1),
                0,
                Duration.ZERO);
        vertx = await(Vertx.builder()
                .with(Transport.options(LOOPS).setEventBusOptions(EventBusPeers.options(config)))
                .withClusterManager(manager)
                .buildClustered());
        EventBusPeers.prepare(vertx.eventBus());
        listeners = new Listeners(vertx, LOOPS);
        Cluster bound = config.withBusPort(saidPort == 0 ? manager.busPort() : saidPort);
        member = HazelcastMember.open(
                new MemberSettings(id, LOOPS, bound, MemberSettings.WIRE, 30_000, 500, 5_000),
                Archive.NONE,
                reason -> {});
        await(manager.joined(member));
        peers = new EventBusPeers(
                id, vertx, manager, listeners.loops(), listeners::context, () -> 6, counters, UNWRITTEN_BYTES_MAX);
        await(peers.open(new PeerGate() {
            @Override
            public void received(int shard, Parcel parcel) {
                arrived.add(new Arrived(shard, parcel, Thread.currentThread()));
            }

            @Override
            public void viewChanged(View view) {}
        }));
        member.watch(listeners.loops().get(0), view -> {
            peers.viewChanged(view);
            viewed = view.members().size();
        });
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    int busPort() {
        return manager.busPort();
    }

    void send(int fromLoop, NodeId to, int shard, Parcel parcel) {
        listeners
                .loops()
                .get(fromLoop)
                .execute(() -> peers.send(listeners.loops().get(fromLoop), to, shard, parcel));
    }

    @Override
    public void close() throws Exception {
        await(peers.close());
        await(manager.left());
        member.kill();
        await(vertx.close());
    }
}
