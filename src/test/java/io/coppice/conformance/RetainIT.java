package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.SUBACK;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Subscribe.RETAIN_AS_PUBLISHED;
import static io.coppice.blackbox.Subscribe.RETAIN_IF_NEW;
import static io.coppice.blackbox.Subscribe.RETAIN_NEVER;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The RETAIN flag: section 3.3.1.3 of both standards, and Retain Handling of MQTT 5, 3.8.3.1. */
@BlackBox
class RetainIT {
    /** More than there are event loops, so that some are on another one than the publisher. */
    private static final int SUBSCRIBERS = 4;

    private final Broker broker;
    private final Names names;

    RetainIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> everyQos() {
        return Cases.everywhere(List.of(0, 1, 2));
    }

    private static void retain(RawClient publisher, String topic, String payload, int qos) {
        publisher.publish(Packets.publish(publisher.version(), topic)
                .payload(payload)
                .qos(qos)
                .retain());
        publisher.expectNothing();
    }

    private static void expectRetained(RawClient subscriber, String topic, String payload, int qos) {
        expectMessage(subscriber, topic, payload, qos, true);
    }

    private static void expectMessage(RawClient subscriber, String topic, String payload, int qos, boolean retain) {
        Received message = subscriber.receive();
        assertThat(message.topic()).isEqualTo(topic);
        assertThat(message.text()).isEqualTo(payload);
        assertThat(message.qos()).isEqualTo(qos);
        assertThat(message.retain()).isEqualTo(retain);
    }

    @ParameterizedTest(name = "QoS {2} over {0} in {1}")
    @MethodSource("everyQos")
    @Proves(
            v5 = "MQTT-3.3.1-5",
            v311 = {"MQTT-3.3.1-5", "MQTT-3.3.1-7", "MQTT-3.3.1-8"})
    void theLastRetainedMessageReplacesTheOneBefore(Transport transport, Version version, int qos) {
        String topic = names.topic("r");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            retain(publisher, topic, "first", 1);
            retain(publisher, topic, "last", qos);
            for (int i = 0; i < SUBSCRIBERS; i++) {
                try (RawClient subscriber = broker.connect(transport, version, names.client("s" + i))) {
                    subscriber.subscribe(topic, 2);
                    expectRetained(subscriber, topic, "last", qos);
                    subscriber.expectNothingFrom(publisher, Math.min(qos, 1));
                }
            }
        }
    }

    @InEveryVersion
    @Proves(v311 = "MQTT-3.3.1-6")
    void aNewSubscriptionIsSentTheLastRetainedMessageOfEachOfManyTopics(Transport transport, Version version) {
        Set<String> expected = new TreeSet<>();
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            for (int hundred = 0; hundred < 100; hundred++) {
                Sendable[] messages = new Sendable[101];
                for (int one = 0; one < 100; one++) {
                    String topic = names.topic(hundred + "/" + one);
                    expected.add(topic + "=" + one);
                    messages[one] = retained(version, topic, "" + one);
                }
                messages[100] = retained(version, names.topic(hundred + "/7"), "8");
                expected.remove(names.topic(hundred + "/7") + "=7");
                expected.add(names.topic(hundred + "/7") + "=8");
                publisher.sendTogether(messages);
            }
            retain(publisher, "not" + names.topic("0/0"), "elsewhere", 0);

            subscriber.subscribe(names.topic("+/+"), 0);
            Set<String> came = new TreeSet<>();
            for (int i = 0; i < 10_000; i++) {
                Received message = subscriber.receive();
                assertThat(message.retain()).isTrue();
                assertThat(came.add(message.topic() + "=" + message.text()))
                        .as("%s comes once", message)
                        .isTrue();
            }
            assertThat(came).isEqualTo(expected);
            subscriber.expectNothingFrom(publisher, 0);
        }
    }

    private static Publish retained(Version version, String topic, String payload) {
        return Packets.publish(version, topic).payload(payload).retain();
    }

    @ParameterizedTest(name = "QoS {2} over {0} in {1}")
    @MethodSource("everyQos")
    @Proves(v5 = "MQTT-3.3.1-6", v311 = "MQTT-3.3.1-10")
    void anEmptyRetainedMessageRemovesTheStoredOneAndIsForwarded(Transport transport, Version version, int qos) {
        String topic = names.topic("r");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            retain(publisher, topic, "stored", 1);
            watcher.subscribe(topic, 2);
            expectRetained(watcher, topic, "stored", 1);

            retain(publisher, topic, "", qos);

            expectMessage(watcher, topic, "", qos, false);
            expectNothingIsRetained(transport, version, publisher);
        }
    }

    @ParameterizedTest(name = "QoS {2} over {0} in {1}")
    @MethodSource("everyQos")
    @Proves(v5 = "MQTT-3.3.1-7", v311 = "MQTT-3.3.1-11")
    void anEmptyRetainedMessageIsNotStored(Transport transport, Version version, int qos) {
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            retain(publisher, names.topic("never/set"), "", qos);
            expectNothingIsRetained(transport, version, publisher);
        }
    }

    private void expectNothingIsRetained(Transport transport, Version version, RawClient publisher) {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            try (RawClient subscriber = broker.connect(transport, version, names.client("s" + i))) {
                subscriber.subscribe(names.topic("#"), 2);
                subscriber.expectNothing();
                subscriber.expectNothingFrom(publisher);
            }
        }
    }

    @ParameterizedTest(name = "QoS {2} over {0} in {1}")
    @MethodSource("everyQos")
    @Proves(v5 = "MQTT-3.3.1-8", v311 = "MQTT-3.3.1-12")
    void aPlainMessageNeitherStoresNorReplacesNorRemoves(Transport transport, Version version, int qos) {
        String topic = names.topic("r");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            retain(publisher, topic, "kept", 1);
            publisher.publish(topic, "plain", qos);
            publisher.publish(topic, "", qos);
            publisher.publish(names.topic("other"), "plain", qos);
            publisher.expectNothing();

            subscriber.subscribe(names.topic("#"), 2);
            expectRetained(subscriber, topic, "kept", 1);
            subscriber.expectNothingFrom(publisher);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.1-9")
    void retainHandling0SendsRetainedMessagesOnEverySubscribe(Transport transport) {
        String topic = names.topic("r");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            retain(publisher, topic, "kept", 1);
            retain(publisher, names.topic("deep/er"), "beside", 1);
            for (int times = 0; times < 3; times++) {
                subscriber.subscribe(topic, 1);
                expectRetained(subscriber, topic, "kept", 1);
                subscriber.subscribe(names.topic("+/er"), 1);
                expectRetained(subscriber, names.topic("deep/er"), "beside", 1);
                subscriber.expectNothingFrom(publisher);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.1-10")
    void retainHandling1SendsRetainedMessagesForANewSubscriptionOnly(Transport transport) {
        String topic = names.topic("r");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            retain(publisher, topic, "kept", 1);
            try (RawClient subscriber = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("s")).persistent(60))) {
                subscriber.subscribe(topic, 1 | RETAIN_IF_NEW);
                expectRetained(subscriber, topic, "kept", 1);
                subscriber.subscribe(topic, 1 | RETAIN_IF_NEW);
                subscriber.subscribe(topic, 2 | RETAIN_IF_NEW);
                subscriber.expectNothingFrom(publisher);
                subscriber.disconnect();
            }
            try (RawClient resumed = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("s")).persistent(60))) {
                resumed.subscribe(topic, 1 | RETAIN_IF_NEW);
                resumed.expectNothingFrom(publisher);

                resumed.send(Packets.unsubscribe(V5, 1).filter(topic));
                resumed.await(UNSUBACK);
                resumed.subscribe(topic, 1 | RETAIN_IF_NEW);
                expectRetained(resumed, topic, "kept", 1);
                resumed.expectNothingFrom(publisher);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.1-11")
    void retainHandling2SendsNoRetainedMessages(Transport transport) {
        String topic = names.topic("r");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            retain(publisher, topic, "kept", 1);
            subscriber.subscribe(topic, 1 | RETAIN_NEVER);
            subscriber.subscribe(topic, 1 | RETAIN_NEVER);
            subscriber.expectNothingFrom(publisher);

            retain(publisher, topic, "live", 1);
            expectMessage(subscriber, topic, "live", 1, false);
        }
    }

    @ParameterizedTest(name = "QoS {2} over {0} in {1}")
    @MethodSource("everyQos")
    @Proves(v5 = "MQTT-3.3.1-12", v311 = "MQTT-3.3.1-9")
    void aSubscriptionThatWasThereBeforeGetsARetainedMessageWithoutTheFlag(
            Transport transport, Version version, int qos) {
        String topic = names.topic("r");
        List<RawClient> subscribers = subscribers(transport, version, topic, 2);
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            retain(publisher, topic, "live", qos);
            subscribers.forEach(subscriber -> expectMessage(subscriber, topic, "live", qos, false));
        } finally {
            subscribers.forEach(RawClient::close);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.3.1-12", v311 = "MQTT-3.3.1-9")
    void whatIsRetainedRightBehindASubscribeComesOnceAndWithoutTheFlag(Transport transport, Version version) {
        String topic = names.topic("r");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.sendTogether(Packets.subscribe(version, 1).filter(topic, 0), retained(version, topic, "live"));
            client.await(SUBACK);
            expectMessage(client, topic, "live", 0, false);
            client.expectNothing();
            client.expectNothingFrom(client, 0);
        }
    }

    static Stream<Arguments> qosOf5() {
        return Cases.everyTransport(List.of(0, 1, 2));
    }

    @ParameterizedTest(name = "QoS {1} over {0}")
    @MethodSource("qosOf5")
    @Proves(v5 = "MQTT-3.3.1-13")
    void retainAsPublishedLeavesTheFlagAsItWas(Transport transport, int qos) {
        String topic = names.topic("r");
        List<RawClient> subscribers = subscribers(transport, V5, topic, 2 | RETAIN_AS_PUBLISHED);
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            retain(publisher, topic, "retained", qos);
            publisher.publish(topic, "plain", qos);
            retain(publisher, topic, "", qos);
            for (RawClient subscriber : subscribers) {
                expectMessage(subscriber, topic, "retained", qos, true);
                expectMessage(subscriber, topic, "plain", qos, false);
                expectMessage(subscriber, topic, "", qos, true);
            }
        } finally {
            subscribers.forEach(RawClient::close);
        }
    }

    private List<RawClient> subscribers(Transport transport, Version version, String topic, int options) {
        return IntStream.range(0, SUBSCRIBERS)
                .mapToObj(i -> {
                    RawClient subscriber = broker.connect(transport, version, names.client("s" + i));
                    subscriber.subscribe(topic, options);
                    return subscriber;
                })
                .toList();
    }
}
