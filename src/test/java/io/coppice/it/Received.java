package io.coppice.it;

/** A message as a client got it. */
public record Received(String topic, String payload, int qos, boolean retained) {
    public static Received live(String topic, String payload, int qos) {
        return new Received(topic, payload, qos, false);
    }

    public static Received retained(String topic, String payload, int qos) {
        return new Received(topic, payload, qos, true);
    }
}
