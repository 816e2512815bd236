package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBREC;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What comes of messages, and what their publishers are told, when the queue of a client that is away is full. */
class EveryQueueLimitIT {
    /** Tests with a broker of their class's own, where every message for {@code q} waits. */
    abstract static class FullQueue {
        private final Broker broker;
        final Names names;

        FullQueue(Broker broker, Names names) {
            this.broker = broker;
            this.names = names;
        }

        private RawClient persistent(Transport transport, Version version) {
            return broker.connect(
                    transport,
                    version,
                    Packets.connect(version, names.client("c")).persistent(60));
        }

        /** Fills the queue of a client that is away: answers to m0, m1 and so on, of the size, and what comes of them. */
        Queued queue(Transport transport, Version version, int count, int size) {
            RawClient away = persistent(transport, version);
            away.subscribe(names.topic("q"), 2);
            away.disconnect();
            List<Integer> answers = new ArrayList<>();
            try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
                for (int i = 0; i < count; i++) {
                    int qos = 1 + i % 2;
                    String text = "m" + i + ".".repeat(size - 2);
                    publisher.send(Packets.publish(version, names.topic("q"))
                            .qos(qos)
                            .id(i + 1)
                            .payload(text));
                    Received answer = publisher.expect(qos == 1 ? PUBACK : PUBREC);
                    answers.add(answer.reason());
                    if (qos == 2 && answer.reason() < 0x80) {
                        publisher.send(Packets.pubrel(i + 1));
                        publisher.expect(PUBCOMP);
                    }
                }
            }
            List<String> received = new ArrayList<>();
            try (RawClient back = persistent(transport, version)) {
                back.send(Packets.publish(version, names.topic("q")).payload("m-"));
                for (String text = ""; !text.equals("m-"); ) {
                    text = back.receive().text().substring(0, 2);
                    received.add(text);
                }
            }
            received.remove("m-");
            return new Queued(answers, received);
        }
    }

    record Queued(List<Integer> answers, List<String> received) {}

    @Nested
    @BlackBox
    @BrokerSettings({"limits.queue-messages-max=4", "limits.queue-overflow=drop-newest"})
    class DroppingTheNewest extends FullQueue {
        DroppingTheNewest(Broker broker, Names names) {
            super(broker, names);
        }

        @InEveryVersion
        void queueMessagesMax(Transport transport, Version version) {
            assertThat(queue(transport, version, 4, 2))
                    .isEqualTo(new Queued(List.of(0, 0, 0, 0), List.of("m0", "m1", "m2", "m3")));
        }

        @InEveryVersion
        void oneMoreIsDropped(Transport transport, Version version) {
            assertThat(queue(transport, version, 6, 2))
                    .isEqualTo(new Queued(List.of(0, 0, 0, 0, 0, 0), List.of("m0", "m1", "m2", "m3")));
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings({"limits.queue-messages-max=4", "limits.queue-overflow=drop-oldest"})
    class DroppingTheOldest extends FullQueue {
        DroppingTheOldest(Broker broker, Names names) {
            super(broker, names);
        }

        @InEveryVersion
        void queueMessagesMax(Transport transport, Version version) {
            assertThat(queue(transport, version, 6, 2))
                    .isEqualTo(new Queued(List.of(0, 0, 0, 0, 0, 0), List.of("m2", "m3", "m4", "m5")));
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings({"limits.queue-messages-max=4", "limits.queue-overflow=reject"})
    class Rejecting extends FullQueue {
        Rejecting(Broker broker, Names names) {
            super(broker, names);
        }

        /** A publisher of 3.1.1 cannot be told. */
        @InEveryVersion
        void queueMessagesMax(Transport transport, Version version) {
            int rejected = version.is5() ? 0x97 : 0;
            assertThat(queue(transport, version, 6, 2))
                    .isEqualTo(new Queued(List.of(0, 0, 0, 0, rejected, rejected), List.of("m0", "m1", "m2", "m3")));
        }
    }

    /** A message counts with its topic and 96 bytes for itself. */
    @Nested
    @BlackBox
    @BrokerSettings({"limits.queue-bytes-max=4KiB", "limits.queue-overflow=reject"})
    class Bytes extends FullQueue {
        Bytes(Broker broker, Names names) {
            super(broker, names);
        }

        @InEveryVersion
        void queueBytesMax(Transport transport, Version version) {
            int rejected = version.is5() ? 0x97 : 0;
            int size = 2048 - 96 - names.topic("q").length();
            assertThat(queue(transport, version, 3, size))
                    .isEqualTo(new Queued(List.of(0, 0, rejected), List.of("m0", "m1")));
        }

        @InEveryVersion
        void oneByteMoreIsTooMuch(Transport transport, Version version) {
            int rejected = version.is5() ? 0x97 : 0;
            int size = 2048 - 96 - names.topic("q").length() + 1;
            assertThat(queue(transport, version, 2, size)).isEqualTo(new Queued(List.of(0, rejected), List.of("m0")));
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(
            value = {"durability=memory", "limits.queues-memory-bytes-max=1MiB", "limits.queue-overflow=reject"},
            alone = true)
    @Execution(ExecutionMode.SAME_THREAD)
    class All {
        private final Broker broker;
        private final Names names;

        All(Broker broker, Names names) {
            this.broker = broker;
            this.names = names;
        }

        private RawClient away(Transport transport, Version version, int number) {
            return broker.connect(
                    transport,
                    version,
                    Packets.connect(version, names.client("c") + "n" + number).persistent(60));
        }

        /** Each of ten is far from its own limit. */
        @InEveryVersion
        @Hostile("B44")
        void queuesMemoryBytesMax(Transport transport, Version version) {
            for (int i = 0; i < 10; i++) {
                try (RawClient client = away(transport, version, i)) {
                    client.subscribe(names.topic("q"), 1);
                }
            }
            double before = broker.metrics().sum("mqtt_messages_dropped_total", "memory_full");
            String text = "x".repeat(20_000);
            try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
                for (int i = 0; i < 10; i++) {
                    publisher.send(Packets.publish(version, names.topic("q"))
                            .qos(1)
                            .id(i + 1)
                            .payload(text));
                    int reason = publisher.expect(PUBACK).reason();
                    assertThat(reason).isEqualTo(i < 5 || !version.is5() ? 0 : i < 7 ? reason : 0x97);
                }
                double dropped = broker.metrics().sum("mqtt_messages_dropped_total", "memory_full") - before;
                assertThat(dropped).isBetween(30.0, 60.0);
                assertThat(broker.metrics().value("mqtt_queued_memory_bytes")).isBetween(900_000L, 1_400_000L);
                for (int i = 0; i < 10; i++) {
                    try (RawClient client = away(transport, version, i)) {
                        for (int n = 0; n < 4; n++) {
                            Received received = client.receive();
                            assertThat(received.text()).isEqualTo(text);
                            client.send(Packets.puback(received.packetId()));
                        }
                        client.send(
                                Packets.unsubscribe(version, client.nextId()).filter(names.topic("q")));
                    }
                }
            }
        }
    }
}
