package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import org.jspecify.annotations.Nullable;

/**
 * One change of a session that must survive. A session is what its records, replayed in order, make of it:
 * restart, takeover and adoption are this one mechanism.
 */
public sealed interface SessionRecord {
    /** Whether it only says how far a message for the client is: that it has come, has an identifier, or is done with. */
    default boolean isOfQueue() {
        return this instanceof Enqueued || this instanceof Assigned || this instanceof Settled;
    }

    /**
     * A connection began: the session is CONNECTED.
     *
     * @param will null where the client left none
     * @param epoch of the claim that let the client in
     * @param owner the user whose session it is; null where it is nobody's, as that of a client without user
     */
    record Attached(
            long at,
            long sessionExpiryInterval,
            @Nullable Will will,
            long epoch,
            @Nullable String owner) implements SessionRecord {
        /** Of a session that is nobody's. */
        public Attached(long at, long sessionExpiryInterval, @Nullable Will will, long epoch) {
            this(at, sessionExpiryInterval, will, epoch, null);
        }

        /** The same of a session that is a user's. */
        public Attached ownedBy(String user) {
            return new Attached(at, sessionExpiryInterval, will, epoch, user);
        }
    }

    /** The connection ended: the session is PARKED, and the will, if it is still there, is due. */
    record Parked(long at, long sessionExpiryInterval) implements SessionRecord {}

    /** The will was published or withdrawn. */
    record WillDone() implements SessionRecord {}

    record Subscribed(Subscription subscription) implements SessionRecord {}

    record Unsubscribed(TopicFilter filter) implements SessionRecord {}

    /**
     * A QoS 1 or 2 message for the client: insert-only.
     *
     * @param sequence grows by one with every message of the session, from 1
     * @param qos what the client gets
     * @param share the shared subscription it came through, so that it can go to another member, or null
     */
    record Enqueued(
            long sequence,
            Message message,
            Qos qos,
            boolean retain,
            int[] subscriptionIdentifiers,
            @Nullable TopicFilter share)
            implements SessionRecord {}

    /**
     * Messages of the queue that are in the store and nowhere else: whoever makes the session from a snapshot reads them when
     * their turn comes, and a store that is told the session anew keeps them. Only in snapshots, before the messages that are
     * told one by one. Those of shared subscriptions are among the latter, whatever their sequence.
     *
     * @param after the sequence behind which they begin
     * @param last the highest sequence
     * @param messages how many there are, as far as is known
     * @param bytes their weight
     */
    record Backlog(long after, long last, int messages, long bytes) implements SessionRecord {
        /** Whether a message is one of them, or was. */
        public boolean covers(long sequence) {
            return sequence > after && sequence <= last;
        }
    }

    /** The message was given a packet identifier and sent for the first time. */
    record Assigned(long sequence, int packetId) implements SessionRecord {}

    /** The client answered a QoS 2 message with PUBREC: from now on PUBREL is repeated, not the message. */
    record Received(long sequence) implements SessionRecord {}

    /**
     * The message is done: acknowledged, expired, dropped or taken back. For a sequence that is not there (the
     * end of a snapshot) it says no more than that this sequence was used.
     */
    record Settled(long sequence) implements SessionRecord {}

    /**
     * Which QoS 2 messages of a publisher the session has had; only in snapshots, messages bear their numbers.
     *
     * @param number the newest
     * @param before bit by bit which of those before it, the one right before it first; what is further back it has had
     */
    record Newest(String publisher, long number, long[] before) implements SessionRecord {
        /** So many numbers a publisher may have open, and sends them again when it is not answered. */
        public static final int BITS_MAX = 1024;
    }

    /** A QoS 2 message of the client: identifier and message in one write, before it is routed. */
    record Accepted(int packetId, Message message) implements SessionRecord {}

    /**
     * The accepted message has reached all it concerns; a repeat is answered and not routed. The message is
     * needed no longer, so a snapshot has this record without {@link Accepted}.
     */
    record Routed(int packetId) implements SessionRecord {}

    /** PUBREL came, or the message was refused: the identifier is free again. */
    record Released(int packetId) implements SessionRecord {}

    /** The session is over; nothing of it remains. */
    record Ended() implements SessionRecord {}
}
