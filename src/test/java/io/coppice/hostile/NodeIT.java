package io.coppice.hostile;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What clients can do to the log, the metrics and the files of a node. */
@BlackBox
@BrokerSettings(heapMegabytes = 64, openFiles = 400)
@Execution(ExecutionMode.SAME_THREAD)
class NodeIT {
    private final Broker broker;
    private final Names names;

    NodeIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @OnEveryTransport
    @Hostile("B82")
    void aClientWritesNoLineOfTheLog(Transport transport) {
        String mark = names.client("mark");
        try (Bystanders others = new Bystanders(broker, names)) {
            String id = mark + "\r\n2026-01-01T00:00:00Z ERROR forged\u001b[2J\u0085\u2028\u202e" + "x".repeat(5000);
            // Again and again, since only so many lines are written in a second.
            Awaitility.await().until(() -> logged(mark), lines -> {
                try (RawClient client = broker.connect(transport, V5, Packets.connect(V5, id))) {
                    client.send(Packets.pingreq().append("00"));
                    client.expectDisconnect(0x81);
                }
                return !lines.isEmpty();
            });
            others.noticeNothing();
            assertThat(broker.process().log()).noneMatch(line -> line.startsWith("2026-01-01"));
            assertThat(logged(mark))
                    .allSatisfy(line -> assertThat(line)
                            .contains(mark + "\\u000D\\u000A")
                            .doesNotContain("\u001b", "\u0085", "\u2028", "\u202e")
                            .hasSizeLessThan(1000));
        }
    }

    private List<String> logged(String mark) {
        return broker.process().log().stream()
                .filter(line -> line.contains(mark))
                .toList();
    }

    @OnEveryTransport
    @Hostile("B82")
    void aFloodOfBadPacketsIsNoFloodOfLines(Transport transport) {
        int before = broker.process().log().size();
        long start = System.nanoTime();
        try (Bystanders others = new Bystanders(broker, names)) {
            for (int i = 0; i < 3000; i++) {
                try (RawClient stranger = broker.open(transport, V5)) {
                    stranger.send(Packets.connect(V5, "c").flags(1));
                    stranger.expectClosed(0x81);
                }
            }
            others.noticeNothing();
        }
        long seconds = (System.nanoTime() - start) / 1_000_000_000 + 1;
        // Of each name of event 20 at once, and 10 a second.
        assertThat(broker.process().log().size() - before).isLessThan((int) (2 * (20 + 10 * seconds)));
    }

    private Set<String> series() {
        return broker.metrics().samples().stream()
                .map(sample -> sample.substring(0, sample.lastIndexOf(' ')))
                .filter(series -> series.startsWith("mqtt_"))
                .collect(Collectors.toSet());
    }

    @OnEveryTransport
    @Hostile("B83")
    void noClientMakesASeriesOfMetrics(Transport transport) {
        String mark = names.client("mark");
        Set<String> before = series();
        for (int i = 0; i < 200; i++) {
            try (RawClient client = broker.connect(transport, V5, mark + "n" + i)) {
                client.subscribe(mark + "/" + i + "/+", 1);
                client.publish(mark + "/" + i + "/a", "x", 1);
                client.receive();
                client.send(Packets.publish(V5, mark + "/#"));
                client.expectDisconnect(0x90);
            }
        }
        assertThat(series()).isEqualTo(before);
        assertThat(broker.metrics().samples()).noneMatch(sample -> sample.contains(mark));
    }

    @Test
    @Hostile("B96")
    void whenAllFilesAreOpenThoseWhoAreInAreServedAndOthersWait() throws Exception {
        List<Link> many = new ArrayList<>();
        try (Bystanders others = new Bystanders(broker, names)) {
            int before = broker.process().log().size();
            var slowest = others.during(() -> {
                for (int i = 0; i < 600; i++) {
                    Link link = broker.socket(TCP);
                    many.add(link);
                    link.write(Packets.connect(V5, names.client("m") + "n" + i).bytes());
                }
                for (int i = 0; i < 10; i++) {
                    many.get(i).read(System.nanoTime() + Bystanders.SOON.toNanos());
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            assertThat(broker.metrics().value("mqtt_connections")).isBetween(50L, 400L);
            many.forEach(Link::close);
            try (RawClient fresh = broker.open(TCP, V5)) {
                fresh.within(java.time.Duration.ofSeconds(15));
                fresh.connect(Packets.connect(V5, names.client("fresh")));
                fresh.publish(names.topic("t"), "x", 1);
            }
            others.noticeNothing();
            assertThat(broker.process().log().size() - before).isLessThan(1000);
        } finally {
            many.forEach(Link::close);
        }
    }
}
