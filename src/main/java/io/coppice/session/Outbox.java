package io.coppice.session;

import static java.util.Objects.requireNonNull;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.Comparator;
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
    /** How many of the messages that wait or are in flight came through shared subscriptions. */
    private int shared;
    /** How many of those in flight are there for their packet identifiers only. */
    private int givenUp;

    /** Messages of shared subscriptions that other members are to have; null for none. Recorded as owed until they have them. */
    private @Nullable List<OutboundMessage> lent;

    /** The sequence of the newest message, 0 before the first. */
    private long lastSequence;
    /** The newest QoS 2 message of each publisher, of those that came last. */
    private @Nullable Newest newest;

    /** Null but while records are replayed. */
    private @Nullable ReplayIndex replayIndex;

    Outbox(Session session, SessionBounds bounds, SessionEffects effects) {
        this.session = session;
        this.effects = effects;
        this.waiting = new PendingQueue(bounds, effects);
    }

    PendingQueue waiting() {
        return waiting;
    }

    InFlight inFlight() {
        return inFlight;
    }

    /** Live operation begins: what only replay needs is given up. */
    void live() {
        replayIndex = null;
    }

    /** Whether the session has had the message before; if not it has now. Shared subscriptions bring messages in no order, so they are not asked. */
    boolean isRepeat(Message message) {
        return !newest().isNew(message.publisher(), message.number());
    }

    private Newest newest() {
        if (newest == null) {
            newest = new Newest();
        }
        return newest;
    }

    /** A new message, which waits. */
    OutboundMessage append(Message message, Qos qos, boolean retain, int[] identifiers, @Nullable TopicFilter share) {
        live();
        OutboundMessage added = new OutboundMessage(++lastSequence, message, qos, retain, identifiers, share);
        await(added);
        if (session.isPersistent()) {
            effects.record(added.enqueued());
        }
        readOn();
        return added;
    }

    private void await(OutboundMessage message) {
        waiting.add(message);
        shared += message.share == null ? 0 : 1;
    }

    /** Whether any message came through a shared subscription, which the session need not have any more. */
    boolean owesShared() {
        return shared > 0;
    }

    /** The message that waits goes in flight with the next free packet identifier. */
    void assign(OutboundMessage message) {
        assign(message, inFlight.nextPacketId());
        if (session.isPersistent()) {
            effects.record(new SessionRecord.Assigned(message.sequence, message.packetId));
        }
        readOn();
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
        readOn();
    }

    private void take(OutboundMessage message) {
        shared -= message.share == null ? 0 : 1;
        givenUp -= message.givenUp ? 1 : 0;
        if (message.sent()) {
            inFlight.remove(message);
        } else {
            waiting.remove(message);
        }
    }

    /**
     * Takes back messages of shared subscriptions, see {@link Session#reclaim}.
     *
     * @param lend takes a message out of this box
     */
    void reclaim(
            Predicate<TopicFilter> shares, boolean sentToo, Consumer<OutboundMessage> lend, Consumer<Reclaimed> to) {
        // All are taken before any is handed over: the receiver may well put messages into this session.
        List<OutboundMessage> taken = new ArrayList<>();
        for (OutboundMessage each = inFlight.first(); sentToo && each != null; each = each.next) {
            // A QoS 2 message that was sent stays with its session, come what may (MQTT-4.8.2-5).
            if (each.qos == Qos.AT_LEAST_ONCE && each.share != null && shares.test(each.share)) {
                taken.add(each);
            }
        }
        waiting.forEach(each -> {
            if (each.share != null && shares.test(each.share)) {
                taken.add(each);
            }
        });
        taken.forEach(lend);
        for (OutboundMessage each : taken) {
            to.accept(new Reclaimed(
                    each.sequence,
                    each.message,
                    each.qos,
                    each.retain,
                    each.subscriptionIdentifiers,
                    requireNonNull(each.share),
                    each.sent()));
        }
    }

    /** The message is for somebody else, and neither waits nor is in flight any more. */
    void lend(OutboundMessage message) {
        take(message);
        if (lent == null) {
            lent = new ArrayList<>();
        }
        lent.add(message);
        readOn();
    }

    /** Somebody else has the message. */
    void given(long sequence) {
        if (lent != null && lent.removeIf(each -> each.sequence == sequence) && session.isPersistent()) {
            effects.record(new SessionRecord.Settled(sequence));
        }
    }

    boolean isLendingQos2() {
        return lent != null && lent.stream().anyMatch(each -> each.qos == Qos.EXACTLY_ONCE);
    }

    boolean owes(Message message, TopicFilter share) {
        for (OutboundMessage each = inFlight.first(); each != null; each = each.next) {
            if (isIt(each, message, share)) {
                return true;
            }
        }
        boolean[] found = new boolean[1];
        waiting.forEach(each -> found[0] |= isIt(each, message, share));
        return found[0];
    }

    private static boolean isIt(OutboundMessage each, Message message, TopicFilter share) {
        return each.message.number() == message.number()
                && share.equals(each.share)
                && each.message.publisher().equals(message.publisher());
    }

    /** The message was dropped; what is left of it is done with when the client has let go of its packet identifier. */
    void giveUp(OutboundMessage message) {
        message.givenUp = true;
        givenUp++;
    }

    /** Messages that are in flight and not given up. */
    int unacknowledged() {
        return inFlight.size() - givenUp;
    }

    /** Forgets everything; what the client has not acknowledged is dropped. */
    void end() {
        lent = null;
        shared = 0;
        for (OutboundMessage each = inFlight.first(); each != null; each = each.next) {
            if (each.received && !each.givenUp) {
                effects.delivered(each.qos);
            } else if (!each.givenUp) {
                effects.dropped(DropReason.UNACKNOWLEDGED, each.message);
            }
        }
        inFlight.clear();
        givenUp = 0;
        waiting.forEach(each -> effects.dropped(DropReason.SESSION_ENDED, each.message));
        if (waiting.storedOnly() > 0) {
            effects.dropped(DropReason.SESSION_ENDED, waiting.storedOnly());
        }
        waiting.clear();
    }

    // What is in the store only.

    /** Has more of the queue read when little of it is left in memory. */
    void readOn() {
        long bytes = waiting.wanted();
        if (bytes > 0) {
            effects.readQueue(waiting.ask(), bytes);
        }
    }

    /** See {@link Session#queueRead}. */
    void queueRead(List<SessionRecord.Enqueued> found, boolean all) {
        int more = waiting.read(found, all);
        if (more > 0) {
            effects.found(more);
        } else if (more < 0) {
            effects.dropped(DropReason.DAMAGED, -more);
        }
        readOn();
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
        } else if (record instanceof SessionRecord.Newest seen) {
            newest().replay(seen);
        } else if (record instanceof SessionRecord.Backlog backlog) {
            lastSequence = Math.max(lastSequence, backlog.last());
            waiting.replay(backlog);
        } else {
            return false;
        }
        return true;
    }

    private void apply(SessionRecord.Enqueued record) {
        if (record.sequence() <= lastSequence && replayIndex().find(record.sequence()) != null) {
            return; // told twice
        }
        replayElsewhere(record);
        OutboundMessage added = OutboundMessage.of(record);
        await(added);
        replayIndex().added(added);
    }

    /** Notes what stays of a message when it is done with: its sequence, and that the session has had it. */
    void replayElsewhere(SessionRecord.Enqueued record) {
        lastSequence = Math.max(lastSequence, record.sequence());
        Message message = record.message();
        if (message.number() != 0 && record.qos() == Qos.EXACTLY_ONCE && record.share() == null) {
            newest().isNew(message.publisher(), message.number());
        }
    }

    private void apply(SessionRecord.Assigned record) {
        OutboundMessage message = replayIndex().find(record.sequence());
        if (message != null && !message.sent() && inFlight.get(record.packetId()) == null) {
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
        if (newest != null) {
            newest.snapshot(to);
        }
        SessionRecord.Backlog backlog = waiting.backlog();
        long last = 0;
        if (backlog != null) {
            to.accept(backlog);
            last = backlog.last();
        }
        for (OutboundMessage each : inMemory()) {
            to.accept(each.enqueued());
            if (each.sent()) {
                to.accept(new SessionRecord.Assigned(each.sequence, each.packetId));
            }
            if (each.received) {
                to.accept(new SessionRecord.Received(each.sequence));
            }
            last = Math.max(last, each.sequence);
        }
        if (last != lastSequence) {
            to.accept(new SessionRecord.Settled(lastSequence)); // no sequence is used twice
        }
    }

    /** What is in flight as it was sent; then what waits, and what others do not have yet, in the order in which it came. */
    private List<OutboundMessage> inMemory() {
        List<OutboundMessage> all = new ArrayList<>();
        for (OutboundMessage each = inFlight.first(); each != null; each = each.next) {
            all.add(each);
        }
        int sent = all.size();
        waiting.forEach(all::add);
        if (lent != null && !lent.isEmpty()) {
            all.addAll(lent);
            all.subList(sent, all.size()).sort(Comparator.comparingLong(each -> each.sequence));
        }
        return all;
    }
}
