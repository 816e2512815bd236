package io.coppice.it;

import static io.coppice.it.Wire.property;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue that is full, and who pays for it. */
@Timeout(60)
class OverflowIT {
    /** Publishes 30 messages for a client that is away and has room for 10; returns the answers' reason codes. */
    private static List<Integer> overflow(RunningNode node, int qos) throws Exception {
        Wire away = node.wire().connect5("away", property(0x11, 4, 3600)).subscribe5("full", 2);
        away.send("e0 00").readEnd();
        Wire publisher = node.wire().connect5("publisher");
        List<Integer> reasons = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            byte[] payload = ("" + i).getBytes(StandardCharsets.UTF_8);
            publisher.send(Wire.publish5("full", payload, qos, i + 1));
            Wire.Answer answer = publisher.read();
            reasons.add(answer.ackReason());
            if (qos == 2 && answer.ackReason() < 0x80) {
                publisher.send(Wire.ack(6, i + 1)).read(Wire.PUBCOMP);
            }
        }
        assertThat(node.metric("mqtt_queued_messages")).isEqualTo(10);
        return reasons;
    }

    private static void getsOnReturn(RunningNode node, int from, int to) throws Exception {
        Peer back = node.peer(Kind.HIVE5_TCP, "away");
        back.connect(false);
        List<String> expected = IntStream.range(from, to).mapToObj(i -> "" + i).toList();
        assertThat(back.next(to - from)).extracting(Received::payload).isEqualTo(expected);
        back.hasNoOther(node.connected(Kind.HIVE5_TCP, "fence"));
    }

    @Test
    void dropNewestKeepsWhatWasThereFirst() throws Exception {
        try (RunningNode node = RunningNode.start("limits.queue-messages-max=10")) {
            assertThat(overflow(node, 1)).containsOnly(0);
            assertThat(node.dropped("queue_full")).isEqualTo(20);
            getsOnReturn(node, 0, 10);
        }
    }

    @Test
    void dropOldestKeepsWhatCameLast() throws Exception {
        try (RunningNode node =
                RunningNode.start("limits.queue-messages-max=10", "limits.queue-overflow=drop-oldest")) {
            assertThat(overflow(node, 2)).containsOnly(0);
            assertThat(node.dropped("queue_full")).isEqualTo(20);
            getsOnReturn(node, 20, 30);
        }
    }

    @Test
    void rejectTellsThePublisher() throws Exception {
        for (int qos = 1; qos <= 2; qos++) {
            try (RunningNode node = RunningNode.start("limits.queue-messages-max=10", "limits.queue-overflow=reject")) {
                List<Integer> reasons = overflow(node, qos);
                assertThat(reasons.subList(0, 10)).containsOnly(0);
                assertThat(reasons.subList(10, 30)).containsOnly(0x97);
                assertThat(node.dropped("queue_full")).isEqualTo(20);
                getsOnReturn(node, 0, 10);
            }
        }
    }

    @Test
    void aQueueIsLimitedByBytesToo() throws Exception {
        try (RunningNode node = RunningNode.start("limits.queue-bytes-max=1MiB")) {
            Wire away = node.wire().connect5("away", property(0x11, 4, 3600)).subscribe5("heavy", 1);
            away.send("e0 00").readEnd();
            Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher");
            for (int i = 0; i < 20; i++) {
                publisher.publish("heavy", "x".repeat(100_000), 1);
            }
            assertThat(node.metric("mqtt_queued_messages")).isEqualTo(10);
            assertThat(node.metric("mqtt_queued_bytes")).isBetween(1_000_000L, 1L << 20);
            assertThat(node.dropped("queue_full")).isEqualTo(10);
        }
    }
}
