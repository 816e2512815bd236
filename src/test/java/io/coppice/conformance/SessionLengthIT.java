package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A broker that keeps no session for more than a second after its connection: section 4.1 of both standards. */
@BlackBox
@BrokerSettings("limits.session-expiry-max=1s")
class SessionLengthIT {
    private static final Duration LONGER = Duration.ofMillis(2_500);

    private final Broker broker;
    private final Names names;

    SessionLengthIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> kinds() {
        return Cases.everywhere(List.of(true, false));
    }

    @ParameterizedTest(name = "clean: {2} over {0} in {1}")
    @MethodSource("kinds")
    @Proves(
            v5 = "MQTT-4.1.0-1",
            v311 = {"MQTT-4.1.0-1", "MQTT-4.1.0-2"})
    void aSessionLastsAsLongAsItsConnection(Transport transport, Version version, boolean clean) {
        String topic = names.topic("t");
        Connect connect = Packets.connect(version, names.client("c"));
        try (RawClient client = broker.connect(transport, version, clean ? connect : connect.persistent(60));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            client.subscribe(topic, 2);
            publisher.publish(topic, "one", 1);
            publisher.publish(topic, "two", 2);
            int one = client.expect(PUBLISH).packetId();
            int two = client.expect(PUBLISH).packetId();
            client.send(Packets.pubrec(two));
            client.expect(PUBREL);
            client.send(Packets.publish(version, names.topic("mine")).qos(2).id(5));
            client.expect(PUBREC);

            client.expectNothingFor(LONGER);

            client.send(Packets.pubrel(5));
            assertThat(client.expect(PUBCOMP).reason()).isZero();
            client.send(Packets.puback(one), Packets.pubcomp(two));
            publisher.publish(topic, "three", 1);
            assertThat(client.receive().text()).isEqualTo("three");
            client.expectNothing();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.1.0-2", v311 = "MQTT-3.2.2-3")
    void aSessionIsForgottenWhenItHasExpired(Transport transport, Version version) {
        String topic = names.topic("t");
        Connect connect = Packets.connect(version, names.client("c")).persistent(60);
        try (RawClient clock = broker.connect(transport, version, names.client("p"))) {
            RawClient client = broker.connect(transport, version, connect);
            client.subscribe(topic, 1);
            client.disconnect();
            clock.publish(topic, "kept in vain", 1);
            clock.expectNothingFor(LONGER);
            try (RawClient late = broker.connect(transport, version, connect)) {
                assertThat(late.connack().sessionPresent()).isFalse();
                clock.publish(topic, "nobody subscribes", 1);
                late.expectNothingFrom(clock);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-23")
    void aClientIsToldThatItsSessionIsKeptForLess(Transport transport) {
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).persistent(60))) {
            assertThat(client.connack().properties().number(Property.SESSION_EXPIRY_INTERVAL))
                    .contains(1L);
        }
    }
}
