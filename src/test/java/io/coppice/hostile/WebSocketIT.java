package io.coppice.hostile;

import static io.coppice.blackbox.Transport.WS;
import static io.coppice.blackbox.Version.V5;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Upgrade;
import io.coppice.blackbox.WebSocketLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSocket frames and HTTP requests that are not what they should be (RFC 6455; RFC 9112). */
@BlackBox
class WebSocketIT {
    private static final int FIN = 0x80;
    private static final byte[] NOTHING = {};
    private static final String UPGRADE = "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Protocol: mqtt\r\n";

    private final Broker broker;
    private final Names names;

    WebSocketIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** First byte, whether it is masked, the length it claims, its payload, and the close code it is answered with. */
    private record Frame(String name, int first, boolean masked, long length, int payload, int code) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Frame> badFrames() {
        List<Frame> frames = new ArrayList<>(List.of(
                new Frame("text", FIN | WebSocketLink.TEXT, true, 2, 2, 1003),
                new Frame("not masked", FIN | WebSocketLink.BINARY, false, 2, 2, 1002),
                new Frame("ping, not masked", FIN | WebSocketLink.PING, false, 0, 0, 1002),
                new Frame("first bit reserved", FIN | 0x40 | WebSocketLink.BINARY, true, 2, 2, 1002),
                new Frame("second bit reserved", FIN | 0x20 | WebSocketLink.BINARY, true, 2, 2, 1002),
                new Frame("third bit reserved", FIN | 0x10 | WebSocketLink.BINARY, true, 2, 2, 1002),
                new Frame("continues nothing", FIN | WebSocketLink.CONTINUATION, true, 2, 2, 1002),
                new Frame("ping in parts", WebSocketLink.PING, true, 2, 2, 1002),
                new Frame("close in parts", WebSocketLink.CLOSE, true, 2, 2, 1002),
                new Frame("long ping", FIN | WebSocketLink.PING, true, 126, 126, 1002),
                new Frame("huge ping", FIN | WebSocketLink.PING, true, Long.MAX_VALUE, 0, 1002)));
        IntStream.of(3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
                .mapToObj(opcode -> new Frame("opcode " + opcode, FIN | opcode, true, 2, 2, 1002))
                .forEach(frames::add);
        return frames.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badFrames")
    @Hostile({"B71", "B72"})
    void aFrameThatIsNoneIsAnsweredWithItsCloseCode(Frame frame) throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient bad = broker.connect(WS, V5, names.client("bad"))) {
            others.hear(bad, "before the bad frame");
            bad.webSocket().frame(frame.first(), frame.masked(), frame.length(), new byte[frame.payload()]);
            bad.send(Packets.publish(V5, others.topic()).payload("behind the bad frame"));
            bad.expectClosed();
            assertThat(bad.webSocket().closeCode()).isEqualTo(frame.code());
            others.noticeNothing();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "82 FF 80 00 00 00 00 00 00 00 11 22 33 44",
                "82 FF FF FF FF FF FF FF FF FF 11 22 33 44",
                "82 FE 00 02 11 22 33 44 D1 22",
                "82 FF 00 00 00 00 00 00 00 02 11 22 33 44 D1 22"
            })
    @Hostile("B71")
    void aLengthThatIsTooLongOrLongerWrittenThanNeedBeIsRefused(String frame) throws Exception {
        try (RawClient bad = broker.connect(WS, V5, names.client("bad"))) {
            bad.webSocket().raw(Packets.raw(frame));
            bad.expectClosed();
            assertThat(bad.webSocket().closeCode()).isEqualTo(1002);
        }
    }

    @Test
    @Hostile("B71")
    void aNewMessageInsideAnotherIsRefused() throws Exception {
        try (RawClient bad = broker.connect(WS, V5, names.client("bad"))) {
            bad.webSocket().frame(WebSocketLink.BINARY, true, 0, NOTHING);
            bad.webSocket().frame(FIN | WebSocketLink.BINARY, true, 0, NOTHING);
            bad.expectClosed();
            assertThat(bad.webSocket().closeCode()).isEqualTo(1002);
        }
    }

    @Test
    @Hostile("B71")
    void theSizeOfAFrameIsNoWayAroundTheLimitOfPackets() throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient stranger = broker.open(WS, V5);
                RawClient client = broker.connect(WS, V5, names.client("bad"))) {
            stranger.webSocket().frame(FIN | WebSocketLink.BINARY, true, Long.MAX_VALUE, Packets.raw("10 FF FF FF 7F"));
            stranger.expectClosed();

            client.webSocket().frame(FIN | WebSocketLink.BINARY, true, Long.MAX_VALUE, Packets.raw("30 FF FF FF 7F"));
            client.expectDisconnect(0x95);
            others.noticeNothing();
        }
    }

    @Test
    @Hostile("B71")
    void aMegabyteInFramesOfOneByteIsTakenInItsStride() throws Exception {
        String topic = names.topic("large");
        byte[] publish = Packets.publish(V5, topic)
                .payload(new byte[1_000_000])
                .qos(1)
                .id(9)
                .bytes();
        byte[] frames = inFramesOfOne(publish);
        try (Bystanders others = new Bystanders(broker, names);
                RawClient watcher = broker.connect(WS, V5, names.client("w"));
                RawClient client = broker.connect(WS, V5, names.client("c"))) {
            watcher.subscribe(topic, 1);
            long start = System.nanoTime();
            Duration slowest = others.during(() -> {
                client.webSocket().raw(frames);
                watcher.within(Duration.ofSeconds(30));
                assertThat(watcher.receive().payload()).hasSize(1_000_000);
            });
            // 10,000 frames a second would take 100 s.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
    }

    private static byte[] inFramesOfOne(byte[] bytes) {
        byte[] frames = new byte[bytes.length * 7];
        for (int i = 0, at = 0; i < bytes.length; i++, at += 7) {
            frames[at] = (byte) (i == 0 ? WebSocketLink.BINARY : i == bytes.length - 1 ? FIN : 0);
            frames[at + 1] = (byte) 0x81; // masked with zeros
            frames[at + 6] = bytes[i];
        }
        return frames;
    }

    @Test
    @Hostile("B71")
    void framesWithNothingInThemCostNothing() throws Exception {
        byte[] empty = new byte[6 * 200_000];
        for (int at = 0; at < empty.length; at += 6) {
            empty[at] = (byte) (at == 0 ? WebSocketLink.BINARY : WebSocketLink.CONTINUATION);
            empty[at + 1] = (byte) 0x80;
        }
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(WS, V5, names.client("c"))) {
            Duration slowest = others.during(() -> {
                client.webSocket().raw(empty);
                client.webSocket().frame(FIN, true, 2, Packets.pingreq().bytes());
                client.expect(io.coppice.blackbox.PacketType.PINGRESP);
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
    }

    @Test
    @Hostile("B71")
    void aFloodOfPingsDisturbsNobody() throws Exception {
        byte[] ping = Packets.raw("89 FD 00 00 00 00 " + "70".repeat(125));
        ByteArrayOutputStream thousand = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            thousand.write(ping);
        }
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(WS, V5, names.client("c"))) {
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 50; i++) {
                    client.webSocket().raw(thousand.toByteArray()); // and nobody reads the pongs
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            client.expectNothing(); // those that were sent are passed over
        }
    }

    @Test
    @Hostile("B72")
    void compressionIsNotAgreedTo() throws Exception {
        for (String offer :
                List.of("permessage-deflate", "permessage-deflate; client_max_window_bits", "x-webkit-deflate-frame")) {
            Upgrade.Response answer = broker.upgrade(Upgrade.request().header("Sec-WebSocket-Extensions", offer));
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.headers()).doesNotContainKey("Sec-WebSocket-Extensions");
        }
    }

    @Test
    @Hostile("B71")
    void anotherSubprotocolIsRefused() throws Exception {
        assertThat(broker.upgrade(Upgrade.request().header("Sec-WebSocket-Protocol", "soap, chat"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    @Hostile("B73")
    void aPageOfAnotherSiteIsRefusedAndOneOfTheSameHostOrAProgramIsNot() throws Exception {
        long before = broker.metrics().value("mqtt_websocket_origins_refused_total");
        List<String> others = List.of(
                "https://evil.example", "http://localhost.evil.example", "http://evil.example:8083", "null", "file://");
        for (String other : others) {
            Upgrade.Response answer = broker.upgrade(Upgrade.request().header("Origin", other));
            assertThat(answer.status()).as(other).isEqualTo(403);
            assertThat(answer.headers()).doesNotContainKey("Access-Control-Allow-Origin");
        }
        String twice =
                "GET /mqtt HTTP/1.1\r\n" + UPGRADE + "Origin: http://localhost\r\nOrigin: http://evil.example\r\n\r\n";
        assertThat(answers(twice).get(0)).startsWith("HTTP/1.1 403 ");
        broker.metrics().await("mqtt_websocket_origins_refused_total", "", now -> now == before + others.size() + 1);

        assertThat(broker.upgrade(Upgrade.request().header("Origin", "http://localhost:8080"))
                        .status())
                .isEqualTo(101);
        assertThat(broker.upgrade(Upgrade.request()).status()).isEqualTo(101);
    }

    /** What a browser adds by itself to whatever a page asks for: nothing of it is read. */
    @Test
    @Hostile("B73")
    void aCookieOrAPasswordOfTheRequestIsNoLogin() throws Exception {
        Upgrade request = Upgrade.request().header("Cookie", "session=x").header("Authorization", "Basic YTpi");
        assertThat(broker.upgrade(request).headers()).doesNotContainKeys("Set-Cookie", "WWW-Authenticate");
    }

    private record Request(String name, String text, int status) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Request> badRequests() {
        String get = "GET /mqtt HTTP/1.1\r\n" + UPGRADE;
        return Stream.of(
                new Request("huge header", get + "X: " + "x".repeat(20_000) + "\r\n\r\n", 431),
                new Request("many headers", get + "X: x\r\n".repeat(5_000) + "\r\n", 431),
                new Request("huge path", "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n" + UPGRADE + "\r\n", 414),
                new Request(
                        "both lengths", get + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                new Request("a length", get + "Content-Length: 4\r\n\r\nabcd", 400),
                new Request("two lengths", get + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", 400),
                new Request("chunked", get + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                new Request("chunked, disguised", get + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
                new Request("chunked, by another name", get + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
                new Request("POST", get.replace("GET", "POST") + "\r\n", 405),
                new Request("CONNECT", get.replace("GET", "CONNECT") + "\r\n", 405),
                new Request("OPTIONS", get.replace("GET", "OPTIONS") + "\r\n", 405),
                new Request("another path", get.replace("/mqtt", "/metrics") + "\r\n", 404),
                new Request("a path above", get.replace("/mqtt", "/mqtt/../metrics") + "\r\n", 404),
                new Request("HTTP/1.0", get.replace("HTTP/1.1", "HTTP/1.0") + "\r\n", 505),
                new Request("no HTTP", "\u0010\u0010\0\4MQTT\5\2\0\0\0\0\3abc\r\n\r\n", 400),
                new Request("no upgrade", "GET /mqtt HTTP/1.1\r\nHost: localhost\r\n\r\n", 426));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badRequests")
    @Hostile({"B71", "B74"})
    void aRequestThatIsNoneIsAnsweredOnceAndClosed(Request request) throws Exception {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (String behind : List.of("", "GET /mqtt HTTP/1.1\r\n" + UPGRADE + "\r\n")) {
                List<String> answers = answers(request.text() + behind);
                assertThat(answers).hasSize(1);
                assertThat(answers.get(0)).startsWith("HTTP/1.1 " + request.status() + " ");
            }
            others.noticeNothing();
        }
    }

    @Test
    @Hostile("B74")
    void aRequestBehindAnUpgradeIsNoRequest() throws Exception {
        String get = "GET /mqtt HTTP/1.1\r\n" + UPGRADE + "\r\n";
        List<String> answers = answers(get + get);
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0)).startsWith("HTTP/1.1 101 ");
    }

    /** The heads of all answers until the server closes. */
    private List<String> answers(String requests) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Link socket = broker.socket(WS)) {
            socket.write(requests.getBytes(ISO_8859_1));
            long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            for (int next = socket.read(deadline); next >= 0; next = socket.read(deadline)) {
                all.append((char) next);
            }
        }
        return Stream.of(all.toString().split("(?=HTTP/1)", -1))
                .filter(part -> part.startsWith("HTTP/1"))
                .toList();
    }
}
