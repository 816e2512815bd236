package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.port.Counters;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.session.Delivery;
import io.coppice.session.DropReason;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;
import org.jspecify.annotations.Nullable;

/** Gives messages to sessions of one shard, whoever published them. */
final class Deliverer {
    private final Shard shard;
    /** What has come for sessions here from other loops, without having been held or passed on. */
    final Stamps straight = new Stamps();

    Deliverer(Shard shard) {
        this.shard = shard;
    }

    /**
     * A message for sessions on this shard, from another shard or another node.
     *
     * @param formerly only for sessions that were at home on this node, which is gone; or null
     * @param waiting expects an answer of each target already; null for none
     */
    void arrive(
            Message message,
            Target[] targets,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            @Nullable NodeId formerly,
            @Nullable Receipt waiting) {
        arrive(message, targets, share, origin, stamp, formerly, waiting, formerly == null);
    }

    /** @param counted whether it is counted already that each of them is due the message */
    private void arrive(
            Message message,
            Target[] targets,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            @Nullable NodeId formerly,
            @Nullable Receipt waiting,
            boolean counted) {
        if (waiting != null && waiting.isVoid()) {
            for (Target each : targets) {
                if (!counted) {
                    shard.counters.due(Counters.Source.NODE, 1);
                }
                notTaken(message, SessionSlot.of(each), waiting);
            }
            return;
        }
        int records = shard.recordCount();
        if (formerly == null && !shard.broker.cluster.isAlone()) {
            straight.note(origin, stamp);
        }
        boolean anyRejected = false;
        boolean anyDropped = false;
        int parts = 0;
        shard.toMany = targets.length > Flushes.SLICE;
        try {
            for (Target target : targets) {
                SessionSlot to = SessionSlot.of(target);
                boolean isMeant = formerly == null || to.cameFrom(formerly) && !to.isLeavingFor(formerly);
                if (isMeant && !counted) {
                    shard.counters.due(Counters.Source.NODE, 1);
                }
                if (!isMeant) {
                    parts++;
                    if (counted) {
                        shard.drops.dropped(DropReason.REPEATED, message, to);
                    }
                } else if (share != null && (to.isGone() || to.isEvicted())) {
                    shard.sharing.again(message, share.filter(), to, origin, stamp, waiting);
                } else if (to.isEvicted()) {
                    notTaken(message, to, waiting);
                } else if (to.isMoving()) {
                    deliverMoving(to, target, message, share, origin, stamp, formerly, waiting);
                } else {
                    Delivery delivery = deliver(to, target, message, share, origin, stamp, formerly == null);
                    anyRejected |= delivery == Delivery.REJECTED;
                    anyDropped |= delivery == Delivery.DROPPED;
                    parts++;
                }
            }
        } finally {
            shard.toMany = false;
        }
        if (anyDropped && waiting != null) {
            settleRepeat(waiting, parts, anyRejected);
        } else {
            settle(waiting, parts, anyRejected, records);
        }
    }

    /**
     * The session is elsewhere and has not had the message: whoever sent it has to send it again.
     *
     * @param waiting expects the answer already; null for nobody
     */
    void notTaken(Message message, SessionSlot to, @Nullable Receipt waiting) {
        shard.drops.dropped(waiting == null ? DropReason.SESSION_ENDED : DropReason.NOT_TAKEN, message, to);
        if (waiting != null) {
            waiting.notTaken();
            answer(waiting, 1, false, false);
        }
    }

    /** What was dropped may have been a repeat of something that is not stored yet. */
    void settleRepeat(Receipt waiting, int parts, boolean anyRejected) {
        Group last = shard.unstored();
        if (last == null) {
            // where nothing can be stored, it may be of what is still owed to the store
            answer(waiting, parts, !shard.broker.store.isBroken(), anyRejected);
        } else {
            last.answer(waiting, parts, anyRejected, 0);
        }
    }

    /** Answers once what the turn has recorded since then is stored. */
    void settle(@Nullable Receipt waiting, int parts, boolean anyRejected, int recordsBefore) {
        if (waiting == null || parts == 0) {
            return;
        }
        if (shard.recordCount() != recordsBefore) {
            shard.group().answer(waiting, parts, anyRejected, recordsBefore);
        } else {
            answer(waiting, parts, true, anyRejected);
        }
    }

    /** Tells a publish, on whatever loop it waits, that some parts of it are done. */
    void answer(Receipt waiting, int parts, boolean safe, boolean anyRejected) {
        if (waiting.shard == shard) {
            waiting.settle(parts, safe, anyRejected);
        } else {
            shard.outbox(waiting.shard.index).answer(waiting, parts, safe, anyRejected);
        }
    }

    /**
     * The session is on its way: to this shard, then the message waits for it; or to another node, then it is passed on.
     *
     * @param waiting expects the answer already
     */
    void deliverMoving(
            SessionSlot to,
            Target target,
            Message message,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            @Nullable NodeId formerly,
            @Nullable Receipt waiting) {
        Departure departure = to.departure;
        if (departure != null) {
            Receipt relay = waiting == null ? null : new RelayReceipt(shard, waiting);
            Target wanted = audible(to, target, message);
            if (wanted != null) {
                departure.passOn(message, wanted, share, origin, stamp, relay);
            }
            if (relay != null) {
                relay.seal(false);
            }
            return;
        }
        to.whenHere(origin, stamp, formerly == null, () -> {
            if (formerly == null && waiting != null && shard.broker.cluster.isGivenUp(origin.node())) {
                // Nobody has answered it, and its publisher repeats it elsewhere, perhaps behind others that the node
                // could not bring here. Taken now it would come before them, and they would look like repeats.
                shard.drops.dropped(DropReason.REPEATED, message, to);
            } else if (waiting != null
                    && (waiting.isVoid() || share == null && shard.failedElsewhere.has(message, origin, stamp))) {
                notTaken(message, to, waiting);
            } else {
                arrive(message, new Target[] {target}, share, origin, stamp, formerly, waiting, true);
            }
        });
    }

    /** @param straight whether it was neither held nor passed on on its way */
    Delivery deliver(
            SessionSlot to,
            Target target,
            Message message,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            boolean straight) {
        Target wanted = audible(to, target, message);
        if (wanted == null) {
            return Delivery.DROPPED;
        }
        // what was shared went one way only, which need not be the one that others from there took
        if (share == null && to.isRepeat(origin, stamp, straight)) {
            shard.drops.dropped(DropReason.REPEATED, message, to);
            return Delivery.DROPPED;
        }
        Qos qos = message.qos().atMost(wanted.qos());
        boolean retain = message.retain() && wanted.retainAsPublished();
        return to.deliver(message, qos, retain, wanted.identifiers(), share == null ? null : share.filter());
    }

    /** What of a target remains for a message that may be the client's own (MQTT-3.8.3-3); null for nothing. */
    private @Nullable Target audible(SessionSlot to, Target target, Message message) {
        Target reduced = target.withoutNoLocal();
        if (reduced == target || !to.clientId().equals(message.publisher())) {
            return target;
        }
        if (reduced == null) {
            shard.drops.dropped(DropReason.NO_LOCAL, message, to);
        }
        return reduced;
    }
}
