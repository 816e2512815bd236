package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.Node;
import io.coppice.config.ConfigLoader;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import io.coppice.pki.TlsClient;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose clients speak TLS: clients that others wrote, certificates that change, clients that are revoked. */
@Timeout(120)
class TlsIT {
    private static final Authority SERVERS = Authority.root("Servers");
    private static final Authority CLIENTS = Authority.root("Clients");
    private static final byte[] PINGREQ = {(byte) 0xC0, 0};
    private static final int PINGRESP = 13;
    private static final int LIVE = 300;

    @TempDir
    static Path directory;

    private static Path own;

    @BeforeAll
    static void makeFiles() throws Exception {
        own = SERVERS.server("localhost").into(directory.resolve("own"));
    }

    private static String[] settings(String... further) {
        List<String> settings = new ArrayList<>(List.of(
                "listeners.mqtts.port=0",
                "listeners.mqtts.certificate=" + own,
                "listeners.wss.port=0",
                "listeners.wss.certificate=" + own,
                "security.reload-interval=50ms"));
        settings.addAll(List.of(further));
        return settings.toArray(String[]::new);
    }

    private static int mqtts(RunningNode node) {
        return node.node().port("mqtts");
    }

    @Test
    void clientsThatOthersWroteAreServedOverTcpAndWebSocket() throws Exception {
        try (RunningNode node = RunningNode.start(settings())) {
            int wss = node.node().port("wss");
            Peer inbox = node.connected(Kind.HIVE5_TCP, "inbox");
            inbox.subscribe("to/inbox", 1);
            TlsClient trusting = TlsClient.trusting(SERVERS);
            List<Supplier<Peer>> clients = List.of(
                    () -> new Hive5("hive", mqtts(node), false, TlsClient.trust(SERVERS)),
                    () -> new Hive5("hive-ws", wss, true, TlsClient.trust(SERVERS)),
                    () -> new Paho3(
                            "ssl://127.0.0.1:" + mqtts(node),
                            "paho",
                            trusting.context().getSocketFactory()),
                    () -> new Paho3(
                            "wss://127.0.0.1:" + wss + "/mqtt",
                            "paho-ws",
                            trusting.context().getSocketFactory()));
            for (int i = 0; i < clients.size(); i++) {
                Peer client = node.own(clients.get(i).get());
                client.connect(true);
                client.subscribe("to/" + i, 2);
                for (int qos = 0; qos <= 2; qos++) {
                    inbox.publish("to/" + i, "x".repeat(40_000), qos);
                    assertThat(client.next().payload()).hasSize(40_000);
                }
                client.publish("to/inbox", "from " + i, 1);
                assertThat(inbox.next().payload()).isEqualTo("from " + i);
            }
            assertThat(node.metric("mqtt_tls_handshakes_total{result=\"completed\"}"))
                    .isEqualTo(clients.size());
        }
    }

    @Test
    void aCertificateIsReplacedUnderConnectionsThatLive() throws Exception {
        Issued before = SERVERS.server("localhost");
        before.into(own);
        try (RunningNode node = RunningNode.start(settings("limits.connections-max=1000"))) {
            TlsClient client = TlsClient.trusting(SERVERS);
            List<Wire> live = new ArrayList<>();
            for (int i = 0; i < LIVE; i++) {
                Wire wire = node.own(new Wire(client.connect(mqtts(node))));
                live.add(wire.connect5("live-" + i));
            }
            Instant end = Instant.now().plus(90, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
            Issued after = SERVERS.order("CN=localhost")
                    .loopback()
                    .valid(Instant.now().minus(1, ChronoUnit.DAYS), end)
                    .issue();
            after.into(own);
            for (String listener : List.of("mqtts", "wss")) {
                Awaitility.await()
                        .untilAsserted(() -> assertThat(serial(client, node, listener))
                                .isEqualTo(after.certificate().getSerialNumber()));
            }
            assertThat(node.metric("mqtt_cert_expiry_timestamp_seconds"))
                    .as("of both listeners")
                    .isEqualTo(2 * end.getEpochSecond());
            for (Wire wire : live) {
                wire.send(PINGREQ);
                assertThat(wire.read().type()).isEqualTo(PINGRESP);
            }
            assertThat(node.metric("mqtt_connections")).isEqualTo(LIVE);

            Issued.put(own.resolve("tls.key"), "broken");
            Issued last = SERVERS.server("localhost");
            assertThat(serial(client, node, "mqtts"))
                    .isEqualTo(after.certificate().getSerialNumber());
            last.into(own);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(serial(client, node, "mqtts"))
                            .isEqualTo(last.certificate().getSerialNumber()));
        }
    }

    private static BigInteger serial(TlsClient client, RunningNode node, String listener) throws Exception {
        return client.shown(node.node().port(listener)).getSerialNumber();
    }

    @Test
    void aClientThatIsRevokedWhileTheNodeRunsIsNotLetInAgain() throws Exception {
        Path authority = Issued.put(directory.resolve("clients.pem"), CLIENTS.pem());
        Path list = Issued.put(directory.resolve("crl.pem"), Issued.pem(CLIENTS.revoke()));
        Issued sensor = CLIENTS.client("sensor");
        TlsClient showing = TlsClient.of(SERVERS, sensor);
        try (RunningNode node = RunningNode.start(settings(
                "listeners.mqtts.client-ca=" + authority,
                "listeners.mqtts.client-auth=required",
                "listeners.mqtts.crl=" + list))) {
            Wire live = node.own(new Wire(showing.connect(mqtts(node)))).connect5("live");
            Issued.put(list, Issued.pem(CLIENTS.revoke(sensor)));
            Awaitility.await()
                    .untilAsserted(() -> assertThatThrownBy(
                                    () -> new Wire(showing.connect(mqtts(node))).connect5("again"))
                            .isInstanceOf(IOException.class));
            live.send(PINGREQ);
            assertThat(live.read().type()).as("what is connected stays").isEqualTo(PINGRESP);
        }
    }

    @Test
    void aProxySaysWhereAClientOfTlsComesFrom() throws Exception {
        try (RunningNode node = RunningNode.start(settings("listeners.mqtts.proxy-protocol=true"))) {
            Socket plain = new Socket("127.0.0.1", mqtts(node));
            plain.getOutputStream()
                    .write("PROXY TCP4 192.0.2.7 192.0.2.1 4711 8883\r\n".getBytes(StandardCharsets.US_ASCII));
            Socket tls = TlsClient.trusting(SERVERS)
                    .context()
                    .getSocketFactory()
                    .createSocket(plain, "127.0.0.1", mqtts(node), true);
            node.own(new Wire(tls)).connect5("proxied");
        }
    }

    @Test
    void aStartWithoutItsCertificateFailsAndSaysWhatIsMissing() {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> Node.start(ConfigLoader.load(
                        null,
                        Map.of(),
                        List.of("durability=memory", "listeners.mqtts.certificate=" + missing, "admin.port=0"))))
                .hasMessage("listeners.mqtts.certificate: " + missing + ": there is no such file");
        assertThat(Files.exists(missing)).isFalse();
    }
}
