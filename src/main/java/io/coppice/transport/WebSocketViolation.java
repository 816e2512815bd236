package io.coppice.transport;

import java.io.IOException;

/** The client does not keep to WebSocket, or to how MQTT uses it; its connection ends. */
final class WebSocketViolation extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param closeCode what the close frame says (RFC 6455, 7.4.1) */
    WebSocketViolation(int closeCode) {
        super("the WebSocket is closed with " + closeCode);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        // An answer to the other side, not a bug.
        return this;
    }
}
