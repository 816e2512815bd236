package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Version.V5;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Answer;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hex;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.ReceivedProps;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Strings, variable byte integers and property lengths: section 1.5 of both standards, and MQTT 5, 2.2.2. */
@BlackBox
class DataTypesIT {
    /** Places in which a client writes a string. */
    enum Field {
        CLIENT_ID,
        USER_NAME,
        WILL_TOPIC,
        TOPIC,
        FILTER,
        SECOND_FILTER,
        UNSUBSCRIBED_FILTER,
        SHARED_FILTER,
        AUTHENTICATION_METHOD,
        WILL_CONTENT_TYPE,
        WILL_RESPONSE_TOPIC,
        CONTENT_TYPE,
        RESPONSE_TOPIC,
        PUBACK_REASON,
        PUBREC_REASON,
        PUBREL_REASON,
        PUBCOMP_REASON,
        DISCONNECT_REASON,
        AUTH_REASON;

        boolean existsIn(Version version) {
            return version.is5() || ordinal() < AUTHENTICATION_METHOD.ordinal();
        }

        boolean isInConnect() {
            return switch (this) {
                case CLIENT_ID, USER_NAME, WILL_TOPIC, AUTHENTICATION_METHOD, WILL_CONTENT_TYPE, WILL_RESPONSE_TOPIC ->
                    true;
                default -> false;
            };
        }

        Sendable with(Version version, byte[] text) {
            return switch (this) {
                case CLIENT_ID -> Packets.connect(version).clientId(text);
                case USER_NAME -> Packets.connect(version).user(text);
                case WILL_TOPIC -> Packets.connect(version).will(text, new byte[0], 0, false);
                case TOPIC -> Packets.publish(version, text);
                case FILTER -> Packets.subscribe(version, 1).filter(text, 0);
                case SECOND_FILTER ->
                    Packets.subscribe(version, 1).filter("a", 0).filter(text, 0);
                case UNSUBSCRIBED_FILTER -> Packets.unsubscribe(version, 1).filter(text);
                case SHARED_FILTER ->
                    Packets.subscribe(version, 1).filter(joined("$share/g/".getBytes(UTF_8), text), 0);
                case AUTHENTICATION_METHOD ->
                    Packets.connect(version).props(Props.of().with(Property.AUTHENTICATION_METHOD, text));
                case WILL_CONTENT_TYPE ->
                    Packets.connect(version)
                            .will("a", "", 0, false)
                            .willProps(Props.of().with(Property.CONTENT_TYPE, text));
                case WILL_RESPONSE_TOPIC ->
                    Packets.connect(version)
                            .will("a", "", 0, false)
                            .willProps(Props.of().with(Property.RESPONSE_TOPIC, text));
                case CONTENT_TYPE ->
                    Packets.publish(version, "a").props(Props.of().with(Property.CONTENT_TYPE, text));
                case RESPONSE_TOPIC ->
                    Packets.publish(version, "a").props(Props.of().with(Property.RESPONSE_TOPIC, text));
                case PUBACK_REASON -> reason(Packets.puback(1), text);
                case PUBREC_REASON -> reason(Packets.pubrec(1), text);
                case PUBREL_REASON -> reason(Packets.pubrel(1), text);
                case PUBCOMP_REASON -> reason(Packets.pubcomp(1), text);
                case DISCONNECT_REASON -> reason(Packets.disconnect(), text);
                case AUTH_REASON ->
                    Packets.auth()
                            .reason(0x19)
                            .props(Props.of(Property.AUTHENTICATION_METHOD, "none")
                                    .with(Property.REASON_STRING, text));
            };
        }

        private static Answer reason(Answer answer, byte[] text) {
            return answer.props(Props.of().with(Property.REASON_STRING, text));
        }
    }

    /** Never to be found in UTF-8: overlong forms, surrogates, beyond U+10FFFF, cut off, continuations without a start. */
    private static final List<String> NOT_UTF8 = List.of(
            "C0 80",
            "C0 AF",
            "C1 BF",
            "E0 80 AF",
            "E0 9F BF",
            "F0 80 80 AF",
            "F0 8F BF BF",
            "ED A0 80",
            "ED AF BF",
            "ED B0 80",
            "ED BF BF",
            "ED A0 BD ED B8 80",
            "F4 90 80 80",
            "F5 80 80 80",
            "F8 88 80 80 80",
            "C3",
            "E2 82",
            "F0 9F 98",
            "80",
            "BF",
            "C3 A9 A9",
            "FE",
            "FF");

    private final Broker broker;
    private final Names names;

    DataTypesIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static byte[] joined(byte[]... parts) {
        byte[] all = {};
        for (byte[] part : parts) {
            int before = all.length;
            all = Arrays.copyOf(all, before + part.length);
            System.arraycopy(part, 0, all, before, part.length);
        }
        return all;
    }

    /** Sends it instead of, or after, a CONNECT; the connection ends: in version 5 with 0x81. */
    private void expectMalformed(Transport transport, Version version, boolean isConnect, Sendable packet) {
        try (RawClient client = broker.open(transport, version)) {
            if (isConnect) {
                client.send(packet);
                if (version.is5()) {
                    client.expectRefused(0x81);
                } else {
                    client.expectClosed();
                }
            } else {
                client.connect(Packets.connect(version, names.client("c")));
                client.send(packet);
                client.expectEnded(0x81);
            }
        }
    }

    static Stream<Arguments> fields() {
        return Cases.everywhere(List.of(Field.values()))
                .filter(each -> ((Field) each.get()[2]).existsIn((Version) each.get()[1]));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("fields")
    @Proves(v5 = "MQTT-1.5.4-1", v311 = "MQTT-1.5.3-1")
    @NotInMosquitto("it closes without saying why")
    void whatIsNotUtf8EndsTheConnection(Transport transport, Version version, Field field) {
        for (String bad : NOT_UTF8) {
            for (String text : List.of(bad, "61" + bad, "61" + bad + "62")) {
                expectMalformed(transport, version, field.isInConnect(), field.with(version, Hex.bytes(text)));
            }
        }
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("fields")
    @Proves(v5 = "MQTT-1.5.4-2", v311 = "MQTT-1.5.3-2")
    @NotInMosquitto("it closes without saying why")
    void aNullCharacterEndsTheConnection(Transport transport, Version version, Field field) {
        for (String text : List.of("00", "61 00", "00 61", "61 00 62", "C3 A9 00", "61 2F 00")) {
            expectMalformed(transport, version, field.isInConnect(), field.with(version, Hex.bytes(text)));
        }
    }

    /** A User Property in every packet that may have one. */
    private static List<Sendable> withUserProperty(Props props) {
        return List.of(
                Packets.connect(V5).props(props),
                Packets.connect(V5).will("a", "", 0, false).willProps(props),
                Packets.publish(V5, "a").props(props),
                Packets.publish(V5, "a").qos(1).id(1).props(props),
                Packets.subscribe(V5, 1).filter("a", 0).props(props),
                Packets.unsubscribe(V5, 1).filter("a").props(props),
                Packets.puback(1).props(props),
                Packets.pubrec(1).props(props),
                Packets.pubrel(1).props(props),
                Packets.pubcomp(1).props(props),
                Packets.disconnect().props(props));
    }

    static Stream<Arguments> badText() {
        return Cases.everyTransport(List.of("C0 80", "ED A0 80", "FF", "61 E2 82", "00", "61 00 62"));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("badText")
    @Proves(v5 = "MQTT-1.5.7-1")
    @NotInMosquitto("it closes without saying why")
    void bothHalvesOfAUserPropertyAreStrings(Transport transport, String bad) {
        byte[] right = {'a'};
        byte[] wrong = Hex.bytes(bad);
        for (Props props : List.of(
                Props.of().pair(Property.USER_PROPERTY.id(), wrong, right),
                Props.of().pair(Property.USER_PROPERTY.id(), right, wrong),
                Props.of().user("fine", "fine").pair(Property.USER_PROPERTY.id(), right, wrong))) {
            List<Sendable> packets = withUserProperty(props);
            for (int i = 0; i < packets.size(); i++) {
                expectMalformed(transport, V5, i < 2, packets.get(i));
            }
        }
    }

    static Stream<Arguments> rareText() {
        return Cases.everywhere(
                List.of("\uFEFF", "é", "\uD7FF", "\uE000", "\uFFFD", "\uD83D\uDE00", "\uDBFF\uDFFD", "\u4E2D\u6587"));
    }

    @ParameterizedTest(name = "case {index} over {0} in {1}")
    @MethodSource("rareText")
    @Proves(v5 = "MQTT-1.5.4-1", v311 = "MQTT-1.5.3-1")
    void everyOtherCharacterComesThroughAsItIs(Transport transport, Version version, String text) {
        String topic = names.topic(text + "/x" + text + "x");
        try (RawClient client = broker.connect(transport, version, names.client("c") + text)) {
            client.subscribe(names.topic(text + "/+"), 1);
            client.publish(Packets.publish(version, topic)
                    .payload(text)
                    .qos(1)
                    .props(Props.of().user(text, text).with(Property.CONTENT_TYPE, text)));
            Received message = client.receive();
            assertThat(message.topic()).isEqualTo(topic);
            if (version.is5()) {
                assertThat(message.properties().string(Property.CONTENT_TYPE)).contains(text);
                assertThat(message.properties().users()).containsExactly(new ReceivedProps.User(text, text));
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-1.5.4-3", v311 = "MQTT-1.5.3-3")
    void aByteOrderMarkIsACharacterLikeOthers(Transport transport, Version version) {
        String plain = names.topic("a");
        for (String marked : List.of("\uFEFF" + plain, names.topic("\uFEFFa"), plain + "\uFEFF")) {
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                client.subscribe(plain, 1);
                client.publish(marked, "not for it", 1);
                client.expectNothingFrom(client);

                client.subscribe(marked, 1);
                client.publish(marked, "marked", 1);
                assertThat(client.receive().topic()).isEqualTo(marked);
                client.publish(plain, "plain", 1);
                assertThat(client.receive().topic()).isEqualTo(plain);
            }
        }
    }

    static Stream<Arguments> overlongLengths() {
        return Cases.everywhere(List.of("80 00", "80 80 00", "80 80 80 00", "FF FF FF FF 01", "80 80 80 80 00"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("overlongLengths")
    @Proves(v5 = "MQTT-1.5.5-1")
    @NotInMosquitto("it takes some longer forms")
    void aRemainingLengthHasItsShortestForm(Transport transport, Version version, String length) {
        expectMalformed(transport, version, false, Packets.pingreq().lengthBytes(length));
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-1.5.5-1")
    @NotInMosquitto("it takes longer forms")
    void aRemainingLengthOfConnectHasItsShortestForm(Transport transport, Version version) {
        Packet connect = Packets.connect(version, names.client("c")).packet();
        String low = String.format("%02X", connect.bodyLength() | 0x80);
        for (String length : List.of(low + "00", low + "80 00", low + "80 80 00", "FF FF FF FF 01")) {
            try (RawClient client = broker.open(transport, version)) {
                client.send(connect.lengthBytes(length));
                client.expectClosed(version.is5() ? new int[] {0x81} : new int[0]);
            }
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("overlongZeros")
    @Proves(v5 = "MQTT-1.5.5-1")
    @NotInMosquitto("it takes some longer forms")
    void aPropertyLengthHasItsShortestForm(Transport transport, String length) {
        List<Sendable> packets = withUserProperty(Props.of().lengthBytes(length));
        for (int i = 0; i < packets.size(); i++) {
            expectMalformed(transport, V5, i < 2, packets.get(i));
        }
    }

    static Stream<Arguments> overlongZeros() {
        return Cases.everyTransport(List.of("80 00", "80 80 00", "80 80 80 00", "FF FF FF FF 01"));
    }

    static Stream<Arguments> overlongIdentifiers() {
        return Cases.everyTransport(List.of("81 00", "81 80 00", "81 80 80 00", "FF FF FF FF 01", "81 80 80 80 00"));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("overlongIdentifiers")
    @Proves(v5 = "MQTT-1.5.5-1")
    @NotInMosquitto("it takes some longer forms")
    void aSubscriptionIdentifierHasItsShortestForm(Transport transport, String identifier) {
        expectMalformed(
                transport,
                V5,
                false,
                Packets.subscribe(V5, 1).filter("a", 0).props(Props.of().raw("0B" + identifier)));
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-2.2.2-1")
    @NotInMosquitto("it closes without saying why")
    void aPropertyLengthIsThereEvenWithoutProperties(Transport transport) {
        String protocol = "00 04 4D 51 54 54 05";
        expectMalformed(transport, V5, true, Packets.packet(PacketType.CONNECT, 0, protocol + "02 00 00" + "00 01 61"));
        expectMalformed(
                transport,
                V5,
                true,
                Packets.packet(PacketType.CONNECT, 0, protocol + "06 00 00 00" + "00 01 61" + "00 01 62 00 00"));
        expectMalformed(transport, V5, false, Packets.packet(PacketType.PUBLISH, 0, "00 01 61"));
        expectMalformed(transport, V5, false, Packets.packet(PacketType.PUBLISH, 2, "00 01 61 00 01"));
        expectMalformed(transport, V5, false, Packets.packet(PacketType.SUBSCRIBE, 2, "00 01 00 01 61 00"));
        expectMalformed(transport, V5, false, Packets.packet(PacketType.UNSUBSCRIBE, 2, "00 01 00 01 61"));
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.packet(PacketType.CONNECT, 0, protocol + "02 00 00" + "00" + "00 00"));
            client.expect(CONNACK);
            client.send(Packets.packet(PacketType.PUBLISH, 0, "00 01 61 00"));
            client.send(Packets.packet(PacketType.DISCONNECT, 0, ""));
            client.expectClosed();
        }
    }
}
