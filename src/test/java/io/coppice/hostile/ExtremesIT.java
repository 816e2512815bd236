package io.coppice.hostile;

import static io.coppice.blackbox.Property.MESSAGE_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.SESSION_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.WILL_DELAY_INTERVAL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Times that are as long or as short as numbers allow, and packets that never end. */
@BlackBox
class ExtremesIT {
    private static final long FOR_EVER = 0xFFFF_FFFFL;

    private final Broker broker;
    private final Names names;

    ExtremesIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    @Hostile("B12")
    void aPacketThatComesByteByByteDoesNotKeepTheConnectionAlive(Transport transport, Version version)
            throws Exception {
        byte[] endless = Packets.publish(version, names.topic("t"))
                .payload(new byte[1000])
                .bytes();
        ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();
        // the broker counts from the CONNECT, which is before its answer has come here
        long connecting = System.nanoTime();
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(
                        transport,
                        version,
                        Packets.connect(version, names.client("c")).keepAlive(1))) {
            long connected = System.nanoTime();
            AtomicInteger at = new AtomicInteger();
            drip.scheduleAtFixedRate(
                    () -> client.send(new byte[] {endless[at.getAndIncrement()]}), 0, 100, TimeUnit.MILLISECONDS);
            client.expectEnded(0x8D);
            long ended = System.nanoTime();
            assertThat(Duration.ofNanos(ended - connecting)).isGreaterThan(Duration.ofMillis(1400));
            assertThat(Duration.ofNanos(ended - connected)).isLessThan(Duration.ofMillis(3500));
            assertThat(at.get()).isGreaterThan(10);
            others.noticeNothing();
        } finally {
            drip.shutdownNow();
        }
    }

    @OnEveryTransport
    @Hostile("B80")
    void aMessageThatExpiresAtOnceIsNotKept(Transport transport) {
        String topic = names.topic("t");
        persistent(transport, "c").disconnect();
        RawClient subscriber = persistent(transport, "c");
        subscriber.subscribe(topic, 1);
        subscriber.disconnect();
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            publisher.publish(Packets.publish(V5, topic).qos(1).props(Props.of(MESSAGE_EXPIRY_INTERVAL, 0)));
            publisher.publish(Packets.publish(V5, topic)
                    .qos(1)
                    .retain()
                    .payload("at once")
                    .props(Props.of(MESSAGE_EXPIRY_INTERVAL, 0)));
            publisher.publish(topic, "kept", 1);
        }
        try (RawClient again = persistent(transport, "c")) {
            assertThat(again.receive().text()).isEqualTo("kept");
            again.subscribe(topic, 1);
            again.expectNothing();
            again.disconnect(Packets.disconnect().reason(0).props(Props.of(SESSION_EXPIRY_INTERVAL, 0)));
        }
    }

    private RawClient persistent(Transport transport, String role) {
        return broker.connect(
                transport, V5, Packets.connect(V5, names.client(role)).persistent(FOR_EVER));
    }

    @OnEveryTransport
    @Hostile("B80")
    void theLongestExpiryDoesNotOverflow(Transport transport) {
        String topic = names.topic("t");
        RawClient subscriber = persistent(transport, "c");
        subscriber.subscribe(topic, 1);
        subscriber.disconnect();
        Props longest = Props.of(MESSAGE_EXPIRY_INTERVAL, FOR_EVER);
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            publisher.publish(
                    Packets.publish(V5, topic).qos(1).retain().props(longest).payload("x"));
        }
        try (RawClient again = persistent(transport, "c")) {
            assertThat(expiry(again.receive())).isBetween(FOR_EVER - 60, FOR_EVER);
            again.subscribe(topic, 1);
            assertThat(expiry(again.receive())).isBetween(FOR_EVER - 60, FOR_EVER);
            again.publish(Packets.publish(V5, topic).retain());
            again.disconnect(Packets.disconnect().reason(0).props(Props.of(SESSION_EXPIRY_INTERVAL, 0)));
        }
    }

    private static long expiry(Received message) {
        return message.properties().number(MESSAGE_EXPIRY_INTERVAL).orElseThrow();
    }

    @OnEveryTransport
    @Hostile("B80")
    void theLongestWillDelayDoesNotOverflow(Transport transport) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            for (long expiry : List.of(FOR_EVER, FOR_EVER - 1)) {
                broker.connect(
                                transport,
                                V5,
                                Packets.connect(V5, names.client("c"))
                                        .persistent(expiry)
                                        .will(topic, "gone", 1, false)
                                        .willProps(Props.of(WILL_DELAY_INTERVAL, FOR_EVER)
                                                .with(MESSAGE_EXPIRY_INTERVAL, FOR_EVER)))
                        .abort();
                watcher.expectNothingFrom(broker.connect(transport, V5, names.client("m")));
                try (RawClient fresh = broker.connect(transport, V5, names.client("c"))) {
                    // A fresh session ends the old one, and with it the delay (MQTT 5, 3.1.3.2.2).
                    Received will = watcher.receive();
                    assertThat(will.text()).isEqualTo("gone");
                    assertThat(expiry(will)).isBetween(FOR_EVER - 60, FOR_EVER);
                    fresh.expectNothing();
                }
            }
        }
    }

    @OnEveryTransport
    @Hostile("B80")
    void aDelayOfNothingIsNone(Transport transport) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            broker.connect(
                            transport,
                            V5,
                            Packets.connect(V5, names.client("c"))
                                    .persistent(60)
                                    .will(topic, "gone", 1, false)
                                    .willProps(Props.of(WILL_DELAY_INTERVAL, 0)))
                    .abort();
            assertThat(watcher.receive().text()).isEqualTo("gone");
            broker.connect(transport, V5, names.client("c")).disconnect();
            watcher.expectNothing();
        }
    }
}
