package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two thousand clients at a time. */
@Timeout(60)
class StormIT {
    private static final int CLIENTS = 2000;
    private static final int AT_ONCE = 16;
    private static final int ROUNDS = 2;

    @RegisterExtension
    static final RunningNode NODE = RunningNode.with();

    private interface Step {
        void with(Wire wire, int index) throws IOException;
    }

    /** Every client does the step, several at the same time. */
    private static void all(ExecutorService threads, List<Wire> clients, Step step) throws Exception {
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        for (int part = 0; part < AT_ONCE; part++) {
            int first = part;
            parts.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int i = first; i < clients.size(); i += AT_ONCE) {
                                step.with(clients.get(i), i);
                            }
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    },
                    threads));
        }
        for (CompletableFuture<Void> part : parts) {
            part.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void connectSubscribePublishAndLeaveWithoutATrace() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                List<Wire> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(new Wire(NODE.mqtt()));
                }
                all(threads, clients, (wire, i) -> wire.connect5("storm-" + i));
                all(
                        threads,
                        clients,
                        (wire, i) -> wire.subscribe5("storm/" + i, 1).subscribe5("storm/all", 0));
                assertThat(NODE.metric("mqtt_connections")).isEqualTo(CLIENTS);
                assertThat(NODE.metric("mqtt_subscriptions")).isEqualTo(2 * CLIENTS);

                // to the neighbour, who is on another loop
                all(threads, clients, (wire, i) -> {
                    wire.send(Wire.publish5("storm/" + (i + 1) % CLIENTS, new byte[] {'r'}, 1, 7));
                });
                all(threads, clients, (wire, i) -> {
                    for (int packets = 0; packets < 2; packets++) {
                        Wire.Answer answer = wire.read();
                        assertThat(answer.type()).isIn(Wire.PUBACK, Wire.PUBLISH);
                        if (answer.type() == Wire.PUBLISH) {
                            wire.send("40 02 00 01");
                        }
                    }
                });
                clients.get(0).send(Wire.publish5("storm/all", new byte[] {'x'}, 0, 0));
                all(threads, clients, (wire, i) -> wire.read(Wire.PUBLISH));

                all(threads, clients, (wire, i) -> {
                    if (i % 2 == 0) {
                        wire.send("e0 00");
                    }
                    wire.close();
                });
                await().untilAsserted(() -> {
                    String metrics = NODE.metrics();
                    for (String gauge : List.of("connections", "sessions", "subscriptions", "inflight_messages")) {
                        assertThat(RunningNode.sum(metrics, "mqtt_" + gauge))
                                .as(gauge)
                                .isZero();
                    }
                });
            }
        } finally {
            threads.shutdown();
        }
    }
}
