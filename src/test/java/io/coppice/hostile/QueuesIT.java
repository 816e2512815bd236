package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.Property.RECEIVE_MAXIMUM;
import static io.coppice.blackbox.Property.SESSION_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.SUBSCRIPTION_IDENTIFIER;
import static io.coppice.blackbox.Property.WILL_DELAY_INTERVAL;
import static io.coppice.blackbox.Transport.TCP;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Clients that make the broker keep things for them: messages they do not take, sessions they do not come back to. */
@BlackBox
@BrokerSettings(
        value = {
            "limits.queue-messages-max=1000",
            "limits.queue-bytes-max=4MiB",
            "limits.output-buffer-bytes-max=128KiB",
            "limits.send-timeout=3s",
            "limits.queues-memory-bytes-max=1GiB",
            "limits.sessions-max=2000",
            "limits.session-expiry-max=1h"
        },
        heapMegabytes = 96)
@Execution(ExecutionMode.SAME_THREAD)
class QueuesIT {
    private final Broker broker;
    private final Names names;
    private final List<AutoCloseable> open = new ArrayList<>();

    QueuesIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @AfterEach
    void nothingIsBroken() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        assertThat(broker.process().errors()).isEmpty();
    }

    private double dropped(String reason) {
        return broker.metrics().sum("mqtt_messages_dropped_total", "reason=\"" + reason + "\"");
    }

    private static byte[] repeated(int count, java.util.function.IntFunction<Publish> publish) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            bytes.writeBytes(publish.apply(i).bytes());
        }
        return bytes.toByteArray();
    }

    @InEveryVersion
    @Hostile("B43")
    void whoNeverAcknowledgesHoldsNobodyUpAndIsOwedNoMoreThanTheLimits(Transport transport, Version version)
            throws Exception {
        String topic = names.topic("t");
        int messages = 20_000;
        String payload = "x".repeat(4096);
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(TCP, V5, names.client("p"))) {
            var connect = Packets.connect(version, names.client("c"));
            RawClient client = broker.connect(
                    transport, version, version.is5() ? connect.props(Props.of(RECEIVE_MAXIMUM, 65_535)) : connect);
            client.subscribe(topic, 1);
            long queuedBefore = broker.metrics().value("mqtt_queued_messages");
            double droppedBefore = dropped("queue_full");
            Duration slowest = others.during(() -> {
                for (int i = 0; i < messages; i += 1000) {
                    publisher.send(repeated(
                            1000,
                            n -> Packets.publish(V5, topic)
                                    .payload(payload)
                                    .qos(1)
                                    .id(n + 1)));
                    for (int n = 0; n < 1000; n++) {
                        assertThat(publisher.expect(PUBACK).reason()).isZero();
                    }
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            long queued = broker.metrics().value("mqtt_queued_messages") - queuedBefore;
            Set<Integer> inFlight = new HashSet<>();
            client.send(Packets.pingreq());
            Received packet;
            while ((packet = client.await(PacketType.PUBLISH)) != null && inFlight.add(packet.packetId())) {
                if (inFlight.size() == 256) {
                    break;
                }
            }
            assertThat(inFlight).hasSize(256).doesNotContain(0);
            client.await(PacketType.PINGRESP);
            assertThat(queued).isBetween(900L, 1000L);
            assertThat(dropped("queue_full") - droppedBefore).isEqualTo(messages - queued - 256);
            client.close();
        }
    }

    @Test
    @Hostile("B43")
    void identifiersThatAreNotAcknowledgedAreSteppedOverWhenTheOthersHaveComeRound() {
        String topic = names.topic("t");
        Set<Integer> held = new HashSet<>();
        try (RawClient publisher = broker.connect(TCP, V5, names.client("p"));
                RawClient client = broker.connect(
                        TCP, V5, Packets.connect(V5, names.client("c")).props(Props.of(RECEIVE_MAXIMUM, 65_535)))) {
            client.subscribe(topic, 1);
            byte[] batch = repeated(200, n -> Packets.publish(V5, topic).qos(1).id(n + 1));
            for (int i = 0; i < 66_000; i += 200) {
                publisher.send(batch);
                for (int n = 0; n < 200; n++) {
                    // An identifier that is in use fails in the client.
                    Received message = client.expect(PacketType.PUBLISH);
                    if (held.size() < 5 || i > 20_000 && held.size() < 10) {
                        held.add(message.packetId());
                    } else {
                        client.acknowledge(message);
                    }
                }
                for (int n = 0; n < 200; n++) {
                    publisher.expect(PUBACK);
                }
            }
            assertThat(held).hasSize(10).doesNotContain(0);
        }
    }

    private void comeAndGo(Transport transport, String id, boolean cleanStart, long expiry, int answer) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(
                    Packets.connect(V5, id).cleanStart(cleanStart).props(Props.of(SESSION_EXPIRY_INTERVAL, expiry)));
            Received connack = client.expect(PacketType.CONNACK);
            assertThat(connack.reason()).isEqualTo(answer);
            if (expiry > 3600 && answer == 0) {
                assertThat(connack.properties().number(SESSION_EXPIRY_INTERVAL)).contains(3600L);
            }
            client.send(Packets.disconnect());
        }
    }

    private long ownObjectsAtRest() {
        broker.metrics().await("mqtt_connections", "", connections -> connections <= 3);
        return broker.process().heap("io.coppice.");
    }

    @OnEveryTransport
    @Hostile("B45")
    void sessionsAreFewAndLightAndEnd(Transport transport) throws Exception {
        int hoarded = 1900;
        int unmeasured = 400;
        String id = names.client("h") + "n";
        long base = broker.metrics().value("mqtt_sessions");
        try (Bystanders others = new Bystanders(broker, names)) {
            long before = 0;
            for (int i = 0; i < hoarded; i++) {
                if (i == unmeasured) { // what grows once, such as tables, has grown
                    before = ownObjectsAtRest();
                }
                comeAndGo(transport, id + i, false, 0xFFFF_FFFFL, 0);
            }
            long bytes = (ownObjectsAtRest() - before) / (hoarded - unmeasured);
            assertThat(bytes).as("bytes of our own objects a session").isLessThan(768);

            int free = 2000 - (int) broker.metrics().value("mqtt_sessions");
            for (int i = 0; i < free + 20; i++) {
                comeAndGo(transport, id + (hoarded + i), false, 0xFFFF_FFFFL, i < free ? 0 : 0x97);
            }
            comeAndGo(transport, id + 0, false, 0xFFFF_FFFFL, 0); // who has a session comes back to it
            others.noticeNothing();
            for (int i = 0; i < hoarded + free; i++) {
                comeAndGo(transport, id + i, true, 1, 0);
            }
        }
        broker.metrics().await("mqtt_sessions", "", sessions -> sessions <= base);
    }

    @OnEveryTransport
    @Hostile("B75")
    void aLargePayloadForManyIsInMemoryOnce(Transport transport) throws Exception {
        String topic = names.topic("t");
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            List<RawClient> readers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                RawClient reader = broker.connect(transport, V5, names.client("r") + "n" + i);
                open.add(reader);
                readers.add(reader);
                reader.subscribe(topic, 1);
            }
            // 5 times 40 times 0.9 MB are more than the broker has.
            publisher.send(repeated(
                    5,
                    n -> Packets.publish(V5, topic)
                            .payload(new byte[900_000])
                            .qos(1)
                            .id(n + 1)));
            for (int n = 0; n < 5; n++) {
                assertThat(publisher.expect(PUBACK).reason()).isZero();
            }
            others.noticeNothing();
            for (RawClient reader : readers) {
                for (int n = 0; n < 5; n++) {
                    assertThat(reader.receive().payload()).hasSize(900_000);
                }
            }
        }
    }

    @OnEveryTransport
    @Hostile("B27")
    void largePropertiesForManyStayWithinTheMemory(Transport transport) {
        String topic = names.topic("t");
        Props much = Props.of().user("k", "v".repeat(60_000)).user("k", "v".repeat(60_000));
        Props tooMuch = Props.of();
        for (int i = 0; i < 18; i++) {
            tooMuch.user("k", "v".repeat(50_000));
        }
        new Trial(broker, names).ends(transport, V5, Packets.publish(V5, topic).props(tooMuch), 0x97);
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            List<RawClient> readers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                RawClient reader = broker.connect(transport, V5, names.client("r") + "n" + i);
                open.add(reader);
                readers.add(reader);
                reader.subscribe(topic, 1);
            }
            publisher.send(repeated(
                    5, n -> Packets.publish(V5, topic).props(much).qos(1).id(n + 1)));
            for (int n = 0; n < 5; n++) {
                assertThat(publisher.expect(PUBACK).reason()).isZero();
            }
            others.noticeNothing();
            for (RawClient reader : readers) {
                for (int n = 0; n < 5; n++) {
                    assertThat(reader.receive().properties().users()).hasSize(2);
                }
            }
        }
    }

    @Test
    @Hostile("B76")
    void whoDoesNotReadHoldsNobodyUpAndIsOwedNoMoreThanTheLimits() throws Exception {
        String topic = names.topic("t");
        double slowBefore = dropped("slow_reader");
        double fullBefore = dropped("queue_full");
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(TCP, V5, names.client("p"))) {
            for (int i = 0; i < 200; i++) {
                Link link = broker.narrow();
                open.add(link);
                link.write(Packets.connect(V5, names.client("z") + "n" + i).bytes());
                link.write(Packets.subscribe(V5, 1).filter(topic, i % 2).bytes());
            }
            others.noticeNothing();
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 50; i++) {
                    publisher.send(repeated(
                            100,
                            n -> Packets.publish(V5, topic)
                                    .payload("x".repeat(4096))
                                    .qos(1)
                                    .id(n + 1)));
                    for (int n = 0; n < 100; n++) {
                        assertThat(publisher.expect(PUBACK).reason()).isZero();
                    }
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(dropped("slow_reader")).isGreaterThan(slowBefore);
            assertThat(dropped("queue_full")).isGreaterThan(fullBefore);
            // those whose acknowledgements are waited for may be owed less than their buffer
            broker.metrics().await("mqtt_connections_send_timed_out_total", "", cut -> cut >= 100);
            others.noticeNothing();
        }
    }

    @InEveryVersion
    @Hostile("B77")
    void aThousandSubscriptionsThatMatchAreOneCopy(Transport transport, Version version) throws Exception {
        String topic = names.topic("a/a/a/a/a/a/a/a/a/a");
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, version, names.client("c"));
                RawClient publisher = broker.connect(transport, V311, names.client("p"))) {
            for (int bits = 0; bits < 1024; bits++) {
                StringBuilder filter = new StringBuilder(names.topic(""));
                for (int level = 0; level < 10; level++) {
                    filter.append((bits >> level & 1) == 0 ? "a" : "+").append(level == 9 ? "" : "/");
                }
                Subscribe subscribe =
                        Packets.subscribe(version, client.nextId()).filter(filter.toString(), 1);
                client.subscribe(
                        version.is5() ? subscribe.props(Props.of(SUBSCRIPTION_IDENTIFIER, bits + 1)) : subscribe);
            }
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 100; i++) {
                    publisher.publish(topic, "m" + i, 1);
                    Received message = client.receive();
                    assertThat(message.text()).isEqualTo("m" + i);
                    if (version.is5()) {
                        assertThat(new HashSet<>(message.properties().subscriptionIdentifiers()))
                                .hasSize(1024);
                    }
                }
            });
            client.expectNothing();
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
    }

    @OnEveryTransport
    @Hostile("B81")
    void willsThatWaitAreCalledOffAndCostLittle(Transport transport) throws Exception {
        String topic = names.topic("will");
        int clients = 1500;
        try (Bystanders others = new Bystanders(broker, names);
                RawClient watcher = broker.connect(TCP, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            long sessions = broker.metrics().value("mqtt_sessions");
            long before = broker.process().heap();
            Duration slowest = others.during(() -> {
                for (int round = 0; round < 2; round++) {
                    for (int i = 0; i < clients; i++) {
                        broker.connect(
                                        transport,
                                        V5,
                                        Packets.connect(V5, names.client("d") + "n" + i)
                                                .persistent(3600)
                                                .will(topic, "gone", 1, false)
                                                .willProps(Props.of(WILL_DELAY_INTERVAL, 3600)))
                                .abort();
                    }
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat((broker.process().heap() - before) / clients).isLessThan(2048);
            for (int i = 0; i < clients; i++) {
                RawClient client = broker.connect(
                        transport,
                        V5,
                        Packets.connect(V5, names.client("d") + "n" + i).cleanStart(false));
                assertThat(client.connack().sessionPresent()).isTrue();
                client.disconnect(Packets.disconnect().reason(0).props(Props.of(SESSION_EXPIRY_INTERVAL, 0)));
            }
            watcher.expectNothing();
            assertThat(broker.metrics().value("mqtt_sessions")).isEqualTo(sessions);
        }
    }
}
