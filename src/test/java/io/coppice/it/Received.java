package io.coppice.it;

/** A message as a client got it. */
record Received(String topic, String payload, int qos, boolean retained) {
    static Received live(String topic, String payload, int qos) {
        return new Received(topic, payload, qos, false);
    }

    static Received retained(String topic, String payload, int qos) {
        return new Received(topic, payload, qos, true);
    }
}
