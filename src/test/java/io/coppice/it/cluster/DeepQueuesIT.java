package io.coppice.it.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.FreePorts;
import io.coppice.blackbox.ManyNodes;
import io.coppice.it.Paho5;
import io.coppice.it.Wire;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A queue of many windows is taken from node to node, as its homes die and come back, and is read once and in order. */
@ManyNodes
@Timeout(360)
class DeepQueuesIT {
    private static final int SIZE = 3;
    private static final int MESSAGES = 1_200;
    private static final int RECEIVE_MAXIMUM = 20;
    private static final int PUBREL = 6;
    private static final int DUP = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String FILLER = "x".repeat(4_000);

    @TempDir
    Path data;

    private final String name = "test-" + UUID.randomUUID();
    private final List<Integer> ports;
    private final NodeProcess[] nodes = new NodeProcess[SIZE];
    private final Reader reader = new Reader();

    @RegisterExtension
    final NodeLogs logs =
            new NodeLogs(() -> Arrays.stream(nodes).filter(Objects::nonNull).toList());

    DeepQueuesIT() throws Exception {
        ports = FreePorts.of(SIZE);
    }

    private void begin(int index) throws Exception {
        List<String> settings = new ArrayList<>(LocalCluster.settings(name, ports, index));
        settings.addAll(List.of(
                "durability=disk",
                "node.data=" + data.resolve("n" + index),
                "admin.enabled=true",
                "limits.queue-memory-bytes-max=64KiB"));
        nodes[index] = NodeProcess.start(settings);
    }

    private void awaitAll() throws Exception {
        List<Integer> mqtt = new ArrayList<>();
        for (NodeProcess node : nodes) {
            mqtt.add(node.mqtt());
        }
        LocalCluster.awaitEveryWay(mqtt);
    }

    @AfterEach
    void stop() {
        for (NodeProcess node : nodes) {
            if (node != null) {
                node.close();
            }
        }
    }

    private void publish(int from, int to) throws Exception {
        try (Paho5 writer = new Paho5("tcp://127.0.0.1:" + nodes[1].mqtt(), "writer")) {
            writer.connect(true);
            for (int i = from; i < to; i++) {
                writer.publish("deep/" + i % 3, i + " " + FILLER, 2);
            }
        }
    }

    private long metric(int index, String metric) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + nodes[index].admin() + "/metrics"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(metric.length())))
                .findFirst()
                .orElseThrow();
    }

    /** A client that takes some of what comes at QoS 2 and goes in the middle of its flows. */
    private final class Reader {
        private final Set<Integer> taken = new HashSet<>();
        private int next;

        void subscribe(int node) throws Exception {
            try (Wire wire = new Wire(nodes[node].mqtt())) {
                wire.send(connect());
                assertThat(wire.read(Wire.CONNACK).connectReason()).isZero();
                wire.subscribe5("deep/+", 2);
            }
        }

        private byte[] connect() {
            return Wire.connectPacket(
                    5,
                    0,
                    "deep-reader",
                    new byte[0],
                    Wire.property(0x11, 4, 0xFFFF_FFFFL),
                    Wire.property(0x21, 2, RECEIVE_MAXIMUM));
        }

        /** Comes to a node, which may not know at first that another one is gone. */
        void read(int node, int count) throws Exception {
            await().atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> {
                        try (Wire wire = new Wire(nodes[node].mqtt())) {
                            wire.send(connect());
                            Wire.Answer answer = wire.read();
                            if (answer.type() != Wire.CONNACK || answer.connectReason() != 0) {
                                return false;
                            }
                            assertThat(answer.body()[0]).as("session present").isEqualTo((byte) 1);
                            for (int end = next + count; next < end; ) {
                                take(wire, wire.read());
                            }
                            return true;
                        }
                    });
        }

        private void take(Wire wire, Wire.Answer answer) throws IOException {
            if (answer.type() == PUBREL) {
                taken.remove(answer.packetId());
                wire.send(Wire.ack(Wire.PUBCOMP, answer.packetId()));
                return;
            }
            assertThat(answer.type()).isEqualTo(Wire.PUBLISH);
            byte[] body = answer.body();
            int topic = 2 + ((body[0] & 0xFF) << 8 | body[1] & 0xFF);
            int packetId = (body[topic] & 0xFF) << 8 | body[topic + 1] & 0xFF;
            if (taken.add(packetId)) {
                String payload = new String(body, topic + 3, body.length - topic - 3, UTF_8);
                assertThat(payload.substring(0, payload.indexOf(' '))).isEqualTo("" + next);
                next++;
            } else {
                assertThat(answer.flags() & DUP).as("told once more").isEqualTo(DUP);
            }
            wire.send(Wire.ack(Wire.PUBREC, packetId));
        }
    }

    @Test
    void whoeverHasItItIsReadOnceAndInOrder() throws Exception {
        for (int i = 0; i < SIZE; i++) {
            begin(i);
        }
        awaitAll();
        reader.subscribe(0);
        publish(0, MESSAGES);
        assertThat(metric(0, "mqtt_queued_messages")).isEqualTo(MESSAGES);
        assertThat(metric(0, "mqtt_queued_stored_messages")).isGreaterThan(MESSAGES - 100);
        reader.read(1, 100);
        assertThat(metric(1, "mqtt_queued_stored_messages"))
                .as("taken by another node")
                .isGreaterThan(MESSAGES - 300);
        nodes[1].kill();
        reader.read(2, 100);
        begin(1);
        awaitAll();
        // not killed: some copies may be on their way to the node that has come
        assertThat(nodes[2].terminate()).isZero();
        reader.read(0, 100);
        begin(2);
        awaitAll();
        publish(MESSAGES, MESSAGES + 10);
        for (NodeProcess node : nodes) {
            node.signalKill();
        }
        for (int i = 0; i < SIZE; i++) {
            nodes[i].kill();
            begin(i);
        }
        awaitAll();
        reader.read(1, 200);
        reader.read(2, MESSAGES + 10 - reader.next);
    }
}
