package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Sessions: how they begin, what they keep, and how they end (MQTT 5, 3.1.2.4, 3.1.2.11.2 and 4.1). */
@BlackBox
class SessionIT {
    private static final int INCOMING = 5;
    private static final int WAITING = 10;

    private final Broker broker;
    private final Names names;

    SessionIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect persistent(Version version) {
        return Packets.connect(version, names.client("c")).persistent(60);
    }

    /** Identifiers of what a session has not finished. */
    private record Unfinished(int atLeastOnce, int exactlyOnce, int released) {}

    /**
     * Leaves a session behind that has everything: a subscription, messages that were not acknowledged, one that was not
     * completed, one of its own that was not released, and messages that wait.
     */
    private Unfinished leaveAllUnfinished(Transport transport, Version version, RawClient publisher) {
        String topic = names.topic("kept");
        RawClient client = broker.connect(transport, version, persistent(version));
        client.subscribe(topic, 2);
        publisher.publish(topic, "one", 1);
        publisher.publish(topic, "two", 2);
        publisher.publish(topic, "three", 2);
        int one = client.expect(PUBLISH).packetId();
        int two = client.expect(PUBLISH).packetId();
        int three = client.expect(PUBLISH).packetId();
        client.send(Packets.pubrec(three));
        client.expect(PUBREL);
        client.send(Packets.publish(version, names.topic("mine"))
                .qos(2)
                .id(INCOMING)
                .payload("mine"));
        assertThat(client.expect(PUBREC).reason()).isIn(0x00, 0x10);
        client.abort();
        for (int i = 0; i < WAITING; i++) {
            publisher.publish(topic, "waiting " + i, 1 + i % 2);
        }
        return new Unfinished(one, two, three);
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-5", "MQTT-3.1.3-2", "MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-3.2.2-3"},
            v311 = {"MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.1.3-2", "MQTT-3.1.4-3", "MQTT-3.2.0-1", "MQTT-3.2.2-2"})
    void aSessionGoesOnWithAllThatIsUnfinished(Transport transport, Version version) {
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(names.topic("mine"), 2);
            Unfinished ids = leaveAllUnfinished(transport, version, publisher);
            // back on every event loop, each time with everything again
            for (int i = 0; i < 4; i++) {
                RawClient client = broker.connect(transport, version, persistent(version));
                assertThat(client.connack().sessionPresent()).isTrue();
                expectUnfinished(client, ids);
                client.abort();
            }

            try (RawClient client = broker.connect(transport, version, persistent(version))) {
                finish(client, version, expectUnfinished(client, ids), ids);
                assertThat(watcher.receive().text()).isEqualTo("mine");
                watcher.expectNothingFrom(client);
            }
        }
    }

    /** What was sent before comes again as it was, then what has waited; gives the identifiers of that. */
    private List<Received> expectUnfinished(RawClient client, Unfinished ids) {
        assertRepeated(client.expect(PUBLISH), ids.atLeastOnce, 1, "one");
        assertRepeated(client.expect(PUBLISH), ids.exactlyOnce, 2, "two");
        assertThat(client.expect(PUBREL).packetId()).isEqualTo(ids.released);
        List<Received> waiting = new ArrayList<>();
        for (int i = 0; i < WAITING; i++) {
            waiting.add(client.expect(PUBLISH));
            assertThat(waiting.get(i).text()).isEqualTo("waiting " + i);
        }
        return waiting;
    }

    private static void assertRepeated(Received message, int id, int qos, String text) {
        assertThat(message.text()).isEqualTo(text);
        assertThat(message.packetId()).isEqualTo(id);
        assertThat(message.qos()).isEqualTo(qos);
        assertThat(message.dup()).isTrue();
    }

    private void finish(RawClient client, Version version, List<Received> waiting, Unfinished ids) {
        client.send(
                Packets.publish(version, names.topic("mine"))
                        .qos(2)
                        .id(INCOMING)
                        .payload("mine")
                        .dup(),
                Packets.pubrel(INCOMING));
        assertThat(client.await(PUBREC).packetId()).isEqualTo(INCOMING);
        assertThat(client.await(PUBCOMP).reason()).isZero();
        client.send(Packets.puback(ids.atLeastOnce), Packets.pubrec(ids.exactlyOnce), Packets.pubcomp(ids.released));
        assertThat(client.expect(PUBREL).packetId()).isEqualTo(ids.exactlyOnce);
        client.send(Packets.pubcomp(ids.exactlyOnce));
        waiting.forEach(client::acknowledge);
        client.expectNothing();
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-4", "MQTT-3.1.4-4", "MQTT-3.2.2-2", "MQTT-3.2.2-3"},
            v311 = {"MQTT-3.1.2-6", "MQTT-3.1.4-3", "MQTT-3.2.2-1", "MQTT-3.2.2-3"})
    @NotInMosquitto("it passes a message of QoS 2 on with its PUBREL")
    void aCleanStartLeavesNothingOfTheOldSession(Transport transport, Version version) {
        String topic = names.topic("kept");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(names.topic("mine"), 1);
            leaveAllUnfinished(transport, version, publisher);
            assertThat(watcher.receive().text()).isEqualTo("mine");
            RawClient client = broker.connect(transport, version, names.client("c"));
            assertThat(client.connack().sessionPresent()).isFalse();
            publisher.publish(topic, "lost", 1);
            client.expectNothingFrom(publisher);

            // the identifier is free: a message that bears it is a new one
            client.publish(Packets.publish(version, names.topic("mine"))
                    .qos(2)
                    .id(INCOMING)
                    .payload("another"));
            assertThat(watcher.receive().text()).isEqualTo("another");
            client.disconnect();

            try (RawClient after = broker.connect(transport, version, persistent(version))) {
                assertThat(after.connack().sessionPresent()).isFalse();
                publisher.publish(topic, "lost, too", 1);
                after.expectNothingFrom(publisher);
            }
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-6", "MQTT-3.1.4-5", "MQTT-3.2.0-1", "MQTT-3.2.2-3"},
            v311 = {"MQTT-3.1.2-4", "MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-3.2.2-3"})
    void anUnknownClientIsGivenANewSession(Transport transport, Version version) {
        String topic = names.topic("new");
        try (RawClient client = broker.connect(transport, version, persistent(version))) {
            assertThat(client.connack().sessionPresent()).isFalse();
            client.subscribe(topic, 2);
            client.publish(topic, "it works", 2);
            assertThat(client.receive().text()).isEqualTo("it works");
        }
        try (RawClient again = broker.connect(transport, version, persistent(version))) {
            assertThat(again.connack().sessionPresent()).isTrue();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.1.0-2", v311 = "MQTT-3.1.2-6")
    void aSessionThatIsNotToBeKeptEndsWithItsConnection(Transport transport, Version version) {
        String topic = names.topic("short");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            for (boolean orderly : new boolean[] {true, false}) {
                RawClient client = broker.connect(transport, version, names.client("c"));
                client.subscribe(topic, 1);
                publisher.publish(topic, "seen", 1);
                client.expect(PUBLISH);
                if (orderly) {
                    client.disconnect();
                } else {
                    client.finish();
                    client.expectClosed();
                }
                publisher.publish(topic, "missed", 1);
                try (RawClient after = broker.connect(transport, version, persistent(version))) {
                    assertThat(after.connack().sessionPresent()).isFalse();
                    publisher.publish(topic, "missed, too", 1);
                    after.expectNothingFrom(publisher);
                }
                broker.connect(transport, version, names.client("c")).disconnect();
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-6", "MQTT-4.1.0-2"})
    void aSessionWithoutExpiryEndsWithItsConnectionWhateverItBeganWith(Transport transport) {
        Connect connect = Packets.connect(V5, names.client("c")).cleanStart(false);
        for (int i = 0; i < 2; i++) {
            RawClient client = broker.connect(transport, V5, connect);
            assertThat(client.connack().sessionPresent()).isFalse();
            client.disconnect();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-23", "MQTT-3.2.2-3", "MQTT-4.1.0-2"})
    void aSessionIsKeptForItsExpiryIntervalAndNotLonger(Transport transport) {
        String topic = names.topic("kept");
        Connect connect = Packets.connect(V5, names.client("c")).persistent(3);
        try (RawClient clock = broker.connect(transport, V5, names.client("p"))) {
            RawClient client = broker.connect(transport, V5, connect);
            client.subscribe(topic, 1);
            client.disconnect();
            clock.publish(topic, "in time", 1);
            clock.expectNothingFor(Duration.ofMillis(1_500));
            client = broker.connect(transport, V5, connect);
            assertThat(client.connack().sessionPresent()).isTrue();
            assertThat(client.receive().text()).isEqualTo("in time");

            client.abort();
            clock.expectNothingFor(Duration.ofMillis(1_500));
            client = broker.connect(transport, V5, connect);
            assertThat(client.connack().sessionPresent()).isTrue();

            client.disconnect();
            clock.expectNothingFor(Duration.ofSeconds(4));
            try (RawClient late = broker.connect(transport, V5, connect)) {
                assertThat(late.connack().sessionPresent()).isFalse();
                clock.publish(topic, "too late", 1);
                late.expectNothingFrom(clock);
            }
        }
    }

    @InEveryVersion
    @Proves(v311 = "MQTT-3.1.2-7")
    void retainedMessagesStayWhenTheSessionEnds(Transport transport, Version version) {
        String topic = names.topic("retained");
        RawClient client = broker.connect(transport, version, names.client("c"));
        client.publish(Packets.publish(version, topic).payload("stays").qos(1).retain());
        client.disconnect();
        broker.connect(transport, version, names.client("c")).disconnect();
        try (RawClient late = broker.connect(transport, version, names.client("l"))) {
            late.subscribe(topic, 1);
            assertThat(late.receive().text()).isEqualTo("stays");
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.3-2", v311 = "MQTT-3.1.3-2")
    void clientIdentifiersThatDifferAtAllNameSessionsOfTheirOwn(Transport transport, Version version) {
        String id = names.client("Ab");
        List<String> alike = List.of(id, id.toLowerCase(Locale.ROOT), id + " ", " " + id, id + "/", id + "0");
        List<RawClient> clients = alike.stream()
                .map(each -> broker.connect(transport, version, each))
                .toList();
        IntStream.range(0, alike.size()).forEach(i -> clients.get(i).subscribe(names.topic(String.valueOf(i)), 1));
        clients.forEach(RawClient::expectNothing);
        clients.forEach(RawClient::close);
    }
}
