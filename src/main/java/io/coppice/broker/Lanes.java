package io.coppice.broker;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.Origin;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lanes of one loop to the loops of other nodes, and the ends of those that lead here. */
final class Lanes {
    private static final Logger LOG = LoggerFactory.getLogger(Lanes.class);

    /** The end of a lane: what has come on it so far. */
    private static final class End {
        final Peer peer;
        final Origin origin;
        /** The lane on which answers go. */
        final Lane back;

        long number;
        boolean confirms;

        End(Peer peer, int fromShard, Lane back) {
            this.peer = peer;
            this.origin = new Origin(peer.id, fromShard);
            this.back = back;
        }
    }

    private final Shard shard;
    private final Map<Peer, @Nullable Lane[]> lanes = new HashMap<>();
    /** Messages mostly go where the one before went. */
    private @Nullable Lane lastUsed;

    private final Map<Peer, @Nullable End[]> ends = new HashMap<>();
    private final List<Lane> touched = new ArrayList<>();
    private final List<End> confirming = new ArrayList<>();

    Lanes(Shard shard) {
        this.shard = shard;
    }

    /** The lane on which messages of this loop go to a node. */
    Lane to(Peer peer) {
        Lane last = lastUsed;
        if (last == null || last.peer != peer) {
            last = to(peer, shard.index % peer.shards);
            lastUsed = last;
        }
        return last;
    }

    Lane to(Peer peer, int toShard) {
        @Nullable Lane[] all = lanes.computeIfAbsent(peer, unknown -> new Lane[unknown.shards]);
        Lane lane = all[toShard];
        if (lane == null) {
            lane = new Lane(shard, peer, toShard);
            all[toShard] = lane;
        }
        return lane;
    }

    /** A publish of a client here has failed, and with it all that the client published before now and was not answered. */
    void tellFailed(String publisher) {
        PeerMessage failed = new PeerMessage.Failed(publisher, shard.router.stamp());
        shard.broker.cluster.presentPeers().forEach(peer -> to(peer).tell(failed));
    }

    /** The lane has something to send at the end of this turn. */
    void touched(Lane lane) {
        touched.add(lane);
        shard.scheduleEndOfTurn();
    }

    void flush() {
        for (int i = 0; i < touched.size(); i++) {
            touched.get(i).flush();
        }
        touched.clear();
        for (End end : confirming) {
            end.confirms = false;
            shard.broker.peers.send(
                    shard.loop,
                    end.peer.id,
                    end.origin.shard(),
                    new Parcel.Confirmation(shard.broker.self(), shard.index, end.number));
        }
        confirming.clear();
    }

    boolean anyCrowded() {
        for (@Nullable Lane[] all : lanes.values()) {
            for (Lane lane : all) {
                if (lane != null && lane.isCrowded()) {
                    return true;
                }
            }
        }
        return false;
    }

    // --- what comes

    void received(Peer peer, Parcel parcel) {
        if (parcel.fromShard() < 0 || parcel.fromShard() >= peer.shards) {
            return;
        }
        if (peer.gone) {
            if (peer.saidFarewell && parcel instanceof Parcel.Batch) {
                confirm(end(peer, parcel.fromShard()));
            }
            return;
        }
        if (parcel instanceof Parcel.Confirmation confirmation) {
            long sentAt = to(peer, confirmation.fromShard()).confirmed(confirmation.number());
            if (sentAt >= 0) {
                shard.broker.cluster.heard(shard, peer, sentAt);
            }
        } else if (parcel instanceof Parcel.Batch batch) {
            received(peer, batch);
        }
    }

    private void received(Peer peer, Parcel.Batch batch) {
        End end = end(peer, batch.fromShard());
        confirm(end);
        if (batch.number() != end.number + 1) {
            return; // a repeat, or one that overtook another and will be repeated
        }
        end.number++;
        for (PeerMessage message : batch.messages()) {
            try {
                handle(end, message);
            } catch (RuntimeException fault) {
                LOG.error(
                        getMarker("peer-message-failed"),
                        "a message from {} was not handled; those behind it are",
                        peer,
                        fault);
            }
        }
    }

    private End end(Peer peer, int fromShard) {
        @Nullable End[] all = ends.computeIfAbsent(peer, unknown -> new End[unknown.shards]);
        End end = all[fromShard];
        if (end == null) {
            end = new End(peer, fromShard, to(peer, fromShard));
            all[fromShard] = end;
        }
        return end;
    }

    private void confirm(End end) {
        if (!end.confirms) {
            end.confirms = true;
            confirming.add(end);
            shard.scheduleEndOfTurn();
        }
    }

    private void handle(End end, PeerMessage message) {
        Peer peer = end.peer;
        if (message instanceof PeerMessage.Farewell) {
            shard.broker.cluster.farewell(peer);
            return;
        }
        if (shard.broker.isSilent()) {
            return; // whoever takes over from this node will be asked again
        }
        int from = end.origin.shard();
        Cluster cluster = shard.broker.cluster;
        if (message instanceof PeerMessage.Publish publish) {
            shard.router.arriveFromPeer(end.back, end.origin, publish);
        } else if (message instanceof PeerMessage.Answer answer) {
            end.back.answered(answer);
        } else if (message instanceof PeerMessage.Returned returned) {
            end.back.returned(returned);
        } else if (message instanceof PeerMessage.Failed failed) {
            // what came before it is with its sessions' loops by the time they hear of it
            shard.flushOutboxes();
            shard.broker.onEveryLoop(shard, each -> each.failedElsewhere.told(end.origin, failed), () -> {});
        } else if (message instanceof PeerMessage.RoutesMade made) {
            // what came before it is with its sessions' loops by the time the first loop hears of it
            shard.flushOutboxes();
            cluster.routes.made(peer, from, made.version());
        } else if (message instanceof PeerMessage.Adopted adopted) {
            cluster.adoption.adopted(peer.id, adopted.members());
        } else if (message instanceof PeerMessage.GivenUp told) {
            cluster.givenUp(told.nodes());
        } else if (message instanceof PeerMessage.Retaining retaining) {
            cluster.retained.received(shard, peer, from, retaining);
        } else if (message instanceof PeerMessage.Moving moving) {
            shard.moves.received(peer, from, moving);
        } else {
            cluster.peerRoutes.received(peer, message);
        }
    }

    // --- the end of a node

    /** Nothing is sent to the node any more; what it has not answered is held. */
    void gone(Peer peer) {
        for (Lane lane : all(peer)) {
            lane.gone();
        }
    }

    /** @param adopter null for this node itself */
    void redirect(Peer from, @Nullable Peer adopter) {
        all(from).forEach(lane -> lane.redirectTo(adopter));
    }

    /** The node's sessions have all been found elsewhere. */
    void retire(Peer peer) {
        List<Lane> retired = all(peer);
        lanes.remove(peer);
        lastUsed = null;
        ends.remove(peer);
        retired.forEach(Lane::retire);
    }

    private List<Lane> all(Peer peer) {
        List<Lane> present = new ArrayList<>();
        for (Lane lane : lanes.getOrDefault(peer, new Lane[0])) {
            if (lane != null) {
                present.add(lane);
            }
        }
        return present;
    }

    /** Whether other nodes have said that they have everything. */
    boolean allConfirmed() {
        return lanes.keySet().stream().flatMap(peer -> all(peer).stream()).allMatch(lane -> lane.unconfirmed() == 0);
    }

    /** Messages that other nodes have not confirmed. */
    long unconfirmed() {
        long messages = 0;
        for (Peer peer : lanes.keySet()) {
            for (Lane lane : all(peer)) {
                messages += lane.unconfirmed();
            }
        }
        return messages;
    }

    /** The weight of the messages that other nodes have not confirmed. */
    long unconfirmedBytes() {
        long bytes = 0;
        for (Peer peer : lanes.keySet()) {
            for (Lane lane : all(peer)) {
                bytes += lane.unconfirmedBytes();
            }
        }
        return bytes;
    }

    /** The lanes on which something is not confirmed or not answered. */
    List<ClusterSnapshot.Lane> snapshot() {
        List<ClusterSnapshot.Lane> busy = new ArrayList<>();
        for (Peer peer : lanes.keySet()) {
            for (Lane lane : all(peer)) {
                ClusterSnapshot.Lane each = lane.snapshot();
                if (each.messages() > 0 || each.unanswered() > 0) {
                    busy.add(each);
                }
            }
        }
        return busy;
    }

    /** Messages of publishers of which other nodes have not said that they have them. */
    int unconfirmedPublishes() {
        return lanes.keySet().stream()
                .flatMap(peer -> all(peer).stream())
                .mapToInt(Lane::unconfirmedPublishes)
                .sum();
    }

    /** Messages on their way to other nodes, or held. */
    int depth() {
        int depth = 0;
        for (Peer peer : lanes.keySet()) {
            for (Lane lane : all(peer)) {
                depth += lane.depth();
            }
        }
        return depth;
    }
}
