package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;

/**
 * What a {@link Session} asks for and never does itself. Called directly on the session's loop, in the order
 * things happen; an implementation must not call back into the session except where a method says so.
 *
 * <p>The contract "record, then send": whatever is sent after a record becomes visible to the client only
 * when that record is stored.
 */
public interface SessionEffects {
    /** A change that must survive; the session has applied it already. Not called for sessions that end with their connection. */
    void record(SessionRecord record);

    /** Appends a packet to the connection's output. */
    void send(Packet packet);

    /**
     * Appends a PUBLISH to the connection's output.
     *
     * @param qos what this client gets, not what the publisher used
     * @param packetId 1 to 65,535, or 0 at QoS 0
     * @param topicAlias 1 to 65,535, or 0 for none
     * @param withTopic false where the alias alone says it
     * @param subscriptionIdentifiers possibly empty
     */
    void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers);

    /** The bytes that {@link #sendPublish} without alias would append; asked only of clients that set Maximum Packet Size. */
    int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers);

    /** Whether the connection takes more output without growing its buffer past the limit. */
    boolean writable();

    /**
     * Whether what waits for all clients takes as much of the node's memory as it may. Queues then hold in memory what
     * they must and read the rest from the store; what no store has is not taken.
     */
    default boolean isMemoryFull() {
        return false;
    }

    /**
     * A PUBLISH of the client, before anything is done about it.
     *
     * @param packetId as in the PUBLISH, 0 at QoS 0
     * @return the message that goes on: the same, or with what it is followed by
     */
    default Message followed(Message message, int packetId, boolean dup) {
        return message;
    }

    /**
     * A new message of the client, to be delivered to whom it concerns. At QoS 1 and 2 the answer is
     * {@link Session#routed}, now or later, once for each call; until then the message itself may come back
     * to this session by {@link Session#deliver}.
     *
     * <p>A QoS 2 message that was accepted by a node which ended before the message was routed is given here a
     * second time, by another node, when the client repeats it: as the first node stored it, with the same
     * packet identifier.
     *
     * @param packetId as in the PUBLISH, 0 at QoS 0
     */
    void route(Message message, int packetId);

    /** A message for this session that goes no further. */
    void dropped(DropReason reason, Message message);

    /** A PUBLISH of the client that is not {@link #route}d, nor the repeat of one that was. */
    void refused(DropReason reason);

    /** The client has a message: at QoS 0 it was appended to the output, at QoS 1 and 2 the client has said so. */
    void delivered(Qos qos);

    /** So many messages came out of the store that were not known to be there. */
    void found(int messages);

    /** Who publishes what the client sends now: the same object for as long as nothing changes. */
    Publisher publisher();

    /**
     * Whether a message that has waited may go to the client: it has a right to it, and its publisher has the right to have published
     * it. Rights may have changed meanwhile.
     */
    boolean mayGoOn(Message message);

    /** As {@link #dropped(DropReason, Message)}, of messages that are in the store only. */
    void dropped(DropReason reason, int messages);

    /**
     * Asks for messages of the queue that are in the store only; {@link Session#queueRead} is the answer, in a later turn.
     * There is one question at a time, and what is stored is safe ({@link Session#stored}).
     *
     * @param after the sequence behind which they begin
     * @param bytesMax of weight, after which there need not be more; at least one message comes where there is one
     */
    void readQueue(long after, long bytesMax);

    /** Milliseconds since the epoch, never going back. */
    long now();

    /** Nanoseconds of a clock of the node's own, to say how long something took. */
    long nanos();

    /** PUBACK or PUBREC, as the quality of service has it, was sent to a message that came when the clock said this. */
    void answered(Qos qos, long since);

    /** Grows each time the session gets a connection or a home: numbers that begin with it are never given twice. */
    long epoch();

    /**
     * Whether what this session's client publishes may be brought to others on more than one way, as it is where there
     * are other nodes: what goes to one that dies goes to whoever takes over from it too.
     */
    boolean mayComeTwice();
}
