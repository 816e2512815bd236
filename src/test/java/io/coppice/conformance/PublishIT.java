package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hex;
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
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a PUBLISH may say, and how it is answered: sections 3.3.1, 3.3.2 and 3.3.4 of MQTT 5, 3.3 of MQTT 3.1.1. */
@BlackBox
class PublishIT {
    private static final List<String> NOT_UTF8 =
            List.of("C0 80", "ED A0 80", "ED BF BF", "F4 90 80 80", "F5 80 80 80", "E2 82", "FF", "80", "C3 28");

    private final Broker broker;
    private final Names names;

    PublishIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** Sends what the broker has to close on, and proves that nobody was sent it. */
    private void expectEndedBy(Transport transport, Version version, Sendable packet, int... reasons) {
        try (RawClient subscriber = broker.connect(transport, version, names.client("s"));
                RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient other = broker.connect(transport, version, names.client("o"))) {
            subscriber.subscribe(names.topic("#"), 2);
            publisher.send(packet);
            publisher.expectEnded(reasons);
            subscriber.expectNothingFrom(other);
        }
    }

    // The fixed header

    @InEveryVersion
    @Proves(v5 = "MQTT-3.3.1-2", v311 = "MQTT-3.3.1-2")
    @NotInMosquitto("it ignores the flag")
    void dupWithQos0IsMalformed(Transport transport, Version version) {
        expectEndedBy(
                transport, version, Packets.publish(version, names.topic("x")).dup(), 0x81);
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.3.1-3", v311 = "MQTT-3.3.1-3")
    void theDupFlagOfThePublisherIsNotPassedOn(Transport transport, Version version) {
        String topic = names.topic("dup");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            for (int qos = 1; qos <= 2; qos++) {
                publisher.publish(Packets.publish(version, topic).qos(qos).dup());
                Received message = subscriber.receive();
                assertThat(message.qos()).isEqualTo(qos);
                assertThat(message.dup()).isFalse();
            }
        }
    }

    static Stream<Arguments> flagsOfQos3() {
        return Cases.everywhere(List.of(0x06, 0x07, 0x0E, 0x0F));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("flagsOfQos3")
    @Proves(v5 = "MQTT-3.3.1-4", v311 = "MQTT-3.3.1-4")
    void qos3IsMalformed(Transport transport, Version version, int flags) {
        Sendable packet =
                Packets.publish(version, names.topic("x")).qos(3).id(7).packet().flags(flags);
        expectEndedBy(transport, version, packet, 0x81);
    }

    // The topic name

    static Stream<Arguments> notUtf8() {
        return Cases.everywhere(NOT_UTF8);
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("notUtf8")
    @Proves(v5 = "MQTT-3.3.2-1", v311 = "MQTT-3.3.2-1")
    void aTopicThatIsNotUtf8IsMalformed(Transport transport, Version version, String bytes) {
        expectEndedBy(transport, version, Packets.publish(version, topicWith(bytes)), 0x81);
    }

    private byte[] topicWith(String bytes) {
        ByteArrayOutputStream topic = new ByteArrayOutputStream();
        topic.writeBytes(names.topic("").getBytes(StandardCharsets.UTF_8));
        topic.writeBytes(Hex.bytes(bytes));
        return topic.toByteArray();
    }

    static Stream<Arguments> noTopicFirst() {
        return Cases.everywhere(List.of("", "00", "00 05", "00 05 61 62", "61 2F 62"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("noTopicFirst")
    @Proves(v5 = "MQTT-3.3.2-1", v311 = "MQTT-3.3.2-1")
    void aPublishThatDoesNotBeginWithAWholeTopicIsMalformed(Transport transport, Version version, String body) {
        expectEndedBy(transport, version, Packets.publish(version, "a").packet().body(body), 0x81);
    }

    static Stream<Arguments> wildcards() {
        return Cases.everywhere(Stream.of("+", "#", "a/+", "a/#", "+/b", "a+", "a#b", "#/a")
                .flatMap(rest -> Stream.of(0, 1, 2).map(qos -> qos + " " + rest))
                .toList());
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("wildcards")
    @Proves(v5 = "MQTT-3.3.2-2", v311 = "MQTT-3.3.2-2")
    void aTopicWithAWildcardIsNotRouted(Transport transport, Version version, String qosAndRest) {
        String topic = names.topic(qosAndRest.substring(2));
        int qos = qosAndRest.charAt(0) - '0';
        expectEndedBy(transport, version, Packets.publish(version, topic).qos(qos), 0x90, 0x82);
    }

    // Properties that are strings

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("notUtf8In5")
    @Proves(v5 = "MQTT-3.3.2-13")
    @NotInMosquitto("it closes without DISCONNECT")
    void aResponseTopicThatIsNotUtf8IsMalformed(Transport transport, String bytes) {
        expectEndedBy(transport, V5, with(Props.of().with(Property.RESPONSE_TOPIC, Hex.bytes("61" + bytes))), 0x81);
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("notUtf8In5")
    @Proves(v5 = "MQTT-3.3.2-19")
    @NotInMosquitto("it closes without DISCONNECT")
    void aContentTypeThatIsNotUtf8IsMalformed(Transport transport, String bytes) {
        expectEndedBy(transport, V5, with(Props.of().with(Property.CONTENT_TYPE, Hex.bytes("61" + bytes))), 0x81);
    }

    static Stream<Arguments> notUtf8In5() {
        return Cases.everyTransport(NOT_UTF8);
    }

    static Stream<Arguments> responseTopics() {
        return Cases.everyTransport(List.of("+", "#", "a/+", "a/#", "a+b", "#a"));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("responseTopics")
    @Proves(v5 = "MQTT-3.3.2-14")
    @NotInMosquitto("it passes it on")
    void aResponseTopicHoldsNoWildcard(Transport transport, String topic) {
        expectEndedBy(transport, V5, with(Props.of(Property.RESPONSE_TOPIC, topic)), 0x82);
    }

    private Publish with(Props props) {
        return Packets.publish(V5, names.topic("x")).props(props);
    }

    // Answers

    @InEveryVersion
    @Proves(v5 = "MQTT-3.3.4-1", v311 = "MQTT-3.3.4-1")
    void theQosSaysHowAPublishIsAnswered(Transport transport, Version version) {
        try (RawClient subscriber = broker.connect(transport, version, names.client("s"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            subscriber.subscribe(names.topic("heard"), 2);
            for (String topic : List.of(names.topic("heard"), names.topic("unheard"))) {
                publisher.send(Packets.publish(version, topic));
                publisher.expectNothing();
                publisher.send(Packets.publish(version, topic).qos(1).id(258));
                assertThat(publisher.expect(PUBACK).packetId()).isEqualTo(258);
                publisher.expectNothing();
                publisher.send(Packets.publish(version, topic).qos(2).id(65535));
                assertThat(publisher.expect(PUBREC).packetId()).isEqualTo(65535);
                publisher.expectNothing();
                publisher.publish(Packets.publish(version, topic).qos(2).id(1));
                publisher.expectNothing();
            }
        }
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-3.3.5-2")
    void aDeniedPublishOf311IsAcknowledgedAndDropped(Transport transport) {
        Version version = Version.V311;
        String denied = "$SYS/" + names.topic("denied");
        try (RawClient subscriber = broker.connect(transport, version, names.client("s"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            subscriber.subscribe(denied, 2);
            for (int qos = 0; qos <= 2; qos++) {
                publisher.publish(denied, "x", qos);
            }
            subscriber.expectNothingFrom(publisher);
        }
    }
}
