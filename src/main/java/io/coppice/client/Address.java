package io.coppice.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker is, and by which transport it is reached.
 *
 * @param port 1 to 65535
 * @param path of a WebSocket, with its slash; empty for TCP
 */
public record Address(String host, int port, boolean tls, String path) {
    /** The path at which Coppice's own listeners answer. */
    public static final String PATH = "/mqtt";

    private static final int PORT_MAX = 65_535;

    public Address {
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("port " + port + " is not allowed; allowed: 1 to " + PORT_MAX);
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("an empty host is not allowed; allowed: a name or an address");
        }
    }

    /** The port on which brokers listen for this transport unless they are told otherwise. */
    public static int usualPort(boolean tls, boolean webSocket) {
        if (webSocket) {
            return tls ? 8084 : 8083;
        }
        return tls ? 8883 : 1883;
    }

    public boolean webSocket() {
        return !path.isEmpty();
    }

    /**
     * What one URL says: address, and what else stands in it.
     *
     * @param topic null where there is none
     */
    public record Place(
            Address address,
            @Nullable String user,
            @Nullable String password,
            @Nullable String topic) {
        /** Says nothing of the password. */
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /**
     * Reads {@code mqtt://user:password@host:port/topic}, with {@code mqtts} for TLS; with {@code ws} and {@code wss}
     * what follows the host is the path of the WebSocket.
     *
     * @throws IllegalArgumentException if it is none; the message does not repeat it, since it may have a password in it
     */
    public static Place url(String text) {
        URI uri;
        try {
            uri = new URI(text.replace("#", "%23").replace("+", "%2B"));
        } catch (URISyntaxException broken) {
            throw wrong();
        }
        String scheme = Objects.requireNonNullElse(uri.getScheme(), "").toLowerCase(Locale.ROOT);
        boolean webSocket = scheme.equals("ws") || scheme.equals("wss");
        boolean tls = scheme.equals("mqtts") || scheme.equals("wss");
        if (!webSocket && !tls && !scheme.equals("mqtt") || uri.getHost() == null) {
            throw wrong();
        }
        int port = uri.getPort() < 0 ? usualPort(tls, webSocket) : uri.getPort();
        String rest = Objects.requireNonNullElse(uri.getRawPath(), "");
        String path = webSocket ? rest.length() > 1 ? rest : PATH : "";
        String query = uri.getRawQuery();
        String behind = rest.startsWith("/") ? rest.substring(1) : "";
        String topic = webSocket || behind.isEmpty() ? null : decoded(query == null ? behind : behind + "?" + query);
        String name = uri.getRawUserInfo();
        int colon = name == null ? -1 : name.indexOf(':');
        return new Place(
                new Address(bare(uri.getHost()), port, tls, path),
                name == null ? null : decoded(colon < 0 ? name : name.substring(0, colon)),
                name == null || colon < 0 ? null : decoded(name.substring(colon + 1)),
                topic);
    }

    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static String decoded(String raw) {
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException wrong() {
        return new IllegalArgumentException(
                "the URL is not allowed; allowed: such as mqtt://user@host:1883/topic or wss://host:8084/mqtt, with "
                        + "mqtt, mqtts, ws or wss");
    }

    /** As it stands in messages to people. */
    @Override
    public String toString() {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        String scheme = webSocket() ? tls ? "wss" : "ws" : tls ? "mqtts" : "mqtt";
        return scheme + "://" + name + ":" + port + path;
    }
}
