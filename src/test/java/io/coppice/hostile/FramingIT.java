package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.CONNECT;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.SUBSCRIBE;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;

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
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Packets whose lengths, flags and ends are not what they should be. */
@BlackBox
class FramingIT {
    private static final String ENDLESS = "FF FF FF FF 01";

    private final Broker broker;
    private final Names names;
    private final Trial trial;

    FramingIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
        this.trial = new Trial(broker, names);
    }

    @InEveryVersion
    @Hostile("B01")
    void aRemainingLengthIsRefusedAtItsFourthByteThatAsksForAFifth(Transport transport, Version version) {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient stranger = broker.open(transport, version);
                RawClient client = broker.connect(transport, version, names.client("c"))) {
            stranger.send(Packets.packet(CONNECT, 0, "").lengthBytes("FF FF FF FF"));
            stranger.expectClosed();

            client.send(Packets.packet(PUBLISH, 0, "").lengthBytes("FF FF FF FF"));
            client.expectEnded(0x81);
            others.noticeNothing();
        }
    }

    static Stream<Arguments> endlessLists() {
        return Cases.everyTransport(List.of(
                named("PUBLISH", Packets.publish(V5, "a").props(Props.of().lengthBytes(ENDLESS))),
                named(
                        "SUBSCRIBE",
                        Packets.subscribe(V5, 1).filter("a", 0).props(Props.of().lengthBytes(ENDLESS))),
                named(
                        "UNSUBSCRIBE",
                        Packets.unsubscribe(V5, 1).filter("a").props(Props.of().lengthBytes(ENDLESS))),
                named("PUBACK", Packets.puback(1).reason(0).props(Props.of().lengthBytes(ENDLESS))),
                named(
                        "DISCONNECT",
                        Packets.disconnect().reason(0).props(Props.of().lengthBytes(ENDLESS))),
                named(
                        "Subscription Identifier",
                        Packets.subscribe(V5, 1).filter("a", 0).props(Props.of().raw("0B " + ENDLESS)))));
    }

    private static Named<Packet> named(String name, io.coppice.blackbox.Sendable packet) {
        return Named.of(name, packet.packet());
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("endlessLists")
    @Hostile("B02")
    void aNumberOfFiveBytesInAPacketIsMalformed(Transport transport, Packet packet) {
        trial.ends(transport, V5, packet, 0x81);
    }

    @OnEveryTransport
    @Hostile("B02")
    void aPropertyLengthOfFiveBytesInConnectIsMalformed(Transport transport) {
        trial.refuses(transport, V5, Packets.connect(V5, "c").props(Props.of().lengthBytes(ENDLESS)), 0x81);
        trial.refuses(
                transport,
                V5,
                Packets.connect(V5, "c")
                        .will("w", "", 0, false)
                        .willProps(Props.of().lengthBytes(ENDLESS)),
                0x81);
    }

    @InEveryVersion
    @Hostile("B04")
    void aStrangerIsClosedAtTheFirstByteThatBeginsNoConnect(Transport transport, Version version) {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (int first = 0; first < 0x100; first++) {
                if (first != 0x10) {
                    try (RawClient stranger = broker.open(transport, version)) {
                        stranger.send(new byte[] {(byte) first});
                        stranger.expectClosed();
                    }
                }
            }
            for (String large : List.of("30 FF FF FF 7F", "82 FF FF FF 7F 00 01", "F0 FF FF FF 7F 00")) {
                try (RawClient stranger = broker.open(transport, version)) {
                    stranger.send(Packets.raw(large));
                    stranger.expectClosed();
                }
            }
            others.noticeNothing();
        }
    }

    static Stream<Arguments> lyingLengths() {
        return Cases.everywhere(
                List.of("30 05 FF FF 61 61 61", "30 02 00 01", "32 03 00 01 61", "82 05 00 01 FF FF 61"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("lyingLengths")
    @Hostile("B06")
    void aFieldThatReachesBeyondItsPacketEatsNothingOfTheNext(Transport transport, Version version, String bytes) {
        trial.ends(transport, version, asPacket(bytes), 0x81);
    }

    private static Packet asPacket(String hex) {
        byte[] bytes = Hex.bytes(hex);
        return Packets.packet(CONNECT, 0, hex.substring(6)).firstByte(bytes[0] & 0xFF);
    }

    @InEveryVersion
    @Hostile("B06")
    void aConnectThatLacksTheFieldsOfItsFlagsEatsNothingOfTheNext(Transport transport, Version version) {
        trial.refuses(
                transport, version, Packets.connect(version, names.client("c")).flags(0xC2), 0x81);
        trial.refuses(
                transport, version, Packets.connect(version, names.client("c")).flags(0x06), 0x81);
        Packet whole = Packets.connect(version, names.client("c")).packet();
        for (int cut = 1; cut <= whole.bodyLength(); cut++) {
            try (RawClient bad = broker.open(transport, version)) {
                bad.sendTogether(whole.cut(cut), Packets.pingreq());
                bad.expectClosed(0x81, 0x01, 0x84);
            }
        }
    }

    @InEveryVersion
    @Hostile("B31")
    void everyFirstByteThatNoClientSendsEndsTheConnection(Transport transport, Version version) {
        Set<Integer> good = new HashSet<>(List.of(
                0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x3A, 0x3B, 0x3C, 0x3D, 0x40, 0x50, 0x62, 0x70, 0x82, 0xA2, 0xC0,
                0xE0));
        if (version.is5()) {
            good.add(0xF0);
        }
        try (Bystanders others = new Bystanders(broker, names)) {
            for (int first = 0; first < 0x100; first++) {
                try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                    client.send(new byte[] {(byte) first});
                    if (good.contains(first)) {
                        client.finish(); // it waits for the rest: what it says now is no refusal of the byte
                        client.expectClosed();
                    } else {
                        client.expectEnded(0x81, 0x82);
                    }
                }
            }
            others.noticeNothing();
        }
    }

    static Stream<Arguments> wrongPublishes() {
        return Cases.everywhere(List.of("36 05 00 01 61 00 01", "37 05 00 01 61 00 01", "3E 05 00 01 61 00 01"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("wrongPublishes")
    @Hostile("B32")
    void aPublishAtQos3IsMalformed(Transport transport, Version version, String bytes) {
        trial.ends(transport, version, asPacket(bytes), 0x81);
    }

    @InEveryVersion
    @Hostile("B32")
    void aDuplicateAtQos0IsMalformed(Transport transport, Version version) {
        trial.ends(
                transport, version, Packets.publish(version, names.topic("t")).dup(), 0x81);
        trial.ends(
                transport,
                version,
                Packets.publish(version, names.topic("t")).dup().retain(),
                0x81);
    }

    static Stream<Arguments> withoutIdentifier() {
        return Stream.of(V311, V5)
                .flatMap(version -> Stream.of(
                                named(
                                        "PUBLISH 1",
                                        Packets.publish(version, "a").qos(1).id(0)),
                                named(
                                        "PUBLISH 2",
                                        Packets.publish(version, "a").qos(2).id(0)),
                                named("PUBACK", Packets.puback(0)),
                                named("PUBREC", Packets.pubrec(0)),
                                named("PUBREL", Packets.pubrel(0)),
                                named("PUBCOMP", Packets.pubcomp(0)),
                                named("SUBSCRIBE", Packets.subscribe(version, 0).filter("a", 0)),
                                named(
                                        "UNSUBSCRIBE",
                                        Packets.unsubscribe(version, 0).filter("a")))
                        .flatMap(each -> Stream.of(Transport.values())
                                .map(transport -> Arguments.of(transport, version, each))));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("withoutIdentifier")
    @Hostile("B32")
    void thePacketIdentifier0EndsTheConnection(Transport transport, Version version, Packet packet) {
        trial.ends(transport, version, packet, 0x81, 0x82);
    }

    @InEveryVersion
    @Hostile("B33")
    void aSubscribeWithoutFilterEndsTheConnection(Transport transport, Version version) {
        trial.ends(transport, version, Packets.subscribe(version, 1), 0x82);
        trial.ends(transport, version, Packets.unsubscribe(version, 1), 0x82);
        trial.ends(transport, version, Packets.packet(SUBSCRIBE, 2, "00 01"), 0x81, 0x82);
    }

    @InEveryVersion
    @Hostile("B33")
    void subscriptionOptionsThatDoNotExistEndTheConnection(Transport transport, Version version) {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (int options = 0; options < 0x100; options++) {
                boolean good = (options & 3) != 3
                        && (version.is5() ? (options & 0xC0) == 0 && options >> 4 != 3 : (options & 0xFC) == 0);
                if (!good) {
                    trial.ends(
                            others,
                            transport,
                            version,
                            Packets.subscribe(version, 1).filter(others.topic(), options),
                            0x81,
                            0x82);
                }
            }
            others.noticeNothing();
        }
    }

    static Stream<Arguments> willFlags() {
        return Cases.everywhere(List.of(0x0A, 0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x1C, 0x1E, 0x3E));
    }

    @ParameterizedTest(name = "flags {2} over {0} in {1}")
    @MethodSource("willFlags")
    @Hostile("B35")
    void willFlagsThatContradictEachOtherAreRefused(Transport transport, Version version, int flags) {
        var connect = Packets.connect(version, names.client("c"));
        if ((flags & 4) != 0) {
            connect.will(names.topic("w"), "", 0, false);
        }
        trial.refuses(transport, version, connect.flags(flags), 0x81);
    }

    static Stream<Arguments> longer() {
        return Stream.of(V311, V5)
                .flatMap(version -> Stream.of(
                                named("PINGREQ", Packets.pingreq().append("00")),
                                named(
                                        "DISCONNECT",
                                        version.is5()
                                                ? Packets.disconnect()
                                                        .reason(0)
                                                        .props(Props.of())
                                                        .packet()
                                                        .append("00")
                                                : Packets.disconnect().packet().append("00")),
                                named("PUBACK", answer(version, PacketType.PUBACK)),
                                named("PUBREC", answer(version, PacketType.PUBREC)),
                                named("PUBREL", answer(version, PacketType.PUBREL)),
                                named("PUBCOMP", answer(version, PacketType.PUBCOMP)),
                                named(
                                        "SUBSCRIBE",
                                        Packets.subscribe(version, 1)
                                                .filter("a", 0)
                                                .packet()
                                                .append("00")),
                                named(
                                        "UNSUBSCRIBE",
                                        Packets.unsubscribe(version, 1)
                                                .filter("a")
                                                .packet()
                                                .append("00")))
                        .flatMap(each -> Stream.of(Transport.values())
                                .map(transport -> Arguments.of(transport, version, each))));
    }

    private static Packet answer(Version version, PacketType type) {
        return Packets.packet(type, type == PacketType.PUBREL ? 2 : 0, version.is5() ? "00 01 00 00 FF" : "00 01 FF");
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("longer")
    @Hostile("B36")
    void bytesBehindTheLastFieldAreMalformed(Transport transport, Version version, Packet packet) {
        trial.ends(transport, version, packet, 0x81);
    }

    @InEveryVersion
    @Hostile("B36")
    void bytesBehindTheLastFieldOfConnectAreMalformed(Transport transport, Version version) {
        Packet connect = Packets.connect(version, names.client("c")).packet();
        trial.refuses(transport, version, connect.append("00 01 02 03"), 0x81);
        trial.refuses(transport, version, connect.append("00"), 0x81);
    }
}
