package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.DISCONNECT;
import static io.coppice.blackbox.Property.MAXIMUM_PACKET_SIZE;
import static io.coppice.blackbox.Property.REASON_STRING;
import static io.coppice.blackbox.Property.RECEIVE_MAXIMUM;
import static io.coppice.blackbox.Property.SESSION_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.WILL_DELAY_INTERVAL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Answer;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** DISCONNECT: section 3.14 of both standards. */
@BlackBox
class DisconnectIT {
    private final Broker broker;
    private final Names names;

    DisconnectIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private RawClient withWill(Transport transport, Version version, String topic) {
        return broker.connect(
                transport, version, Packets.connect(version, names.client("c")).will(topic, "will", 1, false));
    }

    static Stream<Arguments> badConnects() {
        return Cases.everyTransport(List.of(
                Packets.connect(V5, "c").packet().flags(1),
                Packets.connect(V5, "c").flags(0x03),
                Packets.connect(V5, "c").flags(0x1E),
                Packets.connect(V5, "c").packet().append("00"),
                Packets.connect(V5, "c").packet().cut(1),
                Packets.connect(V5, "c").protocol("MQTT", 6),
                Packets.connect(V5).clientId(Packets.raw("ED A0 80")),
                Packets.connect(V5, "c").props(Props.of(RECEIVE_MAXIMUM, 0)),
                Packets.connect(V5, "c").props(Props.of().int16(0x21, 5).int16(0x21, 5)),
                Packets.connect(V5, "c").props(Props.of().raw("7F 00")),
                Packets.connect(V5, "c").packet().lengthBytes("FF FF FF FF 01"),
                Packets.publish(V5, "t"),
                Packets.disconnect(),
                Packets.packet(PacketType.RESERVED, 0, "")));
    }

    /** That a DISCONNECT does not come before CONNACK is for {@link RawClient} to see; here it is provoked. */
    @ParameterizedTest(name = "over {0}")
    @MethodSource("badConnects")
    @Proves(v5 = "MQTT-3.14.0-1")
    void noDisconnectAnswersABadConnect(Transport transport, Sendable bad) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(bad);
            client.expectClosed(0x01, 0x81, 0x82, 0x84, 0x85);
        }
    }

    static Stream<Arguments> flags() {
        return Cases.everywhere(IntStream.rangeClosed(1, 15).boxed().toList());
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("flags")
    @Proves(v5 = "MQTT-3.14.1-1", v311 = "MQTT-3.14.1-1")
    @NotInMosquitto("it closes without DISCONNECT")
    void aDisconnectWithFlagsIsNone(Transport transport, Version version, int flags) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient client = withWill(transport, version, topic)) {
            watcher.subscribe(topic, 1);
            client.send(Packets.disconnect().packet().flags(flags));
            client.expectEnded(0x81);
            assertThat(watcher.receive().text()).isEqualTo("will");
        }
    }

    static Stream<Arguments> noReasons() {
        return Cases.everyTransport(List.of(0x01, 0x02, 0x03, 0x05, 0x18, 0x7F, 0x84, 0x8B, 0xA3, 0xFF));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("noReasons")
    @Proves(v5 = "MQTT-3.14.2-1")
    @NotInMosquitto("it takes any reason code")
    void aDisconnectWithoutAReasonOfItsTableIsNone(Transport transport, int code) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"));
                RawClient client = withWill(transport, V5, topic)) {
            watcher.subscribe(topic, 1);
            client.send(Packets.disconnect().reason(code));
            client.expectDisconnect(0x81, 0x82);
            assertThat(watcher.receive().text()).isEqualTo("will");
        }
    }

    static Stream<Arguments> reasons() {
        return Cases.everyTransport(
                List.of(0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("reasons")
    @Proves(v5 = {"MQTT-3.14.2-1", "MQTT-3.14.4-3"})
    @NotInMosquitto("it publishes the will for 0x04 only")
    void onlyANormalDisconnectWithdrawsTheWill(Transport transport, int code) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"));
                RawClient client = withWill(transport, V5, topic)) {
            watcher.subscribe(topic, 1);
            client.send(Packets.disconnect().reason(code));
            client.expectClosed();
            if (code == 0) {
                try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
                    watcher.expectNothingFrom(publisher);
                }
            } else {
                assertThat(watcher.receive().text()).isEqualTo("will");
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.14.4-3", v311 = "MQTT-3.14.4-3")
    void aPlainDisconnectWithdrawsTheWillForGood(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            watcher.subscribe(topic, 1);
            withWill(transport, version, topic).disconnect();
            watcher.expectNothingFrom(publisher);

            Connect persistent = Packets.connect(version, names.client("c"))
                    .persistent(60)
                    .will(topic, "will", 1, false)
                    .willProps(Props.of(WILL_DELAY_INTERVAL, 30));
            broker.connect(transport, version, persistent).disconnect();
            broker.connect(transport, version, names.client("c")).disconnect();
            watcher.expectNothingFrom(publisher);
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.14.2-2", "MQTT-3.14.4-2"})
    @NotInMosquitto("it closes without DISCONNECT")
    void everyDisconnectOfTheServerIsWithoutSessionExpiryAndTheLastThing(Transport transport) {
        Connect expiring = Packets.connect(V5, names.client("c")).persistent(60).keepAlive(1);
        List<Sendable> provocations = List.of(
                Packets.subscribe(V5, 1),
                Packets.publish(V5, "a").packet().flags(6),
                Packets.publish(V5, "a").packet().claiming(268_435_455),
                Packets.publish(V5, "").props(Props.of()),
                Packets.auth().reason(0x19),
                Packets.connect(V5, names.client("c")));
        for (Sendable provocation : provocations) {
            try (RawClient client = broker.connect(transport, V5, expiring)) {
                client.send(provocation);
                farewell(client);
            }
        }
        try (RawClient silent = broker.connect(transport, V5, expiring)) {
            assertThat(farewell(silent).reason()).isEqualTo(0x8D);
        }
        try (RawClient first = broker.connect(transport, V5, expiring);
                RawClient second = broker.connect(transport, V5, expiring)) {
            assertThat(farewell(first).reason()).isEqualTo(0x8E);
            second.expectNothing();
        }
    }

    private static Received farewell(RawClient client) {
        Received disconnect = client.within(Duration.ofSeconds(4)).expect(DISCONNECT);
        assertThat(disconnect.properties().has(SESSION_EXPIRY_INTERVAL)).isFalse();
        client.expectClosed();
        return disconnect;
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.14.2-3", "MQTT-3.14.2-4"})
    @NotInMosquitto("it closes without DISCONNECT")
    void aDisconnectGivesItsReasonInWordsWhereTheyFit(Transport transport) {
        Received full = refusedSubscribe(transport, Long.MAX_VALUE);
        assertThat(full.properties().string(REASON_STRING)).isPresent();

        assertThat(refusedSubscribe(transport, full.size()).properties().string(REASON_STRING))
                .isPresent();
        Received bare = refusedSubscribe(transport, full.size() - 1);
        assertThat(bare.properties().isEmpty()).isTrue();
        assertThat(bare.reason()).isEqualTo(full.reason());
    }

    private Received refusedSubscribe(Transport transport, long maximumPacketSize) {
        Props props =
                maximumPacketSize == Long.MAX_VALUE ? Props.of() : Props.of(MAXIMUM_PACKET_SIZE, maximumPacketSize);
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).props(props))) {
            client.send(Packets.subscribe(V5, 1));
            return client.expectDisconnect(0x82);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.14.4-1", "MQTT-3.14.4-2"},
            v311 = {"MQTT-3.14.4-1", "MQTT-3.14.4-2"})
    void afterDisconnectTheServerClosesAndHearsNothing(Transport transport, Version version) {
        String topic = names.topic("late");
        Packet late = Packets.publish(version, topic)
                .qos(1)
                .id(3)
                .retain()
                .payload("late")
                .packet();
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            watcher.subscribe(topic, 1);
            try (RawClient together = broker.connect(transport, version, names.client("c"))) {
                together.sendTogether(Packets.disconnect(), late);
                together.expectClosed();
            }
            try (RawClient apart = broker.connect(transport, version, names.client("c"))) {
                apart.send(Packets.disconnect(), late);
                apart.expectClosed();
                apart.send(late);
            }
            watcher.expectNothingFrom(publisher);
            watcher.subscribe(topic, 1);
            watcher.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(v5 = {"MQTT-3.14.4-1", "MQTT-3.14.4-2"})
    @NotInMosquitto("it closes without DISCONNECT")
    void afterARefusalTheServerClosesAndHearsNothing(Transport transport, Version version) {
        String topic = names.topic("late");
        Packet late = Packets.publish(version, topic)
                .qos(1)
                .id(3)
                .retain()
                .payload("late")
                .packet();
        Answer reserved = Packets.pubrel(9);
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient client = broker.connect(transport, version, names.client("c"))) {
            watcher.subscribe(topic, 1);
            client.subscribe(topic, 1);
            client.sendTogether(reserved.packet().flags(0), late);
            client.expectEnded(0x81);
            client.send(late);
            watcher.expectNothingFrom(publisher);
            watcher.subscribe(topic, 1);
            watcher.expectNothing();
        }
    }
}
