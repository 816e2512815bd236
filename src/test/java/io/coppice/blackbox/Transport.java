package io.coppice.blackbox;

import java.io.IOException;

/** What carries the packets. */
public enum Transport {
    TCP,
    WS;

    /** Opens a connection to this machine; over WebSocket with the upgrade done. */
    Link open(int port) throws IOException {
        return this == TCP ? new TcpLink(port) : WebSocketLink.open(port, WebSocketLink.PATH);
    }
}
