package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** QoS 0 and QoS 1: sections 4.3.1, 4.3.2 and 4.5 of both standards. */
@BlackBox
class QosOneIT {
    private static final int BATCH = 200;

    private final Broker broker;
    private final Names names;

    QosOneIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect persistent(Version version, String role) {
        return Packets.connect(version, names.client(role)).persistent(60);
    }

    static Stream<Arguments> qos1And2() {
        return Cases.everywhere(List.of(1, 2));
    }

    // QoS 0

    @InEveryVersion
    @Proves(v5 = "MQTT-4.3.1-1", v311 = "MQTT-4.3.1-1")
    void aMessageSentAtQos0HasQos0AndNoDup(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            try (RawClient subscriber = broker.connect(transport, version, persistent(version, "s"))) {
                subscriber.subscribe(topic, 0);
                publisher.publish(topic, "", 0);
                publisher.publish(Packets.publish(version, topic).qos(1).dup());
                publisher.publish(Packets.publish(version, topic).qos(2).dup());
                for (int i = 0; i < 3; i++) {
                    Received message = subscriber.receive();
                    assertThat(message.qos()).isZero();
                    assertThat(message.dup()).isFalse();
                }
                subscriber.abort();
            }
            try (RawClient resumed = broker.connect(transport, version, persistent(version, "s"))) {
                assertThat(resumed.connack().sessionPresent()).isTrue();
                resumed.expectNothing();
            }
        }
    }

    // QoS 1: the broker sends

    @InEveryVersion
    @Proves(v5 = "MQTT-4.3.2-1", v311 = "MQTT-4.3.2-1")
    void eachMessageThatIsOutHasAnIdentifierOfItsOwn(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 1);
            Set<Integer> out = new HashSet<>();
            for (int i = 0; i < 60; i++) {
                publisher.publish(topic, "" + i, 1);
                int id = subscriber.expect(PUBLISH).packetId();
                assertThat(out.add(id)).as("%d is free", id).isTrue();
                if (i % 4 != 0) {
                    int acknowledged = out.iterator().next();
                    out.remove(acknowledged);
                    subscriber.send(Packets.puback(acknowledged));
                }
            }
        }
    }

    static Stream<Arguments> eachVersionOnce() {
        return Stream.of(Arguments.of(Transport.TCP, Version.V311), Arguments.of(Transport.WS, Version.V5));
    }

    /** All identifiers are used up, while a message of either QoS is out. */
    @ParameterizedTest(name = "over {0} in {1}")
    @MethodSource("eachVersionOnce")
    @Proves(
            v5 = {"MQTT-4.3.2-1", "MQTT-4.3.3-1"},
            v311 = {"MQTT-4.3.2-1", "MQTT-4.3.3-1"})
    @NotInMosquitto("it has no more than 20 messages out")
    void anIdentifierThatIsOutIsPassedOverWhenAllOthersWereUsed(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(names.topic("#"), 2);
            BitSet out = new BitSet();
            for (int qos = 1; qos <= 2; qos++) {
                publisher.publish(names.topic("out"), "", qos);
                out.set(subscriber.expect(PUBLISH).packetId());
            }

            BitSet used = new BitSet();
            for (int sent = 0, again = 0; again < BATCH && sent < 66_000; sent += BATCH) {
                publishAtQos1(publisher, topic);
                Sendable[] answers = new Sendable[BATCH];
                for (int i = 0; i < BATCH; i++) {
                    int id = subscriber.expect(PUBLISH).packetId();
                    assertThat(out.get(id)).as("%d is out", id).isFalse();
                    again += used.get(id) ? 1 : 0;
                    used.set(id);
                    answers[i] = Packets.puback(id);
                }
                subscriber.sendTogether(answers);
            }
        }
    }

    private static void publishAtQos1(RawClient publisher, String topic) {
        publisher.sendTogether(IntStream.rangeClosed(1, BATCH)
                .mapToObj(
                        id -> Packets.publish(publisher.version(), topic).qos(1).id(id))
                .toArray(Sendable[]::new));
        for (int i = 0; i < BATCH; i++) {
            publisher.expect(PUBACK);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.3.2-2", v311 = "MQTT-4.3.2-1")
    void theFirstDeliveryHasNoDup(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            try (RawClient subscriber = broker.connect(transport, version, persistent(version, "s"))) {
                subscriber.subscribe(topic, 1);
                publisher.publish(Packets.publish(version, topic).qos(1).dup());
                expectFirst(subscriber);
                publisher.publish(Packets.publish(version, topic).qos(2).dup());
                expectFirst(subscriber);
                subscriber.disconnect();
            }
            publisher.publish(Packets.publish(version, topic).qos(1).dup());
            publisher.publish(Packets.publish(version, topic).qos(2).dup());
            try (RawClient resumed = broker.connect(transport, version, persistent(version, "s"))) {
                expectFirst(resumed); // it waited in the session, and was never sent
                expectFirst(resumed);
                resumed.expectNothing();
            }
        }
    }

    private static void expectFirst(RawClient subscriber) {
        Received message = subscriber.receive();
        assertThat(message.qos()).isEqualTo(1);
        assertThat(message.dup()).isFalse();
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.3.2-3", v311 = "MQTT-4.3.2-1")
    void aMessageIsRedeliveredUntilItsPuback(Transport transport, Version version) {
        String topic = names.topic("x");
        int id;
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, persistent(version, "s"))) {
            subscriber.subscribe(topic, 1);
            publisher.publish(topic, "owed", 1);
            id = subscriber.expect(PUBLISH).packetId();
            subscriber.abort();
        }
        for (int times = 1; times <= 3; times++) {
            try (RawClient resumed = broker.connect(transport, version, persistent(version, "s"))) {
                Received again = resumed.expect(PUBLISH);
                assertThat(again.packetId()).isEqualTo(id);
                assertThat(again.text()).isEqualTo("owed");
                assertThat(again.dup()).isTrue();
                resumed.expectNothing();
                if (times == 3) {
                    resumed.send(Packets.puback(id));
                    resumed.disconnect();
                } else {
                    resumed.abort();
                }
            }
        }
        try (RawClient done = broker.connect(transport, version, persistent(version, "s"))) {
            assertThat(done.connack().sessionPresent()).isTrue();
            done.expectNothing();
        }
    }

    // QoS 1: the broker receives

    @InEveryVersion
    @Proves(v5 = "MQTT-4.3.2-5")
    void afterPubackTheIdentifierIsThatOfANewMessageWhateverDupSays(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 1);
            publisher.publish(
                    Packets.publish(version, topic).payload("same").qos(1).id(7));
            publisher.publish(
                    Packets.publish(version, topic).payload("same").qos(1).id(7));
            publisher.publish(
                    Packets.publish(version, topic).payload("same").qos(1).id(7).dup());
            for (int i = 0; i < 3; i++) {
                assertThat(subscriber.receive().text()).isEqualTo("same");
            }
            subscriber.expectNothingFrom(publisher);
        }
    }

    /** The sessions outlive the publisher; that they outlive the process too is for the durability that claims it. */
    @ParameterizedTest(name = "QoS {2} over {0} in {1}")
    @MethodSource("qos1And2")
    @Proves(
            v5 = {"MQTT-4.3.2-4", "MQTT-4.5.0-1"},
            v311 = {"MQTT-4.3.2-2", "MQTT-4.5.0-1"})
    void anAcknowledgedMessageIsInTheSessionsOfAllThatSubscribed(Transport transport, Version version, int qos) {
        String topic = names.topic("x");
        List<String> roles = IntStream.range(0, 5).mapToObj(i -> "s" + i).toList();
        for (String role : roles) {
            RawClient subscriber = broker.connect(transport, version, persistent(version, role));
            subscriber.subscribe(topic, 2);
            subscriber.disconnect();
        }
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            publisher.publish(topic, "safe", qos);
            publisher.abort();
        }
        for (String role : roles) {
            try (RawClient subscriber = broker.connect(transport, version, persistent(version, role))) {
                assertThat(subscriber.receive().text()).isEqualTo("safe");
                subscriber.expectNothing();
            }
        }
    }
}
