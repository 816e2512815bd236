package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coppice.Node;
import io.coppice.blackbox.CoppiceProcess;
import io.coppice.blackbox.Transport;
import io.coppice.config.ConfigLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node has acknowledged is there when it starts again, however it ended. */
@Timeout(120)
class RestartIT {
    @TempDir
    Path data;

    private CoppiceProcess broker;

    private void start(String... settings) throws Exception {
        Map<String, String> all = new java.util.HashMap<>(Map.of("durability", "disk", "node.data", data.toString()));
        for (String setting : settings) {
            all.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        broker = CoppiceProcess.start(all, 256, 0);
    }

    @AfterEach
    void stop() throws Exception {
        if (broker != null) {
            broker.stop();
        }
    }

    private void killAndStart() throws Exception {
        broker.process().kill();
        start();
    }

    private int port() {
        return broker.port(Transport.TCP);
    }

    private Hive5 hive(String clientId) {
        return new Hive5(clientId, port(), false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"os", "fsync"})
    void aSessionGoesOnWithItsQueueInOrder(String sync) throws Exception {
        start("durability-sync=" + sync);
        try (Hive5 reader = hive("reader")) {
            assertThat(reader.connect(false)).isFalse();
            reader.subscribe("t/+", 2);
        }
        try (Hive5 writer = hive("writer")) {
            writer.connect(true);
            for (int i = 0; i < 100; i++) {
                writer.publish("t/" + i % 3, "message " + i, 1 + i % 2);
            }
        } finally {
            killAndStart();
        }
        try (Hive5 reader = hive("reader");
                Hive5 writer = hive("writer")) {
            assertThat(reader.connect(false)).as("session present").isTrue();
            List<Received> messages = reader.next(100);
            for (int i = 0; i < 100; i++) {
                assertThat(messages.get(i).payload()).isEqualTo("message " + i);
            }
            writer.connect(true);
            writer.publish("t/5", "later", 1);
            assertThat(reader.next().payload()).isEqualTo("later");
        }
    }

    @Test
    void whatIsInFlightIsSentAgainUnderItsIdentifier() throws Exception {
        start();
        try (Wire reader = new Wire(port())) {
            reader.send(Wire.connectPacket(5, 0, "reader", new byte[0], Wire.property(0x11, 4, 3600)));
            assertThat(reader.read(2).connectReason()).isZero();
            reader.subscribe5("t", 2);
            try (Hive5 writer = hive("writer")) {
                writer.connect(true);
                writer.publish("t", "one", 1);
                writer.publish("t", "two", 2);
            }
            assertThat(reader.read(3).flags() & 0x08).isZero();
            Wire.Answer two = reader.read(3);
            assertThat(two.flags() & 0x08).isZero();
        }
        killAndStart();
        try (Wire reader = new Wire(port())) {
            reader.send(Wire.connectPacket(5, 0, "reader", new byte[0], Wire.property(0x11, 4, 3600)));
            assertThat(reader.read(2).body()[0]).as("session present").isEqualTo((byte) 1);
            for (int qos = 1; qos <= 2; qos++) {
                Wire.Answer again = reader.read(3);
                assertThat(again.flags() & 0x08).as("DUP").isEqualTo(0x08);
                assertThat(again.flags() >> 1 & 3).isEqualTo(qos);
            }
        }
    }

    @Test
    void whatWasRetainedIsRetainedAndWhatWasClearedIsNot() throws Exception {
        start();
        try (Hive5 writer = hive("writer")) {
            writer.connect(true);
            for (int i = 0; i < 20; i++) {
                writer.publish("r/" + i, "old", 1, true);
                writer.publish("r/" + i, i % 3 == 0 ? "" : "kept " + i, 1, true);
            }
        }
        killAndStart();
        try (Hive5 reader = hive("reader")) {
            reader.connect(true);
            reader.subscribe("r/#", 1);
            Set<String> kept = new TreeSet<>();
            for (Received message : reader.next(13)) {
                assertThat(message.payload())
                        .isEqualTo("kept " + message.topic().substring(2));
                kept.add(message.topic());
            }
            assertThat(kept).hasSize(13);
            assertThat(reader.unread()).isZero();
        }
    }

    /** The publisher repeats what was not answered; the reader may have it twice at QoS 1, and has all of it. */
    @Test
    void noneOfWhatWasAcknowledgedUnderLoadIsLost() throws Exception {
        start();
        try (Hive5 reader = hive("reader")) {
            reader.connect(false);
            reader.subscribe("load/#", 1);
        }
        List<String> acknowledged = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            AtomicInteger answered = new AtomicInteger();
            try (Hive5 writer = hive("writer")) {
                writer.connect(true);
                List<java.util.concurrent.CompletableFuture<?>> open = new ArrayList<>();
                for (int i = 0; i < 2_000; i++) {
                    String payload = round + " " + i;
                    open.add(writer.client
                            .publishWith()
                            .topic("load/" + i % 7)
                            .qos(com.hivemq.client.mqtt.datatypes.MqttQos.AT_LEAST_ONCE)
                            .payload(payload.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                            .send()
                            .thenRun(() -> {
                                synchronized (acknowledged) {
                                    acknowledged.add(payload);
                                }
                                answered.incrementAndGet();
                            }));
                }
                await().until(() -> answered.get() >= 500);
                broker.process().kill();
                for (java.util.concurrent.CompletableFuture<?> each : open) {
                    try {
                        each.join();
                    } catch (CompletionException unanswered) {
                        // its publisher would send it again
                    }
                }
                await().until(() -> !writer.isConnected());
            }
            start();
        }
        try (Hive5 reader = hive("reader")) {
            assertThat(reader.connect(false)).isTrue();
            Set<String> wanted = new TreeSet<>(acknowledged);
            assertThat(wanted).hasSizeGreaterThanOrEqualTo(1_500);
            while (!wanted.isEmpty()) {
                wanted.remove(reader.next().payload());
            }
        }
    }

    @Test
    void aSecondNodeWithTheSameDirectoryIsRefused() throws Exception {
        start();
        assertThatThrownBy(() -> Node.start(ConfigLoader.load(
                        null,
                        Map.of(),
                        List.of("node.data=" + data, "listeners.mqtt.port=0", "listeners.ws.port=0", "admin.port=0"))))
                .hasMessageContaining("node.data: " + data.toAbsolutePath() + " is in use by another process");
    }
}
