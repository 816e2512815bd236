package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PINGRESP;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.PacketType.SUBACK;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packet identifiers: MQTT 5, 2.2.1, and MQTT 3.1.1, 2.3.1. */
@BlackBox
@BrokerSettings({"limits.in-flight-max=65535", "limits.queue-messages-max=100000"})
class PacketIdentifierIT {
    private static final int IDS = 65_535;
    private static final int BATCH = 800;

    private final Broker broker;
    private final Names names;

    PacketIdentifierIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** Some identifiers of all sizes in no order, without repetition. */
    private static List<Integer> ids(int count, long seed) {
        List<Integer> ids =
                new ArrayList<>(IntStream.rangeClosed(1, IDS).boxed().toList());
        Collections.shuffle(ids, new Random(seed));
        List<Integer> chosen = new ArrayList<>(ids.subList(0, count - 2));
        for (int extreme : new int[] {1, IDS}) {
            if (!chosen.contains(extreme)) {
                chosen.add(extreme);
            }
        }
        return chosen;
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-2", v311 = "MQTT-2.3.1-5")
    void aMessageOfQosZeroHasNoPacketIdentifier(Transport transport, Version version) {
        String topic = names.topic("zero");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 0);
            for (String payload : List.of("", "x", "12", "more than two bytes")) {
                for (int qos = 0; qos <= 2; qos++) {
                    client.publish(topic, payload, qos);
                    Received message = client.receive();
                    assertThat(message.qos()).isZero();
                    assertThat(message.text()).isEqualTo(payload);
                }
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-2", v311 = "MQTT-2.3.1-5")
    void twoBytesBehindTheTopicAreNoPacketIdentifierInQosZero(Transport transport, Version version) {
        String topic = names.topic("zero");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 0);
            Packet publish = Packets.publish(version, topic).packet();
            client.send((version.is5() ? publish.cut(1) : publish).append("00 07"));
            assertThat(client.receive().payload()).isEqualTo(version.is5() ? new byte[] {7} : new byte[] {0, 7});
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"V311", "V5"})
    @Proves(v5 = "MQTT-2.2.1-4", v311 = "MQTT-2.3.1-4")
    void everyIdentifierIsUsedAndNoneTwiceBeforeItsLastAcknowledgement(Version version) {
        String topic = names.topic("many");
        try (RawClient publisher = broker.connect(Transport.TCP, version, names.client("p"));
                RawClient subscriber = broker.connect(Transport.TCP, version, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            int sent = 0;
            while (sent < IDS + 100) {
                sent += publishMany(publisher, topic, 1) + publishMany(publisher, topic, 2);
            }

            // the client fails if one of them is 0 or comes a second time
            List<Received> messages = new ArrayList<>();
            while (messages.size() < IDS) {
                messages.add(subscriber.expect(PUBLISH));
            }
            subscriber.expectNothing();

            Received once =
                    messages.stream().filter(each -> each.qos() == 1).findAny().orElseThrow();
            subscriber.send(Packets.puback(once.packetId()));
            assertThat(subscriber.expect(PUBLISH).packetId()).isEqualTo(once.packetId());

            Received exactlyOnce =
                    messages.stream().filter(each -> each.qos() == 2).findAny().orElseThrow();
            subscriber.send(Packets.pubrec(exactlyOnce.packetId()));
            assertThat(subscriber.expect(PUBREL).packetId()).isEqualTo(exactlyOnce.packetId());
            subscriber.expectNothing();
            subscriber.send(Packets.pubcomp(exactlyOnce.packetId()));
            assertThat(subscriber.expect(PUBLISH).packetId()).isEqualTo(exactlyOnce.packetId());
        }
    }

    private static int publishMany(RawClient publisher, String topic, int qos) {
        Sendable[] publishes = new Sendable[BATCH];
        Sendable[] releases = new Sendable[BATCH];
        for (int i = 0; i < BATCH; i++) {
            publishes[i] = Packets.publish(publisher.version(), topic).qos(qos).id(i + 1);
            releases[i] = Packets.pubrel(i + 1);
        }
        publisher.sendTogether(publishes);
        expectMany(publisher, qos == 1 ? PUBACK : PUBREC);
        if (qos == 2) {
            publisher.sendTogether(releases);
            expectMany(publisher, PUBCOMP);
        }
        return BATCH;
    }

    private static void expectMany(RawClient publisher, PacketType type) {
        for (int i = 0; i < BATCH; i++) {
            assertThat(publisher.expect(type).reason()).isZero();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-5", v311 = "MQTT-2.3.1-6")
    void acknowledgementsBearTheIdentifierOfTheirPublish(Transport transport, Version version) {
        List<Integer> ids = ids(1000, 7);
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.sendTogether(ids.stream()
                    .map(id -> Packets.publish(version, names.topic("t"))
                            .qos(qos(id))
                            .id(id))
                    .toArray(Sendable[]::new));
            Set<Integer> acknowledged = new HashSet<>();
            for (int i = 0; i < ids.size(); i++) {
                Received answer = client.expect(qos(ids.get(i)) == 1 ? PUBACK : PUBREC);
                acknowledged.add(answer.packetId());
                assertThat(answer.packetId()).isEqualTo(ids.get(i));
            }
            assertThat(acknowledged).hasSize(ids.size());

            List<Integer> open =
                    new ArrayList<>(ids.stream().filter(id -> qos(id) == 2).toList());
            Collections.shuffle(open, new Random(8));
            client.sendTogether(open.stream().map(Packets::pubrel).toArray(Sendable[]::new));
            for (int id : open) {
                Received answer = client.expect(PUBCOMP);
                assertThat(answer.packetId()).isEqualTo(id);
                assertThat(answer.reason()).isZero();
            }
        }
    }

    private static int qos(int id) {
        return 1 + id % 2;
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-5", v311 = "MQTT-2.3.1-6")
    void releasesBearTheIdentifierOfTheirPublish(Transport transport, Version version) {
        String topic = names.topic("t");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 2);
            publishMany(client, topic, 2, 200);
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                ids.add(client.expect(PUBLISH).packetId());
            }
            Collections.shuffle(ids, new Random(9));
            for (int id : ids) {
                client.send(Packets.pubrec(id));
                assertThat(client.expect(PUBREL).packetId()).isEqualTo(id);
            }
            Collections.shuffle(ids, new Random(10));
            client.sendTogether(ids.stream().map(Packets::pubcomp).toArray(Sendable[]::new));
            client.expectNothing();
        }
    }

    /** Publishes to oneself; what comes back stays to be expected. */
    private static void publishMany(RawClient client, String topic, int qos, int count) {
        for (int i = 0; i < count; i++) {
            client.publish(topic, "m" + i, qos);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-5", v311 = "MQTT-2.3.1-6")
    void anIdentifierThatNobodyKnowsIsAnsweredAsItIs(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.send(Packets.pubrel(4711));
            Received answer = client.expect(PUBCOMP);
            assertThat(answer.packetId()).isEqualTo(4711);
            assertThat(answer.reason()).isEqualTo(version == V5 ? 0x92 : 0);
            client.send(Packets.puback(4711), Packets.pubcomp(4711), Packets.pingreq());
            client.expect(PINGRESP);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-6", v311 = "MQTT-2.3.1-7")
    void requestsAreAnsweredWithTheirIdentifier(Transport transport, Version version) {
        List<Integer> ids = ids(100, 11);
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.sendTogether(ids.stream().map(id -> subscribe(version, id)).toArray(Sendable[]::new));
            assertThat(answers(client, SUBACK, ids.size())).containsExactlyInAnyOrderElementsOf(expected(ids, true));
            client.sendTogether(ids.stream().map(id -> unsubscribe(version, id)).toArray(Sendable[]::new));
            assertThat(answers(client, UNSUBACK, ids.size()))
                    .containsExactlyInAnyOrderElementsOf(expected(ids, version.is5()));
        }
    }

    private Sendable subscribe(Version version, int id) {
        var subscribe = Packets.subscribe(version, id);
        for (int i = 0; i <= id % 3; i++) {
            subscribe.filter(names.topic(id + "/" + i), 1);
        }
        return subscribe;
    }

    private Sendable unsubscribe(Version version, int id) {
        var unsubscribe = Packets.unsubscribe(version, id);
        for (int i = 0; i <= id % 3; i++) {
            unsubscribe.filter(names.topic(id + "/" + i));
        }
        return unsubscribe;
    }

    /** Each answer as its identifier and how many reason codes it has. */
    private static List<String> answers(RawClient client, PacketType type, int count) {
        return Stream.generate(() -> client.expect(type))
                .limit(count)
                .map(answer -> answer.packetId() + " " + answer.reasons().size())
                .toList();
    }

    private static List<String> expected(List<Integer> ids, boolean withReasons) {
        return ids.stream().map(id -> id + " " + (withReasons ? 1 + id % 3 : 0)).toList();
    }
}
