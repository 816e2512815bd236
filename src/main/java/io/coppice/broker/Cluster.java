package io.coppice.broker;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerGate;
import io.coppice.port.PeerMessage;
import io.coppice.port.RouteSummary;
import io.coppice.port.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of the others: who is there, whether it may act for the cluster, and who has to be taken over
 * from. Everything but {@link #received} and the questions happens on the first loop.
 */
final class Cluster implements PeerGate {
    private static final long READ_AGAIN_MILLIS = 500;

    final RouteTable routes;
    final PeerRoutes peerRoutes;
    final RetainedTable retained;
    final Adoption adoption;

    private final Broker broker;
    private final ClusterSettings settings;
    /** Everyone who is there, or gone and not yet replaced. */
    private final Map<NodeId, Peer> peers = new ConcurrentHashMap<>();
    /** Who was given up never comes back. */
    private final Set<NodeId> givenUp = ConcurrentHashMap.newKeySet();

    /** As it was told last; those who have said farewell may still be in it. */
    private View view = new View(List.of());

    private volatile List<NodeId> members = List.of();
    /** What this node has written of its routes for all to see; null where that has to be done. */
    private @Nullable RouteSummary written;
    /** This node has said farewell. */
    private boolean leaving;

    private volatile int expectedSize;
    private volatile boolean inQuorum;
    private volatile long leaseUntil = Long.MIN_VALUE;
    /** A loop waits for the lease; each has its own time, so that one may have seen it end that the first has not. */
    private volatile boolean leaseAwaited;

    Cluster(Broker broker) {
        this.broker = broker;
        this.settings = broker.settings.cluster();
        this.expectedSize = settings.expectedSize();
        ShareRoutes shares = new ShareRoutes(broker);
        this.routes = new RouteTable(broker, this, shares);
        this.peerRoutes = new PeerRoutes(broker, this, shares);
        this.retained = new RetainedTable(broker, this);
        this.adoption = new Adoption(broker, this);
    }

    boolean isAlone() {
        return settings.isAlone();
    }

    void open() {
        if (isAlone()) {
            readRetained();
        } else {
            ping();
            compare();
        }
    }

    /** What an earlier life of the node has left is here before anybody is let in: first what is retained, then sessions. */
    private void readRetained() {
        broker.retained.readAll(first().loop, complete -> {
            if (complete) {
                adoption.begin(members());
            } else if (!broker.isStopped()) {
                first().loop.after(READ_AGAIN_MILLIS, this::readRetained);
            }
        });
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    // --- questions, on any loop

    /** Whether a node is there, as far as is known; null otherwise. */
    @Nullable
    Peer peer(NodeId id) {
        Peer peer = peers.get(id);
        return peer == null || peer.left ? null : peer;
    }

    /** Whether a node is this one, or there as far as is known. */
    boolean isThere(NodeId id) {
        return id.equals(broker.self()) || peer(id) != null;
    }

    /** Whether a node was there and has been given up; false also for one that is about to be seen. */
    boolean isGivenUp(NodeId id) {
        return givenUp.contains(id);
    }

    /** Everyone in sight, this node included. */
    List<NodeId> members() {
        return isAlone() ? List.of(broker.self()) : members;
    }

    /** Those who have been given up. */
    Set<NodeId> givenUp() {
        return Set.copyOf(givenUp);
    }

    /** How many nodes there are meant to be, as far as this one was told. */
    int expectedSize() {
        return expectedSize;
    }

    /** Whether more than half of the nodes are in sight. */
    boolean inQuorum() {
        return inQuorum;
    }

    /**
     * Whether clients may be let in: what earlier lives of the nodes have left is found, more than half of them are in sight,
     * and their routes and all retained messages are known here.
     */
    boolean serves() {
        return adoption.hasBegun() && (isAlone() || inQuorum && peerRoutes.complete() && retained.reading.complete());
    }

    /** Whether what this node does now is within its lease: nobody acts in its place yet. */
    boolean mayAct(long now) {
        return isAlone() || now < leaseUntil;
    }

    /** Milliseconds until the lease is over; 0 where it is. */
    long leaseRemaining(long now) {
        if (isAlone()) {
            return Long.MAX_VALUE;
        }
        long until = leaseUntil;
        return now < until ? until - now : 0;
    }

    /** Runs a task on the shard's loop when the node may act for the cluster. */
    void whenMayAct(Shard shard, Runnable task) {
        if (mayAct(shard.loop.now())) {
            task.run();
            return;
        }
        shard.adopting.whenMayAct(task);
        leaseAwaited = true;
        if (mayAct(shard.loop.now())) { // renewed just now by the first loop, which had seen nobody wait
            shard.adopting.mayActAgain();
        }
    }

    /**
     * Runs a task on the shard's loop when the node may act for the cluster. Where it may not at the moment, it has to hear
     * first what it has missed: of routes and retained messages, everything that others have told until then.
     */
    void whenInTouch(Shard shard, Runnable task) {
        if (mayAct(shard.loop.now())) {
            task.run();
        } else {
            whenMayAct(shard, () -> routes.flushed(shard, List.of(), () -> whenInTouch(shard, task)));
        }
    }

    /** Runs a task on the shard's loop after the time of a lease, when the node may still act then, or may again. */
    void afterLease(Shard shard, Runnable task) {
        shard.loop.after(settings.lease(), () -> whenMayAct(shard, task));
    }

    // --- what comes

    @Override
    public void received(int shard, Parcel parcel) {
        Peer peer = peers.get(parcel.from());
        if (shard >= broker.shards.size()) {
            return;
        }
        Shard to = broker.shards.get(shard);
        // who has left on purpose is still told that its last word has come
        if (peer == null || peer.left && !peer.saidFarewell) {
            to.counters.unknownParcel();
        } else {
            to.lanes.received(peer, parcel);
        }
    }

    /** A node has confirmed what was sent to it at a time. */
    void heard(Shard shard, Peer peer, long sentAt) {
        if (shard != first() || peer.left) {
            return;
        }
        peer.heardAt = Math.max(peer.heardAt, sentAt);
        renewLease();
    }

    private void renewLease() {
        int others = expectedSize / 2;
        long[] heard = peers.values().stream()
                .filter(peer -> !peer.left)
                .mapToLong(peer -> peer.heardAt)
                .sorted()
                .toArray();
        if (!inQuorum || heard.length < others) {
            return;
        }
        leaseUntil = Math.max(leaseUntil, heard[heard.length - others] + settings.lease());
        if (leaseAwaited && first().loop.now() < leaseUntil) {
            leaseAwaited = false;
            broker.onEveryLoop(first(), shard -> shard.adopting.mayActAgain(), () -> {});
        }
    }

    // --- who is there

    @Override
    public void viewChanged(View newest) {
        view = newest;
        boolean resized = newest.expectedSize() > 0 && newest.expectedSize() != expectedSize;
        if (resized) {
            expectedSize = newest.expectedSize();
        }
        reconsider(resized);
    }

    private void reconsider() {
        reconsider(false);
    }

    private void reconsider(boolean anew) {
        List<NodeId> now = new ArrayList<>();
        List<View.Member> joined = new ArrayList<>();
        for (View.Member member : view.members()) {
            if (!givenUp.contains(member.id())) {
                now.add(member.id());
                if (!member.id().equals(broker.self()) && !peers.containsKey(member.id())) {
                    joined.add(member);
                }
            }
        }
        now.sort(null);
        if (now.equals(members) && !anew) {
            return;
        }
        members = List.copyOf(now);
        boolean quorum = now.contains(broker.self()) && 2 * now.size() > expectedSize;
        if (quorum) {
            for (Peer peer : List.copyOf(peers.values())) {
                if (!peer.left && !now.contains(peer.id)) {
                    left(peer);
                }
            }
        }
        joined.forEach(this::joined); // who has just come is told of those who have left
        inQuorum = quorum;
        if (quorum) {
            retained.reading.beginWhenTold();
            adoptUnlessLeased();
        } else {
            broker.cutOff();
        }
    }

    private void joined(View.Member member) {
        Peer peer = new Peer(member.id(), member.shards(), first().loop.now());
        peers.put(peer.id, peer);
        if (leaving) {
            sayFarewell(peer);
            return;
        }
        List<NodeId> left = new ArrayList<>();
        peers.values().stream().filter(each -> each.left).forEach(each -> left.add(each.id));
        if (!left.isEmpty()) {
            first().lanes.to(peer, 0).tell(new PeerMessage.GivenUp(left));
        }
        routes.joined(peer);
        retained.joined(peer);
    }

    /** Nodes that were gone before this one came have sessions that are still being found. */
    void givenUp(List<NodeId> nodes) {
        for (NodeId node : nodes) {
            if (peers.containsKey(node)) {
                givenUp.add(node);
                reconsider();
            } else if (givenUp.add(node)) {
                Peer unknown = new Peer(node, 0, first().loop.now());
                peers.put(node, unknown);
                left(unknown);
            }
        }
    }

    private void left(Peer peer) {
        givenUp.add(peer.id);
        peer.left = true;
        adoption.someoneLeft(peer.id);
        peerRoutes.left();
        routes.wakeWaiting(); // who waits only for those who are there
        retained.left(peer);
        if (peer.saidFarewell) {
            gone(peer);
            return;
        }
        // until its lease is over it may act as if it were here
        first().loop.after(settings.lease(), () -> {
            if (!broker.isStopped() && !peer.gone) {
                gone(peer);
            }
        });
    }

    private void gone(Peer peer) {
        peer.gone = true;
        retained.gone(peer, !members.isEmpty() && members.get(0).equals(broker.self()));
        broker.onEveryLoop(
                first(),
                shard -> {
                    shard.lanes.gone(peer);
                    shard.moves.gone(peer);
                },
                () -> {
                    peer.held = true;
                    routes.wakeWaiting();
                    peerRoutes.held();
                    adoptUnlessLeased();
                });
    }

    /** A node has left on purpose and acts no more: its sessions can be taken over at once, whatever the view says. */
    void farewell(Peer peer) {
        peer.saidFarewell = true;
        if (!peer.left) {
            givenUp.add(peer.id);
            reconsider();
        } else if (!peer.gone) {
            gone(peer);
        }
    }

    /** Tells everyone who is there that this node leaves and acts no more. */
    void sayFarewell() {
        leaving = true;
        presentPeers().forEach(this::sayFarewell);
    }

    private void sayFarewell(Peer peer) {
        first().lanes.to(peer, 0).tell(new PeerMessage.Farewell());
    }

    /** Begins to take over, once nobody may act any more who is gone. */
    void adoptUnlessLeased() {
        if (!broker.isSilent()
                && inQuorum
                && peerRoutes.complete()
                && peers.values().stream().noneMatch(peer -> peer.left && !peer.held)) {
            adoption.begin(members);
        }
    }

    /** Those who are gone and whose sessions are being taken over. */
    List<Peer> gonePeers() {
        return peers.values().stream().filter(peer -> peer.held).toList();
    }

    /** Those who have left and were not replaced yet. */
    List<Peer> leftPeers() {
        return peers.values().stream().filter(peer -> peer.left).toList();
    }

    /** Those who are there. */
    List<Peer> presentPeers() {
        return peers.values().stream().filter(peer -> !peer.left).toList();
    }

    /** Those whose knowledge of routes matters: also who may act until its lease is over. */
    Iterable<Peer> everyPeer() {
        return peers.values();
    }

    /** Whether nobody has left who was not replaced. */
    boolean everyoneIsThere() {
        return peers.values().stream().noneMatch(peer -> peer.left);
    }

    @Nullable
    Peer knownPeer(NodeId id) {
        return peers.get(id);
    }

    /** A node's sessions have all been found elsewhere. */
    void retired(Peer peer) {
        peers.remove(peer.id);
        peerRoutes.retire(peer);
        routes.wakeWaiting();
        broker.routeBoard.remove(peer.id);
    }

    ClusterSnapshot.FirstLoop snapshot() {
        long now = first().loop.now();
        List<ClusterSnapshot.Peer> all = new ArrayList<>();
        peers.values().forEach(peer -> all.add(peer.snapshot(now)));
        all.sort(Comparator.comparing(ClusterSnapshot.Peer::id));
        return new ClusterSnapshot.FirstLoop(routes.own(), routes.waits(), all, adoption.round());
    }

    // --- from time to time

    private void ping() {
        if (broker.isSilent()) {
            return;
        }
        for (Peer peer : presentPeers()) {
            first().lanes.to(peer, 0).tell(new PeerMessage.Ping());
        }
        first().loop.after(settings.ping(), this::ping);
    }

    private void compare() {
        if (broker.isSilent()) {
            return;
        }
        routes.tellDigest();
        retained.repair.tellDigest();
        write();
        first().loop.after(settings.digest(), this::compare);
    }

    private void write() {
        RouteSummary own = routes.own();
        RouteSummary former = written;
        if (!inQuorum || former != null && former.agrees(own)) {
            return;
        }
        written = own;
        broker.routeBoard.put(broker.self(), own, first().loop, there -> {
            if (!there) {
                written = null;
            }
        });
    }
}
