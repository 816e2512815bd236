package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.it.Collector;
import io.coppice.it.Collector.Span;
import io.coppice.it.Paho5;
import io.coppice.it.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Spans of messages over three nodes, as a collector gets them. */
@Timeout(180)
class TelemetryClusterIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";
    private static final Pattern TRACEPARENT =
            Pattern.compile("traceparent..(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})");

    private static final Collector COLLECTOR = new Collector();

    @RegisterExtension
    static final LocalCluster CLUSTER = LocalCluster.of(3, "telemetry.url=" + COLLECTOR.url(), "telemetry.sample=0");

    @AfterAll
    static void close() {
        COLLECTOR.close();
    }

    @BeforeEach
    void clear() {
        COLLECTOR.clear();
    }

    private static void publish(int node, String topic, int qos, String... traceparents) throws Exception {
        Wire meter = CLUSTER.wire(node).connect5("span-meter");
        byte[][] properties = new byte[traceparents.length + 2][];
        properties[0] = Wire.userProperty("first", "1");
        for (int i = 0; i < traceparents.length; i++) {
            properties[i + 1] = Wire.userProperty("traceparent", traceparents[i]);
        }
        properties[properties.length - 1] = Wire.userProperty("last", "2");
        meter.send(Wire.publish5(topic, "hello".getBytes(StandardCharsets.UTF_8), qos, 1, properties));
        if (qos > 0) {
            meter.read(Wire.PUBACK);
        }
    }

    /** The traceparent that a client gets, which has to be the only one, and between its neighbours. */
    private static String received(Wire reader) throws Exception {
        String body = new String(reader.read(Wire.PUBLISH).body(), StandardCharsets.ISO_8859_1);
        Matcher matcher = TRACEPARENT.matcher(body);
        assertThat(matcher.find()).as(body).isTrue();
        assertThat(body.indexOf("first")).isLessThan(matcher.start());
        assertThat(body.indexOf("last")).isGreaterThan(matcher.end());
        String found = matcher.group(1);
        assertThat(matcher.find()).as("a second one").isFalse();
        return found;
    }

    private static Span one(String name, String node) {
        List<Span> found = COLLECTOR.spans().stream()
                .filter(span -> span.name().equals(name) && span.node().equals(node))
                .toList();
        assertThat(found).as(name + " of " + node).hasSize(1);
        return found.get(0);
    }

    @Test
    void theWayOfAMessageIsOneTraceFromItsPublisherOn() throws Exception {
        Wire here = CLUSTER.wire(0).connect5("span-here").subscribe5("spans/#", 0);
        Wire there = CLUSTER.wire(2).connect5("span-there").subscribe5("spans/#", 1);
        publish(0, "spans/1", 1, "00-" + TRACE + "-" + PARENT + "-01");
        String toHere = received(here);
        String toThere = received(there);
        there.send(Wire.ack(Wire.PUBACK, 1));

        await().atMost(SOON).until(() -> COLLECTOR.spans().size() >= 6);
        assertThat(COLLECTOR.spans()).hasSize(6).allSatisfy(span -> {
            assertThat(span.trace()).isEqualTo(TRACE);
            assertThat(span.begin()).isLessThanOrEqualTo(span.end());
            assertThat(span.attributes())
                    .containsEntry("messaging.system", "mqtt")
                    .containsEntry("messaging.destination.name", "spans/1")
                    .containsEntry("messaging.message.body.size", "5");
        });
        Span publish = one("publish", "n0");
        Span route = one("route", "n0");
        Span forward = one("forward", "n0");
        Span arrive = one("arrive", "n2");
        assertThat(publish.parent()).isEqualTo(PARENT);
        assertThat(publish.attributes()).containsEntry("messaging.client.id", "span-meter");
        assertThat(route.parent()).isEqualTo(publish.id());
        assertThat(forward.parent()).isEqualTo(route.id());
        assertThat(forward.attributes()).containsEntry("coppice.peer", "n2");
        assertThat(arrive.parent()).isEqualTo(forward.id());
        assertThat(one("deliver", "n0").parent()).isEqualTo(route.id());
        Span deliver = one("deliver", "n2");
        assertThat(deliver.parent()).isEqualTo(arrive.id());
        assertThat(deliver.attributes()).containsEntry("messaging.client.id", "span-there");
        assertThat(toHere).as("rewritten").isEqualTo("00-" + TRACE + "-" + route.id() + "-01");
        assertThat(toThere).as("rewritten on each node").isEqualTo("00-" + TRACE + "-" + arrive.id() + "-01");
    }

    @Test
    void whoMakesNoSpansGetsNone() throws Exception {
        Wire there = CLUSTER.wire(1).connect5("span-there").subscribe5("unsampled/#", 0);
        String unsampled = "00-" + TRACE + "-" + PARENT + "-00";
        publish(0, "unsampled/1", 1, unsampled);
        assertThat(received(there)).as("as it was").isEqualTo(unsampled);

        Paho5 reader = CLUSTER.connected(2, "span-reader");
        reader.subscribe("unsampled/#", 0);
        publish(0, "unsampled/2", 1);
        assertThat(reader.next().topic()).isEqualTo("unsampled/2");

        // what comes after it shows that nothing came
        publish(0, "unsampled/end", 1, "00-" + TRACE + "-" + PARENT + "-01");
        await().atMost(SOON)
                .until(() ->
                        COLLECTOR.spans().stream().anyMatch(span -> span.name().equals("deliver")));
        assertThat(COLLECTOR.spans())
                .allMatch(span -> "unsampled/end".equals(span.attributes().get("messaging.destination.name")));
    }
}
