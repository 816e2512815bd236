package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.SUBACK;
import static io.coppice.blackbox.Subscribe.NO_LOCAL;
import static io.coppice.blackbox.Subscribe.RETAIN_AS_PUBLISHED;
import static io.coppice.blackbox.Subscribe.RETAIN_IF_NEW;
import static io.coppice.blackbox.Subscribe.RETAIN_NEVER;
import static io.coppice.blackbox.Version.V311;
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
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** SUBSCRIBE and SUBACK: sections 3.8 and 3.9 of both standards. */
@BlackBox
class SubscribeIT {
    private static final int STREAM = 1000;

    private final Broker broker;
    private final Names names;

    SubscribeIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.8.3-3")
    @NotInMosquitto("a subscription that was No Local stays so when it is replaced")
    void aNoLocalSubscriberIsNotSentItsOwn(Transport transport) {
        String topic = names.topic("chat");
        RawClient before = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).persistent(60));
        try (RawClient other = broker.connect(transport, V5, names.client("o"))) {
            before.subscribe(topic, 1 | NO_LOCAL);
            hearsOthersAndNotItself(before, other, topic);
            before.disconnect();

            try (RawClient after = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("c")).persistent(60))) {
                assertThat(after.connack().sessionPresent()).isTrue();
                hearsOthersAndNotItself(after, other, topic);
                after.subscribe(topic, 1);
                after.publish(topic, "heard again", 1);
                assertThat(after.receive().text()).isEqualTo("heard again");
            }
        }
    }

    private static void hearsOthersAndNotItself(RawClient client, RawClient other, String topic) {
        for (int qos = 0; qos <= 2; qos++) {
            client.publish(topic, "own", qos);
        }
        client.expectNothingFrom(client);
        other.publish(topic, "from another", 1);
        assertThat(client.receive().text()).isEqualTo("from another");
    }

    static Stream<Arguments> badOptions() {
        return Stream.of(Transport.values())
                .flatMap(transport -> Stream.concat(
                        Stream.of(0x40, 0x80, 0xC1, 0x03, 0x30, 0x32)
                                .map(options -> Arguments.of(transport, V5, options)),
                        Stream.of(0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFC)
                                .map(options -> Arguments.of(transport, V311, options))));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("badOptions")
    @Proves(v5 = "MQTT-3.8.3-5", v311 = "MQTT-3.8.3-4")
    @NotInMosquitto("it closes without DISCONNECT, and takes some")
    void optionsThatDoNotExistEndTheConnection(Transport transport, Version version, int options) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.send(
                    Packets.subscribe(version, 1).filter(names.topic("a"), 1).filter(names.topic("b"), options));
            client.expectEnded(0x81, 0x82);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.8.4-1", "MQTT-3.8.4-2"},
            v311 = {"MQTT-3.8.4-1", "MQTT-3.8.4-2"})
    void everySubscribeIsAnsweredOnceUnderItsIdentifier(Transport transport, Version version) {
        List<Integer> ids = List.of(1, 7, 255, 256, 300, 32768, 65535);
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.sendTogether(ids.stream()
                    .map(id -> Packets.subscribe(version, id).filter(names.topic("a" + id % 3), id % 3))
                    .toArray(Sendable[]::new));

            List<Received> answers = IntStream.range(0, ids.size())
                    .mapToObj(i -> client.expect(SUBACK))
                    .toList();
            assertThat(answers)
                    .extracting(Received::packetId)
                    .containsExactlyInAnyOrderElementsOf(ids)
                    .allSatisfy(id -> assertThat(codeOf(answers, id)).isEqualTo(id % 3));
            client.expectNothing();
        }
    }

    private static int codeOf(List<Received> answers, int id) {
        return answers.stream()
                .filter(answer -> answer.packetId() == id)
                .findFirst()
                .orElseThrow()
                .reason();
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.8.4-3", v311 = "MQTT-3.8.4-3")
    @NotInMosquitto("a subscription keeps the Retain As Published that it was made with")
    void aSecondSubscribeReplacesTheFirst(Transport transport, Version version) {
        String topic = names.topic("again");
        try (RawClient client = broker.connect(
                        transport,
                        version,
                        Packets.connect(version, names.client("c")).persistent(60));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            client.subscribe(identified(version, 11).filter(topic, 0));
            client.subscribe(identified(version, 12).filter(topic, 2 | (version.is5() ? RETAIN_AS_PUBLISHED : 0)));
            publisher.publish(Packets.publish(version, topic).qos(2).retain().payload("first"));
            Received first = client.receive();
            assertThat(first.qos()).isEqualTo(2);
            assertThat(first.retain()).isEqualTo(version.is5());
            assertThat(first.properties().subscriptionIdentifiers())
                    .isEqualTo(version.is5() ? List.of(12L) : List.of());
            client.expectNothingFrom(publisher);

            client.subscribe(
                    Packets.subscribe(version, client.nextId()).filter(topic, version.is5() ? RETAIN_NEVER : 0));
            if (!version.is5()) {
                assertThat(client.receive().text()).isEqualTo("first");
            }
            publisher.publish(Packets.publish(version, topic).qos(2).retain());
            Received second = client.receive();
            assertThat(second.qos()).isZero();
            assertThat(second.retain()).isFalse();
            assertThat(second.properties().subscriptionIdentifiers()).isEmpty();
            client.expectNothingFrom(publisher);
        }
    }

    private static Subscribe identified(Version version, int subscriptionIdentifier) {
        return Packets.subscribe(version, subscriptionIdentifier)
                .props(Props.of(Property.SUBSCRIPTION_IDENTIFIER, subscriptionIdentifier));
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.8.4-4", v311 = "MQTT-3.8.4-3")
    void aSecondSubscribeBringsTheRetainedMessagesAgain(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.publish(
                    Packets.publish(version, names.topic("r/a")).qos(1).retain().payload("a"));
            client.publish(
                    Packets.publish(version, names.topic("r/b")).qos(1).retain().payload("b"));
            for (int time = 0; time < 3; time++) {
                client.subscribe(names.topic("r/+"), time);
                assertThat(List.of(client.receive().text(), client.receive().text()))
                        .containsExactlyInAnyOrder("a", "b");
                client.expectNothing();
            }
            if (version.is5()) {
                client.subscribe(names.topic("r/+"), 1 | RETAIN_IF_NEW);
                client.subscribe(names.topic("r/+"), 1 | RETAIN_NEVER);
                client.expectNothing();
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.8.4-4", v311 = "MQTT-3.8.4-3")
    void nothingIsLostOrDoubledWhileASubscriptionIsReplaced(Transport transport, Version version) {
        String topic = names.topic("stream");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 1);
            CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> stream(transport, version, topic));
            List<String> received = new ArrayList<>();
            int replaced = 0;
            while (received.size() < STREAM) {
                Received message = client.await(PUBLISH);
                client.acknowledge(message);
                received.add(message.text());
                if (received.size() % 10 == 0) {
                    client.send(Packets.subscribe(version, client.nextId()).filter(topic, ++replaced % 3));
                }
            }
            publishing.join();
            for (int i = 0; i < replaced; i++) {
                client.await(SUBACK);
            }

            assertThat(replaced).isEqualTo(100);
            assertThat(received)
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, STREAM)
                            .mapToObj(Integer::toString)
                            .toList());
            client.expectNothing();
        }
    }

    private void stream(Transport transport, Version version, String topic) {
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            for (int i = 0; i < STREAM; i += 10) {
                publisher.sendTogether(IntStream.range(i, i + 10)
                        .mapToObj(n ->
                                Packets.publish(version, topic).qos(1).id(1 + n).payload(Integer.toString(n)))
                        .toArray(Publish[]::new));
                for (int answered = 0; answered < 10; answered++) {
                    publisher.expect(PUBACK);
                }
            }
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.9.3-1"},
            v311 = {"MQTT-3.8.4-4", "MQTT-3.9.3-1"})
    void manyFiltersInOnePacketAreAsManySubscribes(Transport transport, Version version) {
        int count = 1000;
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            Subscribe all = Packets.subscribe(version, 9);
            List<Integer> codes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int qos = (i % 5 + i / 900) % 3;
                all.filter(names.topic("many/" + i % 900), qos);
                codes.add(qos);
            }
            Received suback = client.subscribe(all);
            assertThat(suback.packetId()).isEqualTo(9);
            assertThat(suback.reasons()).isEqualTo(codes);

            for (int i : new int[] {0, 1, 50, 99, 100, 450, 898, 899}) {
                client.publish(names.topic("many/" + i), "m" + i, 2);
                Received message = client.receive();
                assertThat(message.text()).isEqualTo("m" + i);
                assertThat(message.qos()).isEqualTo(codes.get(i < 100 ? i + 900 : i));
            }
            client.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2"},
            v311 = {"MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.9.3-2"})
    @NotInMosquitto("it closes the connection")
    void aRefusedFilterIsAnsweredAtItsPlaceAndHarmsNoOther(Transport transport, Version version) {
        int refused = version.is5() ? 0x8F : 0x80;
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            Received suback = client.subscribe(Packets.subscribe(version, 3)
                    .filter(names.topic("a#"), 1)
                    .filter(names.topic("zero"), 0)
                    .filter(names.topic("b+/c"), 2)
                    .filter(names.topic("two"), 2)
                    .filter("$share//" + names.topic("two"), 0)
                    .filter(names.topic("one"), 1));
            assertThat(suback.reasons()).containsExactly(refused, 0, refused, 2, refused, 1);

            for (String topic : List.of("zero", "one", "two")) {
                client.publish(names.topic(topic), topic, 2);
                Received message = client.receive();
                assertThat(message.text()).isEqualTo(topic);
                assertThat(message.qos())
                        .isEqualTo(List.of("zero", "one", "two").indexOf(topic));
            }
            client.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.8.4-8", v311 = "MQTT-3.8.4-6")
    void aMessageComesAtTheLowerOfBothQos(Transport transport, Version version) {
        RawClient client = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60));
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            for (int granted = 0; granted <= 2; granted++) {
                client.subscribe(names.topic("g" + granted), granted);
            }
            eachOnce(publisher, version, (granted, published) -> {
                Received message = client.receive();
                assertThat(message.topic()).isEqualTo(names.topic("g" + granted));
                assertThat(message.qos()).isEqualTo(Math.min(granted, published));
            });
            client.disconnect();
            eachOnce(publisher, version, (granted, published) -> {});
        }
        try (RawClient back = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).persistent(60))) {
            for (int granted = 1; granted <= 2; granted++) {
                for (int published = 1; published <= 2; published++) {
                    Received message = back.receive();
                    assertThat(message.topic()).isEqualTo(names.topic("g" + granted));
                    assertThat(message.text()).isEqualTo("q" + published);
                    assertThat(message.qos()).isEqualTo(Math.min(granted, published));
                }
            }
            back.expectNothing();
        }
    }

    private interface Check {
        void of(int granted, int published);
    }

    private void eachOnce(RawClient publisher, Version version, Check check) {
        for (int granted = 0; granted <= 2; granted++) {
            for (int published = 0; published <= 2; published++) {
                publisher.publish(names.topic("g" + granted), "q" + published, published);
                check.of(granted, published);
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.8.4-8", v311 = "MQTT-3.8.4-6")
    void aRetainedMessageComesAtTheLowerOfBothQos(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            for (int published = 0; published <= 2; published++) {
                client.publish(Packets.publish(version, names.topic("r" + published))
                        .qos(published)
                        .retain()
                        .payload("kept"));
            }
            for (int granted = 0; granted <= 2; granted++) {
                for (int published = 0; published <= 2; published++) {
                    client.subscribe(names.topic("r" + published), granted);
                    Received message = client.receive();
                    assertThat(message.topic()).isEqualTo(names.topic("r" + published));
                    assertThat(message.qos()).isEqualTo(Math.min(granted, published));
                }
            }
        }
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-3.8.3-2")
    void wildcardsThatAreGrantedWork(Transport transport) {
        try (RawClient client = broker.connect(transport, V311, names.client("c"))) {
            client.subscribe(names.topic("+/b"), 1);
            client.subscribe(names.topic("c/#"), 1);
            for (String topic : List.of("a/b", "c", "c/d/e")) {
                client.publish(names.topic(topic), topic, 1);
                assertThat(client.receive().text()).isEqualTo(topic);
            }
            client.publish(names.topic("a/b/c"), "no match", 1);
            client.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.9.2-1", "MQTT-3.9.2-2"})
    @NotInMosquitto("it closes the connection over the bad filter")
    void aSubackHasRoomInTheSmallestPacketThatHoldsItsCodes(Transport transport) {
        int codes = 25;
        int size = 2 + 2 + 1 + codes;
        try (RawClient client = broker.connect(
                transport,
                V5,
                Packets.connect(V5, names.client("c")).props(Props.of(Property.MAXIMUM_PACKET_SIZE, size)))) {
            Subscribe refused = Packets.subscribe(V5, 1);
            for (int i = 0; i < codes; i++) {
                refused.filter(names.topic("bad#" + i), 0);
            }
            Received suback = client.subscribe(refused);
            assertThat(suback.size()).isEqualTo(size);
            assertThat(suback.reasons()).hasSize(codes).containsOnly(0x8F);
        }
    }
}
