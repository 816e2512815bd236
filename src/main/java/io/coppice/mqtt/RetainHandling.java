package io.coppice.mqtt;

/** When a subscription is sent the retained messages (MQTT 5, 3.8.3.1); in the order of the wire values 0 to 2. */
public enum RetainHandling {
    SEND_ALWAYS,
    SEND_IF_NEW,
    DO_NOT_SEND;

    private static final RetainHandling[] BY_CODE = values();

    public int code() {
        return ordinal();
    }

    /**
     * The handling with a wire value.
     *
     * @throws ProtocolError 0x82 Protocol Error for 3 and above
     */
    public static RetainHandling of(int code) {
        if (code < 0 || code > 2) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "Retain Handling " + code + " does not exist; allowed: 0, 1, 2");
        }
        return BY_CODE[code];
    }
}
