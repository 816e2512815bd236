package io.coppice.it;

import static io.coppice.it.Wire.property;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A second connection with the client identifier of the first, on whatever loop it lands. */
@Timeout(60)
class TakeoverIT {
    private static final int SESSION_EXPIRY = 0x11;
    private static final int MESSAGES = 20_000;
    private static final int PER_CONNECTION = 150;

    @RegisterExtension
    static final RunningNode NODE = RunningNode.with("limits.queue-messages-max=100000");

    /** A subscriber that keeps its half of the QoS 2 handshakes and leaves its connections without a word. */
    private static final class Restless {
        final List<String> delivered = new ArrayList<>();
        private final Set<String> different = new LinkedHashSet<>();
        private final Set<Integer> received = new HashSet<>();
        private Wire wire;

        void connect(boolean first) throws Exception {
            wire = NODE.wire()
                    .send(Wire.connectPacket(
                            5, first ? 2 : 0, "restless", new byte[0], property(SESSION_EXPIRY, 4, 3600)));
            Wire.Answer connAck = wire.read(Wire.CONNACK);
            assertThat(connAck.connectReason()).isZero();
            assertThat(connAck.body()[0]).as("Session Present").isEqualTo((byte) (first ? 0 : 1));
        }

        /** Takes part until this connection has brought so many packets, or all messages are there. */
        void read(int packets) throws IOException {
            for (int i = 0; i < packets && !hasAll(); i++) {
                Wire.Answer answer = wire.read();
                switch (answer.type()) {
                    case Wire.PUBLISH -> publish(answer);
                    case 6 -> {
                        received.remove(answer.packetId());
                        wire.send(Wire.ack(7, answer.packetId()));
                    }
                    default -> throw new AssertionError("packet type " + answer.type());
                }
            }
        }

        boolean hasAll() {
            return different.size() == MESSAGES;
        }

        private void deliver(String payload) {
            delivered.add(payload);
            different.add(payload);
        }

        private void publish(Wire.Answer publish) throws IOException {
            byte[] body = publish.body();
            int at = 2 + (body[0] << 8 | body[1]);
            int id = (body[at] & 0xFF) << 8 | body[at + 1] & 0xFF;
            String payload = new String(body, at + 3, body.length - at - 3, UTF_8);
            int qos = publish.flags() >> 1 & 3;
            if (qos == 1) {
                deliver(payload);
                wire.send(Wire.ack(Wire.PUBACK, id));
            } else {
                if (received.add(id)) {
                    deliver(payload);
                }
                wire.send(Wire.ack(Wire.PUBREC, id));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void nothingIsLostAndQos2NotDoubledWhileMessagesFlow(int qos) throws Exception {
        Restless client = new Restless();
        client.connect(true);
        client.wire.subscribe5("flow/#", qos);
        CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> publish(qos));

        client.read(PER_CONNECTION);
        while (!client.hasAll()) {
            Wire old = client.wire;
            client.connect(false);
            expectEnd(old);
            client.read(PER_CONNECTION);
        }

        publishing.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
        List<String> all = IntStream.range(0, MESSAGES).mapToObj(i -> "" + i).toList();
        assertThat(client.different).containsExactlyElementsOf(all);
        if (qos == 2) {
            assertThat(client.delivered).isEqualTo(all);
        }
    }

    private static void publish(int qos) {
        try (Wire publisher = new Wire(NODE.mqtt())) {
            publisher.connect5("publisher-" + qos);
            int unanswered = 0;
            for (int i = 0; i < MESSAGES; i++) {
                publisher.send(Wire.publish5("flow/a", ("" + i).getBytes(UTF_8), qos, 1 + i % 60_000));
                if (++unanswered == 100) {
                    answers(publisher, qos, unanswered);
                    unanswered = 0;
                }
            }
            answers(publisher, qos, unanswered);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void answers(Wire publisher, int qos, int count) throws IOException {
        for (int left = count; left > 0; ) {
            Wire.Answer answer = publisher.read();
            assertThat(answer.ackReason()).as("reason").isZero();
            if (answer.type() == Wire.PUBREC) {
                publisher.send(Wire.ack(6, answer.packetId()));
            } else {
                assertThat(answer.type()).isEqualTo(qos == 1 ? Wire.PUBACK : Wire.PUBCOMP);
                left--;
            }
        }
    }

    /** The old connection is told, behind whatever was still on its way. */
    private static void expectEnd(Wire old) throws IOException {
        try {
            Wire.Answer answer;
            do {
                answer = old.read();
            } while (answer.type() != Wire.DISCONNECT);
            assertThat(answer.disconnectReason()).isEqualTo(0x8E);
        } catch (EOFException | SocketException end) {
            throw new AssertionError("ended without DISCONNECT", end);
        } finally {
            old.close();
        }
    }

    @Test
    @Hostile("B62")
    void ofManyThatComeAtOnceWithOneIdentifierOneRemains() throws Exception {
        List<CompletableFuture<Wire>> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            all.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return NODE.wire().send(Wire.connectPacket(5, 0, "highlander", new byte[0]));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        int told = 0;
        int alive = 0;
        for (CompletableFuture<Wire> one : all) {
            Wire wire = one.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(wire.read(Wire.CONNACK).connectReason()).isZero();
            wire.send("c0 00"); // PINGREQ
            Wire.Answer answer = wire.read();
            while (answer.type() != Wire.DISCONNECT && answer.type() != 13) {
                answer = wire.read();
            }
            if (answer.type() == Wire.DISCONNECT) {
                assertThat(answer.disconnectReason()).isEqualTo(0x8E);
                told++;
            } else {
                alive++;
            }
        }
        // one that has answered the ping may have been taken over since, so only the sum and the end are certain
        assertThat(told + alive).isEqualTo(60);
        org.awaitility.Awaitility.await()
                .untilAsserted(() -> assertThat(NODE.metric("mqtt_connections")).isEqualTo(1));
        assertThat(NODE.metric("mqtt_sessions")).isLessThanOrEqualTo(3);
    }
}
