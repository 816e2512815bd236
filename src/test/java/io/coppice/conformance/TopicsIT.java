package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.SUBACK;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
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
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Topic names and topic filters: section 4.7 of both standards. */
@BlackBox
class TopicsIT {
    private static final int LONGEST = 65_535;

    private final Broker broker;
    private final Names names;

    TopicsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> wildcards() {
        return Cases.everywhere(List.of("+", "#", "a/+", "a/#", "+/a", "a/+/b", "a+", "a#b"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("wildcards")
    @Proves(v5 = "MQTT-4.7.0-1", v311 = "MQTT-4.7.1-1")
    @NotInMosquitto("it closes without DISCONNECT")
    void aMessageForAFilterIsRefused(Transport transport, Version version, String filter) {
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient marker = broker.connect(transport, version, names.client("m"));
                RawClient client = broker.connect(transport, version, names.client("c"))) {
            watcher.subscribe(names.topic("#"), 1);
            client.send(Packets.publish(version, names.topic(filter)).qos(1).payload("none"));
            client.expectEnded(0x90);
            watcher.expectNothingFrom(marker);
        }
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("wildcards")
    @Proves(v5 = "MQTT-4.7.0-1", v311 = "MQTT-4.7.1-1")
    @NotInMosquitto("it closes without CONNACK")
    void aWillForAFilterIsRefused(Transport transport, Version version, String filter) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).will(names.topic(filter), "none", 0, false));
            client.expectClosed(version == V5 ? new int[] {0x90} : new int[0]);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.7.0-1")
    @NotInMosquitto("it takes any response topic")
    void aResponseTopicIsNoFilter(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.send(Packets.publish(V5, names.topic("a")).props(Props.of(Property.RESPONSE_TOPIC, "a/+")));
            client.expectClosed(0x81, 0x82, 0x90);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.3-1", v311 = "MQTT-4.7.3-1")
    @NotInMosquitto("it closes without DISCONNECT")
    void topicsAndFiltersAreNotEmpty(Transport transport, Version version) {
        for (Sendable packet : List.of(
                Packets.publish(version, "").payload("x"),
                Packets.publish(version, "").qos(1),
                Packets.subscribe(version, 1).filter("", 0),
                Packets.subscribe(version, 1).filter(names.topic("a"), 0).filter("", 0),
                Packets.unsubscribe(version, 1).filter(""))) {
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                client.send(packet);
                client.expectEnded(0x82, 0x90);
            }
        }
        try (RawClient client = broker.open(transport, version)) {
            Connect connect = Packets.connect(version, names.client("c")).will("", "x", 0, false);
            client.send(connect);
            client.expectClosed(version == V5 ? new int[] {0x82, 0x90} : new int[0]);
        }
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            Received suback = client.subscribe(
                    Packets.subscribe(version, 1).filter("$share/g/", 0).filter("/", 0));
            assertThat(suback.reasons()).containsExactly(version == V5 ? 0x8F : 0x80, 0);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.3-2", v311 = "MQTT-4.7.3-2")
    @NotInMosquitto("it closes without DISCONNECT")
    void topicsAndFiltersHoldNoNull(Transport transport, Version version) {
        String bad = names.topic("a\0b");
        for (Sendable packet : List.of(
                Packets.publish(version, bad),
                Packets.publish(version, "\0").qos(1),
                Packets.subscribe(version, 1).filter(bad, 0),
                Packets.subscribe(version, 1).filter("$share/g\0/" + names.topic("a"), 0),
                Packets.unsubscribe(version, 1).filter(bad))) {
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                client.send(packet);
                client.expectEnded(0x81);
            }
        }
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).will(bad, "x", 0, false));
            client.expectClosed(version == V5 ? new int[] {0x81} : new int[0]);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.3-3", v311 = "MQTT-4.7.3-3")
    void theLongestTopicIsOneLikeAnyOther(Transport transport, Version version) {
        String prefix = names.topic("");
        String topic = prefix + "x".repeat(LONGEST - prefix.length());
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 1);
            client.publish(Packets.publish(version, topic).qos(1).payload("far").retain());
            Received message = client.receive();
            assertThat(message.topic()).isEqualTo(topic);
            assertThat(message.text()).isEqualTo("far");
            client.publish(topic.substring(0, LONGEST - 1), "not as far", 1);
            client.expectNothing();
            client.publish(Packets.publish(version, topic).qos(1).retain());
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.3-3", v311 = "MQTT-4.7.3-3")
    @NotInMosquitto("it closes without DISCONNECT")
    void theDeepestTopicIsRefusedAndHarmsNobody(Transport transport, Version version) {
        String deep = "/".repeat(LONGEST);
        try (RawClient other = broker.connect(transport, version, names.client("o"))) {
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                client.send(Packets.subscribe(version, 1)
                        .filter(deep, 0)
                        .filter("+/".repeat(LONGEST / 2), 0)
                        .filter(names.topic("a"), 0));
                int refused = version == V5 ? 0x8F : 0x80;
                assertThat(client.expect(SUBACK).reasons()).containsExactly(refused, refused, 0);
                client.send(Packets.publish(version, deep).qos(1));
                client.expectEnded(0x90);
            }
            other.subscribe(names.topic("a"), 1);
            other.publish(names.topic("a"), "alive", 1);
            assertThat(other.receive().text()).isEqualTo("alive");
        }
    }

    /** Each differs from another only by case, by a slash, or by how Unicode writes the same character. */
    private static final List<String> ALIKE = List.of(
            "a", "A", "/a", "a/", "a//", "a/b", "a//b", "a b", "a ", "\u00E9", "e\u0301", "\u00C9", "\uFEFFa", "\uFB01",
            "fi", "K", "\u212A");

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.3-4", v311 = "MQTT-4.7.3-4")
    void topicsThatOnlyLookAlikeAreDifferent(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            for (String topic : ALIKE) {
                client.publish(Packets.publish(version, names.topic(topic))
                        .qos(1)
                        .retain()
                        .payload(topic));
            }
            for (String filter : ALIKE) {
                client.subscribe(names.topic(filter), 1);
                Received retained = client.receive();
                assertThat(retained.topic()).isEqualTo(names.topic(filter));
                assertThat(retained.text()).isEqualTo(filter);
                for (String topic : ALIKE) {
                    client.publish(names.topic(topic), topic, 0);
                }
                assertThat(client.receive().topic()).isEqualTo(names.topic(filter));
                client.expectNothing();
                client.send(Packets.unsubscribe(version, client.nextId()).filter(names.topic(filter)));
                client.expect(UNSUBACK);
            }
        }
    }
}
