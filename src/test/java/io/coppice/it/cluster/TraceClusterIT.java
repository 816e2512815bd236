package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.it.ApiClient;
import io.coppice.it.Paho5;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Traces over three nodes: whichever is asked, all follow, and what they have seen comes as one. */
@Timeout(180)
class TraceClusterIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    static final LocalCluster CLUSTER = LocalCluster.of(3);

    private static ApiClient api;

    @BeforeAll
    static void open() throws Exception {
        api = new ApiClient(CLUSTER.node(1).port("admin"));
    }

    @AfterAll
    static void close() {
        api.close();
    }

    private static String begin(String body) throws Exception {
        JsonObject trace = api.send("trace", "POST", "traces", body, 201);
        assertThat(trace.getJsonArray("failures")).isEmpty();
        assertThat(trace.getJsonArray("nodes")).hasSize(3);
        return trace.getString("id");
    }

    private static List<String> told(JsonArray events) {
        return events.stream()
                .map(JsonObject.class::cast)
                .map(event -> event.getString("node") + " " + event.getString("event")
                        + (event.containsKey("packet") ? " " + event.getString("packet") : "")
                        + (event.containsKey("peer") ? " " + event.getString("peer") : ""))
                .toList();
    }

    @Test
    void whereAMessageWentIsToldOverAllNodesInOrderOfTime() throws Exception {
        String id = begin("{\"topic\":\"way/+/on\"}");
        Paho5 reader = CLUSTER.connected(2, "way-reader");
        reader.subscribe("way/#", 1);
        Paho5 meter = CLUSTER.connected(0, "way-meter");
        meter.publish("way/1/on", "1", 1, false);
        reader.next();

        JsonObject[] found = new JsonObject[1];
        await().atMost(SOON).untilAsserted(() -> {
            found[0] = api.get("messages", "messages?topic=way/1/on&publisher=way-meter");
            assertThat(found[0].getJsonArray("items")).hasSize(7);
        });
        List<String> told = told(found[0].getJsonArray("items"));
        assertThat(told)
                .containsExactlyInAnyOrder(
                        "n0 received PUBLISH",
                        "n0 matched",
                        "n0 forwarded n2",
                        "n2 arrived n0",
                        "n2 sent PUBLISH",
                        "n2 received PUBACK",
                        "n0 sent PUBACK");
        assertThat(told)
                .containsSubsequence(
                        "n0 received PUBLISH",
                        "n0 forwarded n2",
                        "n2 arrived n0",
                        "n2 sent PUBLISH",
                        "n2 received PUBACK");
        assertThat(found[0].getJsonArray("items").stream()
                        .map(each -> ((JsonObject) each).getString("message"))
                        .distinct())
                .hasSize(1);

        JsonObject page = api.get("traceEvents", "traces/" + id + "/events?limit=3");
        JsonObject rest = api.get("traceEvents", "traces/" + id + "/events?cursor=" + page.getString("nextCursor"));
        assertThat(told(page.getJsonArray("items").addAll(rest.getJsonArray("items"))))
                .containsExactlyInAnyOrderElementsOf(told);
        assertThat(api.send("endTrace", "DELETE", "traces/" + id, null, 200).getJsonArray("nodes"))
                .containsExactly("n0", "n1", "n2");
    }

    @Test
    void aNodeThatJoinsLaterFollowsToo() throws Exception {
        CLUSTER.stop(2);
        JsonObject trace = api.send("trace", "POST", "traces", "{\"client\":\"late\"}", 201);
        String id = trace.getString("id");
        CLUSTER.begin(2);
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(api.get("traceDetail", "traces/" + id).getJsonArray("nodes"))
                                .hasSize(3));

        CLUSTER.connected(2, "late");
        assertThat(told(api.get("traceEvents", "traces/" + id + "/events").getJsonArray("items")))
                .startsWith("n2 received CONNECT", "n2 sent CONNACK");
        api.send("endTrace", "DELETE", "traces/" + id, null, 200);
    }
}
