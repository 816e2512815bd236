package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Version.V5;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Hex;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** CONNECT is held to its format: a CONNECT with everything in it, spoiled in every place. */
@BlackBox
class ConnectFormatIT {
    /** Where its protocol level and its flags stand in the body of a CONNECT. */
    private static final int LEVEL = 6;

    private final Broker broker;
    private final Names names;

    ConnectFormatIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect full(Version version) {
        return Packets.connect(version, names.client("full"))
                .will(names.topic("will"), "gone", 1, true)
                .user("user")
                .password("pass");
    }

    private static final Props EVERYTHING = Props.of(Property.SESSION_EXPIRY_INTERVAL, 1)
            .with(Property.RECEIVE_MAXIMUM, 10)
            .with(Property.MAXIMUM_PACKET_SIZE, 1000)
            .with(Property.TOPIC_ALIAS_MAXIMUM, 5)
            .with(Property.REQUEST_PROBLEM_INFORMATION, 1)
            .with(Property.REQUEST_RESPONSE_INFORMATION, 0)
            .user("name", "value");

    private static final Props EVERYTHING_OF_A_WILL = Props.of(Property.WILL_DELAY_INTERVAL, 1)
            .with(Property.PAYLOAD_FORMAT_INDICATOR, 1)
            .with(Property.MESSAGE_EXPIRY_INTERVAL, 5)
            .with(Property.CONTENT_TYPE, "text")
            .with(Property.RESPONSE_TOPIC, "answer")
            .with(Property.CORRELATION_DATA, new byte[] {1, 2})
            .user("name", "value");

    /** Version 3.1.1: a bare close. Version 5: a close, which CONNACK may explain. */
    private void expectRefused(Transport transport, Version version, byte[] packet) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(packet);
            client.expectClosed(version.is5() ? new int[] {0x81, 0x82, 0x84, 0x90} : new int[0]);
        } catch (AssertionError e) {
            throw new AssertionError("CONNECT " + Hex.text(packet), e);
        }
    }

    private void expectAccepted(Transport transport, Version version, byte[] packet) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(packet);
            client.expect(CONNACK);
            client.expectNothing();
            client.disconnect();
        } catch (AssertionError e) {
            throw new AssertionError("CONNECT " + Hex.text(packet), e);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.4-1", v311 = "MQTT-3.1.4-1")
    void aConnectThatEndsTooEarlyIsRefused(Transport transport, Version version) {
        Packet whole = full(version).packet();
        expectAccepted(transport, version, whole.bytes());
        for (int cut = 1; cut <= whole.bodyLength(); cut++) {
            expectRefused(transport, version, whole.cut(cut).bytes());
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.4-1", v311 = "MQTT-3.1.4-1")
    void aConnectThatGoesOnAfterItsEndIsRefused(Transport transport, Version version) {
        for (String more : List.of("00", "00 00", "00 01 61", "C0 00")) {
            expectRefused(
                    transport, version, full(version).packet().append(more).bytes());
            Packet plain = Packets.connect(version, names.client("c")).packet();
            expectRefused(transport, version, plain.append(more).bytes());
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.4-1", v311 = "MQTT-3.1.4-1")
    @NotInMosquitto("it refuses control characters, too")
    void aConnectWithOneWrongBitIsAcceptedOnlyIfItIsStillWellFormed(Transport transport, Version version) {
        Packet whole = full(version).packet();
        byte[] bytes = whole.bytes();
        byte[] body = Arrays.copyOfRange(bytes, bytes.length - whole.bodyLength(), bytes.length);
        for (int bit = 0; bit < body.length * 8; bit++) {
            byte[] spoiled = body.clone();
            spoiled[bit / 8] ^= (byte) (1 << bit % 8);
            if (bit / 8 == LEVEL) {
                continue; // another version, or one that 3.1.1 answers
            }
            byte[] packet = whole.patch(bit / 8, spoiled[bit / 8]).bytes();
            if (ConnectOracle.isWellFormed(version, spoiled)) {
                expectAccepted(transport, version, packet);
            } else if (bit / 8 < LEVEL) {
                expectForeign(transport, version, packet);
            } else {
                expectRefused(transport, version, packet);
            }
        }
    }

    /** Who speaks another protocol may be told of it. */
    private void expectForeign(Transport transport, Version version, byte[] packet) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(packet);
            client.expectClosed(0x81, 0x84, 0x01);
        }
    }

    static Stream<Arguments> cuts() {
        int length = withEverything("").packet().bodyLength();
        return Cases.everyTransport(IntStream.iterate(1, cut -> cut <= length, cut -> cut + 20)
                .boxed()
                .toList());
    }

    private static Connect withEverything(String clientId) {
        return Packets.connect(V5, clientId)
                .will("will", "gone", 0, false)
                .willProps(EVERYTHING_OF_A_WILL)
                .props(EVERYTHING);
    }

    @ParameterizedTest(name = "from {1} over {0}")
    @MethodSource("cuts")
    @Proves(v5 = "MQTT-3.1.4-1")
    void aConnectThatEndsInItsPropertiesIsRefused(Transport transport, int from) {
        Packet whole = withEverything(names.client("c")).packet();
        expectAccepted(transport, V5, whole.bytes());
        for (int cut = from; cut < Math.min(from + 20, whole.bodyLength()); cut++) {
            expectRefused(transport, V5, whole.cut(cut).bytes());
        }
    }

    static Stream<Arguments> wrongProperties() {
        return Cases.everyTransport(List.of(
                Props.of().int32(0x11, 1).int32(0x11, 1),
                Props.of().int16(0x21, 5).int16(0x21, 5),
                Props.of().int16(0x21, 0),
                Props.of().int32(0x27, 0),
                Props.of().int32(0x27, 9).int32(0x27, 9),
                Props.of().int16(0x22, 5).int16(0x22, 5),
                Props.of().int8(0x17, 2),
                Props.of().int8(0x17, 1).int8(0x17, 1),
                Props.of().int8(0x19, 2),
                Props.of().int8(0x19, 0).int8(0x19, 0),
                Props.of().string(0x15, "a").string(0x15, "a"),
                Props.of().binary(0x16, new byte[] {1}),
                Props.of().int32(0x18, 1),
                Props.of().int8(0x01, 1),
                Props.of().int16(0x13, 1),
                Props.of().string(0x1F, "why"),
                Props.of().int8(0x7F, 0),
                Props.of().raw("26 00 01"),
                Props.of().lengthBytes("05")));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("wrongProperties")
    @Proves(v5 = {"MQTT-3.1.4-1", "MQTT-4.13.1-1"})
    @NotInMosquitto("it closes without CONNACK")
    void aConnectWithWrongPropertiesIsRefused(Transport transport, Props wrong) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(V5, names.client("c")).props(wrong).bytes());
            client.expectRefused(0x81, 0x82);
        }
    }

    static Stream<Arguments> wrongWillProperties() {
        return Cases.everyTransport(List.of(
                Props.of().int32(0x18, 1).int32(0x18, 1),
                Props.of().int8(0x01, 2),
                Props.of().int8(0x01, 1).int8(0x01, 1),
                Props.of().int32(0x02, 1).int32(0x02, 1),
                Props.of().string(0x03, "a").string(0x03, "a"),
                Props.of().string(0x08, "a/+"),
                Props.of().string(0x08, "a").string(0x08, "a"),
                Props.of().binary(0x09, new byte[1]).binary(0x09, new byte[1]),
                Props.of().int16(0x23, 1),
                Props.of().varint(0x0B, 1),
                Props.of().int32(0x11, 1),
                Props.of().int8(0x7F, 0)));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("wrongWillProperties")
    @Proves(v5 = {"MQTT-3.1.4-1", "MQTT-4.13.1-1"})
    @NotInMosquitto("it closes without CONNACK")
    void aWillWithWrongPropertiesIsRefused(Transport transport, Props wrong) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(V5, names.client("c"))
                    .will("will", "", 0, false)
                    .willProps(wrong)
                    .bytes());
            client.expectRefused(0x81, 0x82);
        }
    }
}
