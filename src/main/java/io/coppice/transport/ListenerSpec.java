package io.coppice.transport;

import io.coppice.config.AddressRange;
import io.coppice.config.Origins;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One address that the node listens on.
 *
 * @param name as in the configuration: {@code mqtt}, {@code ws}, …
 * @param port 0 lets the system choose
 * @param path the WebSocket's path, compared exactly; not used by TCP
 * @param proxyProtocol whether every connection begins with a PROXY protocol header (version 1 or 2), from which the
 *     client's address is taken; one without is closed
 * @param proxyNetworks from where alone connections come then, others being closed unread; empty for anywhere
 * @param origins whose pages may open a WebSocket; not used by TCP
 * @param tls what it speaks TLS with; null where clients speak plainly
 */
public record ListenerSpec(
        String name,
        String host,
        int port,
        Kind kind,
        String path,
        boolean proxyProtocol,
        List<AddressRange> proxyNetworks,
        Origins origins,
        @Nullable ServerTls tls) {
    public ListenerSpec {
        proxyNetworks = List.copyOf(proxyNetworks);
    }

    /** How MQTT is carried. */
    public enum Kind {
        /** Bare TCP (MQTT 5, 4.2). */
        TCP,
        /** WebSocket (MQTT 5, 6). */
        WEBSOCKET
    }

    public static ListenerSpec tcp(String name, String host, int port) {
        return new ListenerSpec(name, host, port, Kind.TCP, "", false, List.of(), Origins.SAME_HOST, null);
    }

    public static ListenerSpec webSocket(String name, String host, int port, String path) {
        return new ListenerSpec(name, host, port, Kind.WEBSOCKET, path, false, List.of(), Origins.SAME_HOST, null);
    }

    public ListenerSpec withProxyProtocol(boolean wanted, List<AddressRange> networks) {
        return new ListenerSpec(name, host, port, kind, path, wanted, networks, origins, tls);
    }

    public ListenerSpec withOrigins(Origins wanted) {
        return new ListenerSpec(name, host, port, kind, path, proxyProtocol, proxyNetworks, wanted, tls);
    }

    public ListenerSpec withTls(ServerTls wanted) {
        return new ListenerSpec(name, host, port, kind, path, proxyProtocol, proxyNetworks, origins, wanted);
    }
}
