package io.coppice.conformance;

import static io.coppice.blackbox.Version.V311;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;

/** What a client is told when it may not, and when the server can not: sections 3.9 and 4.8 of MQTT 3.1.1, 3.9 and 4.13 of MQTT 5. */
@BlackBox
@BrokerSettings(gatekeeper = FailingGatekeeper.class)
class FailureIT {
    private final Broker broker;
    private final Names names;

    FailureIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2"},
            v311 = {"MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.9.3-2"})
    void aFilterThatIsDeniedIsAnsweredAtItsPlaceAndHarmsNoOther(Transport transport, Version version) {
        int denied = version.is5() ? 0x87 : 0x80;
        int invalid = version.is5() ? 0x8F : 0x80;
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            Received suback = client.subscribe(Packets.subscribe(version, 1)
                    .filter(names.topic("denied"), 0)
                    .filter(names.topic("two"), 2)
                    .filter(names.topic("bad#"), 0)
                    .filter(names.topic("+/denied"), 2)
                    .filter(names.topic("one"), 1));
            assertThat(suback.reasons()).containsExactly(denied, 2, invalid, denied, 1);

            client.publish(names.topic("one"), "one", 1);
            assertThat(client.receive().text()).isEqualTo("one");
            client.publish(names.topic("two"), "two", 2);
            assertThat(client.receive().text()).isEqualTo("two");
        }
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-4.8.0-2")
    void aPacketThatFailsEndsTheConnectionOnWhichItCame(Transport transport) {
        String topic = names.topic("failing");
        for (Sendable packet : List.of(
                Packets.publish(V311, topic),
                Packets.publish(V311, topic).qos(1),
                Packets.publish(V311, topic).qos(2),
                Packets.subscribe(V311, 1).filter(topic, 0))) {
            try (RawClient other = broker.connect(transport, V311, names.client("o"));
                    RawClient client = broker.connect(
                            transport,
                            V311,
                            Packets.connect(V311, names.client("c")).will(names.topic("will"), "gone", 1, false))) {
                other.subscribe(names.topic("#"), 1);
                client.send(packet);
                client.expectClosed();
                assertThat(other.receive().text()).isEqualTo("gone");
                other.expectNothing();
            }
        }
    }
}
