package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage;
import io.coppice.port.PeerMessage.Route;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which topic filters are wanted on the other nodes, as each of them tells. Sums over all routes of a node are compared from
 * time to time, and what differs is asked for anew. On the first loop.
 */
final class PeerRoutes {
    private final Broker broker;
    private final Cluster cluster;
    private final ShareRoutes shares;
    /** Messages of a node that wait until another one is known here to be gone. */
    private final Map<Peer, ArrayDeque<PeerMessage>> blocked = new HashMap<>();
    /** Parts of all routes of a node, until the last has come. */
    private final Map<Peer, List<Route>> parts = new HashMap<>();

    private volatile boolean complete;
    private final AtomicLong repaired = new AtomicLong();

    PeerRoutes(Broker broker, Cluster cluster, ShareRoutes shares) {
        this.broker = broker;
        this.cluster = cluster;
        this.shares = shares;
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
            cluster.routes.tellWhole(peer);
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

    /** Someone has left: this node may have waited for its routes since it came. */
    void left() {
        nowComplete();
    }

    /** A node is gone, and what is meant for it is held: messages that waited for that go on. */
    void held() {
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
        peer.routesDigest += RouteSum.of(route) - (former == null ? 0 : RouteSum.of(former));
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
    }

    /** Nodes whose routes here are not known to be theirs; on any loop. */
    long divergent() {
        return cluster.presentPeers().stream().filter(peer -> !peer.inStep).count();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Peer peer : cluster.everyPeer()) {
            text.append(", ").append(peer).append(" at ").append(peer.routesVersion);
            text.append(" made ").append(Arrays.toString(peer.made));
            text.append(peer.held ? " held" : peer.gone ? " gone" : peer.left ? " left" : "");
        }
        return text + (blocked.isEmpty() ? "" : ", blocked " + blocked);
    }
}
