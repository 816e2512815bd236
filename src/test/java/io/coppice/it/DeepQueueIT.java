package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import io.coppice.blackbox.CoppiceProcess;
import io.coppice.blackbox.Transport;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues that are larger than the memory of the node, through a kill and a stop. */
@Timeout(180)
class DeepQueueIT {
    private static final int HEAP_MEGABYTES = 96;
    private static final int MESSAGES = 20_000;
    /** All messages together take 120 MB. */
    private static final String FILLER = "x".repeat(6_000);

    @TempDir
    Path data;

    private CoppiceProcess broker;

    private void start() throws Exception {
        broker = CoppiceProcess.start(
                Map.of(
                        "durability", "disk",
                        "node.data", data.toString(),
                        "limits.queue-messages-max", "1000000",
                        "limits.queue-bytes-max", "1GiB",
                        "limits.queue-memory-bytes-max", "64KiB"),
                HEAP_MEGABYTES,
                0);
    }

    @AfterEach
    void stop() throws Exception {
        if (broker != null) {
            broker.stop();
        }
    }

    private Hive5 hive(String clientId) {
        return new Hive5(clientId, broker.port(Transport.TCP), false);
    }

    private long metric(String name) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + broker.adminPort() + "/metrics"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }

    private void publish(int from, int to) throws Exception {
        try (Hive5 writer = hive("writer")) {
            writer.connect(true);
            List<CompletableFuture<?>> open = new ArrayList<>();
            for (int i = from; i < to; i++) {
                open.add(writer.client
                        .publishWith()
                        .topic("t/" + i % 3)
                        .qos(MqttQos.EXACTLY_ONCE)
                        .payload((i + " " + FILLER).getBytes(UTF_8))
                        .send());
            }
            for (CompletableFuture<?> each : open) {
                each.join();
            }
        }
    }

    private static void requireNext(Hive5 reader, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            String payload = reader.next().payload();
            assertThat(payload.substring(0, payload.indexOf(' '))).isEqualTo("" + i);
        }
    }

    @Test
    void allOfItComesInOrderAndOnce() throws Exception {
        start();
        try (Hive5 reader = hive("reader")) {
            reader.connect(false);
            reader.subscribe("t/+", 2);
        }
        publish(0, MESSAGES / 2);
        assertThat(metric("mqtt_queued_messages")).isEqualTo(MESSAGES / 2);
        assertThat(metric("mqtt_queued_stored_messages")).isGreaterThan(MESSAGES / 2 - 100);
        broker.process().kill();
        start();
        assertThat(metric("mqtt_queued_messages")).isEqualTo(MESSAGES / 2);
        publish(MESSAGES / 2, MESSAGES);
        broker.process().kill();
        start();
        try (Hive5 reader = hive("reader")) {
            assertThat(reader.connect(false)).as("session present").isTrue();
            requireNext(reader, 0, MESSAGES);
            publish(MESSAGES, MESSAGES + 10);
            requireNext(reader, MESSAGES, MESSAGES + 10);
            assertThat(reader.unread()).isZero();
            await().until(() -> metric("mqtt_queued_messages") + metric("mqtt_inflight_messages") == 0);
        }
    }
}
