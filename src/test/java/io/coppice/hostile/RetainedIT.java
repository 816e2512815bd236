package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.Transport.TCP;
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
import io.coppice.blackbox.Transport;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Floods of retained messages, and of subscriptions that ask for all of them. */
@BlackBox
@BrokerSettings(
        value = {"limits.retained-messages-max=10000", "limits.retained-bytes-max=16MiB", "sys.interval=0s"},
        heapMegabytes = 96)
@Execution(ExecutionMode.SAME_THREAD)
class RetainedIT {
    private final Broker broker;
    private final Names names;
    private final List<Link> links = new ArrayList<>();

    RetainedIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @AfterEach
    void nothingIsBroken() {
        links.forEach(Link::close);
        assertThat(broker.process().errors()).isEmpty();
    }

    /** Publishes, retained, to so many topics; how many were refused. */
    private int flood(RawClient publisher, int topics, int size) {
        int refused = 0;
        byte[] payload = new byte[size];
        int batch = size > 1000 ? 10 : 500;
        for (int from = 0; from < topics; from += batch) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int n = 0; n < batch; n++) {
                bytes.writeBytes(Packets.publish(V5, names.topic("r/") + (from + n))
                        .payload(payload)
                        .retain()
                        .qos(1)
                        .id(n + 1)
                        .bytes());
            }
            publisher.send(bytes.toByteArray());
            for (int n = 0; n < batch; n++) {
                int reason = publisher.expect(PUBACK).reason();
                assertThat(reason).isIn(0x00, 0x10, 0x97);
                refused += reason == 0x97 ? 1 : 0;
            }
        }
        return refused;
    }

    @OnEveryTransport
    @Hostile("B46")
    void moreMessagesThanTheLimitAreRefusedAndNoneIsLost(Transport transport) throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            Duration slowest =
                    others.during(() -> assertThat(flood(publisher, 11_000, 10)).isEqualTo(1_000));
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(flood(publisher, 10_000, 20)).as("replaced").isZero();
            try (RawClient reader = broker.connect(transport, V5, names.client("r"))) {
                reader.subscribe(names.topic("r/#"), 0);
                Set<String> topics = new HashSet<>();
                for (int i = 0; i < 10_000; i++) {
                    topics.add(reader.receive().topic());
                }
                assertThat(topics).hasSize(10_000);
                reader.expectNothing();
            }
            assertThat(flood(publisher, 10_000, 0)).as("cleared").isZero();
            assertThat(broker.metrics().value("mqtt_retained_messages")).isZero();
        }
    }

    @OnEveryTransport
    @Hostile("B46")
    void moreBytesThanTheLimitAreRefused(Transport transport) throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            Duration slowest = others.during(
                    () -> assertThat(flood(publisher, 50, 900_000)).isBetween(31, 34));
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(broker.metrics().value("mqtt_retained_bytes")).isBetween(10L << 20, 16L << 20);
            assertThat(flood(publisher, 50, 0)).isZero();
        }
    }

    @OnEveryTransport
    @Hostile("B47")
    void whoAsksForAllOfThemAgainAndAgainAndReadsNothingCostsHisBuffer(Transport transport) throws Exception {
        ByteArrayOutputStream loop = new ByteArrayOutputStream();
        for (int i = 1; i <= 200; i++) {
            loop.writeBytes(
                    Packets.subscribe(V5, i).filter(names.topic("r/#"), 1).bytes());
            loop.writeBytes(Packets.subscribe(V5, i).filter("#", 0).bytes());
        }
        try (Bystanders others = new Bystanders(broker, names);
                RawClient publisher = broker.connect(TCP, V5, names.client("p"))) {
            assertThat(flood(publisher, 5_000, 500)).isZero();
            long before = broker.process().heap();
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 50; i++) {
                    Link greedy = transport == TCP ? broker.narrow() : broker.link(transport);
                    links.add(greedy);
                    greedy.write(
                            Packets.connect(V5, names.client("g") + "n" + i).bytes());
                    greedy.write(loop.toByteArray());
                }
                try (RawClient reader = broker.connect(transport, V5, names.client("r"))) {
                    reader.subscribe(names.topic("r/#"), 0);
                    for (int i = 0; i < 5_000; i++) {
                        reader.receive();
                    }
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(broker.process().heap() - before).isLessThan(16 << 20);
            links.forEach(Link::close);
            assertThat(flood(publisher, 5_000, 0)).isZero();
        }
    }
}
