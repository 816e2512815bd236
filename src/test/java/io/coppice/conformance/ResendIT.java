package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent again after a reconnect, and never otherwise: sections 3.3.1.1 and 4.4 of both standards. */
@BlackBox
class ResendIT {
    private static final int MESSAGES = 100;

    private final Broker broker;
    private final Names names;

    ResendIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect persistent(Version version) {
        return Packets.connect(version, names.client("s")).persistent(60);
    }

    /** A packet that the broker owes until it is answered. */
    private record Owed(PacketType type, int id, String text, int qos) {
        static Owed of(Received packet) {
            return new Owed(packet.type(), packet.packetId(), packet.text(), packet.qos());
        }
    }

    /** How a client comes back. */
    enum Return {
        AFTER_A_FAILURE,
        BY_TAKEOVER
    }

    static Stream<Arguments> returns() {
        return Cases.everywhere(List.of(Return.values()));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("returns")
    @Proves(
            v5 = {"MQTT-3.3.1-1", "MQTT-4.4.0-1"},
            v311 = {"MQTT-3.3.1-1", "MQTT-4.4.0-1", "MQTT-4.6.0-1"})
    @NotInMosquitto("it has no more than 20 messages out")
    void whatIsUnansweredIsResentInOrderWithDupAndTheSameIdentifiers(Transport transport, Version version, Return how) {
        List<Owed> owed;
        RawClient subscriber = broker.connect(transport, version, persistent(version));
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            subscriber.subscribe(names.topic("#"), 2);
            for (int i = 0; i < MESSAGES; i++) {
                publisher.publish(names.topic("" + i % 4), "" + i, 1 + i % 3 % 2);
            }
            owed = answerSome(subscriber);
        }
        for (int times = 0; times < 2; times++) {
            if (how == Return.AFTER_A_FAILURE) {
                subscriber.abort();
            }
            RawClient resumed = broker.connect(transport, version, persistent(version));
            assertThat(resumed.connack().sessionPresent()).isTrue();
            expectOwed(resumed, owed);
            subscriber.close();
            subscriber = resumed;
        }
        subscriber.close();
    }

    /** Answers some of the messages that come, and returns what is owed then, in order. */
    private static List<Owed> answerSome(RawClient subscriber) {
        List<Received> came = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            came.add(subscriber.expect(PUBLISH));
        }
        List<Owed> owed = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            Received message = came.get(i);
            assertThat(message.dup()).isFalse();
            if (i % 5 == 3) {
                subscriber.acknowledge(message);
            } else if (i % 5 == 1 && message.qos() == 2) {
                subscriber.send(Packets.pubrec(message.packetId()));
                owed.add(Owed.of(subscriber.expect(PUBREL)));
            } else {
                owed.add(Owed.of(message));
            }
        }
        subscriber.expectNothing();
        return owed;
    }

    private static void expectOwed(RawClient resumed, List<Owed> owed) {
        for (PacketType type : List.of(PUBLISH, PUBREL)) { // in between, they may come in any order
            for (Owed each : owed.stream().filter(one -> one.type() == type).toList()) {
                Received packet = resumed.await(type);
                assertThat(Owed.of(packet)).isEqualTo(each);
                assertThat(packet.dup()).isEqualTo(type == PUBLISH);
            }
        }
        resumed.expectNothing();
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.4.0-1", v311 = "MQTT-4.4.0-1")
    void nothingIsResentWhileTheConnectionStands(Transport transport, Version version) {
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, persistent(version))) {
            subscriber.subscribe(names.topic("#"), 2);
            publisher.publish(names.topic("x"), "1", 1);
            publisher.publish(names.topic("x"), "2", 2);
            publisher.publish(names.topic("x"), "3", 2);
            publisher.publish(names.topic("x"), "4", 1);
            subscriber.expect(PUBLISH);
            subscriber.expect(PUBLISH);
            int released = subscriber.expect(PUBLISH).packetId();
            Received last = subscriber.expect(PUBLISH);
            subscriber.send(Packets.pubrec(released));
            subscriber.expect(PUBREL);

            subscriber.expectNothingFor(Duration.ofSeconds(3));
            subscriber.acknowledge(last);
            publisher.publish(names.topic("x"), "5", 1);
            assertThat(subscriber.receive().text()).isEqualTo("5");
            subscriber.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.4.0-1", v311 = "MQTT-4.4.0-1")
    void nothingIsResentAfterACleanStart(Transport transport, Version version) {
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            try (RawClient before = broker.connect(transport, version, persistent(version))) {
                before.subscribe(names.topic("#"), 2);
                publisher.publish(names.topic("x"), "1", 1);
                publisher.publish(names.topic("x"), "2", 2);
                before.expect(PUBLISH);
                int released = before.expect(PUBLISH).packetId();
                before.send(Packets.pubrec(released));
                before.expect(PUBREL);
                before.abort();
            }
            try (RawClient after =
                    broker.connect(transport, version, persistent(version).cleanStart(true))) {
                assertThat(after.connack().sessionPresent()).isFalse();
                after.expectNothing();
                after.subscribe(names.topic("#"), 2);
                after.expectNothingFrom(publisher);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.4.0-2")
    void anAnswerWithAnErrorIsAnAnswer(Transport transport) {
        int[] errors = {0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            try (RawClient before = broker.connect(transport, V5, persistent(V5))) {
                before.subscribe(names.topic("#"), 2);
                for (int error : errors) {
                    publisher.publish(names.topic("x"), "at 1", 1);
                    before.send(
                            Packets.puback(before.expect(PUBLISH).packetId()).reason(error));
                    publisher.publish(names.topic("x"), "at 2", 2);
                    before.send(
                            Packets.pubrec(before.expect(PUBLISH).packetId()).reason(error));
                    before.expectNothing();
                }
                before.abort();
            }
            try (RawClient after = broker.connect(transport, V5, persistent(V5))) {
                assertThat(after.connack().sessionPresent()).isTrue();
                after.expectNothing();
                after.expectNothingFrom(publisher);
            }
        }
    }
}
