package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage;
import io.coppice.port.PeerMessage.Route;
import io.coppice.port.RouteSummary;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which topic filters are wanted on which node. Each node is the authority for its own: it tells the others of every
 * change, numbered; they put it into their trees and say so. Sums over all routes are compared from time to time, and what differs is asked
 * for anew. On the first loop, but for {@link #changed}.
 */
final class RouteTable {
    /** Routes in one message. */
    private static final int PART = 1000;

    /**
     * Who waits until the other nodes have made a version.
     *
     * @param deadline when the wait is given up; {@link Long#MAX_VALUE} for as long as they are there
     * @param alsoLeft whether those count who have left and may still act until their lease is over
     */
    private record Waiting(long version, boolean alsoLeft, long deadline, Runnable then) {}

    private final Broker broker;
    private final Cluster cluster;
    /** What the others were told, by filter. */
    private final Map<TopicFilter, Route> announced = new HashMap<>();

    private volatile int announcedCount;

    private long version;
    private long digest;
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean giveUpScheduled;
    /** Messages of a node that wait until another one is known here to be gone. */
    private final Map<Peer, ArrayDeque<PeerMessage>> blocked = new HashMap<>();

    private final OnlineNews online;
    private final ShareRoutes shares;
    /** Parts of all routes of a node, until the last has come. */
    private final Map<Peer, List<Route>> parts = new HashMap<>();

    private volatile boolean complete;
    private final AtomicLong repaired = new AtomicLong();
    private final AtomicLong late = new AtomicLong();

    RouteTable(Broker broker, Cluster cluster) {
        this.broker = broker;
        this.cluster = cluster;
        this.shares = new ShareRoutes(broker);
        this.online = new OnlineNews(broker, filters -> announce(filters, List.of(), false));
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    /** Whether all routes of the nodes that were there before this one are known. */
    boolean complete() {
        return complete;
    }

    /** Routes that were found to differ and were put right. */
    long repaired() {
        return repaired.get();
    }

    /** Waits for other nodes that were given up. */
    long late() {
        return late.get();
    }

    // --- our own

    /**
     * Subscriptions with some filters came or went on this node; on the shard's loop.
     *
     * @param then run on the shard's loop when every other node sends accordingly, or has not answered for too long
     */
    void changed(Shard shard, Collection<TopicFilter> filters, Runnable then) {
        changed(shard, filters, List.of(), true, true, false, then);
    }

    /**
     * Sessions of nodes that are gone have come to this one.
     *
     * @param formerly the nodes
     * @param then run on the shard's loop when all who are there send accordingly, however long that takes
     */
    void adopted(Shard shard, Collection<TopicFilter> filters, Collection<NodeId> formerly, Runnable then) {
        changed(shard, filters, List.copyOf(formerly), false, false, true, then);
    }

    /**
     * As {@link #changed(Shard, Collection, Runnable)}, however long it takes: what others have sent until now has come,
     * even where nothing changes for them.
     */
    void flushed(Shard shard, Collection<TopicFilter> filters, Runnable then) {
        changed(shard, filters, List.of(), false, true, true, then);
    }

    /** Members of some shared subscriptions have come online or gone; on any loop. Nobody waits for it. */
    void onlineChanged(Collection<TopicFilter> filters) {
        first().loop.execute(() -> online.changed(filters));
    }

    private void changed(
            Shard shard,
            Collection<TopicFilter> filters,
            List<NodeId> formerly,
            boolean bounded,
            boolean alsoLeft,
            boolean always,
            Runnable then) {
        if (cluster.isAlone()) {
            then.run();
            return;
        }
        List<TopicFilter> copy = List.copyOf(filters);
        first().loop.execute(() -> {
            announce(copy, formerly, always);
            await(bounded, alsoLeft, () -> shard.loop.execute(then));
        });
    }

    private void announce(Collection<TopicFilter> filters, List<NodeId> formerly, boolean always) {
        List<Route> changes = new ArrayList<>(filters.size());
        for (TopicFilter filter : filters) {
            Route route = local(filter);
            Route former = route.qos() == null ? announced.remove(filter) : announced.put(filter, route);
            if (former == null ? route.qos() != null : !former.equals(route)) {
                changes.add(route);
                digest += sum(route) - (former == null ? 0 : sum(former));
            }
        }
        announcedCount = announced.size();
        if (always || !changes.isEmpty()) {
            version++;
            PeerMessage message = new PeerMessage.RoutesChanged(version, changes, formerly);
            for (Peer peer : cluster.presentPeers()) {
                first().lanes.to(peer, 0).tell(message);
            }
        }
    }

    private void await(boolean bounded, boolean alsoLeft, Runnable then) {
        if (isMade(version, alsoLeft)) {
            then.run();
        } else {
            long deadline =
                    bounded ? first().loop.now() + broker.settings.cluster().announce() : Long.MAX_VALUE;
            waiting.add(new Waiting(version, alsoLeft, deadline, then));
            scheduleGiveUp();
        }
    }

    private void scheduleGiveUp() {
        long next = Long.MAX_VALUE;
        for (Waiting each : waiting) {
            next = Math.min(next, each.deadline);
        }
        if (!giveUpScheduled && next < Long.MAX_VALUE) {
            giveUpScheduled = true;
            first().loop.after(Math.max(1, next - first().loop.now()), this::giveUp);
        }
    }

    /** What this node wants of a filter now. */
    private Route local(TopicFilter filter) {
        Qos[] highest = {null};
        int[] members = {0, 0};
        broker.tree.subscribers(filter, target -> {
            if (target.subscriber() instanceof SessionSlot slot && !slot.unwanted) {
                highest[0] = highest[0] == null || highest[0].compareTo(target.qos()) < 0 ? target.qos() : highest[0];
                members[0] += slot.online() ? 1 : 0;
                members[1]++;
            }
        });
        return filter.isShared()
                ? shares.own(filter, highest[0], members[0], members[1], announced.get(filter))
                : new Route(filter, highest[0], 0, 0, 0);
    }

    /** What a route adds to the sum over all: nothing where it is wanted no more. */
    private static long sum(Route route) {
        Qos qos = route.qos();
        if (qos == null) {
            return 0;
        }
        long bits = 0x9e3779b97f4a7c15L;
        String text = route.filter().value();
        for (int i = 0; i < text.length(); i++) {
            bits = (bits ^ text.charAt(i)) * 0x100000001b3L;
        }
        bits ^= qos.code() + 4L * route.online() + ((long) route.members() << 32);
        bits ^= route.onlineSince() * 0x9e3779b97f4a7c15L;
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        return bits ^ bits >>> 31;
    }

    /** Every loop of a node has made a version of our routes. */
    void made(Peer peer, int fromShard, long madeVersion) {
        first().loop.execute(() -> {
            peer.made[fromShard] = Math.max(peer.made[fromShard], madeVersion);
            wakeWaiting();
        });
    }

    private void wakeWaiting() {
        List<Waiting> ready = new ArrayList<>();
        waiting.removeIf(each -> isMade(each.version, each.alsoLeft) && ready.add(each));
        ready.forEach(each -> each.then.run());
    }

    private boolean isMade(long wanted, boolean alsoLeft) {
        for (Peer peer : cluster.everyPeer()) {
            for (long made : peer.made) {
                if (made < wanted && (!peer.left || alsoLeft && !peer.held)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void giveUp() {
        giveUpScheduled = false;
        if (broker.isStopped()) {
            return;
        }
        long now = first().loop.now();
        List<Waiting> over = new ArrayList<>();
        waiting.removeIf(each -> each.deadline <= now && over.add(each));
        late.addAndGet(over.size());
        over.forEach(each -> each.then.run());
        scheduleGiveUp();
    }

    /** A node has come, and is told our routes. It has none of its own that we would not be asked about before anybody counts on them. */
    void joined(Peer peer) {
        tellWhole(peer);
    }

    /** Tells a node all our routes. */
    void tellWhole(Peer peer) {
        Lane lane = first().lanes.to(peer, 0);
        List<Route> all = List.copyOf(announced.values());
        int from = 0;
        do {
            int to = Math.min(from + PART, all.size());
            lane.tell(new PeerMessage.RoutesWhole(version, from == 0, to == all.size(), all.subList(from, to)));
            from = to;
        } while (from < all.size());
    }

    void tellDigest() {
        PeerMessage message = new PeerMessage.RoutesDigest(version, digest, announced.size());
        for (Peer peer : cluster.presentPeers()) {
            first().lanes.to(peer, 0).tell(message);
        }
    }

    // --- those of others

    void received(Peer peer, PeerMessage message) {
        ArrayDeque<PeerMessage> queue = blocked.get(peer);
        if (queue != null) {
            queue.add(message);
        } else {
            handle(peer, message);
        }
    }

    private void handle(Peer peer, PeerMessage message) {
        if (peer.replaced) {
            return; // what it told last was waiting for others
        }
        if (message instanceof PeerMessage.RoutesChanged changed) {
            if (!changed.formerly().isEmpty() && !mayMake(changed)) {
                ArrayDeque<PeerMessage> queue = new ArrayDeque<>();
                queue.add(message);
                blocked.put(peer, queue);
            } else if (changed.formerly().isEmpty()) {
                make(peer, changed);
            } else {
                redirect(peer, changed);
            }
        } else if (message instanceof PeerMessage.RoutesWhole whole) {
            whole(peer, whole);
        } else if (message instanceof PeerMessage.RoutesDigest theirs) {
            compare(peer, theirs);
        } else if (message instanceof PeerMessage.RoutesWanted) {
            tellWhole(peer);
        }
    }

    /** Only when those who are gone are known here to be gone can what is held for them be sent on. */
    private boolean mayMake(PeerMessage.RoutesChanged changed) {
        for (NodeId id : changed.formerly()) {
            Peer gone = cluster.knownPeer(id);
            if (gone != null && !gone.held) {
                return false;
            }
        }
        return true;
    }

    /** Someone has left: who waits only for those who are there may have waited for it, as this node does that has just come. */
    void left() {
        nowComplete();
        wakeWaiting();
    }

    /** A node is gone, and what is meant for it is held: messages that waited for that go on. */
    void held() {
        wakeWaiting();
        for (Peer peer : List.copyOf(blocked.keySet())) {
            unblock(peer);
        }
    }

    private void unblock(Peer peer) {
        ArrayDeque<PeerMessage> queue = blocked.remove(peer);
        while (queue != null && !queue.isEmpty()) {
            handle(peer, queue.remove());
            ArrayDeque<PeerMessage> again = blocked.get(peer);
            if (again != null) {
                again.addAll(queue);
                return;
            }
        }
    }

    /** What is held for those who are gone goes to the node that has their sessions now, before anything newer. */
    private void redirect(Peer adopter, PeerMessage.RoutesChanged changed) {
        blocked.put(adopter, new ArrayDeque<>());
        List<Peer> gone = new ArrayList<>();
        for (NodeId id : changed.formerly()) {
            Peer peer = cluster.knownPeer(id);
            if (peer != null) {
                gone.add(peer);
            }
        }
        broker.onEveryLoop(first(), shard -> gone.forEach(peer -> shard.lanes.redirect(peer, adopter)), () -> {
            if (!adopter.replaced) {
                make(adopter, changed);
                unblock(adopter);
            }
        });
    }

    private void make(Peer peer, PeerMessage.RoutesChanged changed) {
        if (peer.routesVersion < 0 || changed.version() <= peer.routesVersion) {
            return; // all routes are still to come, or have come since
        }
        if (changed.version() != peer.routesVersion + 1) {
            peer.inStep = false;
            first().lanes.to(peer, 0).tell(new PeerMessage.RoutesWanted());
            return;
        }
        for (Route route : changed.routes()) {
            put(peer, route);
        }
        peer.routesVersion = changed.version();
        tellMade(peer);
    }

    private void whole(Peer peer, PeerMessage.RoutesWhole whole) {
        List<Route> all = parts.computeIfAbsent(peer, from -> new ArrayList<>());
        if (whole.first()) {
            all.clear();
        }
        all.addAll(whole.routes());
        if (!whole.last()) {
            return;
        }
        parts.remove(peer);
        boolean known = peer.routesVersion >= 0;
        Map<TopicFilter, Route> wanted = new HashMap<>();
        all.forEach(route -> wanted.put(route.filter(), route));
        long different = 0;
        for (Route former : List.copyOf(peer.routes.values())) {
            if (!wanted.containsKey(former.filter())) {
                put(peer, Route.none(former.filter()));
                different++;
            }
        }
        for (Route route : all) {
            if (!route.equals(peer.routes.get(route.filter()))) {
                put(peer, route);
                different++;
            }
        }
        if (known) {
            repaired.addAndGet(different);
        }
        peer.routesVersion = whole.version();
        peer.inStep = true;
        tellMade(peer);
        nowComplete();
    }

    private void nowComplete() {
        if (!complete && cluster.presentPeers().stream().allMatch(each -> each.routesVersion >= 0)) {
            complete = true;
            cluster.adoptUnlessLeased();
        }
    }

    private void compare(Peer peer, PeerMessage.RoutesDigest theirs) {
        boolean same = theirs.version() == peer.routesVersion
                && theirs.digest() == peer.routesDigest
                && theirs.count() == peer.routes.size();
        if (!same && peer.routesVersion >= 0) {
            peer.inStep = false;
            first().lanes.to(peer, 0).tell(new PeerMessage.RoutesWanted());
        }
    }

    /** After this word of a loop nothing of it goes where it went before the change. */
    private void tellMade(Peer peer) {
        PeerMessage made = new PeerMessage.RoutesMade(peer.routesVersion);
        broker.onEveryLoop(first(), shard -> shard.lanes.to(peer).tell(made), () -> {});
    }

    private void put(Peer peer, Route route) {
        TopicFilter filter = route.filter();
        Qos qos = route.qos();
        Route former = qos == null ? peer.routes.remove(filter) : peer.routes.put(filter, route);
        peer.routesDigest += sum(route) - (former == null ? 0 : sum(former));
        peer.routeCount = peer.routes.size();
        if (filter.isShared()) {
            shares.put(peer, route, qos == null ? null : subscription(filter, qos));
        } else if (qos == null) {
            broker.tree.remove(filter, peer);
        } else {
            broker.tree.put(subscription(filter, qos), peer);
        }
    }

    private static Subscription subscription(TopicFilter filter, Qos qos) {
        return new Subscription(filter, new SubscriptionOptions(qos, false, true, RetainHandling.DO_NOT_SEND), 0);
    }

    /** The node is gone and replaced: nothing leads to it any more. */
    void retire(Peer peer) {
        for (Route route : List.copyOf(peer.routes.values())) {
            put(peer, Route.none(route.filter()));
        }
        shares.retire(peer);
        parts.remove(peer);
        blocked.remove(peer);
        nowComplete();
        wakeWaiting();
    }

    /** Nodes whose routes here are not known to be theirs; on any loop. */
    long divergent() {
        return cluster.presentPeers().stream().filter(peer -> !peer.inStep).count();
    }

    RouteSummary own() {
        return new RouteSummary(version, digest, announced.size(), first().loop.now());
    }

    /** Who waits until other nodes know a route. */
    int waits() {
        return waiting.size();
    }

    /** Our routes that the others were told of; on any loop. */
    int announced() {
        return announcedCount;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("version " + version + ", waiting " + waiting.size());
        for (Peer peer : cluster.everyPeer()) {
            text.append(", ").append(peer).append(" at ").append(peer.routesVersion);
            text.append(" made ").append(Arrays.toString(peer.made));
            text.append(peer.held ? " held" : peer.gone ? " gone" : peer.left ? " left" : "");
        }
        return text + (blocked.isEmpty() ? "" : ", blocked " + blocked);
    }
}
