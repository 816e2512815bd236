package io.coppice.it;

import static io.coppice.it.Wire.property;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits of the configuration, and the reason codes of those who exceed them. */
@Timeout(60)
class LimitsIT {
    @RegisterExtension
    static final RunningNode NODE = RunningNode.with(
            "limits.packet-size-max=1000",
            "limits.packet-size-before-connect-max=300",
            "limits.connect-timeout=300ms",
            "limits.client-id-length-max=30",
            "limits.topic-length-max=50",
            "limits.topic-levels-max=4",
            "limits.subscriptions-per-client-max=2",
            "limits.user-properties-max=3",
            "limits.receive-maximum=5",
            "limits.topic-alias-max=2",
            "limits.retained-messages-max=2",
            "limits.session-expiry-max=100",
            "limits.keep-alive-max=50");

    private static Wire connected() throws Exception {
        return NODE.wire().connect5("limited");
    }

    private static byte[] publish(String topic, int payload, int qos, byte[]... properties) {
        return Wire.publish5(topic, new byte[payload], qos, 9, properties);
    }

    private static void isEnded(Wire wire, int reason) throws IOException {
        Wire.Answer answer = wire.read();
        while (answer.type() != Wire.DISCONNECT) {
            answer = wire.read();
        }
        assertThat(answer.disconnectReason()).isEqualTo(reason);
        wire.readEnd();
    }

    private static void isRefused(Wire wire, int reason) throws IOException {
        assertThat(wire.read(Wire.CONNACK).connectReason()).isEqualTo(reason);
        wire.readEnd();
    }

    @Test
    void areToldInConnAck() {
        Mqtt5BlockingClient client = Mqtt5Client.builder()
                .serverHost("127.0.0.1")
                .serverPort(NODE.mqtt())
                .buildBlocking();
        Mqtt5ConnAck told =
                client.connectWith().sessionExpiryInterval(1000).keepAlive(60).send();
        client.disconnect();

        assertThat(told.getRestrictions().getMaximumPacketSize()).isEqualTo(1000);
        assertThat(told.getRestrictions().getReceiveMaximum()).isEqualTo(5);
        assertThat(told.getRestrictions().getTopicAliasMaximum()).isEqualTo(2);
        assertThat(told.getSessionExpiryInterval()).hasValue(100);
        assertThat(told.getServerKeepAlive()).hasValue(50);
        assertThat(told.getAssignedClientIdentifier()).isPresent();
    }

    @Test
    void aPacketThatIsTooLargeEndsTheConnectionWith0x95() throws Exception {
        isEnded(connected().send(publish("a", 1001, 0)), 0x95);
    }

    @Test
    void aFirstPacketThatIsTooLargeIsRefusedWith0x95() throws Exception {
        byte[] connect = Wire.connectPacket(5, 2, "x", new byte[0], Wire.userProperty("a", "x".repeat(300)));
        isRefused(NODE.wire().send(connect), 0x95);
    }

    @Test
    void whoDoesNotConnectInTimeIsCutOff() throws Exception {
        NODE.wire().readEnd();
        NODE.wire().send("10 0d 00 04").readEnd();
    }

    @Test
    void aClientIdentifierThatIsTooLongIsRefusedWith0x85() throws Exception {
        isRefused(NODE.wire().send(Wire.connectPacket(5, 2, "x".repeat(31), new byte[0])), 0x85);
        isRefused(NODE.wire().send(Wire.connectPacket(4, 2, "x".repeat(31), new byte[0])), 2);
    }

    @Test
    void aTopicThatIsTooLongOrTooDeepEndsTheConnectionWith0x90() throws Exception {
        isEnded(connected().send(publish("x".repeat(51), 1, 0)), 0x90);
        isEnded(connected().send(publish("a/b/c/d/e", 1, 0)), 0x90);
        Peer subscriber = NODE.connected(Kind.HIVE5_TCP, "subscriber");
        subscriber.subscribe("a/#", 0);
        connected().send(publish("a/b/c/d", 1, 0));
        assertThat(subscriber.next().topic()).isEqualTo("a/b/c/d");
    }

    @Test
    void aFilterThatIsTooLongOrTooDeepIsRefusedWith0x8F() throws Exception {
        Wire client = connected();
        for (String filter : new String[] {"x".repeat(51), "a/b/c/d/#"}) {
            client.send(Wire.packet(0x82, new byte[] {0, 1, 0}, Wire.text(filter), new byte[] {0}));
            assertThat(client.read(Wire.SUBACK).body()[3]).isEqualTo((byte) 0x8F);
        }
    }

    @Test
    void oneSubscriptionTooManyIsRefusedWith0x97() throws Exception {
        Wire client = connected().subscribe5("a", 0).subscribe5("b", 0).subscribe5("b", 1);
        client.send(Wire.packet(0x82, new byte[] {0, 1, 0}, Wire.text("c"), new byte[] {0}));
        assertThat(client.read(Wire.SUBACK).body()[3]).isEqualTo((byte) 0x97);
    }

    @Test
    void tooManyUserPropertiesEndTheConnection() throws Exception {
        byte[] one = Wire.userProperty("a", "b");
        Wire client = connected().send(publish("a", 1, 1, one, one, one));
        client.read(Wire.PUBACK);
        isEnded(client.send(publish("a", 1, 1, one, one, one, one)), 0x97);
    }

    @Test
    void moreUnfinishedPublishesThanTheReceiveMaximumEndTheConnectionWith0x93() throws Exception {
        Wire client = connected();
        for (int id = 1; id <= 5; id++) {
            client.send(Wire.publish5("a", new byte[0], 2, id));
            assertThat(client.read(Wire.PUBREC).packetId()).isEqualTo(id);
        }
        isEnded(client.send(Wire.publish5("a", new byte[0], 2, 6)), 0x93);
    }

    @Test
    void anAliasAboveTheMaximumEndsTheConnectionWith0x94() throws Exception {
        isEnded(connected().send(publish("a", 1, 0, property(0x23, 2, 3))), 0x94);
        isEnded(connected().send(publish("a", 1, 0, property(0x23, 2, 0))), 0x94);
    }

    @Test
    void oneRetainedMessageTooManyIsRefusedWith0x97() throws Exception {
        Wire client = connected();
        int[] reasons = new int[4];
        String[] topics = {"r/1", "r/2", "r/3", "r/1"};
        for (int i = 0; i < topics.length; i++) {
            byte[] packet = publish(topics[i], 1, 1);
            packet[0] |= 1;
            reasons[i] = client.send(packet).read(Wire.PUBACK).ackReason();
        }
        assertThat(reasons).containsExactly(0x10, 0x10, 0x97, 0x10);
        for (String topic : topics) {
            byte[] clear = publish(topic, 0, 1);
            clear[0] |= 1;
            assertThat(client.send(clear).read(Wire.PUBACK).ackReason()).isLessThan(0x80);
        }
        assertThat(NODE.metric("mqtt_retained_messages")).isZero();
    }

    @Test
    void oneConnectionTooManyIsRefusedWith0x97() throws Exception {
        try (RunningNode node = RunningNode.start("limits.connections-max=3")) {
            Wire first = node.wire().connect5("1");
            node.wire().connect5("2");
            node.wire().connect5("3");
            isRefused(node.wire().send(Wire.connectPacket(5, 2, "4", new byte[0])), 0x97);
            isRefused(node.wire().send(Wire.connectPacket(4, 2, "4", new byte[0])), 3);
            first.send("e0 00").readEnd();
            first.close();
            await().atMost(Duration.ofSeconds(4)).ignoreExceptions().until(() -> {
                try (Wire again = new Wire(node.mqtt())) {
                    return again.send(Wire.connectPacket(5, 2, "4", new byte[0]))
                                    .read(Wire.CONNACK)
                                    .connectReason()
                            == 0;
                }
            });
        }
    }

    @Test
    void oneSessionTooManyIsRefusedWith0x97() throws Exception {
        try (RunningNode node = RunningNode.start("limits.sessions-max=1")) {
            node.wire().connect5("kept", property(0x11, 4, 1000)).send("e0 00").readEnd();
            isRefused(node.wire().send(Wire.connectPacket(5, 2, "other", new byte[0])), 0x97);
            Peer back = node.peer(Kind.HIVE5_TCP, "kept");
            assertThat(back.connect(false)).isTrue();
        }
    }

    @Test
    void connectingTooFastIsRefusedWith0x9F() throws Exception {
        try (RunningNode node = RunningNode.start("limits.connect-rate-max=5")) {
            int refused = 0;
            for (int i = 0; i < 20; i++) {
                Mqtt5BlockingClient client = Mqtt5Client.builder()
                        .serverHost("127.0.0.1")
                        .serverPort(node.mqtt())
                        .buildBlocking();
                try {
                    client.connect();
                    client.disconnect();
                } catch (Mqtt5ConnAckException e) {
                    assertThat(e.getMqttMessage().getReasonCode())
                            .isEqualTo(Mqtt5ConnAckReasonCode.CONNECTION_RATE_EXCEEDED);
                    refused++;
                }
            }
            assertThat(refused).isBetween(5, 15);
            assertThat(node.metric("mqtt_connack_sent_total{reason_code=\"connection_rate_exceeded\"}"))
                    .isEqualTo(refused);
        }
    }

    @Test
    void aPublisherAboveItsRateIsSlowedAndLosesNothing() throws Exception {
        try (RunningNode node = RunningNode.start("limits.publish-rate-max=100")) {
            Peer subscriber = node.connected(Kind.HIVE5_TCP, "subscriber");
            subscriber.subscribe("rate", 1);
            Wire publisher = node.wire().connect5("fast");
            long begin = System.nanoTime();
            for (int i = 0; i < 250; i++) {
                publisher.send(Wire.publish5("rate", ("" + i).getBytes(UTF_8), 0, 0));
            }
            for (int i = 0; i < 250; i++) {
                assertThat(subscriber.next().payload()).isEqualTo("" + i);
            }
            assertThat(System.nanoTime() - begin).isGreaterThan(1_000_000_000L);
        }
    }

    @Test
    void anonymousClientsAreRefusedWhereTheConfigurationSaysSo() throws Exception {
        try (RunningNode node = RunningNode.start("security.anonymous=false")) {
            isRefused(node.wire().send(Wire.connectPacket(5, 2, "a", new byte[0])), 0x87);
            isRefused(node.wire().send(Wire.connectPacket(4, 2, "a", new byte[0])), 5);
            Peer paho = node.peer(Kind.PAHO3_TCP, "paho");
            assertThatThrownBy(() -> paho.connect(true)).hasMessageContaining("Not authorized");
        }
    }
}
