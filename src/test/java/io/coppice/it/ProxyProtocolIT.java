package io.coppice.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A listener behind a proxy that says where its connections come from. */
@Timeout(60)
class ProxyProtocolIT {
    private static final String VERSION_2 = "0d0a0d0a000d0a515549540a";

    @RegisterExtension
    static final RunningNode NODE =
            RunningNode.with("listeners.mqtt.proxy-protocol=true", "limits.connect-timeout=500ms");

    private static void isServed(Wire wire, String clientId) throws Exception {
        wire.connect5(clientId).subscribe5("proxied/" + clientId, 1);
        wire.send(Wire.publish5("proxied/" + clientId, new byte[] {'x'}, 1, 1));
        assertThat(wire.read().type()).isIn(Wire.PUBLISH, Wire.PUBACK);
        assertThat(wire.read().type()).isIn(Wire.PUBLISH, Wire.PUBACK);
    }

    @Test
    void takesVersion1() throws Exception {
        isServed(NODE.wire().send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 1883\r\n".getBytes(US_ASCII)), "one");
        isServed(NODE.wire().send("PROXY TCP6 2001:db8::7 2001:db8::1 4711 1883\r\n".getBytes(US_ASCII)), "six");
        isServed(NODE.wire().send("PROXY UNKNOWN\r\n".getBytes(US_ASCII)), "unknown");
    }

    @Test
    void takesVersion2() throws Exception {
        isServed(NODE.wire().send(VERSION_2 + "21 11 000c c0000207 c0000201 1267 075b"), "two");
        isServed(NODE.wire().send(VERSION_2 + "20 00 0000"), "local");
    }

    @Test
    void takesAHeaderAndConnectInOnePieceAndInMany() throws Exception {
        byte[] header = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 1883\r\n".getBytes(US_ASCII);
        byte[] both = Wire.join(header, Wire.connectPacket(5, 2, "piece", new byte[0]));
        assertThat(NODE.wire().send(both).read(Wire.CONNACK).connectReason()).isZero();
        Wire bytes = NODE.wire();
        for (byte one : both) {
            bytes.send(new byte[] {one});
        }
        assertThat(bytes.read(Wire.CONNACK).connectReason()).isZero();
    }

    @Test
    void closesConnectionsThatDoNotBeginWithAHeader() throws Exception {
        NODE.wire().send(Wire.connectPacket(5, 2, "bare", new byte[0])).readEnd();
        NODE.wire().send("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII)).readEnd();
    }
}
