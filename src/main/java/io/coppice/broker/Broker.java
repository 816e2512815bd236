package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Publisher;
import io.coppice.port.Backup;
import io.coppice.port.ClientGate;
import io.coppice.port.ClusterStatus;
import io.coppice.port.CommonNames;
import io.coppice.port.Connection;
import io.coppice.port.Counters;
import io.coppice.port.Events;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Loop;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.Draining;
import io.coppice.port.NodeId;
import io.coppice.port.NodeStatus;
import io.coppice.port.NodeView;
import io.coppice.port.PacketSink;
import io.coppice.port.Parcel;
import io.coppice.port.PeerGate;
import io.coppice.port.Peers;
import io.coppice.port.RetainedStore;
import io.coppice.port.RouteBoard;
import io.coppice.port.SessionRegistry;
import io.coppice.port.SessionStore;
import io.coppice.port.Tracing;
import io.coppice.port.View;
import io.coppice.topic.SubscriptionTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The node: its shards, what they share, and what is told of them. Hands everything on and does nothing itself. */
public final class Broker implements ClientGate, PeerGate, NodeStatus {
    private static final long SWEEP_MILLIS = 1000;
    private static final long HEAP_LOOK_MILLIS = 100;

    /**
     * What a broker is joined to.
     *
     * @param heapPercent of the heap that was in use after the latest collection, or below 0 where there has been none since
     *     this was asked last; asked on one loop
     * @param clientIds new identifiers for clients that bring none, each given once and not to be guessed
     */
    public record Doors(
            SessionRegistry registry,
            Peers peers,
            SessionStore store,
            RetainedStore retainedStore,
            RouteBoard routeBoard,
            Gatekeeper gatekeeper,
            Events events,
            Supplier<String> clientIds,
            DoubleSupplier heapPercent) {}

    /** As they were said last, for what is not done often; each loop has its own ({@link Shard#settings}). */
    volatile BrokerSettings settings;

    final SubscriptionTree tree;
    final RetainedBook retained;
    final SessionRegistry registry;
    final Peers peers;
    final Cluster cluster;
    final SessionStore store;
    final Gatekeeper gatekeeper;
    final Events events;
    final Guards guards;
    final QueueMemory queueMemory;
    final Overload overload;
    final List<Shard> shards;
    final RouteBoard routeBoard;

    /** Of users that have sessions here. */
    final CommonNames users = new CommonNames();

    final Vacating vacating = new Vacating(this);
    final Shedder shedder = new Shedder(this);

    /** Of what clients may do, and who is banned: it grows when either changes. */
    private final AtomicInteger policyEpoch = new AtomicInteger(1);

    private final Supplier<String> clientIds;
    private final List<Counters> counters;
    private final ClusterReport report;
    private final long startedAt;
    private final TokenBucket connects;
    private final AtomicLong connectionsOpen = new AtomicLong();
    private volatile boolean serving;
    private volatile boolean draining;
    private volatile @Nullable Leaving leaving;
    private volatile boolean silent;
    private volatile boolean stopped;

    /**
     * A broker on a number of loops; it serves from {@link #open} on.
     *
     * @param loops by their index
     * @param seed where chance comes from, split for each loop
     */
    public Broker(BrokerSettings settings, List<Loop> loops, Doors doors, RandomGenerator.SplittableGenerator seed) {
        this.settings = settings;
        this.registry = doors.registry();
        this.peers = doors.peers();
        this.retained =
                new RetainedBook(doors.retainedStore(), settings.retainedMessagesMax(), settings.retainedBytesMax());
        this.cluster = new Cluster(this);
        this.store = doors.store();
        this.routeBoard = doors.routeBoard();
        this.gatekeeper = doors.gatekeeper();
        this.events = doors.events();
        this.guards = new Guards(settings.door());
        this.queueMemory = new QueueMemory(settings.queuesMemoryMax());
        this.overload = new Overload(settings.overload(), doors.heapPercent());
        this.clientIds = doors.clientIds();
        List<Shard> all = new ArrayList<>();
        for (Loop loop : loops) {
            all.add(new Shard(this, loop, loops.size(), seed.split()));
        }
        this.shards = List.copyOf(all);
        this.tree = new SubscriptionTree(seed.nextLong());
        this.counters = shards.stream().map(shard -> shard.counters).toList();
        shards.forEach(shard -> shard.connect(shards));
        this.report = new ClusterReport(this);
        this.startedAt = loops.get(0).now();
        this.connects = new TokenBucket(settings.connectRateMax(), startedAt);
    }

    /**
     * Goes by other settings from now on, each loop from its next turn; what was agreed with a client holds as long as its connection.
     * Who the node is, its cluster, its numbers of entries and of messages between loops stay as they are. On any thread, one at a
     * time.
     */
    public void change(BrokerSettings next) {
        settings = next;
        guards.change(next.door());
        retained.change(next.retainedMessagesMax(), next.retainedBytesMax());
        shards.get(0).loop.execute(() -> {
            synchronized (connects) {
                connects.change(next.connectRateMax(), shards.get(0).loop.now());
            }
        });
        shards.forEach(shard -> shard.loop.execute(() -> shard.take(next)));
    }

    /** Bytes of a packet of clients that connect now. */
    public int packetSizeMax() {
        return settings.packetSizeMax();
    }

    /** The listeners are open: the node is ready, and tidies up from time to time. */
    public void open() {
        serving = true;
        shards.forEach(this::sweepLater);
        if (settings.overload().heapPercentMax() > 0) {
            lookAtHeap(shards.get(0).loop);
        }
        shards.get(0).loop.execute(cluster::open);
    }

    private void lookAtHeap(Loop loop) {
        if (!stopped) {
            overload.lookAtHeap(loop.now());
            loop.after(HEAP_LOOK_MILLIS, () -> lookAtHeap(loop));
        }
    }

    private void sweepLater(Shard shard) {
        long due = shard.loop.now() + SWEEP_MILLIS;
        shard.loop.after(SWEEP_MILLIS, () -> sweep(shard, due));
    }

    private void sweep(Shard shard, long due) {
        if (stopped) {
            return;
        }
        overload.late(shard.loop.now() - due);
        if (shard.index == 0) {
            overload.lookAtLoops();
        }
        shard.restraint.look();
        if (shard.index == 0) {
            if (cluster.isAlone()) {
                retained.sweep(shard.loop.now());
            } else {
                cluster.retained.sweep(shard.loop.now());
            }
        }
        shard.sweepQueues();
        shard.takeStock();
        sweepLater(shard);
    }

    // --- other nodes

    NodeId self() {
        return settings.node();
    }

    @Override
    public void received(int shard, Parcel parcel) {
        cluster.received(shard, parcel);
    }

    @Override
    public void viewChanged(View view) {
        cluster.viewChanged(view);
    }

    boolean isStopped() {
        return stopped;
    }

    /** Runs something on every loop, and then something on the loop of one shard. */
    void onEveryLoop(Shard asking, Consumer<Shard> action, Runnable then) {
        AtomicInteger left = new AtomicInteger(shards.size());
        for (Shard shard : shards) {
            shard.loop.execute(() -> {
                action.accept(shard);
                asking.loop.execute(() -> {
                    if (left.decrementAndGet() == 0) {
                        then.run();
                    }
                });
            });
        }
    }

    /** The node has lost sight of the others: it sends its clients away and acts no more. */
    void cutOff() {
        if (!stopped) {
            onEveryLoop(shards.get(0), Shard::cutOff, () -> {});
        }
    }

    // --- clients

    @Override
    public PacketSink opened(Connection connection) {
        Shard shard = shards.get(connection.loop().index());
        shard.counters.connectionOpened();
        boolean surplus = connectionsOpen.incrementAndGet() > settings.connectionsMax();
        if (surplus) {
            connectionClosed(); // whoever is only being told so takes nobody's place
        }
        return new Client(shard, connection, surplus);
    }

    void connectionClosed() {
        connectionsOpen.decrementAndGet();
    }

    /** Whether one more CONNECT is within the rate; takes its place if so. */
    boolean mayConnectNow(long now) {
        synchronized (connects) {
            return connects.take(now);
        }
    }

    String newClientId() {
        return clientIds.get();
    }

    /** What clients may do has changed: what they may not do any more ends. On any thread. */
    public void rightsChanged() {
        policyChanged();
        shards.forEach(shard -> shard.loop.execute(() -> Revoking.all(shard)));
    }

    /** What was stored before this is judged anew when it is sent on. On any thread, after the change. */
    void policyChanged() {
        policyEpoch.updateAndGet(epoch -> epoch == Publisher.EPOCH_MAX ? 1 : epoch + 1);
    }

    int policyEpoch() {
        return policyEpoch.get();
    }

    // --- the end

    boolean isServing() {
        return serving;
    }

    boolean isDraining() {
        return draining;
    }

    /** Whether there is another node for those who are here. */
    boolean isReplaceable() {
        return !settings.drain().serverReference().isEmpty()
                || cluster.members().size() > 1;
    }

    @Override
    public Draining draining() {
        Leaving leaves = leaving;
        return leaves == null ? vacating.state() : leaves.state();
    }

    /** Whether the node has left: nothing that other nodes say to it changes anything any more. */
    boolean isSilent() {
        return silent;
    }

    /** It acts no more, and others may act in its place as soon as they hear of it. */
    void fallSilent() {
        silent = true;
    }

    void stop() {
        silent = true;
        stopped = true;
    }

    /** Connections that are not closed yet. */
    long connectionsOpen() {
        return connectionsOpen.get();
    }

    /** As {@link #drain(Runnable, Runnable)}, where nobody has to know when the clients are gone. */
    public void drain(Runnable then) {
        drain(() -> {}, then);
    }

    /**
     * Leaves for good: see {@link Leaving}. Until its clients are gone others who come may be told to go elsewhere.
     *
     * @param sentAway told once, on the first loop, when all clients have been sent away
     * @param then told once, on the first loop
     */
    public void drain(Runnable sentAway, Runnable then) {
        Leaving leaves = new Leaving(this, sentAway, then);
        leaving = leaves;
        draining = true;
        leaves.begin();
    }

    // --- what it keeps

    /** What this node keeps, to be copied and brought back. */
    public Backup backup() {
        return new NodeBackup(this);
    }

    // --- what operators see and do

    public NodeView view() {
        return new Overview(this);
    }

    public NodeControl control() {
        return new Steering(this);
    }

    public Tracing tracing() {
        return new NodeTracing(this);
    }

    // --- what is told of the node

    @Override
    public String nodeName() {
        return settings.node().name();
    }

    @Override
    public long startedAt() {
        return startedAt;
    }

    @Override
    public List<Counters> counters() {
        return counters;
    }

    long sum(Function<Gauges, AtomicLong> gauge) {
        long sum = 0;
        for (Shard shard : shards) {
            sum += gauge.apply(shard.gauges).get();
        }
        return sum;
    }

    @Override
    public long connections() {
        return sum(gauges -> gauges.connections);
    }

    @Override
    public long sessions() {
        return sum(gauges -> gauges.sessions);
    }

    @Override
    public long subscriptions() {
        return tree.size();
    }

    @Override
    public long sharedSubscriptions() {
        return tree.sharedSize();
    }

    @Override
    public long topicFilters() {
        return tree.filters();
    }

    @Override
    public long retainedMessages() {
        return retained.tree.count();
    }

    @Override
    public long retainedBytes() {
        return retained.tree.bytes();
    }

    @Override
    public long queuedMessages() {
        return sum(gauges -> gauges.queued);
    }

    @Override
    public long queuedBytes() {
        return sum(gauges -> gauges.queuedBytes);
    }

    @Override
    public long queuedBytesInMemory() {
        return sum(gauges -> gauges.queuedMemory);
    }

    @Override
    public long queuedMessagesInStore() {
        return sum(gauges -> gauges.queuedInStore);
    }

    @Override
    public long inFlightMessages() {
        return sum(gauges -> gauges.inFlight);
    }

    @Override
    public long loginsWaiting() {
        return gatekeeper.waiting();
    }

    @Override
    public boolean ready() {
        return isAtWork() && !overload.refuses();
    }

    @Override
    public int overloadLevel() {
        return overload.level();
    }

    /** Whether clients are served and what they publish is taken. */
    boolean isAtWork() {
        return serving && !draining && !vacating.isOn() && cluster.serves();
    }

    /** The nodes that are there, this one included, by their names. */
    public Set<String> company() {
        return cluster.members().stream().map(NodeId::name).collect(Collectors.toSet());
    }

    /** Whether everything that nodes which are gone had is with those who are there. */
    public boolean isSettled() {
        return cluster.adoption.isOver();
    }

    @Override
    public @Nullable String storeRefusal() {
        return store.refusal();
    }

    @Override
    public ClusterStatus cluster() {
        return report;
    }

    @Override
    public void publish(Message message) {
        Shard shard = shards.get(0);
        shard.loop.execute(() -> shard.router.publish(message));
    }
}
