package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages from the client: topic aliases, Receive Maximum, and the handshakes of QoS 1 and 2 (MQTT 5, 4.3).
 * Answers leave in the order in which the messages came, whatever the order in which they were routed
 * (MQTT-4.6.0-2, MQTT-4.6.0-3).
 */
final class InboundFlow {
    private static final long MILLIS_PER_SECOND = 1000;
    /** Epochs are milliseconds apart at least on average, so a million numbers in each are enough. */
    static final int NUMBERS_OF_EPOCH_BITS = 20;

    // With the session.
    private final Session session;
    private final SessionBounds bounds;
    private final SessionEffects effects;
    /** QoS 2 messages until PUBREL, and, with the connection, QoS 1 messages until PUBACK. */
    private final IdTable<InboundMessage> byPacketId = new IdTable<>();

    private long lastNumber;

    // With the connection.
    /** Null until the client uses one. */
    private @Nullable InboundAliases aliases;
    /** The line of answers: messages that came and were not yet answered with PUBACK or PUBREC, in order. */
    private @Nullable InboundMessage firstAwaited;

    private @Nullable InboundMessage lastAwaited;
    private int awaited;
    /** Messages of this connection that count against the Receive Maximum: QoS 1 until PUBACK, QoS 2 until PUBCOMP. */
    private int counted;

    InboundFlow(Session session, SessionBounds bounds, SessionEffects effects) {
        this.session = session;
        this.bounds = bounds;
        this.effects = effects;
    }

    /** Slots held for packet identifiers, a measure of memory. */
    int capacity() {
        return byPacketId.capacity();
    }

    /** Messages of this connection that were not yet answered with PUBACK or PUBREC. */
    int awaited() {
        return awaited;
    }

    boolean mayRead() {
        // A v5 client has been told the maximum: it is read on, so that exceeding it is noticed.
        return session.isV5() || awaited < bounds.limits().receiveMaximum();
    }

    boolean inUse(int packetId) {
        return byPacketId.contains(packetId);
    }

    void publish(Packet.Publish packet) {
        Message message = effects.followed(messageOf(packet), packet.packetId(), packet.dup());
        switch (packet.qos()) {
            case AT_MOST_ONCE -> effects.route(message, 0);
            case AT_LEAST_ONCE -> publishAtLeastOnce(packet, message);
            case EXACTLY_ONCE -> publishExactlyOnce(packet, message);
        }
    }

    private Message messageOf(Packet.Publish packet) {
        if (packet.properties().subscriptionIdentifiers().length > 0) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "PUBLISH from a client holds no Subscription Identifier");
        }
        long expiresAt = packet.messageExpiryInterval() < 0
                ? Message.NEVER
                : effects.now() + packet.messageExpiryInterval() * MILLIS_PER_SECOND;
        return new Message(
                topicOf(packet),
                packet.payload(),
                packet.qos(),
                packet.retain(),
                packet.properties(),
                expiresAt,
                effects.publisher(),
                packet.qos() == Qos.EXACTLY_ONCE && (session.isPersistent() || effects.mayComeTwice())
                        ? nextNumber()
                        : 0);
    }

    private long nextNumber() {
        long least = effects.epoch() << NUMBERS_OF_EPOCH_BITS;
        lastNumber = Math.max(lastNumber, least) + 1;
        return lastNumber;
    }

    TopicName topicOf(Packet.Publish packet) {
        if (packet.topicAlias() != 0) {
            if (aliases == null) {
                aliases = new InboundAliases(bounds.limits().topicAliasMax());
            }
            return aliases.resolve(packet.topic(), packet.topicAlias());
        }
        TopicName topic = packet.topic();
        if (topic == null) {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, "PUBLISH has neither topic nor topic alias");
        }
        return topic;
    }

    private void publishAtLeastOnce(Packet.Publish packet, Message message) {
        InboundMessage known = byPacketId.get(packet.packetId());
        if (known == null) {
            InboundMessage fresh = new InboundMessage(packet.packetId(), Qos.AT_LEAST_ONCE, message);
            count(fresh);
            byPacketId.add(fresh);
            await(fresh);
            route(fresh, message);
        } else if (known.qos != Qos.AT_LEAST_ONCE || !packet.dup()) {
            refuseUsedId(packet);
        } // else the answer that is due answers the repeat as well
    }

    private void publishExactlyOnce(Packet.Publish packet, Message message) {
        InboundMessage known = byPacketId.get(packet.packetId());
        if (known == null) {
            InboundMessage fresh = new InboundMessage(packet.packetId(), Qos.EXACTLY_ONCE, message);
            count(fresh);
            byPacketId.add(fresh);
            if (session.isPersistent()) {
                effects.record(new SessionRecord.Accepted(packet.packetId(), message));
            }
            await(fresh);
            route(fresh, message);
        } else if (known.qos == Qos.EXACTLY_ONCE) {
            repeated(known);
        } else {
            refuseUsedId(packet);
        }
    }

    /** A repeat of a QoS 2 message, whatever it says now: the first one counts (MQTT-4.3.3-10). */
    private void repeated(InboundMessage known) {
        if (known.awaited) {
            return; // the answer that is due answers the repeat as well
        }
        if (!known.counted) {
            count(known);
        }
        await(known);
        Message message = known.message;
        if (!known.routed && !known.routing && message != null) {
            route(known, message); // its node ended before it had reached all it concerns
        } else {
            answer();
        }
    }

    private void route(InboundMessage inbound, Message message) {
        inbound.routing = true;
        effects.route(message, inbound.packetId());
    }

    /** A new message bears the identifier of one that is not done with (MQTT-2.2.1-3). */
    private void refuseUsedId(Packet.Publish packet) {
        if (!session.isV5()) {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, "packet identifier " + packet.packetId() + " is in use");
        }
        InboundMessage refused = new InboundMessage(packet.packetId(), packet.qos(), null);
        refused.reason = ReasonCode.PACKET_IDENTIFIER_IN_USE;
        count(refused);
        effects.refused(DropReason.PROTOCOL_ERROR);
        await(refused);
        answer();
    }

    private void count(InboundMessage inbound) {
        if (session.isV5() && counted >= bounds.limits().receiveMaximum()) {
            throw new ProtocolError(
                    ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
                    "more than " + bounds.limits().receiveMaximum() + " messages without acknowledgement");
        }
        inbound.counted = true;
        counted++;
    }

    private void discount(InboundMessage inbound) {
        if (inbound.counted) {
            inbound.counted = false;
            counted--;
        }
    }

    private void await(InboundMessage inbound) {
        inbound.awaited = true;
        inbound.since = effects.nanos();
        if (lastAwaited == null) {
            firstAwaited = inbound;
        } else {
            lastAwaited.next = inbound;
        }
        lastAwaited = inbound;
        awaited++;
    }

    /** @param which the message that was routed, or null for the one that bears the identifier now */
    @SuppressWarnings("ReferenceEquality") // an equal message under the same identifier is still another one
    void routed(int packetId, @Nullable Message which, ReasonCode reason) {
        InboundMessage inbound = byPacketId.get(packetId);
        if (inbound == null || !inbound.routing || (which != null && which != inbound.message)) {
            return; // of a connection that is gone
        }
        inbound.routing = false;
        inbound.reason = session.spoken(reason);
        if (inbound.qos == Qos.EXACTLY_ONCE) {
            // Without a connection the client will repeat the message, and a refused one is tried anew.
            settle(inbound, session.isAttached() ? inbound.reason.isError() : reason.isError());
        }
        inbound.message = null;
        answer();
    }

    /** Nothing that is being routed will be answered: the client's repeats are routed anew. */
    void unrouted() {
        for (int packetId : byPacketId.packetIds()) {
            InboundMessage inbound = byPacketId.get(packetId);
            if (inbound != null) {
                inbound.routing = false;
            }
        }
    }

    private void settle(InboundMessage inbound, boolean refused) {
        int packetId = inbound.packetId();
        inbound.routed = !refused;
        inbound.refused = refused;
        if (refused && !inbound.awaited) {
            discount(inbound);
            byPacketId.remove(packetId);
        }
        if (session.isPersistent()) {
            effects.record(refused ? new SessionRecord.Released(packetId) : new SessionRecord.Routed(packetId));
        }
    }

    /** Sends the answers that are due and have no open one before them. */
    private void answer() {
        for (InboundMessage first = firstAwaited; first != null && !first.routing; first = firstAwaited) {
            firstAwaited = first.next;
            if (firstAwaited == null) {
                lastAwaited = null;
            }
            first.next = null;
            first.awaited = false;
            awaited--;
            answer(first);
        }
    }

    private void answer(InboundMessage inbound) {
        int packetId = inbound.packetId();
        if (inbound.qos == Qos.AT_LEAST_ONCE || !inbound.routed) {
            discount(inbound);
            if (byPacketId.get(packetId) == inbound) {
                byPacketId.remove(packetId);
            }
        }
        effects.send(
                inbound.qos == Qos.AT_LEAST_ONCE
                        ? new Packet.PubAck(packetId, inbound.reason, Properties.NONE)
                        : new Packet.PubRec(packetId, inbound.reason, Properties.NONE));
        effects.answered(inbound.qos, inbound.since);
    }

    void pubRel(Packet.PubRel packet) {
        int packetId = packet.packetId();
        InboundMessage inbound = byPacketId.get(packetId);
        ReasonCode reason = ReasonCode.SUCCESS;
        if (inbound == null) {
            reason = session.spoken(ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
        } else if (!inbound.routed || inbound.awaited) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR,
                    "PUBREL for packet identifier " + packetId + ", which was not answered with PUBREC");
        } else {
            discount(inbound);
            byPacketId.remove(packetId);
            if (session.isPersistent()) {
                effects.record(new SessionRecord.Released(packetId));
            }
        }
        effects.send(new Packet.PubComp(packetId, reason, Properties.NONE));
    }

    /** Forgets what belongs to the connection; QoS 2 messages that were accepted stay. */
    void detach() {
        aliases = null;
        firstAwaited = null;
        lastAwaited = null;
        awaited = 0;
        counted = 0;
        for (int packetId : byPacketId.packetIds()) {
            InboundMessage inbound = byPacketId.get(packetId);
            if (inbound == null || inbound.qos == Qos.AT_LEAST_ONCE || inbound.refused) {
                byPacketId.remove(packetId);
            } else {
                inbound.counted = false;
                inbound.awaited = false;
                inbound.next = null;
            }
        }
        byPacketId.trim();
    }

    void end() {
        detach();
        byPacketId.clear();
    }

    /** Whether the record is about this part of the session; then it is applied. */
    boolean replay(SessionRecord record) {
        if (record instanceof SessionRecord.Accepted accepted) {
            apply(accepted);
        } else if (record instanceof SessionRecord.Routed routed) {
            apply(routed);
        } else if (record instanceof SessionRecord.Released released) {
            byPacketId.remove(released.packetId());
        } else {
            return false;
        }
        return true;
    }

    private void apply(SessionRecord.Accepted record) {
        byPacketId.remove(record.packetId());
        byPacketId.add(new InboundMessage(record.packetId(), Qos.EXACTLY_ONCE, record.message()));
    }

    private void apply(SessionRecord.Routed record) {
        InboundMessage inbound = byPacketId.get(record.packetId());
        if (inbound == null) {
            inbound = new InboundMessage(record.packetId(), Qos.EXACTLY_ONCE, null);
            byPacketId.add(inbound);
        }
        inbound.routed = true;
        inbound.message = null;
    }

    void snapshot(Consumer<SessionRecord> to) {
        for (int packetId : byPacketId.packetIds()) {
            InboundMessage inbound = byPacketId.get(packetId);
            if (inbound == null || inbound.qos == Qos.AT_LEAST_ONCE || inbound.refused) {
                continue;
            }
            Message message = inbound.message;
            to.accept(
                    message == null
                            ? new SessionRecord.Routed(packetId)
                            : new SessionRecord.Accepted(packetId, message));
        }
    }
}
