package io.coppice.mqtt;

/**
 * The message that the broker publishes when a client goes without saying so (MQTT 5, 3.1.2.5).
 *
 * @param properties those of the message, plus nothing: the delay and expiry have fields of their own
 * @param delayInterval seconds between the end of the connection and the publication, 0 to 4,294,967,295
 * @param messageExpiryInterval seconds the message lives once published, or -1 for ever
 */
public record Will(
        TopicName topic,
        byte[] payload,
        Qos qos,
        boolean retain,
        Properties properties,
        long delayInterval,
        long messageExpiryInterval) {
    /**
     * The {@link Message#number} of a client's will, the same whoever publishes it and however often.
     *
     * @param epoch of the connection that left it; no two of a client have the same, and the later has the greater one
     */
    public static long number(long epoch) {
        return -epoch;
    }

    /**
     * What is published.
     *
     * @param by whose will it is
     * @param now milliseconds since 1970, from which its expiry counts
     * @param number as {@link #number} gives it, or 0 where nobody can publish it twice
     */
    public Message message(Publisher by, long now, long number) {
        long expiresAt = messageExpiryInterval < 0 ? Message.NEVER : now + messageExpiryInterval * 1000;
        return new Message(
                topic, payload, qos, retain, properties, expiresAt, by, qos == Qos.EXACTLY_ONCE ? number : 0);
    }
}
