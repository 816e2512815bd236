package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Flow control: MQTT 5, 3.3.4 and 4.9. */
@BlackBox
class ReceiveMaximumIT {
    /** Beyond the identifiers that {@link RawClient} gives. */
    private static final int FIRST = 20_000;

    private final Broker broker;
    private final Names names;

    ReceiveMaximumIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect subscriber(int receiveMaximum) {
        return Packets.connect(V5, names.client("s")).props(Props.of(Property.RECEIVE_MAXIMUM, receiveMaximum));
    }

    private RawClient publisher(Transport transport) {
        return broker.connect(transport, V5, names.client("p"));
    }

    /** Publishes numbers; when it returns, all were handed over to the subscriber's session. */
    private void publish(RawClient publisher, int from, int to, int qos) {
        IntStream.rangeClosed(from, to).forEach(i -> publisher.publish(names.topic("n"), "" + i, qos));
    }

    static Stream<Arguments> windows() {
        return Cases.everyTransport(List.of(1, 2, 3));
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.9.0-1")
    @NotInMosquitto("it closes without CONNACK")
    void aReceiveMaximumOf0IsRefused(Transport transport) {
        try (RawClient client = broker.open(transport)) {
            client.send(subscriber(0));
            client.expectRefused(0x82);
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("windows")
    @Proves(v5 = {"MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"})
    void atQos1AsManyAreOutAsTheClientAllows(Transport transport, int window) {
        try (RawClient publisher = publisher(transport);
                RawClient subscriber = broker.connect(transport, V5, subscriber(window))) {
            subscriber.subscribe(names.topic("n"), 1);
            publish(publisher, 1, 8, 1);

            Deque<Received> out = new ArrayDeque<>();
            for (int i = 1; i <= 8; i++) {
                if (out.size() == window) {
                    subscriber.expectNothing();
                    subscriber.acknowledge(out.removeLast());
                }
                out.add(expectNumber(subscriber, i));
            }
            subscriber.expectNothing();
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("windows")
    @Proves(v5 = {"MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"})
    @NotInMosquitto("it counts a message until PUBREC only")
    void atQos2AMessageCountsUntilPubcomp(Transport transport, int window) {
        try (RawClient publisher = publisher(transport);
                RawClient subscriber = broker.connect(transport, V5, subscriber(window))) {
            subscriber.subscribe(names.topic("n"), 2);
            publish(publisher, 1, 8, 2);

            Deque<Received> out = new ArrayDeque<>();
            for (int i = 1; i <= 8; i++) {
                if (out.size() == window) {
                    int id = out.removeFirst().packetId();
                    subscriber.expectNothing();
                    subscriber.send(Packets.pubrec(id));
                    assertThat(subscriber.expect(PUBREL).packetId()).isEqualTo(id);
                    subscriber.expectNothing();
                    subscriber.send(Packets.pubcomp(id));
                }
                out.add(expectNumber(subscriber, i));
            }
            subscriber.expectNothing();
        }
    }

    private static Received expectNumber(RawClient subscriber, int number) {
        Received message = subscriber.expect(PUBLISH);
        assertThat(message.text()).isEqualTo("" + number);
        return message;
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.3.4-9", "MQTT-4.9.0-2"})
    @NotInMosquitto("a PUBREC with an error makes room for two")
    void bothQosShareOneWindowAndErrorsMakeRoom(Transport transport) {
        try (RawClient publisher = publisher(transport);
                RawClient subscriber = broker.connect(transport, V5, subscriber(2))) {
            subscriber.subscribe(names.topic("n"), 2);
            for (int i = 1; i <= 6; i++) {
                publish(publisher, i, i, 1 + i % 2);
            }

            int first = expectNumber(subscriber, 1).packetId();
            int second = expectNumber(subscriber, 2).packetId();
            subscriber.expectNothing();
            subscriber.send(Packets.pubrec(first).reason(0x80));
            int third = expectNumber(subscriber, 3).packetId();
            subscriber.expectNothing();
            subscriber.send(Packets.puback(second).reason(0x80));
            expectNumber(subscriber, 4);
            subscriber.expectNothing();
            subscriber.send(Packets.puback(second)); // an answer to nothing makes no room
            subscriber.expectNothing();
            subscriber.send(Packets.pubrec(third).reason(0x97));
            expectNumber(subscriber, 5);
            subscriber.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"})
    @NotInMosquitto("it resends more than the maximum")
    void aResumedSessionKeepsToTheNewMaximum(Transport transport) {
        try (RawClient publisher = publisher(transport)) {
            try (RawClient before = broker.connect(transport, V5, subscriber(5).persistent(60))) {
                before.subscribe(names.topic("n"), 1);
                publish(publisher, 1, 7, 1);
                IntStream.rangeClosed(1, 5).forEach(i -> expectNumber(before, i));
                before.expectNothing();
            }
            try (RawClient after = broker.connect(transport, V5, subscriber(2).persistent(60))) {
                Deque<Received> out = new ArrayDeque<>();
                for (int i = 1; i <= 7; i++) {
                    if (out.size() == 2) {
                        after.expectNothing();
                        after.acknowledge(out.removeFirst());
                    }
                    Received message = expectNumber(after, i);
                    assertThat(message.dup()).isEqualTo(i <= 5);
                    out.add(message);
                }
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.3.4-10", "MQTT-4.9.0-3"})
    void aFullWindowHoldsUpNothingElse(Transport transport) {
        try (RawClient publisher = publisher(transport);
                RawClient subscriber = broker.connect(transport, V5, subscriber(1))) {
            subscriber.subscribe(names.topic("n"), 2);
            subscriber.send(Packets.publish(V5, names.topic("unheard")).qos(2).id(1));
            subscriber.expect(PUBREC);
            publish(publisher, 1, 3, 2);
            Received first = expectNumber(subscriber, 1);

            subscriber.expectNothing();
            subscriber.subscribe(names.topic("other"), 0);
            subscriber.send(Packets.unsubscribe(V5, 2).filter(names.topic("unknown")));
            subscriber.expect(UNSUBACK);
            subscriber.send(Packets.publish(V5, names.topic("unheard")).qos(1).id(3));
            subscriber.expect(PUBACK);
            subscriber.send(Packets.pubrel(1));
            subscriber.expect(PUBCOMP);
            subscriber.send(Packets.publish(V5, names.topic("unheard")).qos(2).id(4));
            subscriber.expect(PUBREC);
            subscriber.send(Packets.pubrec(first.packetId()));
            subscriber.expect(PUBREL);
            subscriber.expectNothing();
            if (Broker.isCoppice()) { // the standard would let QoS 0 wait, too
                publisher.publish(names.topic("other"), "at once", 0);
                assertThat(subscriber.receive().text()).isEqualTo("at once");
            }
            subscriber.send(Packets.pubcomp(first.packetId()));
            expectNumber(subscriber, 2);
        }
    }

    @OnEveryTransport
    @NotInMosquitto("it refuses one message more with 0x97")
    void aClientAtItsOwnLimitIsStillServed(Transport transport) {
        try (RawClient client = publisher(transport)) {
            int maximum = client.connack()
                    .properties()
                    .number(Property.RECEIVE_MAXIMUM)
                    .orElse(65_535L)
                    .intValue();
            for (int id = FIRST; id < FIRST + maximum; id++) {
                client.send(Packets.publish(V5, names.topic("n")).qos(2).id(id));
                assertThat(client.expect(PUBREC).packetId()).isEqualTo(id);
            }
            client.subscribe(names.topic("zero"), 0);
            client.expectNothing();
            client.publish(names.topic("zero"), "QoS 0", 0);
            assertThat(client.receive().text()).isEqualTo("QoS 0");
            client.send(Packets.pubrel(FIRST));
            client.expect(PUBCOMP);
            client.send(Packets.publish(V5, names.topic("m")).qos(1).id(FIRST));
            client.expect(PUBACK);
            client.send(Packets.publish(V5, names.topic("m")).qos(2).id(FIRST + maximum));
            client.expect(PUBREC);
            client.send(Packets.publish(V5, names.topic("m")).qos(2).id(FIRST + maximum + 1));
            client.expectDisconnect(0x93);
        }
    }
}
