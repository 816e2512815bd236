package io.coppice.broker;

import io.coppice.port.Home;
import java.util.List;
import java.util.function.Consumer;

/** Where the session of a client identifier was until it was claimed for this shard: it is brought from there. */
final class FormerHome {
    /** How often a home on a node that is not known here is waited for. */
    private static final int PATIENCE = 50;

    /** How long each time. */
    private static final long PATIENCE_MILLIS = 100;

    private final Shard shard;
    private final Broker broker;
    private final String clientId;
    private final long epoch;
    private final boolean cleanStart;
    private final Consumer<Found> then;

    /**
     * @param epoch of the claim
     * @param cleanStart whether the session is not wanted: it ends where it is
     * @param then told on the shard's loop what was there
     */
    FormerHome(Shard shard, String clientId, long epoch, boolean cleanStart, Consumer<Found> then) {
        this.shard = shard;
        this.broker = shard.broker;
        this.clientId = clientId;
        this.epoch = epoch;
        this.cleanStart = cleanStart;
        this.then = then;
    }

    /** On the shard's loop; whoever was admitted before the claim has come to an end first. */
    void bring(Home former) {
        if (!former.node().equals(broker.self())) {
            fromOtherNode(former, PATIENCE);
        } else if (former.shard() == shard.index) {
            shard.whenAdmittedBefore(
                    clientId, epoch, () -> found(former, Takeover.here(shard, clientId, epoch, cleanStart)));
        } else {
            Shard from = broker.shards.get(former.shard());
            Takeover.from(from, shard, clientId, epoch, cleanStart, found -> found(former, found));
        }
    }

    private void fromOtherNode(Home former, int patience) {
        Peer peer = broker.cluster.peer(former.node());
        if (peer == null && !broker.cluster.isGivenUp(former.node()) && patience > 0) {
            // a node that has just come, and that this one has not been told of
            shard.adopting.hold();
            shard.loop.after(PATIENCE_MILLIS, () -> {
                fromOtherNode(former, patience - 1);
                shard.adopting.ended();
            });
        } else if (peer != null) {
            shard.moves.begin(peer, former, clientId, epoch, cleanStart, found -> found(former, found));
        } else {
            search(former);
        }
    }

    /**
     * Where its home has never had the session, because the home's claim was made without its knowing of it, the session
     * is where it was before.
     */
    private void found(Home former, Found found) {
        if (found.nothing() && !found.ended() && !broker.cluster.isAlone()) {
            search(former);
        } else {
            then.accept(found);
        }
    }

    private void search(Home former) {
        Consumer<Found> there = found -> then.accept(whereItIs(found));
        new Fetch(shard, clientId, epoch, former.node(), null, List.of(), true, there).begin();
    }

    /** A session that was found elsewhere, and may not be wanted. */
    private Found whereItIs(Found found) {
        SessionSlot slot = found.slot();
        if (slot == null) {
            return found;
        }
        slot.awaited(true); // should it end now, the claim is still needed
        return Takeover.here(shard, clientId, epoch, cleanStart);
    }
}
