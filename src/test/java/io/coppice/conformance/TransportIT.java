package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.SUBACK;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.Random;

/** What carries the packets carries all of them, whole and in order: MQTT 5, 4.2, and MQTT 3.1.1, 7.1.1. */
@BlackBox
class TransportIT {
    private static final int MESSAGES = 5_000;
    private static final int BATCH = 500;

    private final Broker broker;
    private final Names names;

    TransportIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.2-1", v311 = "MQTT-7.1.1-1")
    void thousandsOfMessagesComeInOrderWithoutLoss(Transport transport, Version version) {
        String topic = names.topic("t");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 1);
            for (int from = 0; from < MESSAGES; from += BATCH) {
                Sendable[] batch = new Sendable[BATCH];
                for (int i = 0; i < BATCH; i++) {
                    batch[i] = Packets.publish(version, topic)
                            .payload(String.valueOf(from + i))
                            .qos(1)
                            .id(i + 1);
                }
                publisher.sendTogether(batch);
                for (int i = 0; i < BATCH; i++) {
                    assertThat(publisher.expect(PUBACK).packetId()).isEqualTo(i + 1);
                }
                for (int i = 0; i < BATCH; i++) {
                    assertThat(subscriber.receive().text()).isEqualTo(String.valueOf(from + i));
                }
            }
            subscriber.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.2-1", v311 = "MQTT-7.1.1-1")
    void messagesOfEverySizeComeAsTheyAre(Transport transport, Version version) {
        String topic = names.topic("t");
        Random random = new Random(3);
        // about where one more byte of length is needed, in MQTT and in WebSocket, and about the size of a read
        int[] about = {0, 64, 127, 1024, 4096, 16_384, 65_536, 262_144, 1_000_000};
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 1);
            int head = Packets.publish(version, topic).qos(1).packet().bodyLength();
            for (int size : about) {
                for (int length = size - head - 3; length <= size + 1; length++) {
                    if (length < 0) {
                        continue;
                    }
                    byte[] payload = new byte[length];
                    random.nextBytes(payload);
                    client.publish(
                            Packets.publish(version, topic).payload(payload).qos(length % 2));
                    Received message = client.receive();
                    assertThat(message.payload()).isEqualTo(payload);
                    if (size > 100_000) {
                        length += head;
                    }
                }
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.2-1", v311 = "MQTT-7.1.1-1")
    void aPacketMayComeByteByByte(Transport transport, Version version) {
        String topic = names.topic("t");
        byte[] payload = new byte[300];
        new Random(4).nextBytes(payload);
        try (RawClient client = broker.open(transport, version)) {
            client.sendSplit(1, Packets.connect(version, names.client("c")));
            client.expect(CONNACK);
            client.sendSplit(1, Packets.subscribe(version, 1).filter(topic, 1));
            client.expect(SUBACK);
            client.sendSplit(
                    1, Packets.publish(version, topic).payload(payload).qos(1).id(2));
            client.await(PUBACK);
            assertThat(client.receive().payload()).isEqualTo(payload);
        }
    }
}
