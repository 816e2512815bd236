package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.DISCONNECT;
import static io.coppice.blackbox.PacketType.PINGRESP;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;

/** The keep alive, with two seconds of it: MQTT 5, 3.1.2.10. */
@BlackBox
class KeepAliveIT {
    private static final int SECONDS = 2;
    /** One and a half times the keep alive, and what is clearly too late for it. */
    private static final long DUE_MILLIS = 3_000;

    private static final long LATE_MILLIS = 4_000;

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Broker broker;
    private final Names names;

    KeepAliveIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private RawClient connect(Transport transport, Version version) {
        RawClient client = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).keepAlive(SECONDS));
        assertThat(client.connack().properties().has(Property.SERVER_KEEP_ALIVE))
                .isFalse();
        return client;
    }

    /**
     * The server ends the connection when it is due, not before and not long after.
     *
     * @param before nanoseconds just before the last whole packet was sent
     */
    private static void expectEnd(RawClient client, long before) {
        if (client.version() == V5) {
            assertThat(client.expect(DISCONNECT).reason()).isEqualTo(0x8D);
        }
        client.expectClosed();
        assertThat((System.nanoTime() - before) / 1_000_000)
                .as("milliseconds since the last packet")
                .isBetween(DUE_MILLIS, LATE_MILLIS);
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-22", "MQTT-3.2.2-22"},
            v311 = "MQTT-3.1.2-24")
    @NotInMosquitto("it looks every five seconds")
    void aSilentClientIsDisconnected(Transport transport, Version version) {
        long before = System.nanoTime();
        try (RawClient client = connect(transport, version)) {
            expectEnd(client, before);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-22", "MQTT-3.2.2-22"},
            v311 = "MQTT-3.1.2-24")
    @NotInMosquitto("it looks every five seconds")
    void everyPacketBeginsTheTimeAnew(Transport transport, Version version) {
        try (RawClient client = connect(transport, version)) {
            client.expectNothingFor(SECOND.multipliedBy(2));
            client.send(Packets.pingreq());
            client.expect(PINGRESP);
            client.expectNothingFor(SECOND.multipliedBy(2));
            long before = System.nanoTime();
            client.send(Packets.publish(version, names.topic("t")));
            expectEnd(client, before);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-22", "MQTT-3.2.2-22"},
            v311 = "MQTT-3.1.2-24")
    @NotInMosquitto("it looks every five seconds")
    void aPacketThatIsNotWholeIsNone(Transport transport, Version version) {
        byte[] publish = Packets.publish(version, names.topic("t")).bytes();
        long before = System.nanoTime();
        try (RawClient client = connect(transport, version)) {
            client.expectNothingFor(SECOND);
            client.send(new byte[] {publish[0]});
            client.expectNothingFor(SECOND);
            client.send(new byte[] {publish[1]});
            expectEnd(client, before);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-22", "MQTT-3.2.2-22"},
            v311 = "MQTT-3.1.2-24")
    @NotInMosquitto("it looks every five seconds")
    void whatTheServerSendsDoesNotCount(Transport transport, Version version) {
        String topic = names.topic("t");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient client = connect(transport, version)) {
            long before = System.nanoTime();
            client.subscribe(topic, 0);
            for (int i = 0; i < 2; i++) {
                client.expectNothingFor(SECOND);
                publisher.publish(topic, "news", 0);
                assertThat(client.receive().text()).isEqualTo("news");
            }
            expectEnd(client, before);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-22", "MQTT-3.2.2-22"},
            v311 = "MQTT-3.1.2-24")
    void aClientWithoutKeepAliveMayBeSilent(Transport transport, Version version) {
        try (RawClient client = broker.connect(
                transport, version, Packets.connect(version, names.client("c")).keepAlive(0))) {
            client.expectNothingFor(SECOND.multipliedBy(2));
            client.expectNothing();
        }
    }
}
