package io.coppice.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The HTTP request that turns a connection into a WebSocket, right or wrong, and its answer. */
public final class Upgrade {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int HEAD_MAX = 16 * 1024;

    private final String path;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private Upgrade(String path) {
        this.path = path;
        headers.put("Host", "localhost");
        headers.put("Upgrade", "websocket");
        headers.put("Connection", "Upgrade");
        headers.put("Sec-WebSocket-Key", KEY);
        headers.put("Sec-WebSocket-Version", "13");
        headers.put("Sec-WebSocket-Protocol", "mqtt");
    }

    /** A request with the sub-protocol {@code mqtt}. */
    static Upgrade request(String path) {
        return new Upgrade(path);
    }

    /** A request to the path on which brokers serve MQTT. */
    public static Upgrade request() {
        return request(WebSocketLink.PATH);
    }

    public Upgrade header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    public Upgrade without(String name) {
        headers.remove(name);
        return this;
    }

    private byte[] bytes() {
        StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
        headers.forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Asks on an open connection, which is a WebSocket afterwards if the answer is 101. */
    static Response ask(Link tcp, Upgrade request) throws IOException {
        tcp.write(request.bytes());
        long deadline = WebSocketLink.in(5);
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = tcp.read(deadline);
            if (next < 0) {
                return new Response(0, Map.of());
            }
            assertThat(head.length()).isLessThan(HEAD_MAX);
            head.append((char) next);
        }
        String[] lines = head.toString().split("\r\n", -1);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon), lines[i].substring(colon + 1).trim());
        }
        return new Response(Integer.parseInt(lines[0].split(" ", -1)[1]), headers);
    }

    /** The answer; status 0 if the server closed without one. Header names are matched in any case. */
    public record Response(int status, Map<String, String> headers) {
        void assertAccepted() {
            assertThat(status).as("status of the WebSocket upgrade").isEqualTo(101);
            assertThat(headers.get("Upgrade").toLowerCase(Locale.ROOT)).isEqualTo("websocket");
            assertThat(headers.get("Connection").toLowerCase(Locale.ROOT)).isEqualTo("upgrade");
            assertThat(headers).containsEntry("Sec-WebSocket-Accept", accept());
            assertThat(headers).containsEntry("Sec-WebSocket-Protocol", "mqtt");
            assertThat(headers).doesNotContainKey("Sec-WebSocket-Extensions");
        }

        private static String accept() {
            try {
                byte[] digest =
                        MessageDigest.getInstance("SHA-1").digest((KEY + MAGIC).getBytes(StandardCharsets.ISO_8859_1));
                return Base64.getEncoder().encodeToString(digest);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
