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
        long messageExpiryInterval) {}
