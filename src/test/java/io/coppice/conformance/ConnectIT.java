package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hex;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** CONNECT and CONNACK: sections 3.1 and 3.2 of both standards. */
@BlackBox
class ConnectIT {
    private static final String PLAIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int MANY = 1000;
    private static final int ROUNDS = 200;

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
    @Proves(
            v5 = {"MQTT-3.1.0-2", "MQTT-3.2.0-2"},
            v311 = "MQTT-3.1.0-2")
    @NotInMosquitto("it closes without DISCONNECT")
    void aSecondConnectEndsTheConnection(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient client = broker.connect(
                        transport,
                        version,
                        Packets.connect(version, names.client("c")).will(topic, "gone", 1, false))) {
            watcher.subscribe(topic, 1);
            client.expectNothingFor(Duration.ofSeconds(1));
            client.send(Packets.connect(version, names.client("c")), Packets.publish(version, topic));
            client.expectEnded(0x82);
            assertThat(watcher.receive().text()).isEqualTo("gone");
            watcher.expectNothingFrom(watcher);
        }
    }

    static Stream<Arguments> garbage() {
        Random random = new Random(5);
        List<String> sequences = new ArrayList<>(List.of(
                "47 45 54 20 2F 20 48 54 54 50 2F 31 2E 31 0D 0A 0D 0A",
                "16 03 01 02 00 01 00 01 FC 03 03",
                "00",
                "FF FF FF FF FF FF",
                "30 FF FF FF 7F"));
        for (int i = 0; i < 20; i++) {
            byte[] bytes = new byte[1 + random.nextInt(64)];
            random.nextBytes(bytes);
            bytes[0] |= (byte) 0x20; // no CONNECT
            sequences.add(Hex.text(bytes.length > 48 ? Arrays.copyOf(bytes, 48) : bytes));
        }
        return Cases.everyTransport(sequences);
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("garbage")
    @Proves(v5 = "MQTT-3.1.0-1", v311 = "MQTT-3.1.0-1")
    void whatIsNoMqttAtAllIsClosed(Transport transport, String bytes) {
        try (RawClient client = broker.open(transport)) {
            client.send(Packets.raw(bytes));
            client.expectClosed();
        }
    }

    static Stream<Arguments> foreignNames() {
        return Cases.everywhere(List.of("mqtt", "MQTTT", "MQT", "MQIsdp", "MQTT ", "HTTP", "", "x".repeat(65_535)));
    }

    @ParameterizedTest(name = "case {index} over {0} in {1}")
    @MethodSource("foreignNames")
    @Proves(v5 = "MQTT-3.1.2-1", v311 = "MQTT-3.1.2-1")
    void aForeignProtocolNameIsClosed(Transport transport, Version version, String name) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).protocol(name, version.level()));
            client.expectClosed(0x84, 0x95, 0x01);
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

    static Stream<Arguments> plainLengths() {
        return Cases.everywhere(IntStream.rangeClosed(1, 23).boxed().toList());
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("plainLengths")
    @Proves(v5 = "MQTT-3.1.3-5", v311 = "MQTT-3.1.3-5")
    void plainClientIdentifiersOfUpTo23BytesAreAccepted(Transport transport, Version version, int length) {
        // each case begins elsewhere, so that those of one length seldom meet
        int begin = 16 * (2 * transport.ordinal() + (version == V5 ? 1 : 0));
        for (int at = 0; at < PLAIN.length(); at += length) {
            String id = (PLAIN + PLAIN).substring((begin + at) % PLAIN.length()).substring(0, length);
            broker.connect(transport, version, id).disconnect();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16"})
    void aThousandClientsWithoutIdentifierAreGivenOneEach(Transport transport) {
        List<RawClient> clients = many(transport, V5);
        assertThat(clients.stream().map(client -> assigned(client.expect(CONNACK))))
                .doesNotHaveDuplicates()
                .allSatisfy(id -> assertThat(id).isNotEmpty())
                .hasSize(MANY);
        clients.forEach(RawClient::expectNothing);
        clients.forEach(RawClient::close);
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-3.1.3-6")
    void aThousandClientsWithoutIdentifierLiveSideBySide(Transport transport) {
        List<RawClient> clients = many(transport, V311);
        for (RawClient client : clients) {
            Received connack = client.expect(CONNACK);
            assertThat(connack.reason()).isZero();
            assertThat(connack.sessionPresent()).isFalse();
        }
        clients.forEach(RawClient::expectNothing);
        clients.forEach(RawClient::close);
    }

    /** Clients that have asked to be let in without a name, all at once. */
    private List<RawClient> many(Transport transport, Version version) {
        List<RawClient> clients = Stream.generate(() -> broker.open(transport, version))
                .limit(MANY)
                .toList();
        clients.forEach(client -> client.send(Packets.connect(version)));
        return clients;
    }

    private static String assigned(Received connack) {
        return connack.properties().string(Property.ASSIGNED_CLIENT_IDENTIFIER).orElseThrow();
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.3-6", "MQTT-3.1.3-7"})
    void anAssignedIdentifierLeadsBackToTheSession(Transport transport) {
        String topic = names.topic("kept");
        RawClient nameless = broker.connect(transport, V5, Packets.connect(V5).persistent(60));
        String id = assigned(nameless.connack());
        assertThat(nameless.connack().sessionPresent()).isFalse();
        nameless.subscribe(topic, 1);
        nameless.disconnect();
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            publisher.publish(topic, "for the nameless", 1);
        }
        try (RawClient named =
                broker.connect(transport, V5, Packets.connect(V5, id).persistent(60))) {
            assertThat(named.connack().sessionPresent()).isTrue();
            assertThat(named.connack().properties().has(Property.ASSIGNED_CLIENT_IDENTIFIER))
                    .isFalse();
            assertThat(named.receive().text()).isEqualTo("for the nameless");

            RawClient thief = broker.connect(transport, V5, id);
            named.expectClosed(0x8E);
            thief.disconnect();
        }
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
        String topic = names.topic("last");
        RawClient first = broker.connect(transport, version, names.client("c"));
        for (int round = 0; round < ROUNDS; round++) {
            RawClient second = broker.connect(transport, version, names.client("c"));
            first.expectEnded(0x8E);
            first.close();
            first = second;
        }
        first.subscribe(topic, 1);
        first.publish(topic, "the last one is in", 1);
        assertThat(first.receive().text()).isEqualTo("the last one is in");
        first.disconnect();
    }
}
