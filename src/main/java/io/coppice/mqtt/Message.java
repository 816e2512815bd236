package io.coppice.mqtt;

import org.jspecify.annotations.Nullable;

/**
 * An application message on its way through the broker (MQTT 5, 3.3). Immutable by agreement: payload and
 * properties are not written to after the message was built. Compared by identity on the hot path, so a
 * message that fans out is one object.
 *
 * @param payload the bytes as published, 0 or more
 * @param qos the quality of service it was published with
 * @param retain whether the publisher asked to retain it
 * @param properties those that travel with the message: Payload Format Indicator, Content Type, Response
 *     Topic, Correlation Data and User Properties; nothing else
 * @param expiresAt when it must no longer be delivered, milliseconds since the epoch, or {@link #NEVER}
 * @param by who published it
 * @param number of a QoS 2 message: greater than those of all its publisher's QoS 2 messages before it, and the same
 *     when the message is routed once more, so that nobody takes it twice; 0 where nobody needs to know. Below 0 it is that
 *     of a will, see {@link Will#number}: wills are counted by themselves, downward
 * @param trail by what it is followed while it is on its way; null for most. It is stored nowhere
 */
public record Message(
        TopicName topic,
        byte[] payload,
        Qos qos,
        boolean retain,
        Properties properties,
        long expiresAt,
        Publisher by,
        long number,
        @Nullable Trail trail) {
    /** A message that nobody follows. */
    public Message(
            TopicName topic,
            byte[] payload,
            Qos qos,
            boolean retain,
            Properties properties,
            long expiresAt,
            Publisher by,
            long number) {
        this(topic, payload, qos, retain, properties, expiresAt, by, number, null);
    }

    /** A message without number, that nobody follows. */
    public Message(
            TopicName topic,
            byte[] payload,
            Qos qos,
            boolean retain,
            Properties properties,
            long expiresAt,
            Publisher by) {
        this(topic, payload, qos, retain, properties, expiresAt, by, 0);
    }

    /** A message of whose publisher only the client identifier is known. */
    public Message(
            TopicName topic,
            byte[] payload,
            Qos qos,
            boolean retain,
            Properties properties,
            long expiresAt,
            String publisher,
            long number) {
        this(topic, payload, qos, retain, properties, expiresAt, Publisher.unknown(publisher), number);
    }

    /** As above, without number. */
    public Message(
            TopicName topic,
            byte[] payload,
            Qos qos,
            boolean retain,
            Properties properties,
            long expiresAt,
            String publisher) {
        this(topic, payload, qos, retain, properties, expiresAt, publisher, 0);
    }

    /** Client identifier of who published it, for No Local; empty for the broker itself. */
    public String publisher() {
        return by.clientId();
    }

    /** The same without its number. */
    public Message unnumbered() {
        return number == 0 ? this : new Message(topic, payload, qos, retain, properties, expiresAt, by, 0, trail);
    }

    /** The same, followed by something else. */
    public Message with(@Nullable Trail other) {
        return with(other, properties);
    }

    /** As above, with other properties. */
    public Message with(@Nullable Trail other, Properties changed) {
        return new Message(topic, payload, qos, retain, changed, expiresAt, by, number, other);
    }

    /** The same, followed by nobody. */
    public Message unfollowed() {
        return trail == null ? this : with(null);
    }

    /** The {@link #expiresAt} of a message without Message Expiry Interval. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What the message counts for in limits by bytes: its topic, its payload and a fixed share for the object. */
    public int weight() {
        return weight(topic.utf8().length, payload.length);
    }

    /** {@link #weight()} of a message by the bytes of its topic and its payload. */
    public static int weight(int topic, int payload) {
        return 96 + topic + payload;
    }

    public boolean expiredAt(long now) {
        return now >= expiresAt;
    }
}
