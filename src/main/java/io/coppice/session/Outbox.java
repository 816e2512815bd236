package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The QoS 1 and 2 messages that the session owes its client, waiting or in flight. Every change is recorded
 * here, and replayed here. Lives with the session.
 */
final class Outbox {
    private final Session session;
    private final SessionEffects effects;
    private final PendingQueue waiting;
    private final InFlight inFlight = new InFlight();
    /** The sequence of the newest message, 0 before the first. */
    private long lastSequence;
    /** Null but while records are replayed. */
    private @Nullable ReplayIndex replayIndex;

    Outbox(Session session, SessionLimits limits, SessionEffects effects) {
        this.session = session;
        this.effects = effects;
        this.waiting = new PendingQueue(limits);
    }

    PendingQueue waiting() {
        return waiting;
    }

    InFlight inFlight() {
        return inFlight;
    }

    /** A new message, which waits. */
    OutboundMessage append(
            Message message, Qos qos, boolean retain, int[] identifiers, @Nullable TopicFilter share) {
        replayIndex = null;
        OutboundMessage added = new OutboundMessage(++lastSequence, message, qos, retain, identifiers, share);
        waiting.add(added);
        if (session.isPersistent()) {
            effects.record(added.enqueued());
        }
        return added;
    }

    /** The message that waits goes in flight with the next free packet identifier. */
    void assign(OutboundMessage message) {
        assign(message, inFlight.nextPacketId());
        if (session.isPersistent()) {
            effects.record(new SessionRecord.Assigned(message.sequence, message.packetId));
        }
    }

    private void assign(OutboundMessage message, int packetId) {
        waiting.remove(message);
        message.packetId = packetId;
        inFlight.add(message);
    }

    /** The client has the QoS 2 message and said so with PUBREC. */
    void received(OutboundMessage message) {
        message.received = true;
        if (session.isPersistent()) {
            effects.record(new SessionRecord.Received(message.sequence));
        }
    }

    /** The message is done with. */
    void settle(OutboundMessage message) {
        take(message);
        if (session.isPersistent()) {
            effects.record(new SessionRecord.Settled(message.sequence));
        }
    }

    private void take(OutboundMessage message) {
        if (message.sent()) {
            inFlight.remove(message);
        } else {
            waiting.remove(message);
        }
    }

    /** Takes back messages of shared subscriptions, see {@link Session#reclaim}. */
    void reclaim(Predicate<TopicFilter> shares, Consumer<Reclaimed> to) {
        // All are taken before any is handed over: the receiver may well put messages into this session.
        List<Reclaimed> taken = new ArrayList<>();
        if (!session.isAttached()) {
            reclaim(inFlight.first(), shares, taken);
        }
        reclaim(waiting.first(), shares, taken);
        taken.forEach(to);
    }

    private void reclaim(@Nullable OutboundMessage first, Predicate<TopicFilter> shares, List<Reclaimed> to) {
        OutboundMessage after;
        for (OutboundMessage each = first; each != null; each = after) {
            after = each.next;
            // A QoS 2 message that was sent stays with its session, come what may (MQTT-4.8.2-5).
            boolean bound = each.sent() && each.qos == Qos.EXACTLY_ONCE;
            if (each.share != null && !bound && shares.test(each.share)) {
                settle(each);
                to.add(new Reclaimed(each.message, each.qos, each.retain, each.share, each.sent()));
            }
        }
    }

    /** Forgets everything; what was never sent is dropped. */
    void end() {
        inFlight.clear();
        for (OutboundMessage each = waiting.first(); each != null; each = each.next) {
            effects.dropped(DropReason.SESSION_ENDED, each.message);
        }
        waiting.clear();
    }

    // Records.

    /** Whether the record is about this part of the session; then it is applied. */
    boolean replay(SessionRecord record) {
        if (record instanceof SessionRecord.Enqueued enqueued) {
            apply(enqueued);
        } else if (record instanceof SessionRecord.Assigned assigned) {
            apply(assigned);
        } else if (record instanceof SessionRecord.Received received) {
            apply(received);
        } else if (record instanceof SessionRecord.Settled settled) {
            apply(settled);
        } else {
            return false;
        }
        return true;
    }

    private void apply(SessionRecord.Enqueued record) {
        lastSequence = Math.max(lastSequence, record.sequence());
        OutboundMessage added = new OutboundMessage(
                record.sequence(),
                record.message(),
                record.qos(),
                record.retain(),
                record.subscriptionIdentifiers(),
                record.share());
        waiting.add(added);
        replayIndex().added(added);
    }

    private void apply(SessionRecord.Assigned record) {
        OutboundMessage message = replayIndex().find(record.sequence());
        if (message != null) {
            assign(message, record.packetId());
        }
    }

    private void apply(SessionRecord.Received record) {
        OutboundMessage message = replayIndex().find(record.sequence());
        if (message != null) {
            message.received = true;
        }
    }

    private void apply(SessionRecord.Settled record) {
        lastSequence = Math.max(lastSequence, record.sequence());
        OutboundMessage message = replayIndex().find(record.sequence());
        if (message != null) {
            take(message);
            replayIndex().removed(message);
        }
    }

    private ReplayIndex replayIndex() {
        if (replayIndex == null) {
            replayIndex = new ReplayIndex(inFlight, waiting);
        }
        return replayIndex;
    }

    void snapshot(Consumer<SessionRecord> to) {
        long last = 0;
        for (OutboundMessage each = inFlight.first(); each != null; each = each.next) {
            to.accept(each.enqueued());
            to.accept(new SessionRecord.Assigned(each.sequence, each.packetId));
            if (each.received) {
                to.accept(new SessionRecord.Received(each.sequence));
            }
            last = each.sequence;
        }
        for (OutboundMessage each = waiting.first(); each != null; each = each.next) {
            to.accept(each.enqueued());
            last = each.sequence;
        }
        if (last != lastSequence) {
            to.accept(new SessionRecord.Settled(lastSequence)); // no sequence is used twice
        }
    }
}
