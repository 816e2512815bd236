package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import org.jspecify.annotations.Nullable;

/** One QoS 1 or 2 message on its way to the client, from the queue to its last acknowledgement. */
final class OutboundMessage implements IdTable.Identified {
    // With the session.
    final long sequence;
    final Message message;
    final Qos qos;
    final boolean retain;
    final int[] subscriptionIdentifiers;
    /** The shared subscription it came through, or null. */
    final @Nullable TopicFilter share;
    /** 1 to 65,535 once it was sent, 0 while it waits. */
    int packetId;
    /** Whether the client answered with PUBREC: PUBREL is what it is owed now. */
    boolean received;
    /** Whether it was dropped, and only its packet identifier is in flight, which the client may hold. */
    boolean givenUp;

    // With the connection.
    /** Whether this connection has seen it (the message or its PUBREL), so that it counts in the window. */
    boolean onWire;

    // Links of the one MessageList it is in.
    @Nullable
    OutboundMessage previous;

    @Nullable
    OutboundMessage next;

    OutboundMessage(
            long sequence,
            Message message,
            Qos qos,
            boolean retain,
            int[] subscriptionIdentifiers,
            @Nullable TopicFilter share) {
        this.sequence = sequence;
        this.message = message;
        this.qos = qos;
        this.retain = retain;
        this.subscriptionIdentifiers = subscriptionIdentifiers;
        this.share = share;
    }

    static OutboundMessage of(SessionRecord.Enqueued record) {
        return new OutboundMessage(
                record.sequence(),
                record.message(),
                record.qos(),
                record.retain(),
                record.subscriptionIdentifiers(),
                record.share());
    }

    @Override
    public int packetId() {
        return packetId;
    }

    /** Whether it was sent, on this connection or an earlier one. */
    boolean sent() {
        return packetId != 0;
    }

    SessionRecord.Enqueued enqueued() {
        return new SessionRecord.Enqueued(sequence, message, qos, retain, subscriptionIdentifiers, share);
    }
}
