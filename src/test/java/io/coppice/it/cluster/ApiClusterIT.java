package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.FreePorts;
import io.coppice.it.ApiClient;
import io.coppice.it.Described;
import io.coppice.it.Paho5;
import io.coppice.it.Wire;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The API of three nodes: whichever is asked answers for all. */
@Timeout(180)
class ApiClusterIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    static final LocalCluster CLUSTER = LocalCluster.of(3);

    private static Described described;

    @BeforeAll
    static void readDocument() throws Exception {
        described = new Described(send(0, "GET", "openapi.json", null).body());
    }

    @AfterAll
    static void close() {
        described.close();
    }

    private static HttpResponse<String> send(int node, String method, String path, String body) throws Exception {
        return ApiClient.ask(CLUSTER.node(node).port("admin"), method, path, body);
    }

    private static JsonObject ok(String operation, int node, String method, String path, String body) throws Exception {
        HttpResponse<String> response = send(node, method, path, body);
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return described.require(operation, response);
    }

    private static JsonObject get(String operation, int node, String path) throws Exception {
        return ok(operation, node, "GET", path, null);
    }

    @Test
    void everyNodeIsToldByEach() throws Exception {
        for (int node = 0; node < 3; node++) {
            String self = "n" + node;
            JsonArray items = get("nodes", node, "nodes").getJsonArray("items");
            assertThat(items.stream().map(each -> ((JsonObject) each).getString("node")))
                    .containsExactly("n0", "n1", "n2");
            assertThat(items.stream()
                            .map(JsonObject.class::cast)
                            .filter(each -> each.getBoolean("self"))
                            .map(each -> each.getString("node")))
                    .containsExactly(self);
        }
        assertThat(get("config", 0, "config?node=n2").getString("node")).isEqualTo("n2");
        assertThat(get("logLevels", 0, "log-levels").getJsonArray("items")).hasSize(3);
    }

    @Test
    void clientsOfAllNodesComeInOneOrderPageByPage() throws Exception {
        TreeSet<String> expected = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            String id = "page-" + i;
            CLUSTER.wire(i % 3).connect5(id).subscribe5("pages/" + i % 2, 1);
            expected.add(id);
        }
        for (String list : List.of("clients?prefix=page-", "subscriptions?topic=pages/1", "explain?topic=pages/1")) {
            String operation = list.substring(0, list.indexOf('?'));
            List<String> seen = new ArrayList<>();
            TreeSet<String> nodes = new TreeSet<>();
            String cursor = "";
            do {
                JsonObject page = get(operation, 1, list + "&limit=7" + cursor);
                for (Object each : page.getJsonArray("items")) {
                    seen.add(((JsonObject) each).getString("clientId"));
                    nodes.add(((JsonObject) each).getString("node"));
                }
                cursor = page.containsKey("nextCursor") ? "&cursor=" + page.getString("nextCursor") : "";
            } while (!cursor.isEmpty());
            assertThat(seen).as(list).isSorted().doesNotHaveDuplicates();
            assertThat(nodes).containsExactly("n0", "n1", "n2");
            assertThat(seen).hasSize(operation.equals("clients") ? 40 : 20);
            assertThat(expected).containsAll(seen);
        }
        assertThat(get("clients", 0, "clients?prefix=page-&node=n2&limit=100").getJsonArray("items").stream()
                        .map(each -> ((JsonObject) each).getString("node"))
                        .distinct())
                .containsExactly("n2");
    }

    @Test
    void whatIsDoneReachesTheClientWhereverItIs() throws Exception {
        Paho5 lamp = CLUSTER.connected(2, "lamp/far");
        assertThat(get("client", 0, "clients/lamp%2Ffar").getString("node")).isEqualTo("n2");

        ok(
                "subscribe",
                0,
                "POST",
                "clients/lamp%2Ffar/subscriptions",
                "{\"subscriptions\":[{\"filter\":\"far/+\",\"qos\":1}]}");
        JsonObject explained = get("explain", 1, "explain?topic=far/a&client=lamp%2Ffar");
        assertThat(explained.getJsonArray("forwards").getJsonObject(0).getString("node"))
                .isEqualTo("n2");
        assertThat(explained.getJsonObject("publisher").getBoolean("known")).isTrue();
        ok("publish", 1, "POST", "publish", "{\"topic\":\"far/a\",\"payload\":\"hello\",\"qos\":1}");
        assertThat(lamp.next().payload()).isEqualTo("hello");
        ok("unsubscribe", 0, "DELETE", "clients/lamp%2Ffar/subscriptions?filter=far/%2B", null);

        assertThat(ok("kick", 0, "DELETE", "clients/lamp%2Ffar/connection", null)
                        .getString("node"))
                .isEqualTo("n2");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                send(1, "GET", "clients/lamp%2Ffar", null).statusCode())
                        .isEqualTo(404));
    }

    @Test
    void whatIsRetainedIsClearedOnAllNodes() throws Exception {
        for (int i = 0; i < 12; i++) {
            ok("publish", i % 3, "POST", "publish", "{\"topic\":\"kept/" + i + "\",\"payload\":\"x\",\"retain\":true}");
        }
        for (int node = 0; node < 3; node++) {
            int asked = node;
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(get("retained", asked, "retained?prefix=kept/")
                                    .getJsonArray("items"))
                            .hasSize(12));
        }
        assertThat(ok("purgeRetained", 1, "DELETE", "retained?filter=kept/%23", null)
                        .getInteger("count"))
                .isEqualTo(12);
        for (int node = 0; node < 3; node++) {
            int asked = node;
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(get("retained", asked, "retained?prefix=kept/")
                                    .getJsonArray("items"))
                            .isEmpty());
        }
    }

    @Test
    void aBanHoldsOnAllNodes() throws Exception {
        Wire there = CLUSTER.wire(1).connect5("banned");

        JsonObject ban = ok("ban", 0, "POST", "bans", "{\"kind\":\"client-id\",\"value\":\"banned\",\"seconds\":600}");

        assertThat(ban.getJsonArray("nodes")).containsExactly("n0", "n1", "n2");
        assertThat(ban.getInteger("connectionsEnded")).isEqualTo(1);
        there.read(Wire.DISCONNECT);
        for (int node = 0; node < 3; node++) {
            Wire again = CLUSTER.wire(node);
            again.send(Wire.connectPacket(5, 0, "banned", new byte[0], new byte[0]));
            assertThat(again.read(Wire.CONNACK).connectReason()).isEqualTo(0x8A);
        }
        assertThat(get("bans", 2, "bans").getJsonArray("items")).hasSize(1);
        assertThat(ok("unban", 2, "DELETE", "bans/client-id/banned", null).getJsonArray("nodes"))
                .hasSize(3);
        CLUSTER.wire(0).connect5("banned");
    }

    @Test
    void whoComesIsToldOfBansAndChangedKeys() throws Exception {
        ok("ban", 0, "POST", "bans", "{\"kind\":\"client-id\",\"value\":\"lasting\",\"seconds\":600}");
        ok("changeConfig", 0, "PATCH", "config", "{\"limits.keep-alive-max\":\"77s\"}");
        try {
            CLUSTER.stop(2);
            CLUSTER.begin(2);

            await().atMost(SOON).untilAsserted(() -> {
                assertThat(get("bans", 2, "bans").encode()).contains("lasting");
                assertThat(keepAliveMax(2)).isEqualTo("77s");
            });
            await().atMost(SOON).until(() -> {
                Wire again = CLUSTER.wire(2);
                again.send(Wire.connectPacket(5, 0, "lasting", new byte[0], new byte[0]));
                return again.read(Wire.CONNACK).connectReason() == 0x8A;
            });
            assertThat(send(1, "PATCH", "config", "{\"limits.keep-alive-max\":\"x\"}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(keepAliveMax(0)).isEqualTo("77s");
        } finally {
            ok("changeConfig", 1, "PATCH", "config", "{\"limits.keep-alive-max\":null}");
            ok("unban", 1, "DELETE", "bans/client-id/lasting", null);
        }
        assertThat(keepAliveMax(2)).isEqualTo("65535s");
    }

    private static String keepAliveMax(int node) throws Exception {
        return get("config", node, "config").getJsonArray("settings").stream()
                .map(JsonObject.class::cast)
                .filter(setting -> setting.getString("key").equals("limits.keep-alive-max"))
                .map(setting -> setting.getString("value"))
                .toList()
                .get(0);
    }

    @Test
    void clientsOfACrowdedNodeAreSentElsewhere() throws Exception {
        List<Wire> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 30; i++) {
                crowd.add(CLUSTER.wire(1).connect5("crowd-" + i));
            }
            int before = ofCrowded(get("rebalancing", 2, "rebalance"), "connections");
            int wanted = ofCrowded(ok("rebalance", 0, "POST", "rebalance", "{\"dryRun\":true}"), "wanted");
            assertThat(wanted).isBetween(10, 30);
            assertThat(ofCrowded(get("rebalancing", 2, "rebalance"), "connections"))
                    .isEqualTo(before);

            ok("rebalance", 0, "POST", "rebalance", "{\"rate\":1000}");
            await().atMost(SOON)
                    .until(() -> ofCrowded(get("rebalancing", 2, "rebalance"), "connections") == before - wanted);
            assertThat(ofCrowded(ok("endRebalance", 2, "DELETE", "rebalance", null), "moved"))
                    .isEqualTo(wanted);
            List<String> left =
                    get("clients", 2, "clients?prefix=crowd-&connected=true&limit=100").getJsonArray("items").stream()
                            .map(each -> ((JsonObject) each).getString("clientId"))
                            .toList();
            for (int i = 0; i < crowd.size(); i++) {
                if (!left.contains("crowd-" + i)) {
                    assertThat(crowd.get(i).read(Wire.DISCONNECT).disconnectReason())
                            .isEqualTo(0x9C);
                }
            }
        } finally {
            for (Wire wire : crowd) {
                wire.close();
            }
        }
    }

    private static int ofCrowded(JsonObject state, String what) {
        return state.getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(node -> node.getString("node").equals("n1"))
                .mapToInt(node -> node.getInteger(what))
                .sum();
    }

    @Test
    void anotherNodeIsDrained() throws Exception {
        Wire there = CLUSTER.wire(1).connect5("drained");
        assertThat(ok("drain", 0, "POST", "nodes/n1/drain", null).getBoolean("draining"))
                .isTrue();
        try {
            there.read(Wire.DISCONNECT);
            CLUSTER.wire(2).connect5("drained");
            assertThat(get("draining", 2, "nodes/n1/drain").getString("node")).isEqualTo("n1");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(
                                    get("draining", 2, "nodes/n1/drain").getInteger("connectionsLeft"))
                            .isZero());
        } finally {
            assertThat(ok("undrain", 2, "DELETE", "nodes/n1/drain", null).getBoolean("draining"))
                    .isFalse();
        }
        CLUSTER.wire(1).connect5("drained");
    }

    /** A process that stands still is still a member for a while, and answers nothing. */
    @Test
    void aNodeThatDoesNotAnswerIsNamedAndTheOthersAreTold() throws Exception {
        String name = "test-" + UUID.randomUUID();
        List<Integer> ports = FreePorts.of(3);
        List<NodeProcess> nodes = new ArrayList<>();
        try {
            List<Integer> mqtt = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                nodes.add(NodeProcess.start(LocalCluster.settings(name, ports, i)));
            }
            for (NodeProcess node : nodes) {
                mqtt.add(node.mqtt());
            }
            LocalCluster.awaitEveryWay(mqtt);
            Wire here = new Wire(nodes.get(0).mqtt()).connect5("here");
            Wire there = new Wire(nodes.get(1).mqtt()).connect5("there");
            nodes.get(1).suspend();
            int admin = nodes.get(0).admin();
            // at once, for the others give it up before long
            CompletableFuture<HttpResponse<String>> kicking = HTTP.sendAsync(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/api/v1/clients/there/connection"))
                            .DELETE()
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            JsonObject told = described.require("clients", ApiClient.ask(admin, "GET", "clients?prefix=here", null));
            assertThat(told.getJsonArray("items")).hasSize(1);
            assertThat(told.getJsonArray("failures").getJsonObject(0).getString("node"))
                    .isEqualTo("n1");
            HttpResponse<String> kick = kicking.get();
            assertThat(kick.statusCode()).as(kick.body()).isEqualTo(502);
            assertThat(described.require("kick", kick).getJsonArray("failures")).hasSize(1);
            here.close();
            there.close();
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }
}
