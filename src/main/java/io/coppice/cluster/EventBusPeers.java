package io.coppice.cluster;

import io.coppice.codec.ParcelCodec;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.ReleaseVersions;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerGate;
import io.coppice.port.Peers;
import io.coppice.port.View;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/**
 * The way to other nodes over Vert.x's clustered event bus, with one fixed address for each loop of each node. A parcel
 * that the bus does not take, or does not write, is counted and dropped.
 */
public final class EventBusPeers implements Peers {
    /** Given to the bus for one node and not yet written: some moments of all that a network takes. */
    private static final long UNWRITTEN_BYTES_MAX = 16L << 20;

    private static final int CONNECT_MILLIS_MAX = 3_000;
    /** A node whose bus says nothing for so long is connected to anew. */
    private static final int PING_MILLIS = 5_000;

    private static final int PONG_MILLIS_MAX = 10_000;

    private final NodeId self;
    private final BusClusterManager manager;
    private final ClusterCounters counters;
    private final long unwrittenBytesMax;
    private final List<LoopBus> ends = new ArrayList<>();
    private final List<Loop> loops;
    private final Map<NodeId, BusLink> links = new ConcurrentHashMap<>();
    /** On the first loop. */
    private Map<NodeId, View.Member> members = Map.of();

    /**
     * Over the event bus of a Vert.x that was built with {@link #options} and this manager, and {@link #prepare prepared}.
     *
     * @param contexts of Vert.x, each on the thread of the loop with that index
     * @param writtenVersion the wire version that all nodes read, asked for each parcel
     */
    public EventBusPeers(
            NodeId self,
            Vertx vertx,
            BusClusterManager manager,
            List<Loop> loops,
            IntFunction<Context> contexts,
            IntSupplier writtenVersion,
            ClusterCounters counters) {
        this(self, vertx, manager, loops, contexts, writtenVersion, counters, UNWRITTEN_BYTES_MAX);
    }

    EventBusPeers(
            NodeId self,
            Vertx vertx,
            BusClusterManager manager,
            List<Loop> loops,
            IntFunction<Context> contexts,
            IntSupplier writtenVersion,
            ClusterCounters counters,
            long unwrittenBytesMax) {
        this.self = self;
        this.manager = manager;
        this.counters = counters;
        this.unwrittenBytesMax = unwrittenBytesMax;
        this.loops = List.copyOf(loops);
        for (Loop loop : loops) {
            ParcelCodec codec = new ParcelCodec(writtenVersion, ReleaseVersions.newest());
            ends.add(new LoopBus(this, vertx.eventBus(), loop, contexts.apply(loop.index()), codec));
        }
    }

    /** The event bus as the configuration wants it. */
    public static EventBusOptions options(Cluster cluster) {
        EventBusOptions options = new EventBusOptions()
                .setHost(cluster.host())
                .setPort(cluster.busPort())
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setConnectTimeout(CONNECT_MILLIS_MAX)
                .setReconnectAttempts(0)
                .setClusterPingInterval(PING_MILLIS)
                .setClusterPingReplyInterval(PONG_MILLIS_MAX);
        BusTls tls = cluster.busTls();
        if (tls.enabled()) {
            options.setSsl(true)
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .setCertPath(tls.certificate())
                            .setKeyPath(tls.key()))
                    .setTrustOptions(new PemTrustOptions().addCertPath(tls.ca()));
        }
        return options;
    }

    /** Makes an event bus fit for parcels, and for nothing that could do harm; before others know of this node. */
    public static void prepare(EventBus bus) {
        bus.registerCodec(new ParcelBytes.Codec())
                // Whoever reaches the port must not be able to choose a class of our class path.
                .serializableChecker(type -> false)
                .clusterSerializableChecker(type -> false);
    }

    /** Lets parcels of other nodes in from now on. */
    public Future<Void> open(PeerGate gate) {
        return Future.join(ends.stream().map(end -> end.open(self, gate)).toList())
                .mapEmpty();
    }

    /** To others this node is silent from now on: nothing more of theirs is taken that it could not keep. */
    public Future<Void> close() {
        return Future.join(ends.stream().map(LoopBus::close).toList()).mapEmpty();
    }

    @Override
    public void send(Loop from, NodeId to, int shard, Parcel parcel) {
        ends.get(from.index()).send(to, shard, parcel);
    }

    /** Others have come or gone; called on the first loop. */
    public void viewChanged(View view) {
        Map<NodeId, View.Member> before = members;
        members = view.members().stream().collect(Collectors.toMap(View.Member::id, member -> member));
        Set<NodeId> there = Set.copyOf(members.keySet());
        links.keySet().retainAll(there);
        loops.forEach(loop -> loop.execute(() -> ends.get(loop.index()).retain(there)));
        Map<NodeId, View.Member> gone = new HashMap<>(before);
        gone.keySet().removeAll(there);
        gone.values().forEach(manager::forget);
    }

    BusLink link(NodeId node) {
        return links.computeIfAbsent(node, unknown -> new BusLink(unknown, unwrittenBytesMax));
    }

    ClusterCounters counters() {
        return counters;
    }
}
