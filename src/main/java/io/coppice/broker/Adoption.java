package io.coppice.broker;

import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage;
import io.coppice.port.SessionRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of nodes that are gone are taken over by those that are left, each by the one whose hash with the client
 * identifier is highest. A round is about one set of members: every one of them takes what falls to it, announces the routes, and says so
 * to the others; when all have, nothing is held for the gone any more. Clients that come meanwhile wait.
 */
final class Adoption {
    private static final long RETRY_MILLIS = 500;
    private static final long AGAIN_MILLIS = 50;

    private final Broker broker;
    private final Cluster cluster;
    /** Which members' round each node has finished. */
    private final Map<NodeId, List<NodeId>> finished = new HashMap<>();

    private List<NodeId> members = List.of();
    private long round;
    private int loading;
    private volatile boolean over;
    private volatile boolean begun;

    Adoption(Broker broker, Cluster cluster) {
        this.broker = broker;
        this.cluster = cluster;
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    /** Whether nobody is being taken over from. */
    boolean isOver() {
        return over;
    }

    /** Whether it has been over once: what earlier lives of the nodes have left is found. */
    boolean hasBegun() {
        return begun;
    }

    /** Counts the rounds; on the first loop. */
    long round() {
        return round;
    }

    /** From now on nobody claims anything until all sessions of who left have been found. */
    void someoneLeft(NodeId node) {
        finished.remove(node);
        over = false;
    }

    /** A new round: all who are not among the members are gone for good. */
    void begin(List<NodeId> newMembers) {
        members = newMembers;
        look(++round);
    }

    private void look(long ofRound) {
        if (ofRound != round || broker.isSilent()) {
            return;
        }
        broker.registry.residentsElsewhere(
                Set.copyOf(members), cluster.givenUp(), this::fallsToThisNode, first().loop, residents -> {
                    if (residents == null) {
                        first().loop.after(RETRY_MILLIS, () -> look(ofRound));
                    } else if (ofRound == round) {
                        take(ofRound, residents);
                    }
                });
    }

    private boolean fallsToThisNode(String clientId) {
        NodeId chosen = broker.self();
        long highest = Long.MIN_VALUE;
        for (NodeId member : members) {
            long weight = weight(clientId, member);
            if (weight > highest) {
                highest = weight;
                chosen = member;
            }
        }
        return chosen.equals(broker.self());
    }

    private static long weight(String clientId, NodeId node) {
        long bits = 0x9e3779b97f4a7c15L * (clientId.hashCode() + 31L * node.hashCode());
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }

    private void take(long ofRound, List<SessionRegistry.Resident> residents) {
        int shards = broker.shards.size();
        List<List<SessionRegistry.Resident>> shares = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            shares.add(new ArrayList<>());
        }
        for (SessionRegistry.Resident resident : residents) {
            shares.get(Math.floorMod(resident.clientId().hashCode(), shards)).add(resident);
        }
        loading = shards;
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> shard.adopting.take(shares.get(shard.index), () -> loaded(ofRound)));
        }
    }

    /** A loop has all that falls to it; on that loop. */
    private void loaded(long ofRound) {
        first().loop.execute(() -> {
            if (ofRound == round && --loading == 0) {
                goOn(ofRound);
            }
        });
    }

    /** The sessions that are here now go on, with all that was held for them. */
    private void goOn(long ofRound) {
        Map<Shard, Adopting.Arrived> arrived = new HashMap<>();
        broker.onEveryLoop(
                first(),
                shard -> {
                    Adopting.Arrived some = shard.adopting.arrived();
                    first().loop.execute(() -> arrived.put(shard, some));
                },
                () -> bring(ofRound, arrived));
    }

    /**
     * What was held here goes to them before anything newer. Not before it is known who goes on: whoever came in between
     * would go on without it.
     */
    private void bring(long ofRound, Map<Shard, Adopting.Arrived> arrived) {
        List<Peer> gone = cluster.gonePeers();
        broker.onEveryLoop(
                first(),
                shard -> {
                    gone.forEach(peer -> shard.lanes.redirect(peer, null));
                    shard.flushOutboxes();
                },
                () -> announce(ofRound, gone, arrived));
    }

    /** They go on when everyone has sent here what was held for them, and sends the rest here too. */
    private void announce(long ofRound, List<Peer> gone, Map<Shard, Adopting.Arrived> arrived) {
        Set<TopicFilter> filters = new HashSet<>();
        Set<NodeId> formerly = new HashSet<>();
        gone.forEach(peer -> formerly.add(peer.id));
        arrived.values().forEach(some -> {
            filters.addAll(some.filters());
            formerly.addAll(some.formerly());
        });
        cluster.routes.adopted(first(), filters, formerly, () -> takeUp(ofRound, arrived));
    }

    private void takeUp(long ofRound, Map<Shard, Adopting.Arrived> arrived) {
        broker.onEveryLoop(
                first(), shard -> slots(arrived.get(shard)).forEach(SessionSlot::takeUp), () -> finish(ofRound, false));
    }

    private static List<SessionSlot> slots(Adopting.@Nullable Arrived arrived) {
        return arrived == null ? List.of() : arrived.slots();
    }

    /**
     * What was still on its way when the others were announced is waited for, and what is held goes to it too, before anybody
     * forgets that.
     *
     * @param waited whether something has come since what is held was redirected
     */
    private void finish(long ofRound, boolean waited) {
        boolean[] late = {false};
        boolean[] asking = {false};
        broker.onEveryLoop(
                first(),
                shard -> {
                    boolean anyLate = shard.adopting.hasArrived();
                    // also one on its way from a node that stays: it may have been on its way there from one that is
                    // gone
                    boolean isAsking = shard.adopting.isAsking() || shard.moves.arriving() > 0;
                    first().loop.execute(() -> {
                        late[0] |= anyLate;
                        asking[0] |= isAsking;
                    });
                },
                () -> {
                    if (ofRound != round) {
                        return;
                    }
                    if (!late[0] && !asking[0] && !waited) {
                        tell();
                    } else if (broker.isSilent()) {
                        return; // others do what is left
                    } else if (late[0] || !asking[0]) {
                        goOn(ofRound); // at once: another node may wait for one of these, and this one for that node
                    } else {
                        first().loop.after(AGAIN_MILLIS, () -> finish(ofRound, true));
                    }
                });
    }

    private void tell() {
        for (Peer peer : cluster.presentPeers()) {
            first().lanes.to(peer, 0).tell(new PeerMessage.Adopted(members));
        }
        adopted(broker.self(), members);
    }

    /** A node has finished the round of some members. */
    void adopted(NodeId node, List<NodeId> itsMembers) {
        finished.put(node, itsMembers);
        if (round == 0) {
            return; // this node is not that far yet
        }
        for (NodeId member : members) {
            if (!members.equals(finished.get(member))) {
                return;
            }
        }
        retire(round);
    }

    @Override
    public String toString() {
        return (over ? "over" : "adopting") + " round " + round + " of " + members + ", finished " + finished;
    }

    private void retire(long ofRound) {
        List<Peer> gone = cluster.gonePeers();
        gone.forEach(peer -> peer.replaced = true);
        broker.onEveryLoop(
                first(),
                shard -> {
                    for (Peer peer : gone) {
                        shard.lanes.retire(peer);
                        shard.moves.retire(peer);
                    }
                },
                () -> {
                    gone.forEach(cluster::retired);
                    if (ofRound == round && cluster.everyoneIsThere()) {
                        over = true;
                        begun = true;
                        broker.onEveryLoop(first(), shard -> shard.adopting.over(), () -> {});
                    }
                });
    }
}
