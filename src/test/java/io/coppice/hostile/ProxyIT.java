package io.coppice.hostile;

import static io.coppice.blackbox.Transport.TCP;
import static io.coppice.blackbox.Transport.WS;
import static io.coppice.blackbox.Version.V5;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections to listeners behind a proxy: that of WebSocket believes none of those who reach it here, that of TCP all
 * of them.
 */
@BlackBox
@BrokerSettings({
    "listeners.mqtt.proxy-protocol=true",
    "listeners.mqtt.proxy-networks=127.0.0.0/8",
    "listeners.ws.proxy-protocol=true",
    "listeners.ws.proxy-networks=192.0.2.0/24,2001:db8::/32",
    "limits.connect-timeout=2s"
})
class ProxyIT {
    private static final String VERSION_2 = "0d0a0d0a000d0a515549540a";

    private final Broker broker;
    private final Names names;

    ProxyIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static void endsUnanswered(Link socket) throws IOException {
        assertThat(socket.read(System.nanoTime() + Duration.ofSeconds(10).toNanos()))
                .isEqualTo(-1);
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    @Test
    @Hostile("B70")
    void aHeaderFromWhereNoProxyIsIsNotRead() throws Exception {
        double before = broker.metrics().sum("mqtt_proxy_headers_total", "untrusted");
        try (Link socket = broker.socket(WS)) {
            endsUnanswered(socket);
        }
        broker.metrics().await("mqtt_proxy_headers_total", "untrusted", now -> now == before + 1);
    }

    @Test
    @Hostile("B70")
    void aProxyThatIsKnownIsBelieved() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("PROXY TCP4 198.51.100.7 192.0.2.1 4711 1883\r\n".getBytes(US_ASCII));
        bytes.writeBytes(Packets.connect(V5, names.client("proxied")).bytes());
        try (Link socket = broker.socket(TCP)) {
            socket.write(bytes.toByteArray());
            assertThat(socket.read(System.nanoTime() + Duration.ofSeconds(10).toNanos()))
                    .isEqualTo(0x20);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                VERSION_2 + "2111ffff", // claims more than it has
                VERSION_2 + "2112000cc0000207c00002011267075b", // datagrams
                "50524f5859205443503420", // a line that does not go on
                "474554202f20485454502f312e310d0a0d0a", // no header at all
                "100c00044d515454050200000000" // CONNECT at once
            })
    @Hostile("B70")
    void whatIsNoHeaderEndsTheConnection(String bytes) throws Exception {
        try (Link socket = broker.socket(TCP)) {
            socket.write(hex(bytes));
            endsUnanswered(socket);
        }
    }

    @Test
    @Hostile("B70")
    void aLineWithoutEndIsNotKept() throws Exception {
        try (Link socket = broker.socket(TCP)) {
            socket.write(("PROXY TCP4 " + "1".repeat(200)).getBytes(US_ASCII));
            endsUnanswered(socket);
        }
    }
}
