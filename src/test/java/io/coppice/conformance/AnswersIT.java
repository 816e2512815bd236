package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Answer;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** PUBACK, PUBREC, PUBREL and PUBCOMP as packets: MQTT 5, 3.4 to 3.7. */
@BlackBox
class AnswersIT {
    private static final Set<Integer> OF_PUBLISH = Set.of(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99);
    private static final Set<Integer> OF_RELEASE = Set.of(0x00, 0x92);

    private final Broker broker;
    private final Names names;

    AnswersIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** A client that owes the broker this answer. */
    private record Owing(RawClient client, PacketType type, int id) implements AutoCloseable {
        Answer answer() {
            return switch (type) {
                case PUBACK -> Packets.puback(id);
                case PUBREC -> Packets.pubrec(id);
                case PUBREL -> Packets.pubrel(id);
                default -> Packets.pubcomp(id);
            };
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private Owing owing(Transport transport, PacketType answer) {
        String topic = names.topic("x");
        RawClient client = broker.connect(transport, V5, names.client("c"));
        if (answer == PUBREL) {
            client.send(Packets.publish(V5, topic).qos(2).id(1));
            client.expect(PUBREC);
            return new Owing(client, answer, 1);
        }
        client.subscribe(topic, 2);
        client.publish(topic, "x", answer == PUBACK ? 1 : 2);
        int id = client.expect(PUBLISH).packetId();
        if (answer == PUBCOMP) {
            client.send(Packets.pubrec(id));
            client.expect(PUBREL);
        }
        return new Owing(client, answer, id);
    }

    static Stream<Arguments> strangeReasons() {
        return Cases.everyTransport(Stream.of(PUBACK, PUBREC, PUBREL, PUBCOMP)
                .flatMap(type -> IntStream.of(0x01, 0x05, 0x10, 0x80, 0x82, 0x87, 0x92, 0xFF)
                        .filter(reason -> !reasons(type).contains(reason))
                        .mapToObj(reason -> new Case(type, reason)))
                .toList());
    }

    static Stream<Arguments> knownReasons() {
        return Cases.everyTransport(Stream.of(PUBACK, PUBREC, PUBREL, PUBCOMP)
                .flatMap(type -> reasons(type).stream().sorted().map(reason -> new Case(type, reason)))
                .toList());
    }

    private static Set<Integer> reasons(PacketType type) {
        return type == PUBACK || type == PUBREC ? OF_PUBLISH : OF_RELEASE;
    }

    record Case(PacketType type, int reason) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s 0x%02X", type, reason);
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("strangeReasons")
    @Proves(v5 = {"MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1"})
    @NotInMosquitto("it takes some of them")
    void aReasonCodeThatThePacketDoesNotHaveEndsTheConnection(Transport transport, Case strange) {
        try (Owing owing = owing(transport, strange.type())) {
            owing.client().send(owing.answer().reason(strange.reason()));
            owing.client().expectDisconnect(0x81, 0x82);
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("knownReasons")
    @NotInMosquitto("it refuses PUBREL 0x92")
    void everyReasonCodeOfThePacketIsTaken(Transport transport, Case known) {
        try (Owing owing = owing(transport, known.type())) {
            RawClient client = owing.client();
            client.send(owing.answer()
                    .reason(known.reason())
                    .props(Props.of(Property.REASON_STRING, "because").user("k", "v")));
            if (known.type() == PUBREC && known.reason() < 0x80) {
                assertThat(client.expect(PUBREL).packetId()).isEqualTo(owing.id());
            } else if (known.type() == PUBREL) {
                assertThat(client.expect(PUBCOMP).packetId()).isEqualTo(owing.id());
            }
            client.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.6.2-1", "MQTT-3.7.2-1"})
    @NotInMosquitto("it answers with 0x00")
    void anUnknownPacketIdentifierIsSaidToBeNotFound(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.send(Packets.pubrel(9));
            Received pubcomp = client.expect(PUBCOMP);
            assertThat(pubcomp.packetId()).isEqualTo(9);
            assertThat(pubcomp.reason()).isEqualTo(0x92);

            client.send(Packets.pubrec(9));
            Received pubrel = client.expect(PUBREL);
            assertThat(pubrel.packetId()).isEqualTo(9);
            assertThat(pubrel.reason()).isEqualTo(0x92);
        }
    }

    /**
     * A client that takes no packet larger than the CONNACK it was sent provokes every answer with and without an
     * error; each is held against that size when it comes, and has to come.
     */
    @OnEveryTransport
    @Proves(
            v5 = {
                "MQTT-3.4.2-2",
                "MQTT-3.4.2-3",
                "MQTT-3.5.2-2",
                "MQTT-3.5.2-3",
                "MQTT-3.6.2-2",
                "MQTT-3.6.2-3",
                "MQTT-3.7.2-2",
                "MQTT-3.7.2-3"
            })
    @NotInMosquitto("it answers an unknown packet identifier with 0x00")
    void anAnswerIsNeverTooLargeForTheClient(Transport transport) {
        String topic = names.topic("x");
        String denied = "$SYS/" + names.topic("a/topic/that/would/make/a/reason/long");
        int connack;
        try (RawClient any = broker.connect(transport, V5, names.client("c"))) {
            connack = any.connack().size();
        }
        try (RawClient client = broker.connect(
                transport,
                V5,
                Packets.connect(V5, names.client("c")).props(Props.of(Property.MAXIMUM_PACKET_SIZE, connack)))) {
            client.publish(topic, "", 1);
            client.publish(topic, "", 2);
            client.subscribe(topic, 2);
            client.publish(topic, "", 2);
            client.receive();
            client.send(Packets.publish(V5, denied).qos(1).id(1));
            assertThat(client.expect(PUBACK).reason()).isEqualTo(0x87);
            client.send(Packets.publish(V5, denied).qos(2).id(2));
            assertThat(client.expect(PUBREC).reason()).isEqualTo(0x87);
            client.send(Packets.pubrec(9));
            assertThat(client.expect(PUBREL).reason()).isEqualTo(0x92);
            client.send(Packets.pubrel(9));
            assertThat(client.expect(PUBCOMP).reason()).isEqualTo(0x92);
            client.expectNothing();
        }
    }
}
