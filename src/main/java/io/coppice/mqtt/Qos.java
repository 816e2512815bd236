package io.coppice.mqtt;

/** Quality of service of a message or a subscription (MQTT 5, 4.3). */
public enum Qos {
    AT_MOST_ONCE,
    AT_LEAST_ONCE,
    EXACTLY_ONCE;

    private static final Qos[] BY_CODE = values();

    /** The two-bit wire value, 0 to 2. */
    public int code() {
        return ordinal();
    }

    /**
     * The quality of service with a wire value.
     *
     * @throws ProtocolError 0x81 Malformed Packet for 3 and above (MQTT-3.3.1-4)
     */
    public static Qos of(int code) {
        if (code < 0 || code > 2) {
            throw new ProtocolError(ReasonCode.MALFORMED_PACKET, "QoS " + code + " does not exist; allowed: 0, 1, 2");
        }
        return BY_CODE[code];
    }

    /** The lower of two: what a subscriber with a maximum gets of a message (MQTT 5, 3.8.4). */
    public Qos atMost(Qos maximum) {
        return ordinal() <= maximum.ordinal() ? this : maximum;
    }
}
