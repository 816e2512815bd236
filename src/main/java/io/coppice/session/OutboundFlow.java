package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages towards the client: the queue, the window, and the handshakes of QoS 1 and 2 (MQTT 5, 4.3, 4.4,
 * 4.6 and 4.9). Messages are sent in the order they came and resent in the order they were sent.
 */
final class OutboundFlow {
    /** What a topic alias may add to a packet: the property, and one byte more of either length field. */
    private static final int ALIAS_BYTES_MAX = 5;
    /** Bytes of the Topic Alias property: a topic that is no longer gains nothing by an alias. */
    private static final int ALIAS_BYTES = 3;

    // With the session.
    private final Session session;
    private final SessionBounds bounds;
    private final SessionEffects effects;
    private final Outbox outbox;
    private final PendingQueue waiting;
    private final InFlight inFlight;

    // With the connection.
    /** What the client can take; null until {@link #resume}, when sending begins. */
    private @Nullable Attachment client;
    /** Messages that this connection may have on its way. */
    private int window;
    /** Messages that this connection has on its way: those with {@link OutboundMessage#onWire}. */
    private int used;
    /** The first message in flight that this connection has yet to see again; nothing new is sent before it. */
    private @Nullable OutboundMessage resendNext;
    /** Null where the client wants none, or none was needed yet. */
    private @Nullable OutboundAliases aliases;

    OutboundFlow(Session session, Outbox outbox, SessionBounds bounds, SessionEffects effects) {
        this.session = session;
        this.bounds = bounds;
        this.effects = effects;
        this.outbox = outbox;
        this.waiting = outbox.waiting();
        this.inFlight = outbox.inFlight();
    }

    // The connection.

    /** Begins to send: first again what is in flight, then the queue (MQTT-4.4.0-1, MQTT-4.6.0-1). */
    void resume(Attachment attachment) {
        if (client != null) {
            throw new IllegalStateException("session of " + session.clientId() + " was resumed already");
        }
        client = attachment;
        window = Math.min(bounds.limits().inFlightMax(), attachment.receiveMaximum());
        OutboundMessage after;
        for (OutboundMessage each = inFlight.first(); each != null; each = after) {
            after = each.next;
            if (each.received) {
                // PUBREL needs no room in the window, so it does not wait behind messages that do (MQTT-4.9.0-3).
                release(each);
            } else if (resendNext != null || !hasRoom()) {
                resendNext = resendNext == null ? each : resendNext;
            } else {
                resend(each, attachment);
            }
        }
        outbox.readOn();
        drain();
    }

    /** Sends no more at QoS 1 and 2 on this connection; what is on its way is acknowledged as ever. */
    void holdBack() {
        window = 0;
    }

    /** Messages that this connection has on its way. */
    int onWire() {
        return used;
    }

    /** Stops sending; what is in flight stays so. */
    void detach() {
        client = null;
        aliases = null;
        resendNext = null;
        used = 0;
        for (OutboundMessage each = inFlight.first(); each != null; each = each.next) {
            each.onWire = false;
        }
        inFlight.trim();
    }

    /** Sends what waits, as far as the window and the connection's output allow. */
    void drain() {
        Attachment to = client;
        if (to == null) {
            return;
        }
        while (resendNext != null && hasRoom()) {
            OutboundMessage message = resendNext;
            resendNext = toResendFrom(message.next);
            resend(message, to);
        }
        // room is left only when nothing is to be resent
        for (OutboundMessage message = waiting.first(); message != null && hasRoom(); message = waiting.first()) {
            if (!dropUnsendable(message, to)) {
                sendFirst(message, to);
            }
        }
    }

    private boolean hasRoom() {
        return used < window && effects.writable();
    }

    // Messages for the client.

    Delivery deliver(Message message, Qos qos, boolean retain, int[] identifiers, @Nullable TopicFilter share) {
        if (session.state() == Session.State.ENDED) {
            return drop(DropReason.SESSION_ENDED, message);
        }
        if (expired(message)) {
            return drop(DropReason.EXPIRED, message);
        }
        if (qos == Qos.EXACTLY_ONCE && message.number() != 0 && share == null && outbox.isRepeat(message)) {
            return drop(DropReason.REPEATED, message);
        }
        Attachment to = client;
        if (to == null) {
            return qos == Qos.AT_MOST_ONCE
                    ? drop(DropReason.OFFLINE, message)
                    : enqueue(message, qos, retain, identifiers, share);
        }
        if (tooLarge(message, qos, identifiers, to)) {
            return drop(DropReason.TOO_LARGE, message);
        }
        if (qos == Qos.AT_MOST_ONCE) {
            if (!effects.writable()) {
                return drop(DropReason.SLOW_READER, message);
            }
            sendPublish(message, qos, retain, 0, identifiers, to);
            effects.delivered(qos);
            return Delivery.SENT;
        }
        if (resendNext == null && waiting.isEmpty() && hasRoom()) {
            sendFirst(outbox.append(message, qos, retain, identifiers, share), to);
            return Delivery.SENT;
        }
        return enqueue(message, qos, retain, identifiers, share);
    }

    private Delivery enqueue(Message message, Qos qos, boolean retain, int[] identifiers, @Nullable TopicFilter share) {
        if (!waiting.hasRoomFor(message) && !makeRoomFor(message)) {
            return bounds.limits().overflow() == Overflow.REJECT
                    ? Delivery.REJECTED
                    : drop(DropReason.QUEUE_FULL, message);
        }
        if (effects.isMemoryFull() && !staysInStore(share) && !freeMemoryFor(message)) {
            return bounds.limits().overflow() == Overflow.REJECT
                    ? Delivery.REJECTED
                    : drop(DropReason.MEMORY_FULL, message);
        }
        outbox.append(message, qos, retain, identifiers, share);
        return Delivery.QUEUED;
    }

    /** Whether a message takes memory only until it is stored and again when its turn comes. */
    private boolean staysInStore(@Nullable TopicFilter share) {
        return bounds.limits().isPaged() && session.isPersistent() && share == null;
    }

    /** Whether as much has been let go of as the message will take. */
    private boolean freeMemoryFor(Message message) {
        if (bounds.limits().overflow() != Overflow.DROP_OLDEST) {
            return false;
        }
        long wanted = waiting.bytesInMemory() - message.weight();
        OutboundMessage first = waiting.first();
        while (first != null && waiting.bytesInMemory() > wanted) {
            settleAs(DropReason.MEMORY_FULL, first);
            first = waiting.first();
        }
        return waiting.bytesInMemory() <= wanted;
    }

    /** Whether there is room now. */
    private boolean makeRoomFor(Message message) {
        for (OutboundMessage first = waiting.first(); first != null; first = waiting.first()) {
            if (!expired(first.message)) {
                break;
            }
            settleAs(DropReason.EXPIRED, first);
        }
        if (bounds.limits().overflow() == Overflow.DROP_OLDEST && waiting.couldHold(message)) {
            OutboundMessage first = waiting.first();
            while (first != null && !waiting.hasRoomFor(message)) {
                settleAs(DropReason.QUEUE_FULL, first);
                first = waiting.first();
            }
            // the oldest are being read from the store: they go when they have come
            return waiting.hasRoomFor(message) || !waiting.isEmpty();
        }
        return waiting.hasRoomFor(message);
    }

    /** See {@link Session#queueRead}. */
    void queueRead(List<SessionRecord.Enqueued> found, boolean all) {
        outbox.queueRead(found, all);
        OutboundMessage first = waiting.first();
        while (first != null && bounds.limits().overflow() == Overflow.DROP_OLDEST && waiting.isOver()) {
            settleAs(DropReason.QUEUE_FULL, first);
            first = waiting.first();
        }
        drain();
    }

    private void sendFirst(OutboundMessage message, Attachment to) {
        outbox.assign(message);
        putOnWire(message);
        sendPublish(
                message.message, message.qos, message.retain, message.packetId, message.subscriptionIdentifiers, to);
    }

    private void sendPublish(Message message, Qos qos, boolean retain, int packetId, int[] identifiers, Attachment to) {
        int alias = aliasFor(message, qos, identifiers, to);
        effects.sendPublish(message, qos, false, retain, packetId, Math.abs(alias), alias <= 0, identifiers);
    }

    /** As {@link OutboundAliases#use}; 0 for none. */
    private int aliasFor(Message message, Qos qos, int[] identifiers, Attachment to) {
        int max = Math.min(to.topicAliasMaximum(), bounds.limits().topicAliasOutMax());
        if (max == 0 || message.topic().utf8().length <= ALIAS_BYTES) {
            return 0;
        }
        if (to.maximumPacketSize() != Long.MAX_VALUE
                && effects.publishSize(message, qos, identifiers) + ALIAS_BYTES_MAX > to.maximumPacketSize()) {
            return 0;
        }
        if (aliases == null) {
            aliases = new OutboundAliases(max);
        }
        return aliases.use(message.topic());
    }

    /** Sends a message again that an earlier connection has sent; without alias, with DUP (MQTT-3.3.1-1). */
    private void resend(OutboundMessage message, Attachment to) {
        if (!effects.mayGoOn(message.message)) {
            giveUp(DropReason.NOT_AUTHORIZED, message);
            return;
        }
        if (tooLarge(message.message, message.qos, message.subscriptionIdentifiers, to)) {
            giveUp(DropReason.TOO_LARGE, message);
            return;
        }
        putOnWire(message);
        effects.sendPublish(
                message.message,
                message.qos,
                true,
                message.retain,
                message.packetId,
                0,
                true,
                message.subscriptionIdentifiers);
    }

    /** Ends what was sent before and may not be sent to the client now. */
    private void giveUp(DropReason reason, OutboundMessage message) {
        if (message.qos == Qos.AT_LEAST_ONCE) {
            settleAs(reason, message);
            return;
        }
        // The client may hold the identifier, and would take the next message that bears it for a repeat of this one.
        outbox.received(message);
        outbox.giveUp(message);
        effects.dropped(reason, message.message);
        release(message);
    }

    private void release(OutboundMessage message) {
        if (!message.onWire) {
            putOnWire(message);
        }
        effects.send(new Packet.PubRel(message.packetId, ReasonCode.SUCCESS, Properties.NONE));
    }

    private static @Nullable OutboundMessage toResendFrom(@Nullable OutboundMessage start) {
        OutboundMessage here = start;
        while (here != null && here.onWire) {
            here = here.next;
        }
        return here;
    }

    private void putOnWire(OutboundMessage message) {
        message.onWire = true;
        used++;
    }

    // What is not sent.

    private boolean dropUnsendable(OutboundMessage message, Attachment to) {
        if (expired(message.message)) {
            settleAs(DropReason.EXPIRED, message);
            return true;
        }
        if (!effects.mayGoOn(message.message)) {
            settleAs(DropReason.NOT_AUTHORIZED, message);
            return true;
        }
        if (tooLarge(message.message, message.qos, message.subscriptionIdentifiers, to)) {
            settleAs(DropReason.TOO_LARGE, message);
            return true;
        }
        return false;
    }

    private boolean expired(Message message) {
        return message.expiresAt() != Message.NEVER && message.expiredAt(effects.now());
    }

    private boolean tooLarge(Message message, Qos qos, int[] identifiers, Attachment to) {
        return to.maximumPacketSize() != Long.MAX_VALUE
                && effects.publishSize(message, qos, identifiers) > to.maximumPacketSize();
    }

    private Delivery drop(DropReason reason, Message message) {
        effects.dropped(reason, message);
        return Delivery.DROPPED;
    }

    /** Drops expired messages from the queue, looking at a bounded number of messages from where it last stopped. */
    void removeExpired(int atMost) {
        waiting.sweep(effects.now(), atMost, message -> settleAs(DropReason.EXPIRED, message));
    }

    /** Takes back messages of shared subscriptions, see {@link Session#reclaim}. */
    void reclaim(Predicate<TopicFilter> shares, boolean sentToo, Consumer<Reclaimed> to) {
        outbox.reclaim(shares, sentToo, this::lend, to);
    }

    // Acknowledgements.

    void pubAck(Packet.PubAck packet) {
        OutboundMessage message = inFlight.get(packet.packetId());
        if (message == null) {
            return; // an answer to something settled long ago; the standard knows no reply
        }
        if (message.qos != Qos.AT_LEAST_ONCE) {
            throw wrongFlow("PUBACK", packet.packetId(), "QoS 2");
        }
        acknowledged(message); // an error settles too: there is no retransmission (MQTT-4.4.0-2)
        drain();
    }

    void pubRec(Packet.PubRec packet) {
        OutboundMessage message = inFlight.get(packet.packetId());
        if (message == null) {
            effects.send(new Packet.PubRel(
                    packet.packetId(), session.spoken(ReasonCode.PACKET_IDENTIFIER_NOT_FOUND), Properties.NONE));
            return;
        }
        if (message.qos != Qos.EXACTLY_ONCE) {
            throw wrongFlow("PUBREC", packet.packetId(), "QoS 1");
        }
        if (!message.received) {
            if (packet.reasonCode().isError()) {
                acknowledged(message);
                drain();
                return;
            }
            outbox.received(message);
            skipResendOf(message);
        }
        release(message);
    }

    void pubComp(Packet.PubComp packet) {
        OutboundMessage message = inFlight.get(packet.packetId());
        if (message == null) {
            return;
        }
        if (!message.received) {
            throw wrongFlow("PUBCOMP", packet.packetId(), "not released with PUBREL");
        }
        acknowledged(message);
        drain();
    }

    private static ProtocolError wrongFlow(String packet, int packetId, String instead) {
        return new ProtocolError(
                ReasonCode.PROTOCOL_ERROR, packet + " for packet identifier " + packetId + ", which is " + instead);
    }

    private void skipResendOf(OutboundMessage message) {
        if (resendNext == message) {
            resendNext = toResendFrom(message.next);
        }
    }

    private void acknowledged(OutboundMessage message) {
        settle(message);
        if (!message.givenUp) {
            effects.delivered(message.qos);
        }
    }

    private void settleAs(DropReason reason, OutboundMessage message) {
        settle(message);
        effects.dropped(reason, message.message);
    }

    private void settle(OutboundMessage message) {
        forget(message);
        outbox.settle(message);
    }

    private void lend(OutboundMessage message) {
        forget(message);
        outbox.lend(message);
    }

    private void forget(OutboundMessage message) {
        if (message.onWire) {
            used--;
        }
        skipResendOf(message);
    }
}
