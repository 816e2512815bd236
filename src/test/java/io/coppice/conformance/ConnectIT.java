package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** CONNECT and CONNACK: sections 3.1 and 3.2 of both standards. */
@BlackBox
class ConnectIT {
    private final Broker broker;
    private final Names names;

    ConnectIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> typesThatDoNotBegin() {
        return Cases.everywhere(Stream.of(PacketType.values())
                .filter(type -> type != PacketType.CONNECT)
                .toList());
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("typesThatDoNotBegin")
    @Proves(v5 = "MQTT-3.1.0-1", v311 = "MQTT-3.1.0-1")
    void whatDoesNotBeginWithConnectIsClosed(Transport transport, Version version, PacketType type) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.packet(type, 0, "00 01 00"));
            client.expectClosed();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.0-2", v311 = "MQTT-3.1.0-2")
    @NotInMosquitto("it closes without DISCONNECT")
    void aSecondConnectEndsTheConnection(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.send(Packets.connect(version, names.client("c")));
            client.expectEnded(0x82);
        }
    }

    static Stream<Arguments> foreignNames() {
        return Cases.everywhere(List.of("mqtt", "MQTTT", "HTTP", ""));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("foreignNames")
    @Proves(v5 = "MQTT-3.1.2-1", v311 = "MQTT-3.1.2-1")
    void aForeignProtocolNameIsClosed(Transport transport, Version version, String name) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).protocol(name, version.level()));
            client.expectClosed(0x84, 0x01);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.2-3", v311 = "MQTT-3.1.2-3")
    void theReservedConnectFlagIsChecked(Transport transport, Version version) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).flags(0x03));
            client.expectClosed(version == V5 ? new int[] {0x81} : new int[0]);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-6", "MQTT-3.1.4-5", "MQTT-3.2.0-1"},
            v311 = {"MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-3.2.2-3"})
    void anUnknownClientIsGivenANewSession(Transport transport, Version version) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).persistent(60));

            Received connack = client.expect(CONNACK);
            assertThat(connack.reason()).isZero();
            assertThat(connack.sessionPresent()).isFalse();
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-5", "MQTT-3.1.3-2", "MQTT-3.2.2-3"},
            v311 = {"MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.1.3-2", "MQTT-3.2.2-2"})
    void aSessionIsResumedWithWhatCameMeanwhile(Transport transport, Version version) {
        String topic = names.topic("kept");
        RawClient before = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60));
        before.subscribe(topic, 1);
        before.disconnect();
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            publisher.publish(topic, "meanwhile", 1);
        }

        try (RawClient after = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60))) {
            assertThat(after.connack().sessionPresent()).isTrue();
            Received message = after.receive();
            assertThat(message.topic()).isEqualTo(topic);
            assertThat(message.text()).isEqualTo("meanwhile");
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-4", "MQTT-3.1.4-4", "MQTT-3.2.2-2"},
            v311 = {"MQTT-3.1.2-6", "MQTT-3.1.4-3", "MQTT-3.2.2-1"})
    void aCleanStartDropsTheOldSession(Transport transport, Version version) {
        String topic = names.topic("dropped");
        RawClient before = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60));
        before.subscribe(topic, 1);
        before.disconnect();
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient after = broker.connect(transport, version, names.client("c"))) {
            assertThat(after.connack().sessionPresent()).isFalse();
            publisher.publish(topic, "lost", 1);
            after.expectNothingFrom(publisher);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.2-7", v311 = "MQTT-3.1.2-8")
    void theWillIsPublishedWhenTheConnectionBreaks(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 0);
            broker.connect(
                            transport,
                            version,
                            Packets.connect(version, names.client("c")).will(topic, "gone", 0, false))
                    .abort();

            assertThat(watcher.receive().text()).isEqualTo("gone");
        }
    }

    static Stream<Arguments> plainLengths() {
        return Cases.everywhere(IntStream.rangeClosed(1, 23).boxed().toList());
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("plainLengths")
    @Proves(v5 = "MQTT-3.1.3-5", v311 = "MQTT-3.1.3-5")
    void plainClientIdentifiersOfUpTo23BytesAreAccepted(Transport transport, Version version, int length) {
        String id = "0Aa9Zz8Bb7Yy6Cc5Xx4Dd3W".substring(0, length);
        broker.connect(transport, version, id).disconnect();
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16"})
    void aClientWithoutIdentifierIsGivenAFreshOne(Transport transport) {
        try (RawClient one = broker.connect(transport, V5, "");
                RawClient other = broker.connect(transport, V5, "")) {
            String first = assigned(one);
            assertThat(first).isNotEmpty().isNotEqualTo(assigned(other));

            RawClient thief = broker.connect(transport, V5, first);
            one.expectClosed(0x8E);
            thief.close();
        }
    }

    private static String assigned(RawClient client) {
        return client.connack()
                .properties()
                .string(Property.ASSIGNED_CLIENT_IDENTIFIER)
                .orElseThrow();
    }

    @OnEveryTransport
    @Proves(v311 = {"MQTT-3.1.3-8", "MQTT-3.2.2-4", "MQTT-3.2.2-5"})
    void aClientWithoutIdentifierIsRefusedASession(Transport transport) {
        try (RawClient client = broker.open(transport, V311)) {
            client.send(Packets.connect(V311).cleanStart(false));
            client.expectRefused(0x02);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.4-3", v311 = "MQTT-3.1.4-2")
    @NotInMosquitto("it closes without DISCONNECT")
    void aSecondClientOfTheSameNameEndsTheFirst(Transport transport, Version version) {
        try (RawClient first = broker.connect(transport, version, names.client("c"));
                RawClient second = broker.connect(transport, version, names.client("c"))) {
            first.expectEnded(0x8E);
            second.expectNothing();
        }
    }
}
