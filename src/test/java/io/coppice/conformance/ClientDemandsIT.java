package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Property.MAXIMUM_PACKET_SIZE;
import static io.coppice.blackbox.Property.REASON_STRING;
import static io.coppice.blackbox.Property.REQUEST_PROBLEM_INFORMATION;
import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Property.TOPIC_ALIAS_MAXIMUM;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Unsubscribe;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client demands in CONNECT is kept: MQTT 5, 3.1.2.11, and the answer in 3.2.2. The raw client fails by itself
 * when a packet is larger, or an alias higher, than was allowed, or says what was not asked for.
 */
@BlackBox
class ClientDemandsIT {
    private static final int SMALL = 64;

    private final Broker broker;
    private final Names names;

    ClientDemandsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect demanding(String role, Property property, long value) {
        return Packets.connect(V5, names.client(role)).props(Props.of(property, value));
    }

    private RawClient small(Transport transport) {
        return broker.connect(transport, V5, demanding("small", MAXIMUM_PACKET_SIZE, SMALL));
    }

    /** The payload with which a QoS 1 PUBLISH has just this size. */
    private static byte[] payload(String topic, int size) {
        return new byte[size - 2 - 2 - topic.length() - 2 - 1];
    }

    static Stream<Arguments> qualities() {
        return Cases.everyTransport(List.of(0, 1, 2));
    }

    @ParameterizedTest(name = "with QoS {1} over {0}")
    @MethodSource("qualities")
    @Proves(v5 = {"MQTT-3.1.2-24", "MQTT-3.1.2-25"})
    @NotInMosquitto("it is off by one")
    void aMessageThatIsTooLargeForTheClientIsNotSent(Transport transport, int qos) {
        String topic = names.topic("t");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient other = broker.connect(transport, V5, names.client("o"));
                RawClient client = small(transport)) {
            client.subscribe(topic, 2);
            other.subscribe(topic, 2);
            for (int size : new int[] {SMALL + 3, 2 * SMALL, 1000, 100_000}) {
                publisher.publish(
                        Packets.publish(V5, topic).payload(payload(topic, size)).qos(qos));
                assertThat(other.receive().payload()).hasSize(payload(topic, size).length);
                client.expectNothingFrom(publisher, Math.min(qos, 1));
            }
            publisher.publish(topic, "small", qos);
            assertThat(client.receive().text()).isEqualTo("small");
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-24", "MQTT-3.1.2-25"})
    @NotInMosquitto("it is off by one")
    void theLimitIsExact(Transport transport) {
        String topic = names.topic("t");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient client = small(transport)) {
            client.subscribe(topic, 1);
            for (int size = SMALL - 2; size <= SMALL; size++) {
                publisher.publish(
                        Packets.publish(V5, topic).payload(payload(topic, size)).qos(1));
                Received message = client.receive();
                assertThat(message.size()).isEqualTo(size);
            }
            publisher.publish(Packets.publish(V5, topic)
                    .payload(payload(topic, SMALL + 1))
                    .qos(1));
            client.expectNothingFrom(publisher);
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-24", "MQTT-3.1.2-25"})
    void neitherARetainedNorAWaitingMessageMayBeTooLarge(Transport transport) {
        String topic = names.topic("t");
        Connect connect = demanding("c", MAXIMUM_PACKET_SIZE, SMALL).persistent(60);
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            publisher.publish(
                    Packets.publish(V5, topic).payload(new byte[SMALL]).qos(1).retain());
            RawClient client = broker.connect(transport, V5, connect);
            client.subscribe(topic, 1);
            client.expectNothing();
            client.disconnect();
            publisher.publish(
                    Packets.publish(V5, topic).payload(new byte[SMALL]).qos(1));
            publisher.publish(topic, "small", 1);
            try (RawClient back = broker.connect(transport, V5, connect)) {
                assertThat(back.receive().text()).isEqualTo("small");
                back.expectNothing();
            }
        }
    }

    @Test
    @Proves(v5 = "MQTT-3.1.2-25")
    @NotInMosquitto("it stops after some")
    void messagesThatAreTooLargeUseUpNothing() {
        String topic = names.topic("t");
        int batch = 1000;
        try (RawClient publisher = broker.connect(Transport.TCP, V5, names.client("p"));
                RawClient client = broker.connect(
                        Transport.TCP,
                        V5,
                        Packets.connect(V5, names.client("c"))
                                .props(Props.of(MAXIMUM_PACKET_SIZE, SMALL).with(Property.RECEIVE_MAXIMUM, 2)))) {
            client.subscribe(topic, 1);
            Sendable[] large = IntStream.rangeClosed(1, batch)
                    .mapToObj(id -> Packets.publish(V5, topic)
                            .payload(new byte[SMALL])
                            .qos(1)
                            .id(id))
                    .toArray(Sendable[]::new);
            for (int i = 0; i < 100; i++) {
                publisher.sendTogether(large);
                for (int k = 0; k < batch; k++) {
                    publisher.expect(PUBACK);
                }
            }
            for (int i = 0; i < 10; i++) {
                publisher.publish(topic, "small " + i, 1);
            }
            for (int i = 0; i < 10; i++) {
                assertThat(client.receive().text()).isEqualTo("small " + i);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-24")
    @NotInMosquitto("it disconnects for a filter that is wrong")
    void answersKeepToTheSizeToo(Transport transport) {
        String system = "$SYS/not/for/clients";
        for (int size = 20; size <= 60; size += 5) {
            try (RawClient client = broker.connect(transport, V5, demanding("c", MAXIMUM_PACKET_SIZE, size))) {
                client.send(Packets.publish(V5, system).qos(1).id(1));
                client.expect(PUBACK);
                client.send(Packets.publish(V5, system).qos(2).id(2));
                client.expect(PUBREC);
                client.subscribe(Packets.subscribe(V5, 3).filter("bad/#/filter", 0));
                client.send(Packets.publish(V5, "bad/#"));
                client.expectDisconnect(0x81, 0x82, 0x90);
            }
        }
    }

    static Stream<Arguments> tinySizes() {
        return Cases.everyTransport(IntStream.rangeClosed(1, 40).boxed().toList());
    }

    @ParameterizedTest(name = "of {1} bytes over {0}")
    @MethodSource("tinySizes")
    @Proves(v5 = {"MQTT-3.1.2-24", "MQTT-3.2.2-19", "MQTT-3.2.2-20"})
    @NotInMosquitto("it is off by one")
    void aRefusalKeepsToTheSize(Transport transport, int size) {
        Props props = Props.of(MAXIMUM_PACKET_SIZE, size).with(Property.AUTHENTICATION_METHOD, "none");
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(V5, names.client("c")).props(props));
            if (size < 5) {
                client.expectClosed(); // not even a bare CONNACK is so small
            } else {
                client.expectRefused(0x8C, 0x87);
            }
        }
    }

    @ParameterizedTest(name = "of {1} bytes over {0}")
    @MethodSource("tinySizes")
    @Proves(v5 = "MQTT-3.1.2-24")
    @NotInMosquitto("it closes without CONNACK")
    void aClientForWhichEvenTheWelcomeIsTooLargeIsNotLeftWaiting(Transport transport, int size) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(demanding("c", MAXIMUM_PACKET_SIZE, size));
            if (size < 5) {
                client.expectClosed();
            } else if (client.expect(CONNACK).reason() == 0) {
                client.expectNothing();
            } else {
                client.expectClosed();
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-24")
    @NotInMosquitto("it sends no answer")
    void anAnswerThatIsTooLargeIsNotWaitedForInVain(Transport transport) {
        int most = SMALL - 5;
        for (int filters : new int[] {most, most + 1}) {
            Subscribe subscribe = Packets.subscribe(V5, 1);
            Unsubscribe unsubscribe = Packets.unsubscribe(V5, 2);
            for (int i = 0; i < filters; i++) {
                subscribe.filter(names.topic("t" + i), 0);
                unsubscribe.filter(names.topic("t" + i));
            }
            try (RawClient client = small(transport)) {
                if (filters == most) {
                    assertThat(client.subscribe(subscribe).size()).isEqualTo(SMALL);
                    client.send(unsubscribe);
                    assertThat(client.expect(UNSUBACK).size()).isEqualTo(SMALL);
                } else {
                    client.send(subscribe);
                    client.expectDisconnect(0x95);
                }
            }
            try (RawClient client = small(transport)) {
                client.send(unsubscribe);
                if (filters > most) {
                    client.expectDisconnect(0x95);
                }
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.2.2-19", "MQTT-3.2.2-20"})
    void aRefusalExplainsItselfToWhoHasRoomForIt(Transport transport) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(V5, names.client("c"))
                    .props(Props.of(MAXIMUM_PACKET_SIZE, 1000).with(Property.AUTHENTICATION_METHOD, "none")));
            assertThat(client.expectRefused(0x8C).properties().has(REASON_STRING))
                    .isEqualTo(Broker.isCoppice());
        }
    }

    static Stream<Arguments> aliasMaxima() {
        return Cases.everyTransport(List.of(0, 1, 3, 65_535));
    }

    @ParameterizedTest(name = "of {1} over {0}")
    @MethodSource("aliasMaxima")
    @Proves(v5 = {"MQTT-3.1.2-26", "MQTT-3.1.2-27"})
    void noAliasIsAboveTheClientsMaximum(Transport transport, int maximum) {
        long used = aliases(transport, demanding("c", TOPIC_ALIAS_MAXIMUM, maximum));
        assertThat(used > 0).isEqualTo(maximum > 0 && Broker.isCoppice());
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-27")
    void aClientThatSaysNothingOfAliasesIsSentNone(Transport transport) {
        assertThat(aliases(transport, Packets.connect(V5, names.client("c")))).isZero();
    }

    /** How many of many messages on ten topics bear an alias; the raw client looks up what they stand for. */
    private long aliases(Transport transport, Connect connect) {
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient client = broker.connect(transport, V5, connect)) {
            client.subscribe(names.topic("+"), 1);
            List<Received> messages = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String topic = names.topic(String.valueOf(i * i % 10));
                publisher.publish(topic, topic, i % 3);
                Received message = client.receive();
                assertThat(message.topic()).isEqualTo(topic).isEqualTo(message.text());
                messages.add(message);
            }
            return messages.stream()
                    .filter(message -> message.properties().has(TOPIC_ALIAS))
                    .count();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-28")
    void responseInformationIsForWhoAsksForIt(Transport transport) {
        for (Props props : List.of(Props.of(), Props.of(Property.REQUEST_RESPONSE_INFORMATION, 0))) {
            try (RawClient client = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("c")).props(props))) {
                assertThat(client.connack().properties().has(Property.RESPONSE_INFORMATION))
                        .isFalse();
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-29")
    @NotInMosquitto("it lets clients publish below $SYS")
    void problemsAreNotExplainedToAClientThatWantsNoExplanation(Transport transport) {
        String system = "$SYS/not/for/clients";
        try (RawClient client = broker.connect(transport, V5, demanding("c", REQUEST_PROBLEM_INFORMATION, 0))) {
            List<Received> answers = new ArrayList<>();
            client.send(Packets.publish(V5, system).qos(1).id(1));
            answers.add(client.expect(PUBACK));
            client.send(Packets.publish(V5, system).qos(2).id(2));
            answers.add(client.expect(PUBREC));
            assertThat(answers).allSatisfy(answer -> assertThat(answer.reason()).isEqualTo(0x87));
            answers.add(client.subscribe(Packets.subscribe(V5, 3).filter("a/#/b", 0)));
            answers.add(client.subscribe(Packets.subscribe(V5, 4).filter("$share/g", 0)));
            client.send(Packets.pubrel(5), Packets.pubrec(6));
            answers.add(client.expect(PUBCOMP));
            answers.add(client.expect(PUBREL));
            client.send(Packets.unsubscribe(V5, 7).filter("a/#/b").filter("nothing/there"));
            answers.add(client.expect(UNSUBACK));
            assertThat(answers)
                    .noneSatisfy(
                            answer -> assertThat(answer.properties().isEmpty()).isFalse());
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-29")
    void aPublisherIsQuotedToAClientThatWantsNoProblemInformation(Transport transport) {
        String topic = names.topic("t");
        try (RawClient client = broker.connect(transport, V5, demanding("c", REQUEST_PROBLEM_INFORMATION, 0))) {
            client.subscribe(topic, 0);
            client.publish(Packets.publish(V5, topic).props(Props.of().user("from", "publisher")));
            assertThat(client.expect(PUBLISH).properties().users()).hasSize(1);
        }
    }

    static Stream<Arguments> publishedAndSubscribed() {
        return Cases.everyTransport(IntStream.range(0, 9).boxed().toList());
    }

    @ParameterizedTest(name = "case {1} over {0}")
    @MethodSource("publishedAndSubscribed")
    @Proves(v5 = {"MQTT-3.2.2-1", "MQTT-3.2.2-9", "MQTT-3.2.2-10"})
    void aServerThatAnnouncesNoLesserQosServesAll(Transport transport, int both) {
        int published = both / 3;
        int subscribed = both % 3;
        String topic = names.topic("t");
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            assertThat(client.connack().properties().has(Property.MAXIMUM_QOS)).isFalse();
            Subscribe subscribe = Packets.subscribe(V5, 1).filter(topic, subscribed);
            assertThat(client.subscribe(subscribe).reasons()).containsExactly(subscribed);
            client.publish(topic, "x", published);
            assertThat(client.receive().qos()).isEqualTo(Math.min(published, subscribed));
        }
    }
}
