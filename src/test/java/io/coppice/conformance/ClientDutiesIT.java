package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.SUBACK;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Subscribe.NO_LOCAL;
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
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Upgrade;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What both standards ask of a client that is let in, and a broker has to notice. */
@BlackBox
class ClientDutiesIT {
    private final Broker broker;
    private final Names names;

    ClientDutiesIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private void expectEnded(Transport transport, Version version, Sendable packet, int... reasons) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.send(packet);
            client.expectEnded(reasons);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-3", v311 = "MQTT-2.3.1-1")
    @NotInMosquitto("it closes without DISCONNECT")
    void aPacketIdentifierIsNotZero(Transport transport, Version version) {
        String topic = names.topic("a");
        expectEnded(transport, version, Packets.publish(version, topic).qos(1).id(0), 0x81, 0x82);
        expectEnded(transport, version, Packets.publish(version, topic).qos(2).id(0), 0x81, 0x82);
        expectEnded(transport, version, Packets.subscribe(version, 0).filter(topic, 0), 0x81, 0x82);
        expectEnded(transport, version, Packets.unsubscribe(version, 0).filter(topic), 0x81, 0x82);
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-2.2.1-3", v311 = "MQTT-2.3.1-2")
    @NotInMosquitto("it keeps an identifier of its own for each direction and request")
    void anIdentifierInUseIsNotTakenForAnother(Transport transport, Version version) {
        String topic = names.topic("a");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient client = broker.connect(transport, version, names.client("c"))) {
            watcher.subscribe(topic, 2);
            client.send(Packets.publish(version, topic).qos(2).id(5).payload("first"));
            client.expect(PUBREC);
            client.send(Packets.publish(version, topic).qos(2).id(5).payload("second"));
            assertThat(client.expect(PUBREC).packetId()).isEqualTo(5);
            int inUse = version.is5() ? 0x91 : 0x80;
            client.send(Packets.subscribe(version, 5).filter(topic, 0));
            assertThat(client.expect(SUBACK).reasons()).containsExactly(inUse);
            client.send(Packets.unsubscribe(version, 5).filter(topic));
            assertThat(client.expect(UNSUBACK).reasons()).isEqualTo(version.is5() ? List.of(0x91) : List.of());
            if (version.is5()) {
                client.send(Packets.publish(version, topic).qos(1).id(5).payload("third"));
                assertThat(client.expect(PUBACK).reason()).isEqualTo(0x91);
            }
            client.send(Packets.pubrel(5));
            assertThat(client.expect(PUBCOMP).reason()).isZero();

            assertThat(watcher.receive().text()).isEqualTo("first");
            watcher.expectNothingFrom(client);
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.2.2-17", "MQTT-3.3.2-9"})
    @NotInMosquitto("it closes without DISCONNECT")
    void aTopicAliasIsAtMostTheMaximum(Transport transport) {
        String topic = names.topic("a");
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            long max = client.connack()
                    .properties()
                    .number(Property.TOPIC_ALIAS_MAXIMUM)
                    .orElseThrow();
            client.publish(Packets.publish(V5, topic).qos(1).props(Props.of(Property.TOPIC_ALIAS, max)));
            client.send(Packets.publish(V5, topic).qos(1).props(Props.of(Property.TOPIC_ALIAS, max + 1)));
            client.expectDisconnect(0x94);
        }
        expectEnded(transport, V5, Packets.publish(V5, topic).props(Props.of(Property.TOPIC_ALIAS, 65_535)), 0x94);
        expectEnded(transport, V5, Packets.publish(V5, topic).props(Props.of(Property.TOPIC_ALIAS, 0)), 0x94);
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.4-6")
    @NotInMosquitto("it closes without DISCONNECT")
    void aPublishOfAClientHasNoSubscriptionIdentifier(Transport transport) {
        Props identified = Props.of(Property.SUBSCRIPTION_IDENTIFIER, 1);
        expectEnded(transport, V5, Packets.publish(V5, names.topic("a")).props(identified), 0x82);
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.4-7")
    @NotInMosquitto("it closes without DISCONNECT")
    void theReceiveMaximumIsNotExceeded(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            long max = client.connack()
                    .properties()
                    .number(Property.RECEIVE_MAXIMUM)
                    .orElseThrow();
            List<Sendable> publishes = new ArrayList<>();
            for (int id = 1; id <= max; id++) {
                publishes.add(Packets.publish(V5, names.topic("a")).qos(2).id(id));
            }
            client.sendTogether(publishes.toArray(Sendable[]::new));
            for (int id = 1; id <= max; id++) {
                assertThat(client.expect(PUBREC).packetId()).isEqualTo(id);
            }
            client.expectNothing();
            client.send(Packets.publish(V5, names.topic("a")).qos(2).id(65_535));
            client.expectDisconnect(0x93);
        }
    }

    static Stream<Arguments> flags() {
        return Cases.everywhere(
                Stream.of(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15).toList());
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("flags")
    @Proves(
            v5 = {"MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1"},
            v311 = {"MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1"})
    @NotInMosquitto("it closes without DISCONNECT")
    void pubrelSubscribeAndUnsubscribeHaveTheFlags0010(Transport transport, Version version, int flags) {
        String topic = names.topic("a");
        expectEnded(transport, version, Packets.pubrel(1).packet().flags(flags), 0x81);
        expectEnded(
                transport,
                version,
                Packets.subscribe(version, 1).filter(topic, 0).packet().flags(flags),
                0x81);
        expectEnded(
                transport,
                version,
                Packets.unsubscribe(version, 1).filter(topic).packet().flags(flags),
                0x81);
    }

    static Stream<Arguments> noUtf8() {
        return Cases.everywhere(List.of("C0 80", "ED A0 80", "FF", "F5 80 80 80", "61 C3", "61 00"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("noUtf8")
    @Proves(
            v5 = {"MQTT-3.8.3-1", "MQTT-3.10.3-1"},
            v311 = {"MQTT-3.8.3-1", "MQTT-3.10.3-1"})
    @NotInMosquitto("it closes without DISCONNECT")
    void aFilterIsUtf8(Transport transport, Version version, String hex) {
        byte[] bad = Packets.raw(hex);
        expectEnded(transport, version, Packets.subscribe(version, 1).filter(bad, 0), 0x81);
        expectEnded(
                transport,
                version,
                Packets.subscribe(version, 1).filter(names.topic("a"), 0).filter(bad, 0),
                0x81);
        expectEnded(transport, version, Packets.unsubscribe(version, 1).filter(bad), 0x81);
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.8.3-2", "MQTT-3.10.3-2"},
            v311 = {"MQTT-3.8.3-3", "MQTT-3.10.3-2"})
    @NotInMosquitto("it closes without DISCONNECT")
    void thereIsAFilter(Transport transport, Version version) {
        expectEnded(transport, version, Packets.subscribe(version, 1), 0x82);
        expectEnded(transport, version, Packets.unsubscribe(version, 1), 0x82);
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.8.3-4")
    @NotInMosquitto("it closes without DISCONNECT")
    void aSharedSubscriptionIsNotNoLocal(Transport transport) {
        expectEnded(transport, V5, Packets.subscribe(V5, 1).filter(names.shared("g", "a"), 1 | NO_LOCAL), 0x82);
    }

    static Stream<Arguments> noFilters() {
        return Cases.everywhere(List.of(
                "a#", "a/#/b", "##", "#/b", "#/", "a/#b", "a/##", "a+", "+a/b", "a/b+/c", "++", "a/+b", "+#", "#+"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("noFilters")
    @Proves(
            v5 = {"MQTT-4.7.1-1", "MQTT-4.7.1-2"},
            v311 = {"MQTT-4.7.1-2", "MQTT-4.7.1-3"})
    @NotInMosquitto("it closes the connection")
    void wildcardsFillWholeLevelsAndTheHashIsLast(Transport transport, Version version, String filter) {
        expectInvalid(transport, version, filter);
        expectInvalid(transport, version, names.topic(filter));
        expectInvalid(transport, version, names.shared("g", filter));
    }

    static Stream<Arguments> noShares() {
        return Cases.everywhere(
                List.of("$share//t", "$share/g", "$share/g/", "$share/", "$share/g+/t", "$share/g#/t", "$share/+/t"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("noShares")
    @Proves(v5 = {"MQTT-4.8.2-1", "MQTT-4.8.2-2"})
    @NotInMosquitto("it closes the connection")
    void aShareNameHasACharacterAndNoWildcardAndAFilterBehindIt(Transport transport, Version version, String filter) {
        expectInvalid(transport, version, filter);
    }

    private void expectInvalid(Transport transport, Version version, String filter) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            Received suback = client.subscribe(Packets.subscribe(version, 1).filter(filter, 0));
            assertThat(suback.reason()).isEqualTo(version.is5() ? 0x8F : 0x80);
            client.expectNothing();
        }
    }

    static Stream<Arguments> violations() {
        return Cases.everyTransport(List.of(
                Packets.raw("00 00"),
                Packets.raw("F0 00"),
                Packets.raw("20 02 00 00"),
                Packets.raw("90 03 00 01 00"),
                Packets.raw("B0 02 00 01"),
                Packets.raw("D0 00"),
                Packets.raw("C0 01 00"),
                Packets.raw("C1 00"),
                Packets.raw("C0 FF FF FF FF 01"),
                Packets.raw("30 05 FF FF 61 61 61"),
                Packets.raw("36 05 00 01 61 00 01"),
                Packets.raw("38 03 00 01 61"),
                Packets.raw("32 03 00 01 61"),
                Packets.raw("40 03 00 01 00"),
                Packets.raw("62 01 00"),
                Packets.raw("82 06 00 01 00 09 61 00"),
                Packets.raw("A2 04 00 01 00 05"),
                Packets.raw("E0 01 00"),
                Packets.raw("10 0D 00 04 4D 51 54 54 04 02 00 00 00 01 63")));
    }

    /** The will shows that the server took it for a failure; another client shows that it goes on. */
    @ParameterizedTest(name = "over {0}")
    @MethodSource("violations")
    @Proves(v311 = "MQTT-4.8.0-1")
    @NotInMosquitto("it takes some of them, and waits for more bytes of others")
    void aViolationEndsTheConnectionOnWhichItCame(Transport transport, byte[] violation) {
        String topic = names.topic("will");
        try (RawClient other = broker.connect(transport, V311, names.client("o"));
                RawClient client = broker.connect(
                        transport,
                        V311,
                        Packets.connect(V311, names.client("c")).will(topic, "gone", 1, false))) {
            other.subscribe(topic, 1);
            client.send(violation);
            client.expectClosed();
            assertThat(other.receive().text()).isEqualTo("gone");
            other.publish(topic, "and on", 1);
            assertThat(other.receive().text()).isEqualTo("and on");
        }
    }

    @Test
    @Proves(v5 = "MQTT-6.0.0-3", v311 = "MQTT-6.0.0-3")
    @NotInMosquitto("it has no WebSocket of its own here")
    void aWebSocketIsForMqtt() throws Exception {
        String header = "Sec-WebSocket-Protocol";
        assertThat(broker.upgrade(Upgrade.request().header(header, "chat")).status())
                .isEqualTo(400);
        assertThat(broker.upgrade(Upgrade.request().header(header, "mqtts, MQTT, mq"))
                        .status())
                .isEqualTo(400);
        Upgrade.Response among = broker.upgrade(Upgrade.request().header(header, "chat, mqtt"));
        assertThat(among.status()).isEqualTo(101);
        assertThat(among.headers()).containsEntry(header, "mqtt");
        Upgrade.Response none = broker.upgrade(Upgrade.request().without(header));
        assertThat(none.status()).isEqualTo(101);
        assertThat(none.headers()).doesNotContainKey(header);
    }
}
