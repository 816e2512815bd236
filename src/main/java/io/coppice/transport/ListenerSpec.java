package io.coppice.transport;

import org.jspecify.annotations.Nullable;

/**
 * One address that the node listens on.
 *
 * @param name as in the configuration: {@code mqtt}, {@code ws}, …
 * @param port 0 lets the system choose
 * @param path the WebSocket's path, compared exactly; not used by TCP
 * @param proxyProtocol whether every connection begins with a PROXY protocol header (version 1 or 2), from which the
 *     client's address is taken; one without is closed
 * @param tls what it speaks TLS with; null where clients speak plainly
 */
public record ListenerSpec(
        String name,
        String host,
        int port,
        Kind kind,
        String path,
        boolean proxyProtocol,
        @Nullable ServerTls tls) {
    /** How MQTT is carried. */
    public enum Kind {
        /** Bare TCP (MQTT 5, 4.2). */
        TCP,
        /** WebSocket (MQTT 5, 6). */
        WEBSOCKET
    }

    public static ListenerSpec tcp(String name, String host, int port) {
        return new ListenerSpec(name, host, port, Kind.TCP, "", false, null);
    }

    public static ListenerSpec webSocket(String name, String host, int port, String path) {
        return new ListenerSpec(name, host, port, Kind.WEBSOCKET, path, false, null);
    }

    public ListenerSpec withProxyProtocol(boolean wanted) {
        return new ListenerSpec(name, host, port, kind, path, wanted, tls);
    }

    public ListenerSpec withTls(ServerTls wanted) {
        return new ListenerSpec(name, host, port, kind, path, proxyProtocol, wanted);
    }
}
