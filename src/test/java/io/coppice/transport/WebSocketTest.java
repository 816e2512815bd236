package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.config.Origins;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.port.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTest {
    /** The key and its answer are the example of RFC 6455, 1.3. */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private static String upgrade(String path, String subprotocols) {
        return "GET " + path + " HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                + (subprotocols.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + subprotocols + "\r\n") + "\r\n";
    }

    private static byte[] frame(int first, byte... payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(first).writeByte(0x80 | payload.length).writeInt(0).writeBytes(payload);
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] binary(byte... payload) {
        return frame(0x82, payload);
    }

    /** The payload of one short frame. */
    private static byte[] hearFrame(Peer peer, int opcode) {
        byte[] head = peer.hear(2);
        assertThat(head[0]).isEqualTo((byte) (0x80 | opcode));
        return peer.hear(head[1]);
    }

    private static Peer upgraded(House house) {
        Peer peer = house.peer().say(upgrade("/mqtt", "mqtt"));
        assertThat(peer.hearHead()).startsWith("HTTP/1.1 101 ");
        return peer;
    }

    @Test
    void aClientConnectsAndIsAnswered() {
        try (House house = House.webSocket();
                Peer peer = upgraded(house)) {
            house.gate.behaviour = (sink, packet) -> sink.sendNow(new Packet.PingResp());
            peer.say(binary(Bytes.connect(ProtocolVersion.V5)));
            assertThat(hearFrame(peer, 2)).isEqualTo(Bytes.CONNACK_5);
            peer.say(binary(Bytes.PINGREQ));
            assertThat(hearFrame(peer, 2)).isEqualTo(Bytes.PINGRESP);
            RecordingGate.Sink sink = house.nextSink();
            assertThat(sink.connection.listener()).isEqualTo("ws");
            assertThat(sink.connection.remoteHost()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void theHandshakeIsAnsweredWithoutExtensions() {
        try (House house = House.webSocket();
                Peer peer = house.peer().say(upgrade("/mqtt", "mqtt"))) {
            assertThat(peer.hearHead())
                    .contains("Sec-WebSocket-Accept: " + ACCEPT + "\r\n")
                    .contains("Sec-WebSocket-Protocol: mqtt\r\n")
                    .doesNotContain("Extensions");
        }
    }

    @Test
    void packetsOverManyFramesAndManyInOneArrive() {
        try (House house = House.webSocket();
                Peer peer = upgraded(house)) {
            byte[] connect = Bytes.connect(ProtocolVersion.V3_1_1);
            for (byte one : connect) {
                peer.say(binary(one));
            }
            assertThat(hearFrame(peer, 2)).isEqualTo(Bytes.CONNACK_3_1_1);
            peer.say(binary(Bytes.joined(Bytes.PINGREQ, Bytes.PINGREQ, Bytes.PINGREQ)));
            RecordingGate.Sink sink = house.nextSink();
            assertThat(House.nextEvent(sink)).isInstanceOf(Packet.Connect.class);
            for (int i = 0; i < 3; i++) {
                assertThat(House.nextEvent(sink)).isInstanceOf(Packet.PingReq.class);
            }
        }
    }

    @Test
    void whatIsSentBehindTheHandshakeIsNotLost() {
        try (House house = House.webSocket();
                Peer peer = house.peer()) {
            byte[] hello = binary(Bytes.connect(ProtocolVersion.V5));
            peer.say(upgrade("/mqtt", "mqtt").getBytes(java.nio.charset.StandardCharsets.US_ASCII), hello);
            assertThat(peer.hearHead()).startsWith("HTTP/1.1 101 ");
            assertThat(hearFrame(peer, 2)).isEqualTo(Bytes.CONNACK_5);
        }
    }

    @Test
    void theQueryOfThePathDoesNotMatter() {
        try (House house = House.webSocket();
                Peer peer = house.peer().say(upgrade("/mqtt?token=x", "mqtt"))) {
            assertThat(peer.hearHead()).startsWith("HTTP/1.1 101 ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mqtt|mqtt",
                "mqttv3.1|mqttv3.1",
                "mqttv3.1.1|mqttv3.1.1",
                "chat, mqtt|mqtt",
                "mqttv3.1, mqtt|mqttv3.1"
            })
    void aSubprotocolThatIsMqttIsAgreedTo(String offered, String agreed) {
        try (House house = House.webSocket();
                Peer peer = house.peer().say(upgrade("/mqtt", offered))) {
            assertThat(peer.hearHead()).contains("Sec-WebSocket-Protocol: " + agreed + "\r\n");
        }
    }

    @Test
    void aClientThatNamesNoSubprotocolIsTolerated() {
        try (House house = House.webSocket();
                Peer peer = house.peer().say(upgrade("/mqtt", ""))) {
            assertThat(peer.hearHead()).startsWith("HTTP/1.1 101 ").doesNotContain("Protocol:");
        }
    }

    @Test
    void subprotocolsNoneOfWhichIsMqttAreRefused() {
        isRefused(upgrade("/mqtt", "chat, wamp"), "400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/mqtt/", "/mqttx", "/MQTT", "/other"})
    void anotherPathIsNotFound(String path) {
        isRefused(upgrade(path, "mqtt"), "404");
    }

    @Test
    void aRequestWithoutUpgradeIsToldToUpgrade() {
        isRefused("GET /mqtt HTTP/1.1\r\nHost: here\r\n\r\n", "426");
    }

    @Test
    void anotherVersionOfWebSocketIsToldOurs() {
        isRefused(upgrade("/mqtt", "mqtt").replace("Version: 13", "Version: 8"), "426");
    }

    @Test
    void anotherMethodIsNotAllowed() {
        isRefused(upgrade("/mqtt", "mqtt").replace("GET", "PUT"), "405");
    }

    @Test
    void aKeyThatIsNoneIsRefused() {
        isRefused(upgrade("/mqtt", "mqtt").replace(KEY, "short"), "400");
    }

    @Test
    void aRequestWithABodyIsRefused() {
        isRefused(upgrade("/mqtt", "mqtt").replace("Host: here", "Host: here\r\nContent-Length: 5"), "400");
    }

    @Test
    void tooLongHeadersAreRefused() {
        isRefused(upgrade("/mqtt", "mqtt").replace("Host: here", "Host: " + "x".repeat(10_000)), "431");
    }

    @Test
    void whatIsNoHttpIsRefused() {
        isRefused("\u0010\u0005hello\r\n\r\n", "400");
    }

    @Test
    void pagesOfOtherSitesMayNotConnect() {
        ListenerSpec listed = ListenerSpec.webSocket("ws", "127.0.0.1", 0, "/mqtt")
                .withOrigins(new Origins(false, false, List.of("https://app.example.com")));
        String request = upgrade("/mqtt", "mqtt");
        try (House house = House.of(listed)) {
            assertThat(answer(house, request)).startsWith("HTTP/1.1 101 ");
            assertThat(answer(house, from("https://app.example.com", request))).startsWith("HTTP/1.1 101 ");
            assertThat(answer(house, from("http://here", request))).startsWith("HTTP/1.1 403 ");
            assertThat(house.counters.stream()
                            .mapToLong(Counters::originsRefused)
                            .sum())
                    .isEqualTo(1);
        }
        try (House house = House.webSocket()) {
            assertThat(answer(house, from("http://here:8080", request))).startsWith("HTTP/1.1 101 ");
            assertThat(answer(house, from("http://there", request))).startsWith("HTTP/1.1 403 ");
        }
    }

    private static String from(String origin, String request) {
        return request.replace("Host: here\r\n", "Host: here\r\nOrigin: " + origin + "\r\n");
    }

    private static String answer(House house, String request) {
        try (Peer peer = house.peer().say(request)) {
            return peer.hearHead();
        }
    }

    private static void isRefused(String request, String status) {
        try (House house = House.webSocket();
                Peer peer = house.peer().say(request)) {
            assertThat(new String(peer.hearAll(), java.nio.charset.StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 " + status + " ")
                    .endsWith("\r\n\r\n");
            assertThat(house.gate.sinks).isEmpty();
        }
    }

    /** MQTT-6.0.0-1 */
    @Test
    void aTextFrameEndsTheConnection() {
        try (House house = House.webSocket();
                Peer peer = upgraded(house)) {
            peer.say(binary(Bytes.connect(ProtocolVersion.V5)));
            hearFrame(peer, 2);
            peer.say(frame(0x81, Bytes.PINGREQ));
            assertThat(hearFrame(peer, 8)).containsExactly(1003 >> 8, 1003 & 0xFF);
            assertThat(peer.hearsTheEnd()).isTrue();
        }
    }

    @Test
    void aPingIsAnswered() {
        try (House house = House.webSocket();
                Peer peer = upgraded(house)) {
            peer.say(frame(0x89, (byte) 1, (byte) 2));
            assertThat(hearFrame(peer, 10)).containsExactly(1, 2);
        }
    }

    @Test
    void ourCloseComesAfterTheLastPacket() {
        try (House house = House.webSocket();
                Peer peer = upgraded(house)) {
            peer.say(binary(Bytes.connect(ProtocolVersion.V5)));
            hearFrame(peer, 2);
            peer.say(binary((byte) 0xC1, (byte) 0));
            assertThat(hearFrame(peer, 2)).containsExactly(0xE0, 1, 0x81);
            assertThat(hearFrame(peer, 8)).containsExactly(1000 >> 8, 1000 & 0xFF);
            assertThat(peer.hearsTheEnd()).isTrue();
        }
    }

    @Test
    void theClientsCloseIsAnswered() {
        try (House house = House.webSocket();
                Peer peer = upgraded(house)) {
            peer.say(binary(Bytes.connect(ProtocolVersion.V5)));
            hearFrame(peer, 2);
            peer.say(frame(0x88, (byte) 3, (byte) 0xE9));
            assertThat(hearFrame(peer, 8)).containsExactly(3, 0xE9);
            assertThat(peer.hearsTheEnd()).isTrue();
            RecordingGate.Sink sink = house.nextSink();
            House.nextEvent(sink);
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.CLOSED);
        }
    }

    @Test
    void theConnectTimeoutBeginsWithTheConnection() {
        ListenerSpec spec = ListenerSpec.webSocket("ws", "127.0.0.1", 0, "/mqtt");
        try (House house = House.of(100, spec);
                Peer silent = house.peer();
                Peer upgraded = house.peer().say(upgrade("/mqtt", "mqtt"))) {
            assertThat(silent.hearAll()).isEmpty();
            assertThat(upgraded.hearHead()).startsWith("HTTP/1.1 101 ");
            assertThat(upgraded.hearsTheEnd()).isTrue();
        }
    }
}
