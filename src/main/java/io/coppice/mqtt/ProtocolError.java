package io.coppice.mqtt;

/**
 * A fault of the other side that ends its connection; the reason code is what a v5 client is told in
 * CONNACK or DISCONNECT (MQTT 5, 4.13). Carries no stack trace: it is an answer, not a bug.
 */
public final class ProtocolError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ReasonCode reasonCode;

    /**
     * @param reasonCode an error (0x80 and above)
     * @param detail what was wrong, where, and what is allowed; holds no secret, may be shown to the client
     */
    public ProtocolError(ReasonCode reasonCode, String detail) {
        super(detail, null, false, false);
        this.reasonCode = reasonCode;
    }

    public ReasonCode reasonCode() {
        return reasonCode;
    }

    /** What was wrong, where, and what is allowed. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
