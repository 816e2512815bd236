package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage;
import io.coppice.port.PeerMessage.Route;
import io.coppice.port.RouteSummary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which topic filters are wanted on this node. Each node is the authority for its own: it tells the others of every change,
 * numbered; they put it into their trees and say so, see {@link PeerRoutes}. On the first loop, but for {@link #changed}.
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

    private final OnlineNews online;
    private final ShareRoutes shares;
    private final AtomicLong late = new AtomicLong();

    RouteTable(Broker broker, Cluster cluster, ShareRoutes shares) {
        this.broker = broker;
        this.cluster = cluster;
        this.shares = shares;
        this.online = new OnlineNews(broker, filters -> announce(filters, List.of(), false));
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    /** Waits for other nodes that were given up. */
    long late() {
        return late.get();
    }

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
                digest += RouteSum.of(route) - (former == null ? 0 : RouteSum.of(former));
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

    /** Every loop of a node has made a version of our routes. */
    void made(Peer peer, int fromShard, long madeVersion) {
        first().loop.execute(() -> {
            peer.made[fromShard] = Math.max(peer.made[fromShard], madeVersion);
            wakeWaiting();
        });
    }

    void wakeWaiting() {
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
        return "version " + version + ", waiting " + waiting.size();
    }
}
