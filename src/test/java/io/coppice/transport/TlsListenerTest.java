package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.coppice.blackbox.Hostile;
import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.TlsProtocol;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import io.coppice.pki.TlsClient;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Counters.Handshake;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** TLS on real sockets, with OpenSSL and with the JDK's own on our side, and the JDK's own on the other. */
@Timeout(60)
class TlsListenerTest {
    private static final int APPLICATION_DATA = 23;
    private static final int RECORD_MAX = 16 * 1024;

    private final Authority clients = Authority.root("Clients");
    private TlsFixture files;
    private TlsClient client;

    @TempDir
    Path directory;

    @BeforeEach
    void makeFiles() throws IOException {
        files = new TlsFixture(directory);
        client = TlsClient.trusting(files.authority);
    }

    static Stream<SslProvider> providers() {
        return TlsFixture.providers();
    }

    private interface Talk {
        void with(House house) throws Exception;
    }

    private void house(SslProvider provider, Talk talk) throws Exception {
        try (ServerTls tls = files.load(provider);
                House house = House.tls(tls)) {
            talk.with(house);
        }
    }

    private TlsClient showing(Issued own) {
        return TlsClient.of(files.authority, own);
    }

    private static void isServed(SSLSocket socket) {
        assertThat(new Peer(socket).say(Bytes.connect(ProtocolVersion.V5)).hear(5))
                .isEqualTo(Bytes.CONNACK_5);
    }

    private static ClientCertificate served(House house, TlsClient client) throws IOException {
        try (SSLSocket socket = client.connect(house.port())) {
            isServed(socket);
            return house.nextSink().connection.certificate();
        }
    }

    /** With TLS 1.3 a client hears of it only when it reads. */
    private static void isRefused(House house, TlsClient client) {
        assertThatThrownBy(() -> {
                    try (SSLSocket socket = client.connect(house.port())) {
                        socket.getOutputStream().write(Bytes.connect(ProtocolVersion.V5));
                        if (socket.getInputStream().read() < 0) {
                            throw new SSLException("closed");
                        }
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(house.gate.sinks).isEmpty();
    }

    private static void counts(House house, Handshake result, long wanted) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(house.handshakes(result)).isEqualTo(wanted));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aClientIsServedInBothVersionsOfTls(SslProvider provider) throws Exception {
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                try (SSLSocket socket = client.speaking(protocol).connect(house.port())) {
                    isServed(socket);
                    assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
                    RecordingGate.Sink sink = house.nextSink();
                    assertThat(sink.connection.listener()).isEqualTo("mqtts");
                    assertThat(sink.connection.certificate()).isNull();
                    assertThat(sink.connection.remoteHost()).isEqualTo("127.0.0.1");
                }
            }
            counts(house, Handshake.COMPLETED, 2);
            assertThat(house.handshakes(Handshake.FAILED)).isZero();
        });
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aVersionThatIsNotConfiguredIsRefused(SslProvider provider) throws Exception {
        files.protocols = List.of(TlsProtocol.V1_3);
        house(provider, house -> {
            isRefused(house, client.speaking("TLSv1.2"));
            assertThat(served(house, client.speaking("TLSv1.3"))).isNull();
            counts(house, Handshake.FAILED, 1);
        });
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile("B73")
    void aCertificateThatABrowserHasHelpsNoPageOfAnotherSite(SslProvider provider) throws Exception {
        files.asking(ClientAuth.REQUIRED, clients);
        Issued own = clients.order("CN=anna").issue();
        try (ServerTls tls = files.load(provider);
                House house = House.of(
                        ListenerSpec.webSocket("wss", "127.0.0.1", 0, "/mqtt").withTls(tls))) {
            for (String site : List.of("https://evil.example", "https://localhost")) {
                try (SSLSocket socket = showing(own).connect(house.port())) {
                    String answer = new Peer(socket)
                            .say("GET /mqtt HTTP/1.1\r\nHost: localhost\r\nOrigin: " + site
                                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .hearHead();
                    assertThat(answer).startsWith(site.contains("evil") ? "HTTP/1.1 403 " : "HTTP/1.1 101 ");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile("B67")
    void anOptionalCertificateIsTakenUpWhenItIsRightAndRefusedWhenItIsWrong(SslProvider provider) throws Exception {
        files.asking(ClientAuth.OPTIONAL, clients);
        Issued own = clients.order("CN=sensor 7,OU=Hall,O=Works")
                .dns("sensor-7.works.example")
                .email("seven@works.example")
                .uri("urn:works:sensor:7")
                .issue();
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                assertThat(served(house, client.speaking(protocol))).isNull();
                assertThat(served(house, showing(own).speaking(protocol)))
                        .isEqualTo(new ClientCertificate(
                                "CN=sensor 7,OU=Hall,O=Works",
                                "sensor 7",
                                List.of("sensor-7.works.example"),
                                List.of("seven@works.example"),
                                List.of("urn:works:sensor:7"),
                                own.certificate().getSerialNumber().toString(16),
                                "CN=Clients"));
                isRefused(
                        house,
                        showing(Authority.root("Clients").client("impostor")).speaking(protocol));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aSessionThatIsTakenUpAgainStillHasItsCertificate(SslProvider provider) throws Exception {
        files.asking(ClientAuth.REQUIRED, clients);
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                TlsClient again = showing(clients.client("again")).speaking(protocol);
                for (int i = 0; i < 3; i++) {
                    assertThat(served(house, again).commonName()).isEqualTo("again");
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile("B67")
    void whoHasNoCertificateIsRefusedWhereOneIsRequired(SslProvider provider) throws Exception {
        files.asking(ClientAuth.REQUIRED, clients);
        Authority below = clients.intermediate("Hall");
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                isRefused(house, client.speaking(protocol));
                isRefused(house, showing(files.authority.client("of servers")).speaking(protocol));
                assertThat(served(house, showing(below.client("below")).speaking(protocol))
                                .commonName())
                        .isEqualTo("below");
            }
            Instant now = Instant.now();
            isRefused(
                    house,
                    showing(clients.order("CN=expired")
                            .valid(now.minus(9, ChronoUnit.DAYS), now.minus(1, ChronoUnit.DAYS))
                            .issue()));
            counts(house, Handshake.FAILED, 5);
        });
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile("B67")
    void aRevokedCertificateIsRefused(SslProvider provider) throws Exception {
        files.asking(ClientAuth.REQUIRED, clients);
        Issued good = clients.client("good");
        Issued lost = clients.client("lost");
        files.crl = Issued.put(directory.resolve("crl.pem"), Issued.pem(clients.revoke(lost)))
                .toString();
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                assertThat(served(house, showing(good).speaking(protocol)).commonName())
                        .isEqualTo("good");
                isRefused(house, showing(lost).speaking(protocol));
            }
            // Its authority is one of ours, and has no list: nobody can say whether it is revoked.
            isRefused(house, showing(clients.intermediate("Hall").client("unlisted")));
        });
        Issued.put(
                directory.resolve("crl.pem"),
                Issued.pem(clients.revoke(Instant.now().minus(1, ChronoUnit.HOURS), lost)));
        house(provider, house -> isRefused(house, showing(good)));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void whoHasBeenRevokedMeanwhileCannotTakeUpItsSession(SslProvider provider) throws Exception {
        files.asking(ClientAuth.REQUIRED, clients);
        Issued lost = clients.client("lost");
        Path list = directory.resolve("crl.pem");
        files.crl = Issued.put(list, Issued.pem(clients.revoke())).toString();
        try (ServerTls tls = files.load(provider);
                House house = House.tls(tls)) {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                Issued.put(list, Issued.pem(clients.revoke()));
                release(tls.look(System.currentTimeMillis()));
                TlsClient back = showing(lost).speaking(protocol);
                assertThat(served(house, back)).isNotNull();
                Issued.put(list, Issued.pem(clients.revoke(lost)));
                release(tls.look(System.currentTimeMillis()));
                isRefused(house, back);
            }
        }
    }

    private static void release(TlsContexts replaced) {
        if (replaced != null) {
            replaced.release();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile("B10")
    void theCertificateIsChosenByTheNameThatTheClientAsksFor(SslProvider provider) throws Exception {
        Authority servers = files.authority;
        Issued exact = servers.server("a.example", "b.example");
        Issued wild = servers.server("*.example");
        files.further.add(exact.into(directory.resolve("exact")).toString());
        files.further.add(wild.into(directory.resolve("wild")).toString());
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                TlsClient asking = client.speaking(protocol);
                assertThat(shown(house, asking.asking("a.example"))).isEqualTo("CN=a.example");
                assertThat(shown(house, asking.asking("B.Example"))).isEqualTo("CN=a.example");
                assertThat(shown(house, asking.asking("c.example"))).isEqualTo("CN=*.example");
                assertThat(shown(house, asking.asking("d.c.example"))).isEqualTo("CN=localhost");
                assertThat(shown(house, asking.asking("localhost.elsewhere"))).isEqualTo("CN=localhost");
                assertThat(shown(house, asking)).isEqualTo("CN=localhost");
                try (SSLSocket socket = asking.asking("a.example").connect(house.port())) {
                    isServed(socket);
                }
            }
        });
    }

    private static String shown(House house, TlsClient asking) throws IOException {
        return asking.shown(house.port()).getSubjectX500Principal().getName();
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile({"B08", "B09"})
    void whatIsNoTlsIsClosedBeforeAnythingIsMadeForIt(SslProvider provider) throws Exception {
        for (boolean byName : new boolean[] {false, true}) {
            if (byName) {
                files.further.add(files.authority
                        .server("a.example")
                        .into(directory.resolve("a"))
                        .toString());
            }
            house(provider, house -> {
                byte[] hugeHello = ByteBuffer.allocate(9)
                        .put(new byte[] {22, 3, 1, 64, 0, 1, (byte) 255, (byte) 255, (byte) 255})
                        .array();
                List<byte[]> bad = List.of(
                        Bytes.connect(ProtocolVersion.V5),
                        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                        new byte[64 * 1024],
                        Bytes.joined(hugeHello, new byte[RECORD_MAX]));
                for (byte[] bytes : bad) {
                    try (Peer peer = house.peer()) {
                        sayWhatIsTaken(peer, bytes);
                        drain(peer);
                    }
                }
                counts(house, Handshake.FAILED, bad.size());
                assertThat(house.gate.sinks).isEmpty();
                assertThat(served(house, client)).isNull();
            });
        }
    }

    /** A certificate for all names below one; what was asked for is held by nobody afterwards. */
    @Test
    @Hostile("B10")
    void namesThatClientsAskForAreNotRemembered() throws Exception {
        files.further.add(files.authority
                .server("*.example")
                .into(directory.resolve("wild"))
                .toString());
        try (ServerTls tls = files.load(ServerTls.provider())) {
            SslContext wild = tls.contexts().forName("any.example");
            List<WeakReference<String>> asked = new ArrayList<>();
            for (int i = 0; i < 100_000; i++) {
                String name = "n" + i + ".example";
                assertThat(tls.contexts().forName(name)).isSameAs(wild);
                if (i % 100 == 0) {
                    asked.add(new WeakReference<>(name));
                }
            }
            Awaitility.await().until(() -> {
                System.gc();
                return asked.stream().allMatch(each -> each.get() == null);
            });
        }
    }

    @Test
    @Hostile("B08")
    void whoSpeaksNoTlsFillsNoLog() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level usual = root.getLevel();
        root.setLevel(Level.INFO);
        root.addAppender(log);
        try {
            house(ServerTls.provider(), house -> {
                for (int i = 0; i < 200; i++) {
                    try (Peer peer = house.peer()) {
                        sayWhatIsTaken(peer, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                        drain(peer);
                    }
                }
                counts(house, Handshake.FAILED, 200);
            });
        } finally {
            root.detachAppender(log);
            root.setLevel(usual);
        }
        List<ILoggingEvent> lines = List.copyOf(log.list);
        assertThat(lines)
                .filteredOn(line -> line.getFormattedMessage().startsWith("no TLS with"))
                .hasSizeBetween(1, 100);
        assertThat(lines)
                .hasSizeLessThan(120)
                .allSatisfy(line -> assertThat(line.getThrowableProxy())
                        .as(line.getFormattedMessage())
                        .isNull());
    }

    /** It may be cut while it speaks. */
    private static void sayWhatIsTaken(Peer peer, byte[] bytes) {
        try {
            peer.say(bytes);
        } catch (UncheckedIOException cut) {
            // that is what is wanted
        }
    }

    /** An alert, and the end. */
    private static void drain(Peer peer) {
        try {
            assertThat(peer.hearAll().length).isLessThan(64);
        } catch (UncheckedIOException reset) {
            assertThat(reset).hasMessageNotContaining("timed out");
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    @Hostile("B08")
    void whoDoesNotAgreeInTimeIsCut(SslProvider provider) throws Exception {
        for (boolean byName : new boolean[] {false, true}) {
            if (byName) {
                files.further.add(files.authority
                        .server("a.example")
                        .into(directory.resolve("a"))
                        .toString());
            }
            try (ServerTls tls = files.load(provider);
                    House house = House.of(
                            500, ListenerSpec.tcp("mqtts", "127.0.0.1", 0).withTls(tls));
                    Peer silent = house.peer();
                    Peer slow = house.peer()) {
                slow.say(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 252, 3});
                assertThat(silent.hearsTheEnd()).isTrue();
                assertThat(slow.hearsTheEnd()).isTrue();
                counts(house, Handshake.TIMED_OUT, 2);
                assertThat(house.handshakes(Handshake.FAILED)).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void whoAgreesAndSaysNothingIsCutToo(SslProvider provider) throws Exception {
        try (ServerTls tls = files.load(provider);
                House house =
                        House.of(500, ListenerSpec.tcp("mqtts", "127.0.0.1", 0).withTls(tls));
                Peer silent = new Peer(client.connect(house.port()))) {
            assertThat(silent.hearsTheEnd()).isTrue();
            assertThat(HouseEvents.closed(house.nextSink())).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aWebSocketIsOpenedInsideOfTls(SslProvider provider) throws Exception {
        try (ServerTls tls = files.load(provider);
                House house = House.of(
                        ListenerSpec.webSocket("wss", "127.0.0.1", 0, "/mqtt").withTls(tls));
                Peer peer = new Peer(client.connect(house.port()))) {
            peer.say("GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
            assertThat(peer.hearHead()).startsWith("HTTP/1.1 101 ");
            assertThat(house.nextSink().connection.listener()).isEqualTo("wss");
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aClientThatIsSentAwayHearsWhyAndTheEndInGoodOrder(SslProvider provider) throws Exception {
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                try (Peer peer = new Peer(client.speaking(protocol).connect(house.port()))) {
                    peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
                    // A second CONNECT, and more that is under way when the broker closes.
                    peer.say(Bytes.connect(ProtocolVersion.V5), new byte[32 * 1024]);
                    byte[] heard = peer.hearAll();
                    assertThat(heard).hasSizeGreaterThanOrEqualTo(2);
                    assertThat(heard[0] & 0xFF).isEqualTo(0xE0);
                }
                assertThat(HouseEvents.closed(house.nextSink())).isTrue();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("providers")
    void theEndThatAClientSaysIsHeard(SslProvider provider) throws Exception {
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                SSLSocket socket = client.speaking(protocol).connect(house.port());
                isServed(socket);
                socket.shutdownOutput();
                assertThat(HouseEvents.closed(house.nextSink())).isTrue();
                socket.close();
            }
        });
    }

    // --- batches

    /** Keeps what comes, as it comes. */
    private static final class Recording extends Socket {
        private final ByteArrayOutputStream came = new ByteArrayOutputStream();

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    int one = super.read();
                    if (one >= 0) {
                        came.write(one);
                    }
                    return one;
                }

                @Override
                public int read(byte[] into, int from, int most) throws IOException {
                    int count = super.read(into, from, most);
                    if (count > 0) {
                        came.write(into, from, count);
                    }
                    return count;
                }
            };
        }

        /** The lengths of all TLS records with data that have come. */
        private List<Integer> records() {
            List<Integer> lengths = new ArrayList<>();
            ByteBuffer bytes = ByteBuffer.wrap(came.toByteArray());
            while (bytes.remaining() >= 5) {
                int type = bytes.get();
                bytes.getShort();
                int length = bytes.getShort() & 0xFFFF;
                if (type == APPLICATION_DATA) {
                    lengths.add(length);
                }
                bytes.position(Math.min(bytes.limit(), bytes.position() + length));
            }
            return lengths;
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void whatIsFlushedTogetherIsOneRecord(SslProvider provider) throws Exception {
        house(provider, house -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                Recording raw = new Recording();
                try (Peer peer = new Peer(client.speaking(protocol).over(raw, house.port()))) {
                    peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
                    RecordingGate.Sink sink = house.nextSink();
                    int before = raw.records().size();
                    House.onLoop(sink, () -> {
                        for (int i = 0; i < 1_000; i++) {
                            sink.connection.send(new Packet.PingResp());
                        }
                        sink.connection.flush(sink.connection.written());
                    });
                    peer.hear(2_000);
                    assertThat(raw.records()).hasSize(before + 1);
                    House.onLoop(sink, () -> {
                        for (int i = 0; i < 50_000; i++) {
                            sink.connection.send(new Packet.PingResp());
                        }
                        sink.connection.flush(sink.connection.written());
                    });
                    peer.hear(100_000);
                    assertThat(raw.records()).hasSizeLessThanOrEqualTo(before + 1 + 100_000 / RECORD_MAX + 2);
                }
            }
        });
    }

    @Test
    @Hostile("B11")
    void nobodyHasUsNegotiateAgain() throws Exception {
        house(ServerTls.provider(), house -> {
            try (SSLSocket socket = client.speaking("TLSv1.2").connect(house.port())) {
                isServed(socket);
                assertThatThrownBy(() -> {
                            socket.startHandshake();
                            socket.getInputStream().read();
                        })
                        .isInstanceOf(SSLException.class);
            }
            assertThat(house.handshakes(Handshake.COMPLETED)).isEqualTo(1);
        });
    }

    @Test
    void tlsDoesNotCountAsAgreedWithWhomNobodyTrusts() throws Exception {
        TlsClient stranger = TlsClient.trusting(Authority.root("Others"));
        house(ServerTls.provider(), house -> {
            assertThatThrownBy(() -> stranger.connect(house.port())).isInstanceOf(SSLHandshakeException.class);
            counts(house, Handshake.FAILED, 1);
        });
    }
}
