package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.coppice.blackbox.FreePorts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node tells of itself, as a Prometheus takes it. */
@Timeout(120)
class MetricsIT {
    private static final int CLIENTS = 10_000;
    private static final int AT_A_TIME = 2_000;

    @TempDir
    Path directory;

    // --- the tools of Prometheus

    /** Whether a program is installed; where it is not the test is skipped, and says so. */
    private static void requireInstalled(String program) {
        boolean there = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
        assumeTrue(there, () -> program + " is not installed (on Debian: apt-get install prometheus)");
    }

    @Test
    void promtoolHasNothingToSayAboutAScrape() throws Exception {
        requireInstalled("promtool");
        try (RunningNode node = RunningNode.start("durability=disk", "node.data=" + directory)) {
            exchange(node);
            Path scrape = Files.writeString(directory.resolve("scrape"), node.metrics());
            Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectInput(scrape.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(said).isEmpty();
            assertThat(promtool.waitFor()).isZero();
        }
    }

    @Test
    void aPrometheusScrapesANodeAndAnswersForIt() throws Exception {
        requireInstalled("prometheus");
        try (RunningNode node = RunningNode.start("durability=disk", "node.data=" + directory.resolve("node"));
                Prometheus prometheus = new Prometheus(directory, node.admin())) {
            exchange(node);

            prometheus.awaitValue("up{job=\"coppice\"}", 1);
            prometheus.awaitValue("mqtt_connections", 2);
            prometheus.awaitValue("sum(mqtt_messages_received_total)", 3);
            prometheus.awaitValue("mqtt_publish_ack_seconds_count{qos=\"1\"}", 1);
            prometheus.awaitValue("mqtt_publish_ack_seconds_count{qos=\"2\"}", 1);
            prometheus.awaitValue("mqtt_publish_deliver_seconds_count{from=\"client\"}", 3);
            prometheus.awaitValue("mqtt_authn_seconds_count", 2);
            prometheus.awaitValue("sum(jvm_memory_used_bytes) > bool 1e6", 1);
            prometheus.awaitValue("mqtt_event_loop_lag_seconds_count > bool 10", 1);
            prometheus.awaitValue("mqtt_journal_commit_seconds_count >= bool 0", 1);
            prometheus.awaitValue("histogram_quantile(0.99, mqtt_publish_ack_seconds_bucket{qos=\"1\"}) < bool 10", 1);
            prometheus.awaitValue(
                    "sum(mqtt_messages_due_total) - sum(mqtt_messages_delivered_total)"
                            + " - sum(mqtt_messages_dropped_total) - sum(mqtt_messages_handed_on_total)"
                            + " - sum(mqtt_queued_messages) - sum(mqtt_inflight_messages)",
                    0);
        }
    }

    /** One message at each quality of service. */
    private static void exchange(RunningNode node) throws Exception {
        Peer reader = node.connected(Kind.HIVE5_TCP, "reader");
        reader.subscribe("metrics/#", 2);
        Peer writer = node.connected(Kind.PAHO5_TCP, "writer");
        for (int qos = 0; qos <= 2; qos++) {
            writer.publish("metrics/" + qos, "m", qos);
        }
        reader.next(3);
    }

    /** A Prometheus of its own, which asks one node every quarter of a second. */
    private static final class Prometheus implements AutoCloseable {
        private final HttpClient http = HttpClient.newHttpClient();
        private final Process process;
        private final int port;

        Prometheus(Path directory, int admin) throws IOException {
            port = FreePorts.of(1).get(0);
            Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                    global:
                      scrape_interval: 250ms
                      scrape_timeout: 250ms
                    scrape_configs:
                      - job_name: coppice
                        static_configs:
                          - targets: ["127.0.0.1:%d"]
                    """.formatted(admin));
            process = new ProcessBuilder(
                            "prometheus",
                            "--config.file=" + config,
                            "--storage.tsdb.path=" + directory.resolve("tsdb"),
                            "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("prometheus.log").toFile())
                    .start();
        }

        /** Waits until the only series of an answer, or the only scalar, is as wanted. */
        void awaitValue(String query, double wanted) {
            await(query)
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> values(query).equals(List.of(wanted)));
        }

        private List<Double> values(String query) throws Exception {
            URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/query?query="
                    + URLEncoder.encode(query, StandardCharsets.UTF_8));
            JsonArray found = new JsonObject(
                            http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                                    .body())
                    .getJsonObject("data")
                    .getJsonArray("result");
            List<Double> values = new ArrayList<>();
            for (int i = 0; i < found.size(); i++) {
                values.add(Double.parseDouble(
                        found.getJsonObject(i).getJsonArray("value").getString(1)));
            }
            return values;
        }

        @Override
        public void close() throws Exception {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("ends").isTrue();
        }
    }

    // --- how many series there are

    @Test
    void tenThousandClientsAddNoSeries() throws Exception {
        try (RunningNode node = RunningNode.start("security.anonymous=true")) {
            exchange(node);
            Set<String> before = series(node.metrics());
            int size = 0;
            for (int first = 0; first < CLIENTS; first += AT_A_TIME) {
                List<Wire> wires = new ArrayList<>();
                for (int i = first; i < first + AT_A_TIME; i++) {
                    wires.add(new Wire(node.mqtt()).send(connect(i)));
                }
                for (int i = first; i < first + AT_A_TIME; i++) {
                    Wire wire = wires.get(i - first);
                    wire.read(Wire.CONNACK);
                    wire.subscribe5("of/" + i + "/#", 1);
                    wire.send(Wire.publish5("of/" + i + "/x" + i, new byte[] {'x'}, 0, 0));
                    wire.read(Wire.PUBLISH);
                }
                size = Math.max(size, (int) node.metric("mqtt_connections"));
                for (Wire wire : wires) {
                    wire.close();
                }
            }

            assertThat(node.metric("mqtt_sessions")).as("all are known").isGreaterThanOrEqualTo(CLIENTS);
            assertThat(node.metric("mqtt_topics")).isGreaterThanOrEqualTo(CLIENTS);
            assertThat(size).as("connected at a time").isGreaterThanOrEqualTo(AT_A_TIME);
            assertThat(series(node.metrics())).isEqualTo(before);
        }
    }

    /** With an identifier and a user name of its own, and a session that stays. */
    private static byte[] connect(int i) {
        return Wire.connectPacket(
                5, 0x82, "series-client-" + i, Wire.text("series-user-" + i), Wire.property(0x11, 4, 3600));
    }

    /** Names and labels of all series; those of collections of garbage appear with the first of each kind. */
    private static Set<String> series(String metrics) {
        return metrics.lines()
                .filter(line -> !line.startsWith("#") && !line.startsWith("jvm_gc_"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    // --- the books

    @Test
    void theBooksOfANodeWithClientsOfAllKindsBalance() throws Exception {
        try (RunningNode node = RunningNode.start("limits.queue-messages-max=5")) {
            Peer all = node.connected(Kind.HIVE5_TCP, "all");
            all.subscribe("b/#", 2);
            Peer low = node.connected(Kind.PAHO3_TCP, "low");
            low.subscribe("b/+", 0);
            Peer one = node.connected(Kind.HIVE3_TCP, "one");
            one.subscribe("$share/g/b/#", 1);
            Peer other = node.connected(Kind.PAHO5_TCP, "other");
            other.subscribe("$share/g/b/#", 1);
            Wire away = node.wire();
            away.send(Wire.connectPacket(5, 2, "away", new byte[0], Wire.property(0x11, 4, 3600)));
            away.read(Wire.CONNACK);
            away.subscribe5("b/#", 1).send("e0 00");
            Wire silent = node.wire().connect5("silent").subscribe5("b/#", 1);
            await().until(() -> node.metric("mqtt_connections") == 5);
            Peer writer = node.connected(Kind.HIVE5_TCP, "writer");
            int messages = 30;
            for (int i = 0; i < messages; i++) {
                writer.publish("b/" + i % 3, "m" + i, i % 3);
            }
            writer.publish("nobody", "n", 1);
            all.next(messages);
            low.next(messages);
            for (int i = 0; i < messages; i++) {
                silent.read(Wire.PUBLISH);
            }
            silent.close();

            await().untilAsserted(() -> {
                Ledger books = Ledger.of(node.metrics());
                books.requireBalance();
                // all, low, away, silent, and the group
                assertThat(books.due("match")).isEqualTo(messages * 5L);
                assertThat(books.due("none")).isEqualTo(1);
                assertThat(books.dropped("offline"))
                        .as("QoS 0 to whoever is away")
                        .isEqualTo(messages / 3);
                assertThat(books.dropped("queue_full")).isEqualTo(messages * 2 / 3 - 5);
                assertThat(books.dropped("unacknowledged"))
                        .as("by the silent one")
                        .isEqualTo(messages * 2 / 3);
                assertThat(books.dropped("no_subscribers")).isEqualTo(1);
                assertThat(books.sum("mqtt_queued_messages")).isEqualTo(5);
                assertThat(books.sum("mqtt_inflight_messages")).isZero();
                assertThat(books.delivered()).isEqualTo(messages * 3L + messages / 3);
            });
        }
    }
}
