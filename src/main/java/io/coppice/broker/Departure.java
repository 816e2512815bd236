package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage;
import io.coppice.session.DropReason;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session leaves for another node, seen from its former home: it does nothing any more, what still comes for it is
 * passed on, and when nobody sends it here any more it is forgotten.
 */
final class Departure {
    private final Shard shard;
    private final SessionSlot slot;
    private final Lane lane;
    private final long move;
    private final long epoch;
    private boolean stored;
    private boolean emptied;

    private Departure(SessionSlot slot, Lane lane, PeerMessage.Yield yield) {
        this.shard = slot.shard;
        this.slot = slot;
        this.lane = lane;
        this.move = yield.move();
        this.epoch = yield.epoch();
    }

    /** Another node has claimed a session that was at home here, or was found here. */
    static void begin(Shard shard, Lane lane, PeerMessage.Yield yield) {
        shard.whenAdmittedBefore(
                yield.clientId(),
                yield.epoch(),
                () -> Lending.awaited(shard, yield.clientId(), () -> yieldTo(shard, lane, yield)));
    }

    private static void yieldTo(Shard shard, Lane lane, PeerMessage.Yield yield) {
        if (lane.peer.left) {
            return; // whoever takes over from it finds the session here
        }
        Found found = Takeover.here(shard, yield.clientId(), yield.epoch(), yield.cleanStart());
        SessionSlot slot = found.slot();
        if (slot == null) {
            // the end of the session is stored before its next one begins, or the store would refuse it as outdated
            shard.whenStored(safe ->
                    lane.tell(new PeerMessage.Frozen(yield.move(), null, found.lost(), found.ended(), List.of())));
            return;
        }
        Departure departure = new Departure(slot, lane, yield);
        shard.moves.departing(lane.peer, departure);
        departure.freeze();
    }

    boolean isTo(NodeId node) {
        return lane.peer.id.equals(node);
    }

    boolean isStranded() {
        return lane.peer.left;
    }

    long move() {
        return move;
    }

    private void freeze() {
        shard.catchUp(slot);
        slot.leaving(epoch);
        slot.departure = this;
        lane.tell(new PeerMessage.Frozen(move, List.copyOf(slot.session.subscriptions()), false, false, seen()));
        shard.whenSettled(outcome -> {
            stored = true;
            // where only this node's own disk lacks them, the new home need not wait for it
            lane.tell(new PeerMessage.Stored(move, outcome.isLoadable()));
            end();
        });
    }

    /** What comes straight to the new home later and was delivered here before must not be delivered again. */
    private List<PeerMessage.Seen> seen() {
        if (shard.hasFailed()) {
            return List.of(); // rather twice than never
        }
        List<PeerMessage.Seen> all = new ArrayList<>();
        shard.deliverer.straight.forEach((origin, stamp) -> all.add(new PeerMessage.Seen(origin, stamp, true)));
        all.add(new PeerMessage.Seen(shard.origin, shard.router.stamp(), true));
        if (slot.arrival != null) {
            slot.arrival.addTo(all);
        }
        return all;
    }

    private void end() {
        if (stored && emptied) {
            gone();
            shard.moves.departed(lane.peer, this);
        }
    }

    void passOn(
            Message message,
            Target target,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            @Nullable Receipt waiting) {
        Qos qos = message.qos().atMost(target.qos());
        if (qos == Qos.AT_MOST_ONCE && lane.isCrowded()) {
            shard.drops.dropped(DropReason.FORWARD_BACKLOG, message, slot);
            return;
        }
        lane.passOn(
                slot.clientId(),
                new PeerMessage.Late(
                        move,
                        message,
                        qos,
                        message.retain() && target.retainAsPublished(),
                        target.identifiers(),
                        share == null ? null : share.filter(),
                        origin,
                        stamp,
                        0),
                qos == Qos.AT_MOST_ONCE ? null : waiting);
    }

    /**
     * Everyone sends what is for the session to its new home too by now: it is taken out of the routes here, but stays in
     * the tree for what is still under way.
     */
    void announced() {
        slot.unwanted = true;
        shard.broker.cluster.routes.flushed(shard, slot.filters(), this::passed);
    }

    /** No other node sends here any more; what the other loops here have planned before is awaited. */
    private void passed() {
        slot.filters().forEach(filter -> shard.broker.tree.remove(filter, slot));
        shard.broker.onEveryLoop(
                shard,
                other -> {
                    if (other != shard) {
                        other.outbox(shard.index).flush();
                    }
                },
                () -> {
                    emptied = true;
                    lane.tell(new PeerMessage.Emptied(move));
                    end();
                });
    }

    /** The new home is gone: whoever has the session now has it from the store. */
    void abandon() {
        shard.leaveTree(slot, slot.filters());
        gone();
    }

    private void gone() {
        slot.gone();
        shard.broker.store.left(slot.clientId(), slot.epoch);
    }

    /** The session is neither here nor where it was to go any more: someone else has claimed it since. */
    void overtaken() {
        shard.moves.departed(lane.peer, this);
    }

    @Override
    public String toString() {
        return slot.clientId();
    }
}
