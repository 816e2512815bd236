package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
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
import io.coppice.blackbox.Unsubscribe;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** UNSUBSCRIBE and UNSUBACK: sections 3.10 and 3.11 of both standards. */
@BlackBox
class UnsubscribeIT {
    private static final int NONE = 0x11;

    private final Broker broker;
    private final Names names;

    UnsubscribeIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static Received unsubscribe(RawClient client, String... filters) {
        Unsubscribe packet = Packets.unsubscribe(client.version(), client.nextId());
        for (String filter : filters) {
            packet.filter(filter);
        }
        client.send(packet);
        return client.expect(UNSUBACK);
    }

    /** What UNSUBACK says in version 5, which in 3.1.1 says nothing. */
    private static List<Integer> codes(Version version, Integer... codes) {
        return version.is5() ? List.of(codes) : List.of();
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.10.4-1", v311 = "MQTT-3.10.4-1")
    void onlyTheVerySameFilterIsRemoved(Transport transport, Version version) {
        String filter = names.topic("x/a");
        RawClient before = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60));
        before.subscribe(filter, 1);
        before.subscribe(names.topic("x/+"), 1);
        List<String> others = List.of("x/A", "x/a/", "x//a", "x/#", "x", "+/a", "+/+", "x/a/#", "x/b");
        for (String other : others) {
            assertThat(unsubscribe(before, names.topic(other)).reasons())
                    .as(other)
                    .isEqualTo(codes(version, NONE));
        }
        assertThat(unsubscribe(before, names.topic("x/+")).reasons()).isEqualTo(codes(version, 0));
        before.publish(names.topic("x/b"), "gone", 1);
        before.publish(filter, "still there", 1);
        assertThat(before.receive().text()).isEqualTo("still there");
        before.disconnect();

        try (RawClient after = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60))) {
            assertThat(after.connack().sessionPresent()).isTrue();
            after.publish(names.topic("x/b"), "gone", 1);
            after.publish(filter, "still there", 1);
            assertThat(after.receive().text()).isEqualTo("still there");

            assertThat(unsubscribe(after, filter).reasons()).isEqualTo(codes(version, 0));
            after.publish(filter, "gone", 1);
            after.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.10.4-2", v311 = "MQTT-3.10.4-2")
    void nothingNewComesAfterUnsuback(Transport transport, Version version) {
        String topic = names.topic("news");
        List<RawClient> publishers = new ArrayList<>();
        try (RawClient client = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60))) {
            client.subscribe(topic, 1);
            for (int i = 0; i < 6; i++) {
                RawClient publisher = broker.connect(transport, version, names.client("p" + i));
                publishers.add(publisher);
                publisher.publish(topic, "before", 1);
                assertThat(client.receive().text()).isEqualTo("before");
            }
            unsubscribe(client, topic);
            for (RawClient publisher : publishers) {
                publisher.publish(topic, "after", 0);
                publisher.publish(topic, "after", 1);
                client.expectNothingFrom(publisher);
            }
            client.disconnect();

            publishers.forEach(publisher -> publisher.publish(topic, "while away", 1));
            try (RawClient back = broker.connect(
                    transport,
                    version,
                    Packets.connect(version, names.client("c")).persistent(60))) {
                assertThat(back.connack().sessionPresent()).isTrue();
                back.expectNothing();
            }
        } finally {
            publishers.forEach(RawClient::close);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.10.4-3", v311 = "MQTT-3.10.4-3")
    void deliveriesThatHaveBegunAreFinished(Transport transport, Version version) {
        String topic = names.topic("begun");
        RawClient before = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60));
        before.subscribe(topic, 2);
        before.publish(topic, "once", 2);
        before.publish(topic, "one", 1);
        before.publish(topic, "two", 2);
        Received once = before.expect(PUBLISH);
        Received one = before.expect(PUBLISH);
        Received two = before.expect(PUBLISH);
        unsubscribe(before, topic);
        before.send(Packets.pubrec(once.packetId()));
        assertThat(before.expect(PUBREL).packetId()).isEqualTo(once.packetId());
        before.send(Packets.pubcomp(once.packetId()));
        before.expectNothing();
        before.abort();

        try (RawClient after = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60))) {
            for (Received begun : List.of(one, two)) {
                Received again = after.receive();
                assertThat(again.text()).isEqualTo(begun.text());
                assertThat(again.packetId()).isEqualTo(begun.packetId());
                assertThat(again.qos()).isEqualTo(begun.qos());
                assertThat(again.dup()).isTrue();
            }
            after.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.10.4-4", "MQTT-3.10.4-5"},
            v311 = {"MQTT-3.10.4-4", "MQTT-3.10.4-5"})
    void everyUnsubscribeIsAnsweredOnceUnderItsIdentifier(Transport transport, Version version) {
        List<Integer> ids = List.of(1, 7, 255, 256, 300, 32768, 65535);
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(names.topic("known"), 0);
            client.sendTogether(ids.stream()
                    .map(id -> Packets.unsubscribe(version, id).filter(names.topic(id == 256 ? "known" : "unknown")))
                    .toArray(Sendable[]::new));

            List<Received> answers = IntStream.range(0, ids.size())
                    .mapToObj(i -> client.expect(UNSUBACK))
                    .toList();
            assertThat(answers).extracting(Received::packetId).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.reasons())
                            .isEqualTo(codes(version, answer.packetId() == 256 ? 0 : NONE)));
            client.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.10.4-6", "MQTT-3.11.3-1", "MQTT-3.11.3-2"},
            v311 = "MQTT-3.10.4-6")
    void manyFiltersInOnePacketAreAsManyUnsubscribes(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            for (String filter : List.of("a", "b", "c", "d")) {
                client.subscribe(names.topic(filter), 0);
            }
            Received unsuback = unsubscribe(
                    client,
                    names.topic("c"),
                    names.topic("unknown"),
                    names.topic("a"),
                    names.topic("a"),
                    names.topic("d"));
            assertThat(unsuback.reasons()).isEqualTo(codes(version, 0, NONE, 0, NONE, 0));
            client.expectNothing();

            for (String filter : List.of("a", "b", "c", "d")) {
                client.publish(names.topic(filter), filter, 0);
            }
            assertThat(client.receive().text()).isEqualTo("b");
            client.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.11.2-1", "MQTT-3.11.2-2", "MQTT-3.11.3-1", "MQTT-3.11.3-2"})
    @NotInMosquitto("it closes the connection over the bad filter")
    void anUnsubackHasRoomInTheSmallestPacketThatHoldsItsCodes(Transport transport) {
        int size = 2 + 2 + 1 + 25;
        try (RawClient client = broker.connect(
                transport,
                V5,
                Packets.connect(V5, names.client("c")).props(Props.of(Property.MAXIMUM_PACKET_SIZE, size)))) {
            String[] filters = new String[25];
            List<Integer> codes = new ArrayList<>();
            for (int i = 0; i < filters.length; i++) {
                filters[i] = names.topic(i % 3 == 0 ? "bad#" : "unknown");
                codes.add(i % 3 == 0 ? 0x8F : NONE);
            }
            Received unsuback = unsubscribe(client, filters);
            assertThat(unsuback.size()).isEqualTo(size);
            assertThat(unsuback.reasons()).isEqualTo(codes);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.10.4-3", v311 = "MQTT-3.10.4-3")
    void aReleaseThatHasBegunIsFinished(Transport transport, Version version) {
        String topic = names.topic("released");
        RawClient before = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60));
        before.subscribe(topic, 2);
        before.publish(topic, "m", 2);
        int id = before.expect(PUBLISH).packetId();
        before.send(Packets.pubrec(id));
        before.expect(PUBREL);
        unsubscribe(before, topic);
        before.abort();

        try (RawClient after = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60))) {
            assertThat(after.expect(PUBREL).packetId()).isEqualTo(id);
            after.send(Packets.pubcomp(id));
            after.send(Packets.publish(version, topic).qos(2).id(5));
            after.expect(PUBREC);
            after.send(Packets.pubrel(5));
            after.expect(PUBCOMP);
            after.expectNothing();
        }
    }
}
