package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.FreePorts;
import io.coppice.it.Paho5;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What three processes tell of their cluster on their admin ports, before and after one of them is killed. */
@Timeout(300)
class InspectionIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    /** On a machine that has other things to do. */
    private static final Duration SOON = Duration.ofSeconds(90);

    private final List<NodeProcess> nodes = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        String name = "test-" + UUID.randomUUID();
        List<Integer> ports = FreePorts.of(3);
        for (int i = 0; i < 3; i++) {
            nodes.add(NodeProcess.start(LocalCluster.settings(name, ports, i)));
        }
        List<Integer> mqtt = new ArrayList<>();
        for (NodeProcess node : nodes) {
            mqtt.add(node.mqtt());
        }
        LocalCluster.awaitEveryWay(mqtt);
    }

    @AfterEach
    void stop() {
        nodes.forEach(NodeProcess::close);
    }

    private static HttpResponse<String> get(NodeProcess node, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + node.admin() + path);
        return HTTP.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static double metric(NodeProcess node, String series) throws Exception {
        return get(node, "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + series));
    }

    private static JsonObject cluster(NodeProcess node) throws Exception {
        HttpResponse<String> response = get(node, "/api/v1/cluster");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new JsonObject(response.body());
    }

    private static List<JsonObject> members(JsonObject cluster) {
        JsonArray members = cluster.getJsonArray("members");
        return members.stream().map(JsonObject.class::cast).toList();
    }

    private static JsonObject routes(JsonObject from) {
        JsonObject copy = from.copy();
        copy.remove("time");
        copy.remove("waits");
        return copy;
    }

    private Paho5 subscriber(int node, String clientId, String filter) throws Exception {
        Paho5 client = new Paho5("tcp://127.0.0.1:" + nodes.get(node).mqtt(), clientId);
        client.connect(false);
        client.subscribe(filter, 1);
        return client;
    }

    @Test
    void everyNodeTellsTheTruthBeforeAndAfterAnotherOneIsKilled() throws Exception {
        try (Paho5 reader = subscriber(0, "reader", "seen/#");
                Paho5 other = subscriber(1, "other", "seen/+");
                Paho5 writer = subscriber(2, "writer", "unseen")) {
            writer.publish("seen/a", "x", 1);
            assertThat(List.of(reader.next().payload(), other.next().payload())).containsOnly("x");
            await().ignoreExceptions().atMost(SOON).untilAsserted(this::requireAgreement);
            for (int i = 0; i < 3; i++) {
                requireWell(i);
            }
            assertThat(metric(nodes.get(2), "mqtt_cluster_forwarded_messages_total"))
                    .isGreaterThanOrEqualTo(2);
            String dead = cluster(nodes.get(0)).getJsonObject("node").getString("id");

            nodes.remove(0).kill();

            await().ignoreExceptions().atMost(SOON).untilAsserted(() -> {
                for (NodeProcess node : nodes) {
                    JsonObject cluster = cluster(node);
                    assertThat(members(cluster)).hasSize(2).noneMatch(member -> dead.equals(member.getString("id")));
                    assertThat(cluster.getJsonObject("adoption").getBoolean("inProgress"))
                            .isFalse();
                    assertThat(cluster.getBoolean("serving")).isTrue();
                    assertThat(metric(node, "mqtt_cluster_members")).isEqualTo(2);
                    assertThat(metric(node, "mqtt_cluster_in_quorum")).isEqualTo(1);
                    assertThat(metric(node, "mqtt_route_divergence")).isZero();
                    assertThat(metric(node, "mqtt_cluster_sessions_adopting")).isZero();
                }
                requireAgreement();
            });
            assertThat(metric(nodes.get(0), "mqtt_cluster_sessions_adopted_total")
                            + metric(nodes.get(1), "mqtt_cluster_sessions_adopted_total"))
                    .isEqualTo(1);
            assertThat(metric(nodes.get(0), "mqtt_subscriptions") + metric(nodes.get(1), "mqtt_subscriptions"))
                    .isEqualTo(3);
        }
    }

    private void requireWell(int index) throws Exception {
        NodeProcess node = nodes.get(index);
        JsonObject cluster = cluster(node);
        assertThat(cluster.getJsonObject("node").getString("name")).isEqualTo("n" + index);
        assertThat(cluster.getString("mode")).isEqualTo("static");
        assertThat(cluster.getInteger("expectedSize")).isEqualTo(3);
        assertThat(cluster.getBoolean("inQuorum")).isTrue();
        assertThat(cluster.getBoolean("mayAct")).isTrue();
        assertThat(cluster.getLong("leaseRemainingMillis")).isBetween(1L, 5000L);
        assertThat(cluster.getJsonArray("notServingBecause")).isEmpty();
        assertThat(cluster.getJsonArray("loopsNotAnswering")).isEmpty();
        assertThat(members(cluster))
                .extracting(member -> member.getString("address"))
                .allMatch(address -> address.startsWith("127.0.0.1:"))
                .doesNotHaveDuplicates();
        assertThat(cluster.encode()).doesNotContain("seen").doesNotContain("reader");
        assertThat(metric(node, "mqtt_cluster_members")).isEqualTo(3);
        assertThat(metric(node, "mqtt_cluster_expected_members")).isEqualTo(3);
        assertThat(metric(node, "mqtt_cluster_in_quorum")).isEqualTo(1);
        assertThat(metric(node, "mqtt_cluster_lease_remaining_seconds")).isBetween(0.001, 5.0);
        assertThat(metric(node, "mqtt_route_divergence")).isZero();
        assertThat(metric(node, "mqtt_routes{of=\"self\"}")).isEqualTo(1);
        assertThat(metric(node, "mqtt_routes{of=\"others\"}")).isEqualTo(2);
        assertThat(metric(node, "mqtt_subscriptions")).isEqualTo(1);
        assertThat(metric(node, "mqtt_topics")).isEqualTo(1);
    }

    /** What each node knows of another one's routes, and reads of them, is what that one has. */
    private void requireAgreement() throws Exception {
        List<JsonObject> all = new ArrayList<>();
        for (NodeProcess node : nodes) {
            all.add(cluster(node));
        }
        for (JsonObject authority : all) {
            JsonObject own = routes(authority.getJsonObject("routes"));
            String id = authority.getJsonObject("node").getString("id");
            for (JsonObject cluster : all) {
                JsonObject member = members(cluster).stream()
                        .filter(each -> id.equals(each.getString("id")))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no " + id));
                JsonObject published = member.getJsonObject("published");
                assertThat(published == null ? null : routes(published)).isEqualTo(own);
                if (!member.getBoolean("self")) {
                    assertThat(member.getBoolean("inStep")).isTrue();
                    assertThat(member.getJsonObject("routes")).isEqualTo(own);
                }
            }
        }
    }
}
