package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traces of one node, asked for as operators do. */
@Timeout(120)
class TraceIT {
    @RegisterExtension
    static final RunningNode NODE = RunningNode.with("trace.traces-max=2", "trace.life-max=2m", "trace.events-max=100");

    private static ApiClient api;

    @BeforeAll
    static void open() throws Exception {
        api = new ApiClient(NODE.admin());
    }

    @AfterAll
    static void close() {
        api.close();
    }

    @AfterEach
    void endAll() throws Exception {
        for (Object each : api.get("traces", "traces").getJsonArray("items")) {
            end(((JsonObject) each).getString("id"));
        }
    }

    private static String begin(String body) throws Exception {
        return api.send("trace", "POST", "traces", body, 201).getString("id");
    }

    private static void end(String id) throws Exception {
        api.send("endTrace", "DELETE", "traces/" + id, null, 200);
    }

    private static JsonObject events(String id, String query) throws Exception {
        return api.get("traceEvents", "traces/" + id + "/events?" + query);
    }

    private static List<String> words(JsonObject page) {
        List<String> all = new ArrayList<>();
        for (Object each : page.getJsonArray("items")) {
            JsonObject event = (JsonObject) each;
            all.add(event.getString("event") + " " + event.getString("packet", event.getString("reason", "-")));
        }
        return all;
    }

    @Test
    void aClientIsFollowedAsItActs() throws Exception {
        String id = begin("{\"client\":\"lamp\"}");
        Wire lamp = NODE.wire();
        byte[] name = Wire.text("somebody");
        byte[] password = Wire.text("s3cret-word");
        lamp.send(Wire.connectPacket(5, 0xC2, "lamp", Wire.join(name, password)));
        lamp.read(Wire.CONNACK);
        lamp.subscribe5("room/+", 1);
        lamp.send(Wire.publish5("room/1", "s3cret-load".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1, 7));
        lamp.read(Wire.PUBLISH);
        lamp.read(Wire.PUBACK);
        lamp.send(Wire.ack(Wire.PUBACK, 1));
        await().untilAsserted(() ->
                assertThat(events(id, "limit=100").getJsonArray("items")).hasSize(9));

        JsonObject first = events(id, "limit=4");
        assertThat(words(first))
                .containsExactly("received CONNECT", "sent CONNACK", "received SUBSCRIBE", "sent SUBACK");
        assertThat(first.getJsonArray("items").getJsonObject(2).getString("detail"))
                .isEqualTo("room/+ at QoS 1");
        JsonObject rest = events(id, "limit=100&cursor=" + first.getString("nextCursor"));
        assertThat(words(rest))
                .startsWith("received PUBLISH", "matched -", "sent PUBLISH")
                .contains("sent PUBACK", "received PUBACK")
                .hasSize(5);
        assertThat(rest.getJsonArray("items").stream().map(each -> ((JsonObject) each).getString("message")))
                .as("all of one message")
                .hasSize(5)
                .allMatch(each ->
                        each.equals(rest.getJsonArray("items").getJsonObject(0).getString("message")));
        assertThat(rest.getJsonArray("items").getJsonObject(0).getInteger("size"))
                .isEqualTo(11);
        assertThat(first.encode() + rest.encode()).doesNotContain("s3cret").doesNotContain("somebody");

        lamp.send(Wire.packet(0xC0));
        lamp.read(Wire.PINGRESP);
        String cursor = rest.getString("nextCursor");
        await().untilAsserted(() -> assertThat(words(events(id, "cursor=" + cursor)))
                .as("what has come since")
                .containsExactly("received PINGREQ", "sent PINGRESP"));
    }

    @Test
    void aMessageIsFoundByTopicPublisherTimeOrName() throws Exception {
        begin("{\"topic\":\"found/#\"}");
        NODE.wire().connect5("reader").subscribe5("found/+", 0);
        Wire meter = NODE.wire().connect5("meter");
        for (int i = 0; i < 3; i++) {
            meter.send(Wire.publish5("found/" + i, new byte[i], 1, i + 1)).read(Wire.PUBACK);
        }

        JsonObject found = api.get("messages", "messages?topic=found/1&publisher=meter&time=" + Instant.now());
        assertThat(found.getJsonArray("messages")).hasSize(1);
        assertThat(words(found)).containsExactly("received PUBLISH", "matched -", "sent PUBLISH", "sent PUBACK");
        String name = found.getJsonArray("messages").getString(0);
        assertThat(api.get("messages", "messages?message=" + name).getJsonArray("items"))
                .isEqualTo(found.getJsonArray("items"));
        assertThat(api.get("messages", "messages?topic=found/1&publisher=nobody")
                        .getJsonArray("items"))
                .isEmpty();
        assertThat(api.get("messages", "messages?topic=found/1&time=2020-01-01T00:00:00Z")
                        .getJsonArray("items"))
                .isEmpty();
        assertThat(api.get("messages", "messages?topic=found/1&limit=1").getBoolean("more"))
                .isTrue();
    }

    @Test
    void moreThanIsKeptIsLetGoAndCounted() throws Exception {
        String id = begin("{\"client\":\"busy\",\"events\":10}");
        Wire busy = NODE.wire().connect5("busy");
        for (int i = 0; i < 20; i++) {
            busy.send(Wire.packet(0xC0)).read(Wire.PINGRESP);
        }
        JsonObject node =
                api.get("traceDetail", "traces/" + id).getJsonArray("nodes").getJsonObject(0);
        assertThat(node.getLong("noted")).isEqualTo(42);
        assertThat(node.getLong("letGo")).isEqualTo(32);
        assertThat(events(id, "limit=100").getJsonArray("items")).hasSize(10);
        assertThat(NODE.metric("mqtt_trace_events_let_go_total")).isGreaterThanOrEqualTo(32);
        assertThat(NODE.metric("mqtt_traces")).isOne();
    }

    @Test
    void asManyAsMayBeAreLiveAndOneThatHasEndedMakesRoom() throws Exception {
        String brief = begin("{\"client\":\"a\",\"seconds\":1}");
        begin("{\"client\":\"b\"}");
        JsonObject refused = api.send("trace", "POST", "traces", "{\"client\":\"c\"}", 409);
        assertThat(refused.getString("detail")).contains("trace.traces-max");
        await().until(() -> !api.get("traceDetail", "traces/" + brief).getBoolean("live"));
        assertThat(events(brief, "").containsKey("nextCursor"))
                .as("nothing comes any more")
                .isFalse();

        begin("{\"client\":\"c\"}");
        JsonArray all = api.get("traces", "traces").getJsonArray("items");
        assertThat(all.stream().map(each -> ((JsonObject) each).getString("client")))
                .containsExactlyInAnyOrder("b", "c");
        api.send("traceEvents", "GET", "traces/" + brief + "/events", null, 404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|one of client, topic and address",
                "{\"client\":\"a\",\"topic\":\"b\"}|one of client, topic and address",
                "{\"topic\":\"a/#/b\"}|a topic filter",
                "{\"topic\":\"$share/g/a\"}|a topic filter",
                "{\"address\":\"10.0.0.0/99\"}|an address, or a range such as 10.0.0.0/8",
                "{\"address\":\"localhost\"}|an address, or a range such as 10.0.0.0/8",
                "{\"client\":\"a\",\"seconds\":121}|at most 120 (trace.life-max)",
                "{\"client\":\"a\",\"events\":101}|at most 100 (trace.events-max)",
                "{\"client\":\"a\",\"sample\":0}|",
                "{\"client\":\"a\",\"payload\":true}|"
            })
    void whatIsWrongIsSaid(String body, String allowed) throws Exception {
        JsonObject problem = api.send("trace", "POST", "traces", body, 400);
        if (allowed != null) {
            assertThat(problem.getString("detail")).contains(allowed);
        }
        assertThat(api.get("traces", "traces").getJsonArray("items")).isEmpty();
    }

    @Test
    void whatIsNotThereIsSaid() throws Exception {
        api.send("traceDetail", "GET", "traces/0000000000000001", null, 404);
        api.send("endTrace", "DELETE", "traces/0000000000000001", null, 404);
        api.send("messages", "GET", "messages", null, 400);
        api.send("messages", "GET", "messages?topic=a&time=soon", null, 400);
        String id = begin("{\"address\":\"127.0.0.0/8\"}");
        api.send("traceEvents", "GET", "traces/" + id + "/events?cursor=AAAA", null, 400);
    }
}
