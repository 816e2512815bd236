package io.coppice.broker;

import io.coppice.port.Home;
import io.coppice.port.PeerMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a session whose last home does not have it. That node may have claimed it and died before it had it, or has
 * never heard that its claim was made: then the session is still where it was before, on a node or a loop that knows
 * nothing of the claim, and moves from there. Nobody has it where it was with a node that is gone.
 */
final class Search {
    /** What a node knows of a session. */
    private record Trace(@Nullable Shard at, boolean lost) {
        static final Trace NONE = new Trace(null, false);
    }

    private final Shard shard;
    private final long move;
    private final String clientId;
    private final long epoch;
    private final Runnable nowhere;
    private final Consumer<Found> then;
    private final Set<Peer> asked = new HashSet<>();
    private boolean lookedHere;
    private boolean over;

    /**
     * @param nowhere run on the shard's loop when nobody has the session
     * @param then told on the shard's loop otherwise: where it is now, which is here, or that the claim was followed by another
     */
    Search(Shard shard, long move, String clientId, long epoch, Runnable nowhere, Consumer<Found> then) {
        this.shard = shard;
        this.move = move;
        this.clientId = clientId;
        this.epoch = epoch;
        this.nowhere = nowhere;
        this.then = then;
    }

    void begin() {
        for (Peer peer : shard.broker.cluster.presentPeers()) {
            asked.add(peer);
            shard.lanes.to(peer).tell(new PeerMessage.Claimed(move, clientId, epoch));
        }
        look(shard, clientId, epoch, this::foundHere);
    }

    private void foundHere(Trace trace) {
        if (over) {
            return;
        }
        Shard at = trace.at;
        if (trace.lost) {
            end(Found.LOST);
        } else if (at == shard) {
            end(Takeover.here(shard, clientId, epoch, false));
        } else if (at != null) {
            finish();
            Takeover.from(at, shard, clientId, epoch, false, then);
        } else {
            lookedHere = true;
            endIfNowhere();
        }
    }

    /** A node has answered: it has the session, and it is on its way; or not. */
    void answered(Peer peer, int fromShard, PeerMessage.Frozen frozen) {
        if (frozen.lost()) {
            end(Found.LOST);
        } else if (frozen.subscriptions() != null) {
            finish();
            Home home = new Home(peer.id, fromShard, epoch);
            shard.moves.coming(new Coming(shard, peer, home, move, clientId, epoch, false, then), frozen);
        } else {
            gone(peer);
        }
    }

    /** A node is gone; if it had the session, the session is in the store now. */
    void gone(Peer peer) {
        asked.remove(peer);
        endIfNowhere();
    }

    private void endIfNowhere() {
        if (!over && lookedHere && asked.isEmpty()) {
            nowhere.run();
            finish();
        }
    }

    private void end(Found found) {
        finish();
        then.accept(found);
    }

    /** A round of adoption need not wait for the session to come: nothing is held for it. */
    private void finish() {
        over = true;
        shard.moves.searched(move);
        shard.adopting.ended();
    }

    @Override
    public String toString() {
        return "search for " + clientId + " with " + epoch + ", not answered by " + asked;
    }

    // --- on the nodes that are asked

    /** Another node looks for a session: it is brought on its way if it is here. */
    static void answer(Shard shard, Peer peer, int fromShard, PeerMessage.Claimed claimed) {
        look(shard, claimed.clientId(), claimed.epoch(), trace -> {
            Shard at = trace.at;
            if (at == null) {
                shard.lanes
                        .to(peer, fromShard)
                        .tell(new PeerMessage.Frozen(claimed.move(), null, trace.lost, false, List.of()));
                return;
            }
            PeerMessage.Yield yield = new PeerMessage.Yield(claimed.move(), claimed.clientId(), claimed.epoch(), false);
            at.loop.execute(() -> Departure.begin(at, at.lanes.to(peer, fromShard), yield));
        });
    }

    /** Asks every loop of this node, each once what is older than the claim has come to its end there. */
    private static void look(Shard asking, String clientId, long epoch, Consumer<Trace> then) {
        AtomicReference<Trace> found = new AtomicReference<>(Trace.NONE);
        int[] left = {asking.broker.shards.size()};
        for (Shard each : asking.broker.shards) {
            each.loop.execute(() -> {
                each.adopting.claimedAfter(clientId, epoch);
                each.whenAdmittedBefore(clientId, epoch, () -> {
                    Trace trace = trace(each, clientId, epoch);
                    if (trace != Trace.NONE) {
                        found.set(trace);
                    }
                    asking.loop.execute(() -> {
                        if (--left[0] == 0) {
                            then.accept(found.get());
                        }
                    });
                });
            });
        }
    }

    private static Trace trace(Shard shard, String clientId, long epoch) {
        SessionSlot slot = shard.slots.get(clientId);
        if (shard.adopting.isOutdated(clientId, epoch) || slot != null && slot.isClaimedAfter(epoch)) {
            return new Trace(null, true);
        }
        // one that is leaving is looked for where it goes to
        return slot == null || !slot.isSettled() || slot.epoch == epoch ? Trace.NONE : new Trace(shard, false);
    }
}
