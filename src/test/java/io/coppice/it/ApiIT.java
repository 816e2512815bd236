package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API of a node that serves; every answer is held against the document that it serves too. */
@Timeout(120)
class ApiIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final RunningNode NODE = RunningNode.with("limits.admin-body-bytes-max=100KiB");

    private static Described described;

    @BeforeAll
    static void readDocument() throws Exception {
        described = new Described(NODE.get("/api/v1/openapi.json").body());
    }

    @AfterAll
    static void close() {
        described.close();
    }

    private static HttpResponse<String> send(String method, String path, String body) throws Exception {
        return ApiClient.ask(NODE.admin(), method, path, body);
    }

    private static JsonObject ok(String operation, String method, String path, String body, int status)
            throws Exception {
        HttpResponse<String> response = send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return described.require(operation, response);
    }

    private static JsonObject get(String operation, String path) throws Exception {
        return ok(operation, "GET", path, null, 200);
    }

    private static JsonObject refused(String operation, String method, String path, String body, int status)
            throws Exception {
        HttpResponse<String> response = send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        return described.require(operation, response);
    }

    private static String url(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(each -> ((JsonObject) each).getString("clientId"))
                .toList();
    }

    // --- looking

    @Test
    void theNodeTellsOfItself() throws Exception {
        JsonObject node = get("nodes", "nodes").getJsonArray("items").getJsonObject(0);
        assertThat(node.getBoolean("self")).isTrue();
        assertThat(node.getBoolean("ready")).isTrue();
        assertThat(get("whoami", "whoami").getString("role")).isEqualTo("admin");
        get("cluster", "cluster");
        described.require("ready", NODE.get("/health/ready"));
        described.require("live", NODE.get("/health/live"));
        described.require("startup", NODE.get("/health/startup"));
    }

    @Test
    void theNodeTellsWhatItHasCounted() throws Exception {
        NODE.wire().connect5("counted").subscribe5("count/+", 0);
        ok("publish", "POST", "publish", "{\"topic\":\"count/a\",\"payload\":\"x\"}", 200);
        NODE.wire().connect5("counting").send(Wire.publish5("count/a", new byte[1], 0, 0));
        await().untilAsserted(() -> {
            JsonObject figures = get("figures", "figures").getJsonArray("items").getJsonObject(0);
            JsonArray counts = figures.getJsonObject("delivery").getJsonArray("counts");
            assertThat(figures.getLong("messagesReceived")).isPositive();
            assertThat(figures.getLong("messagesSent")).isPositive();
            assertThat(figures.getJsonObject("dropped").getLong("queue_full")).isNotNull();
            assertThat(counts)
                    .hasSize(figures.getJsonObject("delivery")
                                    .getJsonArray("microsMax")
                                    .size()
                            + 1);
            assertThat(counts.stream().mapToLong(each -> ((Number) each).longValue()))
                    .anyMatch(count -> count > 0);
        });
    }

    @Test
    void clientsComePageByPageAndOneByOne() throws Exception {
        for (int i = 0; i < 25; i++) {
            NODE.wire().connect5("page-" + (char) ('a' + i)).subscribe5("some/" + i, 1);
        }
        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            JsonObject page = get("clients", "clients?prefix=page-&limit=7" + cursor);
            seen.addAll(ids(page));
            assertThat(page.getJsonArray("failures")).isEmpty();
            cursor = page.containsKey("nextCursor") ? "&cursor=" + page.getString("nextCursor") : "";
        } while (!cursor.isEmpty());
        assertThat(seen)
                .containsExactlyElementsOf(IntStream.range(0, 25)
                        .mapToObj(i -> "page-" + (char) ('a' + i))
                        .toList());

        JsonObject one = get("client", "clients/page-c");
        assertThat(one.getBoolean("connected")).isTrue();
        assertThat(one.getString("address")).startsWith("127.0.0.1:");
        assertThat(one.getString("protocol")).isEqualTo("5");
        assertThat(one.getJsonArray("subscriptionList").getJsonObject(0).getString("filter"))
                .isEqualTo("some/2");
        assertThat(ids(get("clients", "clients?prefix=page-&contains=-c&address=127.&connected=true")))
                .containsExactly("page-c");
        assertThat(ids(get("subscriptions", "subscriptions?filter=some/2"))).containsExactly("page-c");
        assertThat(ids(get("subscriptions", "subscriptions?topic=some/3&clientId=page-d")))
                .containsExactly("page-d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with/slash",
                "100%",
                "a+b c",
                "%2F",
                "ümläut-漢字-\uD83D\uDE00",
                "\"quoted\\\"",
                "1.5",
                "null",
                "{}",
                "a&b=c?d#e;f"
            })
    void anyClientIdentifierCanBeNamed(String id) throws Exception {
        NODE.wire().connect5(id).subscribe5("named", 0);

        assertThat(get("client", "clients/" + url(id)).getString("clientId")).isEqualTo(id);
        assertThat(ids(get("clients", "clients?prefix=" + url(id)))).contains(id);
        JsonObject page = get("clients", "clients?limit=1&prefix=" + url(id));
        if (page.containsKey("nextCursor")) {
            get("clients", "clients?prefix=" + url(id) + "&cursor=" + page.getString("nextCursor"));
        }
        assertThat(ids(get("subscriptions", "subscriptions?clientId=" + url(id))))
                .containsExactly(id);
        ok("kick", "DELETE", "clients/" + url(id) + "/connection", null, 200);
        await().untilAsserted(() -> refused("client", "GET", "clients/" + url(id), null, 404));
    }

    @Test
    void aQueueShowsItsHeadWithTheBeginningsOfPayloads() throws Exception {
        Wire away = NODE.wire().connect5("queue", Wire.property(0x11, 4, 3600)).subscribe5("queue/#", 1);
        away.send("e0 00").readEnd();
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "queue-publisher");
        publisher.publish("queue/1", "ü".repeat(300), 1);
        publisher.publish("queue/2", "short", 1);

        JsonObject queue = get("queue", "clients/queue/queue?limit=5");

        assertThat(queue.getInteger("queuedMessages")).isEqualTo(2);
        JsonObject first = queue.getJsonArray("queueHead").getJsonObject(0);
        assertThat(first.getInteger("payloadBytes")).isEqualTo(600);
        assertThat(first.getBoolean("payloadIsCut")).isTrue();
        assertThat(first.getString("payload")).isEqualTo("ü".repeat(128));
        assertThat(queue.getJsonArray("queueHead").getJsonObject(1).getString("payload"))
                .isEqualTo("short");
        ok("endSession", "DELETE", "clients/queue", null, 200);
        refused("client", "GET", "clients/queue", null, 404);
    }

    @Test
    void whoWouldReceiveIsExplained() throws Exception {
        NODE.wire().connect5("x-all").subscribe5("explain/#", 2);
        NODE.wire().connect5("x-plus").subscribe5("explain/+", 1);
        NODE.wire().connect5("x-shared").subscribe5("$share/g/explain/a", 1);
        NODE.wire().connect5("x-local").subscribe5("explain/a", 4);
        NODE.wire().connect5("x-other").subscribe5("explain/b", 1);

        JsonObject answer = get("explain", "explain?topic=explain/a&client=x-local");

        assertThat(answer.getJsonArray("items").stream()
                        .map(JsonObject.class::cast)
                        .collect(Collectors.toMap(
                                each -> each.getString("clientId"),
                                each -> each.getString("verdict") + " " + each.getInteger("qos"))))
                .containsOnly(
                        java.util.Map.entry("x-all", "receives 2"),
                        java.util.Map.entry("x-plus", "receives 1"),
                        java.util.Map.entry("x-shared", "one-of-group 1"),
                        java.util.Map.entry("x-local", "no-local 0"));
        assertThat(answer.getJsonObject("publisher").getBoolean("known")).isTrue();
        assertThat(answer.getJsonObject("publisher").getJsonArray("rights").getJsonObject(1))
                .isEqualTo(
                        new JsonObject().put("qos", 1).put("mayPublish", true).put("mayRetain", true));
        assertThat(answer.getBoolean("isRetained")).isFalse();
    }

    @Test
    void theConfigurationTellsWhereItComesFrom() throws Exception {
        JsonArray settings = get("config", "config").getJsonArray("settings");
        assertThat(settings.stream()
                        .map(JsonObject.class::cast)
                        .filter(each -> "limits.admin-body-bytes-max".equals(each.getString("key")))
                        .map(each -> each.getString("value") + " " + each.getString("source")))
                .containsExactly("100KiB --set");
        assertThat(settings.size()).isGreaterThan(80);
    }

    // --- doing

    @Test
    void aClientIsSubscribedOnBehalfAndUnsubscribed() throws Exception {
        Peer lamp = NODE.connected(Kind.HIVE5_TCP, "behalf");
        JsonObject done = ok(
                "subscribe",
                "POST",
                "clients/behalf/subscriptions",
                "{\"subscriptions\":[{\"filter\":\"behalf/+\",\"qos\":1},{\"filter\":\"a#\"}]}",
                200);
        assertThat(done.getJsonArray("results").stream().map(each -> ((JsonObject) each).getString("reason")))
                .containsExactly("granted-qos-1", "topic-filter-invalid");

        ok("publish", "POST", "publish", "{\"topic\":\"behalf/a\",\"payload\":\"hello\",\"qos\":1}", 200);
        assertThat(lamp.next().payload()).isEqualTo("hello");

        ok("unsubscribe", "DELETE", "clients/behalf/subscriptions?filter=" + url("behalf/+"), null, 200);
        refused("unsubscribe", "DELETE", "clients/behalf/subscriptions?filter=" + url("behalf/+"), null, 404);
        assertThat(ok("publish", "POST", "publish", "{\"topic\":\"behalf/a\"}", 200)
                        .getBoolean("matched"))
                .isFalse();
    }

    @Test
    void retainedMessagesArePublishedBrowsedReadAndCleared() throws Exception {
        for (int i = 0; i < 5; i++) {
            ok(
                    "publish",
                    "POST",
                    "publish",
                    "{\"topic\":\"shelf/" + i + "/a+\",\"payload\":\"x\",\"retain\":true}".replace("+", ""),
                    200);
        }
        ok("publish", "POST", "publish", """
                {"topic": "shelf/raw", "payloadBase64": "AP8=", "retain": true, "qos": 2, "properties": {
                    "contentType": "image/x", "responseTopic": "answer", "correlationDataBase64": "AQ==",
                    "payloadFormatIndicator": 0, "messageExpirySeconds": 600,
                    "userProperties": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}}""", 200);

        JsonObject page = get("retained", "retained?prefix=shelf/&limit=4");
        assertThat(page.getJsonArray("items").size()).isEqualTo(4);
        assertThat(get("retained", "retained?prefix=shelf/&limit=4&cursor=" + page.getString("nextCursor"))
                        .getJsonArray("items")
                        .stream()
                        .map(each -> ((JsonObject) each).getString("topic")))
                .containsExactly("shelf/4/a", "shelf/raw");
        assertThat(get(
                                "retained",
                                "retained?prefix=shelf/&limit=1&after="
                                        + url(page.getJsonArray("items")
                                                .getJsonObject(2)
                                                .getString("topic")))
                        .getJsonArray("items"))
                .containsExactly(page.getJsonArray("items").getValue(3));
        assertThat(get("retained", "retained?filter=" + url("shelf/+")).getJsonArray("items"))
                .hasSize(1);

        JsonObject raw = get("retainedMessage", "retained/shelf%2Fraw");
        assertThat(raw.getString("payloadBase64")).isEqualTo("AP8=");
        assertThat(raw.getJsonObject("properties").getJsonArray("userProperties"))
                .hasSize(2);
        assertThat(raw.containsKey("expiresAt")).isTrue();

        assertThat(ok(
                        "purgeRetained",
                        "DELETE",
                        "retained?filter=" + url("shelf/+/a") + "&dryRun=true&limit=3",
                        null,
                        200))
                .isEqualTo(new JsonObject()
                        .put("dryRun", true)
                        .put("topics", new JsonArray(List.of("shelf/0/a", "shelf/1/a", "shelf/2/a")))
                        .put("count", 3)
                        .put("matching", 5)
                        .put("failed", 0)
                        .put("more", true));
        assertThat(get("retained", "retained?prefix=shelf/").getJsonArray("items"))
                .hasSize(6);
        assertThat(ok("purgeRetained", "DELETE", "retained?filter=" + url("shelf/+/a"), null, 200)
                        .getInteger("count"))
                .isEqualTo(5);
        ok("clearRetained", "DELETE", "retained/shelf%2Fraw", null, 200);
        refused("clearRetained", "DELETE", "retained/shelf%2Fraw", null, 404);
        refused("retainedMessage", "GET", "retained/shelf%2Fraw", null, 404);
        assertThat(get("retained", "retained?prefix=shelf/").getJsonArray("items"))
                .isEmpty();
    }

    @Test
    void bansAreMadeToldAndEnded() throws Exception {
        Wire one = NODE.wire().connect5("banned/one");
        JsonObject ban = ok(
                "ban",
                "POST",
                "bans",
                "{\"kind\":\"client-id\",\"value\":\"banned/one\",\"seconds\":60,\"reason\":\"noise\"}",
                201);
        assertThat(ban.getInteger("connectionsEnded")).isEqualTo(1);
        one.read(Wire.DISCONNECT);
        Wire again = NODE.wire();
        again.send(Wire.connectPacket(5, 0, "banned/one", new byte[0], new byte[0]));
        assertThat(again.read(Wire.CONNACK).connectReason()).isEqualTo(0x8A);

        JsonObject told = get("bans", "bans").getJsonArray("items").getJsonObject(0);
        assertThat(told.getString("value")).isEqualTo("banned/one");
        assertThat(told.getString("reason")).isEqualTo("noise");
        assertThat(told.getBoolean("automatic")).isFalse();

        ok("unban", "DELETE", "bans/client-id/banned%2Fone", null, 200);
        refused("unban", "DELETE", "bans/client-id/banned%2Fone", null, 404);
        NODE.wire().connect5("banned/one");
    }

    @Test
    void aLogLevelIsChangedAndPutBack() throws Exception {
        assertThat(ok("logLevel", "PUT", "log-levels/broker", "{\"level\":\"debug\"}", 200)
                        .encode())
                .contains("{\"part\":\"broker\",\"level\":\"debug\"}");
        ok("logLevel", "PUT", "log-levels/broker", "{\"level\":\"default\"}", 200);
        assertThat(get("logLevels", "log-levels").encode()).doesNotContain("debug");
        assertThat(refused("logLevel", "PUT", "log-levels/audit", "{\"level\":\"error\"}", 404)
                        .getString("detail"))
                .contains("broker");
        refused("logLevel", "PUT", "log-levels/all", "{\"level\":\"off\"}", 400);
    }

    @Test
    void aNodeIsDrainedAndTakenBack() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            Wire lamp = node.wire().connect5("lamp");
            String drain = "http://127.0.0.1:" + node.admin() + "/api/v1/nodes/"
                    + new JsonObject(node.get("/api/v1/nodes").body())
                            .getJsonArray("items")
                            .getJsonObject(0)
                            .getString("node")
                    + "/drain";
            HttpResponse<String> begun = HTTP.send(
                    HttpRequest.newBuilder(URI.create(drain))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
            assertThat(described.require("drain", begun).getBoolean("draining")).isTrue();
            lamp.read(Wire.DISCONNECT);
            assertThat(node.get("/health/ready").statusCode()).isEqualTo(503);
            assertThat(node.get("/health/ready").body()).contains("drained by an operator");
            assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
            HttpResponse<String> ended = HTTP.send(
                    HttpRequest.newBuilder(URI.create(drain)).DELETE().build(), HttpResponse.BodyHandlers.ofString());
            assertThat(described.require("undrain", ended).getBoolean("draining"))
                    .isFalse();
            assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
            node.wire().connect5("lamp");
        }
    }

    // --- hostile input

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clients | clients?limit=0 | query parameter limit",
                "clients | clients?limit=1001 | query parameter limit",
                "clients | clients?limit=99999999999999999999 | query parameter limit",
                "clients | clients?limit=ten | query parameter limit",
                "clients | clients?limit= | query parameter limit",
                "clients | clients?limit=1&limit=2 | query parameter limit",
                "clients | clients?connected=yes | query parameter connected",
                "clients | clients?colour=red | query parameter colour",
                "clients | clients?cursor=!! | query parameter cursor",
                "clients | clients?cursor=AAAA | query parameter cursor",
                "clients | clients?cursor=WyJyZXRhaW5lZCIsImEiXQ | query parameter cursor",
                "clients | clients?node=a%20b | query parameter node",
                "subscriptions | subscriptions?filter=a%23 | query parameter filter",
                "subscriptions | subscriptions?topic=a/%23 | query parameter topic",
                "explain | explain | query parameter topic",
                "explain | explain?topic= | query parameter topic",
                "explain | explain?topic=a%2B | query parameter topic",
                "retained | retained?filter=%23/a | query parameter filter",
                "retainedMessage | retained/a%23 | path parameter topic",
                "config | config?node=.. /.. | query parameter node"
            })
    void whatIsAskedWronglyIsRefusedWithThePlaceAndWhatIsAllowed(String operation, String path, String where)
            throws Exception {
        JsonObject problem = refused(operation, "GET", path.replace(" ", "%20"), null, 400);

        JsonObject first = problem.getJsonArray("errors").getJsonObject(0);
        assertThat(first.getString("where")).isEqualTo(where);
        assertThat(first.getString("allowed")).isNotBlank();
        assertThat(problem.getString("detail")).startsWith(where + ": ").contains("; allowed: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "publish | publish | {} | body",
                "publish | publish | [] | body",
                "publish | publish | {\"topic\":\"a\" | body",
                "publish | publish | {\"topic\":\"a/#\"} | body /topic",
                "publish | publish | {\"topic\":\"$SYS/a\"} | body /topic",
                "publish | publish | {\"topic\":\"a\",\"qos\":\"1\"} | body /qos",
                "publish | publish | {\"topic\":\"a\",\"payload\":\"x\",\"payloadBase64\":\"eA==\"} | body",
                "publish | publish | {\"topic\":\"a\",\"payloadBase64\":\"*\"} | body /payloadBase64",
                "publish | publish | {\"topic\":\"a\",\"properties\":{\"responseTopic\":\"+\"}} | body /properties/responseTopic",
                "ban | bans | {\"kind\":\"client-id\",\"value\":\"\",\"seconds\":1} | body /value",
                "ban | bans | {\"kind\":\"client-id\",\"value\":\"a\",\"seconds\":-1} | body /seconds",
                "subscribe | clients/x/subscriptions | {\"subscriptions\":[]} | body /subscriptions",
                "subscribe | clients/x/subscriptions | {\"subscriptions\":[{\"filter\":\"a\",\"qos\":3}]} | body /subscriptions/0/qos"
            })
    void aBodyThatIsWrongIsRefusedWithThePlace(String operation, String path, String body, String where)
            throws Exception {
        JsonObject problem = refused(operation, "POST", path, body, 400);
        assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("where"))
                .isEqualTo(where);
    }

    @Test
    void aBodyOfDepthOrLengthOrOtherTypeIsRefused() throws Exception {
        refused("publish", "POST", "publish", "[".repeat(50_000), 400);
        refused("publish", "POST", "publish", "{\"topic\":\"" + "a".repeat(70_000) + "\"}", 400);
        refused("publish", "POST", "publish", "{\"topic\":\"a\",\"payload\":\"" + "x".repeat(200_000) + "\"}", 413);
        HttpResponse<String> form = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + NODE.admin() + "/api/v1/publish"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("topic=a"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(form.statusCode()).isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/clients/%",
                "/api/v1/clients/%zz",
                "/api/v1/clients/%ff",
                "/api/v1/clients/..%2f..%2fnodes",
                "/api/v1/clients/../nodes",
                "/api/v1/clients/a/b",
                "/api/v1/clients?prefix=%",
                "/api/v1/clients?prefix=%ff",
                "/api/v1/clients/\u0001"
            })
    void whatDoesNotReadIsAnsweredAndHarmsNothing(String path) throws Exception {
        String answer;
        try (Socket socket = new Socket("127.0.0.1", NODE.admin())) {
            OutputStream out = socket.getOutputStream();
            out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(answer).matches("(?s)HTTP/1.[01] (200|400|404|502) .*");
        assertThat(NODE.get("/api/v1/nodes").statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsNotThereIsToldSo() throws Exception {
        refused("client", "GET", "clients/nobody", null, 404);
        refused("kick", "DELETE", "clients/nobody/connection", null, 404);
        refused("endSession", "DELETE", "clients/nobody", null, 404);
        refused("queue", "GET", "clients/nobody/queue", null, 404);
        refused("subscribe", "POST", "clients/nobody/subscriptions", "{\"subscriptions\":[{\"filter\":\"a\"}]}", 404);
        assertThat(refused("drain", "POST", "nodes/nowhere/drain", null, 404).getString("detail"))
                .contains("nodes in sight");
        refused("clients", "GET", "clients?node=nowhere", null, 404);
    }
}
