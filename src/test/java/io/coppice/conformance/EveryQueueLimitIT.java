package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBREC;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
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
}
