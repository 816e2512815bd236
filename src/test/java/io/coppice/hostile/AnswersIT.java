package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Publishes that are never released, and answers to nothing. */
@BlackBox
@BrokerSettings(heapMegabytes = 96)
@Execution(ExecutionMode.SAME_THREAD)
class AnswersIT {
    private static final long MEGABYTE = 1 << 20;

    private final Broker broker;
    private final Names names;
    private final List<Link> links = new ArrayList<>();

    AnswersIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @AfterEach
    void nothingIsBroken() {
        links.forEach(Link::close);
        assertThat(broker.process().errors()).isEmpty();
    }

    @OnEveryTransport
    @Hostile("B39")
    void moreUnreleasedMessagesThanTheReceiveMaximumEndTheConnection(Transport transport) {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, V5, names.client("c"))) {
            for (int id = 1; id <= 1024; id++) {
                client.send(Packets.publish(V5, names.topic("t")).qos(2).id(id));
                assertThat(client.expect(PUBREC).reason()).isLessThan(0x80);
            }
            for (int i = 0; i < 1000; i++) { // repeats take no room
                client.send(Packets.publish(V5, names.topic("t")).qos(2).id(7).dup());
                assertThat(client.expect(PUBREC).reason()).isLessThan(0x80);
            }
            client.send(Packets.publish(V5, names.topic("t")).qos(2).id(1025));
            client.expectDisconnect(0x93);
            others.noticeNothing();
        }
    }

    @OnEveryTransport
    @Hostile("B39")
    void anIdentifierIsKeptOnceHoweverOftenItIsUsed(Transport transport) throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(
                        transport,
                        V311,
                        Packets.connect(V311, names.client("c")).persistent(60))) {
            long before = broker.process().heap();
            Duration slowest = others.during(() -> {
                for (int from = 1; from <= 0xFFFF; from += 0x1000) {
                    int to = Math.min(from + 0x1000, 0x10000);
                    publishUnreleased(client, from, to);
                }
                for (int i = 0; i < 10; i++) {
                    publishUnreleased(client, 1, 0x1000);
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(broker.process().heap() - before).isLessThan(12 * MEGABYTE);
            client.expectNothing();
        }
        broker.connect(transport, V311, names.client("c")).disconnect();
    }

    private void publishUnreleased(RawClient client, int from, int to) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id = from; id < to; id++) {
            bytes.writeBytes(Packets.publish(V311, names.topic("t"))
                    .payload("x".repeat(200))
                    .qos(2)
                    .id(id)
                    .bytes());
        }
        client.send(bytes.toByteArray());
        for (int id = from; id < to; id++) {
            assertThat(client.expect(PUBREC).packetId()).isEqualTo(id);
        }
    }

    @OnEveryTransport
    @Hostile("B42")
    void answersToNothingLeaveNothing(Transport transport) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id = 1; id <= 20_000; id++) {
            bytes.writeBytes(Packets.puback(id).bytes());
            bytes.writeBytes(Packets.pubcomp(id).bytes());
            bytes.writeBytes(Packets.pubrel(id).bytes());
        }
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, V5, names.client("c"))) {
            long before = broker.process().heap();
            Duration slowest = others.during(() -> {
                for (int round = 0; round < 5; round++) {
                    client.send(bytes.toByteArray());
                    for (int id = 1; id <= 20_000; id++) {
                        Received answer = client.expect(PUBCOMP);
                        assertThat(answer.packetId()).isEqualTo(id);
                        assertThat(answer.reason()).isEqualTo(0x92);
                    }
                }
            });
            client.expectNothing();
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(broker.process().heap() - before).isLessThan(MEGABYTE);
        }
    }

    @OnEveryTransport
    @Hostile("B42")
    void whoAsksForAnswersAndReadsNoneIsCutOff(Transport transport) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id = 1; id <= 10_000; id++) {
            bytes.writeBytes(Packets.pubrel(id).bytes());
        }
        try (Bystanders others = new Bystanders(broker, names)) {
            Link client = broker.link(transport);
            links.add(client);
            client.write(Packets.connect(V5, names.client("c")).bytes());
            Duration slowest = others.during(() -> {
                int rounds = 0;
                try {
                    for (; rounds < 2000; rounds++) {
                        client.write(bytes.toByteArray());
                    }
                } catch (IOException cut) {
                    // As it should be.
                }
                assertThat(rounds).as("rounds until it was cut off").isLessThan(2000);
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
    }
}
