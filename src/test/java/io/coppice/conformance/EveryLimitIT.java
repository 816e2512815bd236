package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Property.MAXIMUM_PACKET_SIZE;
import static io.coppice.blackbox.Property.RECEIVE_MAXIMUM;
import static io.coppice.blackbox.Property.SERVER_KEEP_ALIVE;
import static io.coppice.blackbox.Property.SESSION_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Property.TOPIC_ALIAS_MAXIMUM;
import static io.coppice.blackbox.Property.WILL_DELAY_INTERVAL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.ReceivedProps;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What one client is told at each of its limits, and one below; what is counted for all together is in {@link EveryQuotaIT}. */
@BlackBox
@BrokerSettings({
    "limits.packet-size-max=1024",
    "limits.packet-size-before-connect-max=256",
    "limits.connect-timeout=3s",
    "limits.client-id-length-max=23",
    "limits.topic-length-max=64",
    "limits.topic-levels-max=4",
    "limits.subscriptions-per-client-max=3",
    "limits.user-properties-max=2",
    "limits.properties-bytes-max=150",
    "limits.receive-maximum=2",
    "limits.in-flight-max=2",
    "limits.session-expiry-max=1s",
    "limits.keep-alive-max=30s",
    "limits.topic-alias-max=2",
    "limits.topic-alias-out-max=1"
})
class EveryLimitIT {
    private final Broker broker;
    private final Names names;

    EveryLimitIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private RawClient connect(Transport transport, Version version) {
        return broker.connect(transport, version, names.client("c"));
    }

    /** One past a limit: the whole of it costs the connection. */
    private void expectEnded(Transport transport, Version version, Sendable packet, int reason) {
        try (RawClient client = connect(transport, version)) {
            client.send(packet);
            client.expectEnded(reason);
        }
    }

    private void expectRefused(Transport transport, Connect connect, int reason) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect);
            client.expectRefused(reason);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.2.2-15")
    void packetSizeMax(Transport transport, Version version) {
        try (RawClient client = connect(transport, version)) {
            if (version.is5()) {
                assertThat(client.connack().properties().number(MAXIMUM_PACKET_SIZE))
                        .contains(1024L);
            }
            client.send(ofSize(version, 1024));
            client.expect(PUBACK);
        }
        expectEnded(transport, version, ofSize(version, 1025), 0x95);
        byte[] header = {0x30, (byte) 0xFE, 0x07};
        try (RawClient client = connect(transport, version)) {
            client.send(header);
            client.expectEnded(0x95);
        }
    }

    private Packet ofSize(Version version, int size) {
        Publish publish = Packets.publish(version, names.topic("size")).qos(1);
        int rest = 3 + publish.packet().bodyLength();
        Packet packet = publish.payload(new byte[size - rest]).packet();
        assertThat(packet.bytes()).hasSize(size);
        return packet;
    }

    @InEveryVersion
    void packetSizeBeforeConnectMax(Transport transport, Version version) {
        broker.connect(transport, version, connectOfSize(version, 256)).disconnect();
        try (RawClient client = broker.open(transport, version)) {
            client.send(connectOfSize(version, 257));
            if (version.is5()) {
                client.expectRefused(0x95);
            } else {
                client.expectClosed();
            }
        }
    }

    private Connect connectOfSize(Version version, int size) {
        Connect connect = Packets.connect(version, names.client("c")).user("u").password("");
        int rest = 3 + connect.packet().bodyLength();
        connect.password(new byte[size - rest]);
        assertThat(connect.packet().bytes()).hasSize(size);
        return connect;
    }

    @InEveryVersion
    void connectTimeout(Transport transport, Version version) {
        long start = System.nanoTime();
        try (RawClient silent = broker.open(transport, version);
                RawClient slow = broker.open(transport, version);
                RawClient quick = connect(transport, version)) {
            slow.send(
                    Packets.connect(version, names.client("s")).packet().cut(1).claiming(40));
            silent.expectClosed();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(2900));
            slow.expectClosed();
            quick.expectNothing();
        }
    }

    @InEveryVersion
    void clientIdLengthMax(Transport transport, Version version) {
        String longest = names.client("x".repeat(23 - names.client("").length()));
        broker.connect(transport, version, longest).disconnect();
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, longest + "x"));
            client.expectRefused(version.is5() ? 0x85 : 0x02);
        }
    }

    @InEveryVersion
    void topicLengthMax(Transport transport, Version version) {
        String prefix = names.topic("\u00E9");
        atAndAbove(transport, version, prefix + "x".repeat(64 - 1 - prefix.length()), "x");
    }

    @InEveryVersion
    void topicLevelsMax(Transport transport, Version version) {
        atAndAbove(transport, version, names.topic("2/3/4"), "/");
    }

    /** A topic at the limit, and with one character more. */
    private void atAndAbove(Transport transport, Version version, String topic, String more) {
        try (RawClient client = connect(transport, version)) {
            Received suback = client.subscribe(
                    Packets.subscribe(version, 1).filter(topic + more, 1).filter(topic, 1));
            assertThat(suback.reasons()).containsExactly(version.is5() ? 0x8F : 0x80, 1);
            client.publish(topic, "at the limit", 1);
            assertThat(client.receive().topic()).isEqualTo(topic);
        }
        expectEnded(transport, version, Packets.publish(version, topic + more), 0x90);
        broker.connect(
                        transport,
                        version,
                        Packets.connect(version, names.client("w")).will(topic, "", 0, false))
                .disconnect();
        if (version.is5()) {
            expectRefused(transport, Packets.connect(V5, names.client("w")).will(topic + more, "", 0, false), 0x90);
        }
    }

    @InEveryVersion
    void subscriptionsPerClientMax(Transport transport, Version version) {
        int refused = version.is5() ? 0x97 : 0x80;
        try (RawClient client = connect(transport, version)) {
            Subscribe four = Packets.subscribe(version, 1);
            List.of("a", "b", "c", "d").forEach(filter -> four.filter(names.topic(filter), 0));
            assertThat(client.subscribe(four).reasons()).containsExactly(0, 0, 0, refused);
            client.subscribe(names.topic("c"), 2);
            client.send(Packets.unsubscribe(version, 2).filter(names.topic("a")));
            client.expect(UNSUBACK);
            client.subscribe(names.topic("d"), 1);
            assertThat(client.subscribe(Packets.subscribe(version, 3).filter(names.topic("a"), 0))
                            .reason())
                    .isEqualTo(refused);
        }
    }

    @OnEveryTransport
    void propertiesBytesMax(Transport transport) {
        String topic = names.topic("a");
        // a User Property has 5 bytes more than its name and its value
        Props fitting = Props.of().user("a", "x".repeat(150 - 6));
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).props(fitting))) {
            client.subscribe(Packets.subscribe(V5, 1).props(fitting).filter(topic, 0));
            client.send(Packets.publish(V5, topic).props(fitting));
            assertThat(client.receive().properties().users()).hasSize(1);
        }
        Props longer = Props.of().user("a", "x".repeat(151 - 6));
        expectEnded(transport, V5, Packets.publish(V5, topic).props(longer), 0x97);
        expectEnded(transport, V5, Packets.subscribe(V5, 1).props(longer).filter(topic, 0), 0x97);
        expectRefused(transport, Packets.connect(V5, names.client("c")).props(longer), 0x97);
    }

    @OnEveryTransport
    void userPropertiesMax(Transport transport) {
        String topic = names.topic("a");
        Props two = Props.of().user("a", "1").user("b", "2");
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).props(two))) {
            client.subscribe(Packets.subscribe(V5, 1).props(two).filter(topic, 0));
            client.send(Packets.publish(V5, topic).props(two));
            assertThat(client.receive().properties().users()).hasSize(2);
        }
        Props three = two.user("c", "3");
        expectEnded(transport, V5, Packets.publish(V5, topic).props(three), 0x97);
        expectEnded(transport, V5, Packets.subscribe(V5, 1).props(three).filter(topic, 0), 0x97);
        expectRefused(transport, Packets.connect(V5, names.client("c")).props(three), 0x97);
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.4-7")
    void receiveMaximum(Transport transport) {
        String topic = names.topic("a");
        try (RawClient client = connect(transport, V5)) {
            assertThat(client.connack().properties().number(RECEIVE_MAXIMUM)).contains(2L);
            client.send(
                    Packets.publish(V5, topic).qos(2).id(1),
                    Packets.publish(V5, topic).qos(2).id(2));
            client.expect(PUBREC);
            client.expect(PUBREC);
            client.send(Packets.pubrel(1));
            client.expect(PUBCOMP);
            client.send(Packets.publish(V5, topic).qos(1).id(3));
            client.expect(PUBACK);
            client.send(Packets.publish(V5, topic).qos(2).id(1));
            client.expect(PUBREC);
            client.send(Packets.publish(V5, topic).qos(1).id(3));
            client.expectDisconnect(0x93);
        }
    }

    @InEveryVersion
    void inFlightMax(Transport transport, Version version) {
        String topic = names.topic("a");
        try (RawClient client = connect(transport, version);
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            client.subscribe(topic, 2);
            for (int i = 0; i < 4; i++) {
                publisher.publish(topic, "m" + i, 1 + i % 2);
            }
            Received first = client.expect(PUBLISH);
            Received second = client.expect(PUBLISH);
            client.expectNothing();
            client.acknowledge(first);
            Received third = client.expect(PUBLISH);
            assertThat(third.text()).isEqualTo("m2");
            client.expectNothing();
            client.acknowledge(second);
            assertThat(client.receive().text()).isEqualTo("m3");
        }
    }

    @OnEveryTransport
    void sessionExpiryMax(Transport transport) {
        String topic = names.topic("end");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 0);
            RawClient client = broker.connect(transport, V5, expiring(1));
            assertThat(client.connack().properties().has(SESSION_EXPIRY_INTERVAL))
                    .isFalse();
            client.disconnect();

            client = broker.connect(transport, V5, expiring(0xFFFF_FFFFL));
            assertThat(client.connack().properties().number(SESSION_EXPIRY_INTERVAL))
                    .contains(1L);
            long start = System.nanoTime();
            client.abort();
            endsASecondAfter(start, watcher);

            client = broker.connect(transport, V5, expiring(1));
            start = System.nanoTime();
            client.disconnect(Packets.disconnect().reason(0x04).props(Props.of(SESSION_EXPIRY_INTERVAL, 100)));
            endsASecondAfter(start, watcher);
        }
    }

    /** The end of its session shows by its will. */
    private Connect expiring(long seconds) {
        return Packets.connect(V5, names.client("c"))
                .persistent(seconds)
                .will(names.topic("end"), "ended", 0, false)
                .willProps(Props.of(WILL_DELAY_INTERVAL, 60));
    }

    private static void endsASecondAfter(long start, RawClient watcher) {
        long end = watcher.receive().nanos();
        assertThat(Duration.ofNanos(end - start)).isGreaterThan(Duration.ofMillis(900));
    }

    @OnEveryTransport
    void keepAliveMax(Transport transport) {
        for (int wanted : new int[] {29, 30}) {
            assertThat(serverKeepAlive(transport, wanted).has(SERVER_KEEP_ALIVE))
                    .isFalse();
        }
        for (int wanted : new int[] {0, 31, 65_535}) {
            assertThat(serverKeepAlive(transport, wanted).number(SERVER_KEEP_ALIVE))
                    .contains(30L);
        }
    }

    private ReceivedProps serverKeepAlive(Transport transport, int wanted) {
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).keepAlive(wanted))) {
            return client.connack().properties();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.2.2-17", "MQTT-3.3.2-9"})
    void topicAliasMax(Transport transport) {
        String topic = names.topic("a");
        try (RawClient client = connect(transport, V5)) {
            assertThat(client.connack().properties().number(TOPIC_ALIAS_MAXIMUM))
                    .contains(2L);
            client.subscribe(topic, 0);
            client.send(Packets.publish(V5, topic).props(Props.of(TOPIC_ALIAS, 2)));
            client.send(Packets.publish(V5, "").props(Props.of(TOPIC_ALIAS, 2)));
            client.receive();
            assertThat(client.receive().topic()).isEqualTo(topic);
        }
        expectEnded(transport, V5, Packets.publish(V5, topic).props(Props.of(TOPIC_ALIAS, 3)), 0x94);
    }

    @OnEveryTransport
    void topicAliasOutMax(Transport transport) {
        Props offer = Props.of(TOPIC_ALIAS_MAXIMUM, 10);
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).props(offer))) {
            client.subscribe(names.topic("+"), 0);
            List<Long> aliases = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                client.publish(names.topic("enough" + i % 3), "m", 0);
                client.receive().properties().number(TOPIC_ALIAS).ifPresent(aliases::add);
            }
            assertThat(aliases).isNotEmpty().containsOnly(1L);
        }
    }
}
