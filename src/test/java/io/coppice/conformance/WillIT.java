package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
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
import io.coppice.blackbox.ReceivedProps.User;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The will: what it is and when it is none. When it comes is {@link WillTimeIT}'s. */
@BlackBox
class WillIT {
    private static final Duration A_WHILE = Duration.ofMillis(500);

    private final Broker broker;
    private final Names names;

    WillIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect connect(Version version) {
        return Packets.connect(version, names.client("c"));
    }

    static Stream<Arguments> kinds() {
        return Cases.everywhere(List.of(0, 1, 2));
    }

    @ParameterizedTest(name = "with QoS {2} over {0} in {1}")
    @MethodSource("kinds")
    @Proves(
            v5 = {"MQTT-3.1.2-7", "MQTT-3.1.2-14", "MQTT-3.2.2-12"},
            v311 = {"MQTT-3.1.2-8", "MQTT-3.1.2-16"})
    void aWillThatIsNotRetainedIsForThoseWhoAreThere(Transport transport, Version version, int qos) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient late = broker.connect(transport, version, names.client("l"))) {
            watcher.subscribe(topic, 2);
            broker.connect(transport, version, connect(version).will(topic, "gone", qos, false))
                    .abort();
            Received will = watcher.receive();
            assertThat(will.text()).isEqualTo("gone");
            assertThat(will.qos()).isEqualTo(qos);
            assertThat(will.retain()).isFalse();

            late.subscribe(topic, 2);
            late.expectNothingFrom(late);
        }
    }

    @ParameterizedTest(name = "with QoS {2} over {0} in {1}")
    @MethodSource("kinds")
    @Proves(
            v5 = {"MQTT-3.1.2-7", "MQTT-3.1.2-15", "MQTT-3.2.2-12", "MQTT-3.2.2-13"},
            v311 = {"MQTT-3.1.2-8", "MQTT-3.1.2-17"})
    void aRetainedWillIsForThoseWhoComeLater(Transport transport, Version version, int qos) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient late = broker.connect(transport, version, names.client("l"))) {
            watcher.subscribe(topic, 2);
            RawClient client =
                    broker.connect(transport, version, connect(version).will(topic, "gone", qos, true));
            assertThat(client.connack().properties().has(Property.RETAIN_AVAILABLE))
                    .isFalse();
            client.abort();
            Received live = watcher.receive();
            assertThat(live.text()).isEqualTo("gone");
            assertThat(live.qos()).isEqualTo(qos);
            assertThat(live.retain()).isFalse();

            late.subscribe(topic, 2);
            Received retained = late.receive();
            assertThat(retained.text()).isEqualTo("gone");
            assertThat(retained.qos()).isEqualTo(qos);
            assertThat(retained.retain()).isTrue();
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-8", "MQTT-3.1.2-10"},
            v311 = {"MQTT-3.1.2-8", "MQTT-3.1.2-10"})
    void aWillIsGoneWithAProperDisconnect(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 1);
            Connect connect = connect(version).will(topic, "never", 1, false).persistent(60);
            broker.connect(transport, version, connect).disconnect();
            watcher.expectNothingFor(A_WHILE);

            broker.connect(transport, version, connect(version).persistent(60)).abort();
            watcher.expectNothingFor(A_WHILE);
            watcher.expectNothingFrom(watcher);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = "MQTT-3.1.2-10",
            v311 = {"MQTT-3.1.2-10", "MQTT-3.1.2-12"})
    void aWillIsPublishedOnce(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 1);
            broker.connect(
                            transport,
                            version,
                            connect(version).will(topic, "once", 1, false).persistent(60))
                    .abort();
            assertThat(watcher.receive().text()).isEqualTo("once");

            for (int i = 0; i < 3; i++) {
                RawClient back =
                        broker.connect(transport, version, connect(version).persistent(60));
                assertThat(back.connack().sessionPresent()).isTrue();
                back.abort();
            }
            watcher.expectNothingFor(A_WHILE);
            watcher.expectNothingFrom(watcher);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.2-10", v311 = "MQTT-3.1.2-10")
    void aClientsWillIsTheOneOfItsLatestConnect(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 1);
            broker.connect(
                            transport,
                            version,
                            connect(version).will(topic, "first", 1, false).persistent(60))
                    .disconnect();
            broker.connect(
                            transport,
                            version,
                            connect(version).will(topic, "second", 1, false).persistent(60))
                    .abort();
            assertThat(watcher.receive().text()).isEqualTo("second");
            watcher.expectNothingFor(A_WHILE);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-8", "MQTT-3.1.0-2"},
            v311 = {"MQTT-3.1.2-8", "MQTT-3.1.0-2"})
    @NotInMosquitto("it closes without DISCONNECT")
    void aSecondConnectInOneWriteWithTheFirstBringsTheWill(Transport transport, Version version) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient client = broker.open(transport, version)) {
            watcher.subscribe(topic, 1);
            client.sendTogether(connect(version).will(topic, "gone", 1, false), connect(version));
            client.expect(CONNACK);
            client.expectEnded(0x82);
            assertThat(watcher.receive().text()).isEqualTo("gone");
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-7", "MQTT-3.1.2-8"})
    void aClientMayAskForItsWill(Transport transport) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            RawClient client = broker.connect(transport, V5, connect(V5).will(topic, "asked", 1, false));
            client.disconnect(Packets.disconnect().reason(0x04));
            assertThat(watcher.receive().text()).isEqualTo("asked");
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-7", "MQTT-3.1.3-10"})
    void aWillKeepsItsPropertiesAndTheirOrder(Transport transport) {
        String topic = names.topic("will");
        Props props = Props.of(Property.CONTENT_TYPE, "text/plain")
                .user("b", "1")
                .user("a", "2")
                .user("b", "2")
                .with(Property.RESPONSE_TOPIC, names.topic("answer"))
                .user("a", "1")
                .user("b", "1")
                .with(Property.CORRELATION_DATA, new byte[] {1, 0, 2})
                .with(Property.PAYLOAD_FORMAT_INDICATOR, 1)
                .user("", "")
                .user("b", "0");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            broker.connect(
                            transport,
                            V5,
                            connect(V5).will(topic, "gone", 1, false).willProps(props))
                    .abort();
            Received will = watcher.receive();
            assertThat(will.properties().users())
                    .containsExactly(
                            new User("b", "1"),
                            new User("a", "2"),
                            new User("b", "2"),
                            new User("a", "1"),
                            new User("b", "1"),
                            new User("", ""),
                            new User("b", "0"));
            assertThat(will.properties().string(Property.CONTENT_TYPE)).contains("text/plain");
            assertThat(will.properties().string(Property.RESPONSE_TOPIC)).contains(names.topic("answer"));
            assertThat(will.properties().binary(Property.CORRELATION_DATA)).contains(new byte[] {1, 0, 2});
            assertThat(will.properties().number(Property.PAYLOAD_FORMAT_INDICATOR))
                    .contains(1L);
            assertThat(will.properties().has(Property.WILL_DELAY_INTERVAL)).isFalse();
        }
    }
}
