package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.Property.AUTHENTICATION_METHOD;
import static io.coppice.blackbox.Property.MAXIMUM_PACKET_SIZE;
import static io.coppice.blackbox.Property.SESSION_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hex;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Packets at a time, or in a version, in which nobody may send them. */
@BlackBox
class StateIT {
    private final Broker broker;
    private final Names names;
    private final Trial trial;

    StateIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
        this.trial = new Trial(broker, names);
    }

    static Stream<Arguments> serversOwn() {
        return Cases.everywhere(
                List.of(PacketType.CONNACK, PacketType.SUBACK, PacketType.UNSUBACK, PacketType.PINGRESP));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("serversOwn")
    @Hostile("B29")
    void whatOnlyAServerSendsEndsTheConnection(Transport transport, Version version, PacketType type) {
        for (String body : List.of("", "00 00", "00 01 00", "00 01 00 00")) {
            trial.ends(transport, version, Packets.packet(type, 0, body), 0x82);
        }
    }

    @InEveryVersion
    @Hostile("B30")
    void theReservedTypeEndsTheConnection(Transport transport, Version version) {
        trial.ends(transport, version, Packets.packet(PacketType.RESERVED, 0, ""), 0x81);
        trial.ends(transport, version, Packets.packet(PacketType.RESERVED, 15, "00 01 00"), 0x81);
    }

    @OnEveryTransport
    @Hostile("B30")
    void anAuthThatNobodyAskedForEndsTheConnection(Transport transport) {
        trial.ends(transport, V311, Packets.auth());
        trial.ends(transport, V311, Packets.packet(PacketType.AUTH, 0, "18 00"));
        trial.ends(transport, V5, Packets.auth(), 0x82);
        trial.ends(transport, V5, Packets.auth().reason(0x18), 0x82);
        for (int reason : List.of(0x00, 0x18, 0x19)) {
            trial.ends(
                    transport, V5, Packets.auth().reason(reason).props(Props.of(AUTHENTICATION_METHOD, "SCRAM")), 0x82);
        }
    }

    @OnEveryTransport
    @Hostile("B30")
    void anUnknownAuthenticationMethodIsRefused(Transport transport) {
        trial.refuses(
                transport,
                V5,
                Packets.connect(V5, names.client("c")).props(Props.of(AUTHENTICATION_METHOD, "none such")),
                0x8C);
        trial.refuses(
                transport,
                V5,
                Packets.connect(V5, names.client("c"))
                        .props(Props.of(AUTHENTICATION_METHOD, "none such").with(MAXIMUM_PACKET_SIZE, 20)),
                0x8C);
    }

    @InEveryVersion
    @Hostile("B37")
    void aSecondConnectChangesNothing(Transport transport, Version version) {
        String will = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(will, 1);
            try (Bystanders others = new Bystanders(broker, names);
                    RawClient holder = broker.connect(transport, version, names.client("holder"))) {
                trial.ends(
                        others,
                        transport,
                        version,
                        Packets.connect(version, names.client("holder")).will(will, "second", 1, true),
                        0x82);
                holder.expectNothing();
                watcher.expectNothingFrom(holder);
                others.noticeNothing();
            }
        }
    }

    static Stream<Arguments> badConnects() {
        return Stream.of(V311, V5)
                .flatMap(version -> Stream.<Named<Sendable>>of(
                                Named.of(
                                        "level 9", Packets.connect(version, "c").protocol("MQTT", 9)),
                                Named.of(
                                        "no MQTT", Packets.connect(version, "c").protocol("HTTP", 4)),
                                Named.of(
                                        "reserved flag",
                                        Packets.connect(version, "c").flags(0x03)),
                                Named.of(
                                        "will QoS 3",
                                        Packets.connect(version, "c")
                                                .will("w", "", 0, false)
                                                .flags(0x1E)),
                                Named.of(
                                        "bytes behind",
                                        Packets.connect(version, "c").packet().append("00")),
                                Named.of(
                                        "no such identifier",
                                        Packets.connect(version, Hex.text(new byte[0]))
                                                .clientId(new byte[] {(byte) 0xFF})))
                        .flatMap(each -> Stream.of(Transport.values())
                                .map(transport -> Arguments.of(transport, version, each))));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("badConnects")
    @Hostile("B37")
    void nothingBehindARefusedConnectTakesEffect(Transport transport, Version version, Sendable connect) {
        String topic = names.topic("behind");
        Sendable publish =
                Packets.publish(version, topic).payload("x").qos(1).id(1).retain();
        Sendable subscribe = Packets.subscribe(version, 2).filter(topic, 0);
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 1);
            for (boolean together : new boolean[] {true, false}) {
                try (RawClient bad = broker.open(transport, version)) {
                    if (together) {
                        bad.sendTogether(connect, publish, subscribe, Packets.pingreq());
                    } else {
                        bad.send(connect, publish, subscribe, Packets.pingreq());
                    }
                    bad.expectClosed(0x01, 0x81, 0x84);
                }
            }
            watcher.expectNothing();
        }
        try (RawClient after = broker.connect(transport, version, names.client("a"))) {
            after.subscribe(topic, 1);
            after.expectNothing();
        }
    }

    @InEveryVersion
    @Hostile("B37")
    void whatIsSentBeforeConnackIsHandledBehindIt(Transport transport, Version version) {
        String topic = names.topic("early");
        try (RawClient client = broker.open(transport, version)) {
            client.sendTogether(
                    Packets.connect(version, names.client("c")),
                    Packets.subscribe(version, 1).filter(topic, 1),
                    Packets.publish(version, topic).payload("early").qos(1).id(2));
            assertThat(client.expect(CONNACK).reason()).isZero();
            client.await(PacketType.SUBACK);
            client.await(PacketType.PUBACK);
            assertThat(client.receive().text()).isEqualTo("early");
        }
    }

    @InEveryVersion
    @Hostile("B38")
    void nothingBehindADisconnectTakesEffect(Transport transport, Version version) {
        String topic = names.topic("behind");
        try (Bystanders others = new Bystanders(broker, names);
                RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 1);
            for (boolean together : new boolean[] {true, false}) {
                RawClient client = broker.connect(
                        transport,
                        version,
                        Packets.connect(version, names.client("c")).will(topic, "will", 1, true));
                Sendable disconnect = Packets.disconnect();
                Sendable publish = Packets.publish(version, topic)
                        .payload("x")
                        .qos(1)
                        .id(1)
                        .retain();
                Sendable again = version.is5() ? Packets.disconnect().reason(0x04) : Packets.disconnect();
                if (together) {
                    client.sendTogether(disconnect, publish, again);
                } else {
                    client.send(disconnect, publish, again);
                }
                client.expectClosed();
                client.close();
            }
            others.noticeNothing();
            watcher.expectNothing();
        }
        try (RawClient after = broker.connect(transport, version, names.client("a"))) {
            after.subscribe(topic, 1);
            after.expectNothing();
        }
    }

    @InEveryVersion
    @Hostile("B40")
    void anIdentifierWithAnotherPayloadBeforeItsPubrelIsARepeat(Transport transport, Version version) {
        String topic = names.topic("t");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 2);
            RawClient client = broker.connect(
                    transport,
                    version,
                    Packets.connect(version, names.client("c")).persistent(60));
            for (String payload : List.of("A", "B", "C")) {
                client.send(
                        Packets.publish(version, topic).payload(payload).qos(2).id(7));
                assertThat(client.expect(PUBREC).packetId()).isEqualTo(7);
            }
            client.abort();
            try (RawClient again = broker.connect(
                    transport,
                    version,
                    Packets.connect(version, names.client("c")).persistent(60))) {
                again.send(Packets.publish(version, topic)
                        .payload("D")
                        .qos(2)
                        .id(7)
                        .dup());
                again.expect(PUBREC);
                again.send(Packets.pubrel(7));
                again.expect(PUBCOMP);
                again.publish(
                        Packets.publish(version, topic).payload("E").qos(2).id(7));
            }
            assertThat(watcher.receive().text()).isEqualTo("A");
            assertThat(watcher.receive().text()).isEqualTo("E");
            watcher.expectNothing();
        }
        end(transport, version);
    }

    private void end(Transport transport, Version version) {
        broker.connect(transport, version, names.client("c")).disconnect();
    }

    private record Abuse(String name, Sendable packet, int reason) {}

    private static List<Abuse> abuses(Version version, String topic) {
        List<Abuse> abuses = new ArrayList<>(List.of(
                new Abuse("reserved type", Packets.packet(PacketType.RESERVED, 0, ""), 0x81),
                new Abuse("QoS 3", Packets.publish(version, topic).qos(3), 0x81),
                new Abuse("wildcard", Packets.publish(version, topic + "/#").retain(), 0x90),
                new Abuse("deep topic", Packets.publish(version, topic + "/".repeat(60_000)), 0x90),
                new Abuse("not UTF-8", Packets.publish(version, Hex.bytes("C0 AF")), 0x81),
                new Abuse("U+0000", Packets.publish(version, "a\0b"), 0x81),
                new Abuse(
                        "no identifier", Packets.publish(version, topic).qos(1).id(0), 0x82),
                new Abuse("no filter", Packets.subscribe(version, 1), 0x82),
                new Abuse("reserved options", Packets.subscribe(version, 1).filter(topic, 0xC0), 0x81),
                new Abuse("server's packet", Packets.packet(PacketType.SUBACK, 0, "00 01 00"), 0x82),
                new Abuse("second CONNECT", Packets.connect(version, "c"), 0x82),
                new Abuse("bytes behind", Packets.pingreq().append("00"), 0x81),
                new Abuse("too short", Packets.packet(PacketType.PUBACK, 0, "00"), 0x81),
                new Abuse("too large", Packets.publish(version, topic).packet().claiming(268_435_455), 0x95)));
        if (!version.is5()) {
            abuses.add(new Abuse("AUTH", Packets.auth(), 0));
        }
        return abuses;
    }

    static Stream<Arguments> everyVersion() {
        return Stream.of(Transport.values())
                .flatMap(transport -> Stream.of(Version.values()).map(version -> Arguments.of(transport, version)));
    }

    @ParameterizedTest(name = "over {0} in {1}")
    @MethodSource("everyVersion")
    @Hostile("B105")
    void noVersionAndNoTransportIsAWayAroundAnyCheck(Transport transport, Version version) {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (Abuse abuse : abuses(version, others.topic())) {
                trial.ends(others, transport, version, abuse.packet(), abuse.reason());
            }
            Packet connect = Packets.connect(version, names.client("c")).packet();
            trial.refuses(others, transport, version, connect.append("00"), 0x81);
            trial.refuses(others, transport, version, Packets.connect(version, "a\0b"), 0x81);
            trial.refuses(
                    others,
                    transport,
                    version,
                    Packets.connect(version, names.client("c")).flags(0x0A),
                    0x81);
            trial.refuses(
                    others,
                    transport,
                    version,
                    Packets.connect(version, names.client("c")).flags(0x22),
                    0x81);
            others.noticeNothing();
        }
    }

    @OnEveryTransport
    @Hostile("B37")
    void aRefusalLeavesNoSession(Transport transport) {
        try (RawClient bad = broker.open(transport, V5)) {
            bad.send(
                    Packets.connect(V5, names.client("c")).persistent(60).props(Props.of(SESSION_EXPIRY_INTERVAL, 60)));
            bad.expectRefused(0x82); // the interval is there twice
        }
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).cleanStart(false))) {
            assertThat(client.connack().sessionPresent()).isFalse();
        }
    }
}
