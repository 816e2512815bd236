package io.coppice.it;

import static io.coppice.it.Wire.property;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Subscribers that are slower than what is sent to them, and payloads that are large. */
@Timeout(60)
class SlowReaderIT {
    private static final int LARGE = 256 * 1024;
    private static final long SLACK_BYTES = 48 << 20;

    @RegisterExtension
    static final RunningNode NODE = RunningNode.with("limits.queue-bytes-max=8MiB");

    private static byte[] payload(int size, int seed) {
        byte[] payload = new byte[size];
        new java.util.SplittableRandom(seed).nextBytes(payload);
        return payload;
    }

    private static long checksum(byte[] bytes, int from) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, bytes.length - from);
        return crc.getValue();
    }

    /** The small message arrives although others do not read; at QoS 1, there and back. */
    private static Duration slowestOf(int roundTrips, Runnable between) throws Exception {
        Peer one = NODE.connected(Kind.HIVE5_TCP, "probe");
        one.subscribe("probe", 1);
        Duration slowest = Duration.ZERO;
        for (int i = 0; i < roundTrips; i++) {
            between.run();
            long begin = System.nanoTime();
            one.publish("probe", "" + i, 1);
            assertThat(one.next().payload()).isEqualTo("" + i);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            slowest = took.compareTo(slowest) > 0 ? took : slowest;
        }
        return slowest;
    }

    private static long memory() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                + PlatformDependent.usedDirectMemory();
    }

    @Test
    void aPayloadOfNearlyTheLargestPacketArrivesWhole() throws Exception {
        Wire subscriber = NODE.wire().connect5("subscriber").subscribe5("large", 2);
        Wire publisher = NODE.wire().connect5("publisher");
        int overhead = 2 + 5 + 2 + 1; // topic, identifier, properties
        int largest = (1 << 20) - overhead - 4;
        for (int qos = 0; qos <= 2; qos++) {
            byte[] payload = payload(largest, qos);
            publisher.send(Wire.publish5("large", payload, qos, 1));
            Wire.Answer got = subscriber.read(Wire.PUBLISH);
            assertThat(got.flags() >> 1).isEqualTo(qos);
            assertThat(checksum(got.body(), got.body().length - largest)).isEqualTo(checksum(payload, 0));
            if (qos == 1) {
                publisher.read(Wire.PUBACK);
            }
        }
        publisher.read(Wire.PUBREC);
        publisher.send(Wire.publish5("large", new byte[1 << 20], 0, 0));
        assertThat(publisher.read(Wire.DISCONNECT).disconnectReason()).isEqualTo(0x95);
    }

    @Test
    void aReaderThatStopsCostsOnlyItselfMessagesAndNobodyTime() throws Exception {
        List<Wire> stopped = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            stopped.add(NODE.own(new Wire(NODE.mqtt(), 64 * 1024))
                    .connect5("stopped-" + i)
                    .subscribe5("flood", 0));
        }
        Wire reader = NODE.wire().connect5("reader").subscribe5("flood", 0);
        Wire publisher = NODE.wire().connect5("publisher");
        long slow = NODE.dropped("slow_reader");
        long before = memory();
        byte[] flood = Wire.publish5("flood", payload(LARGE, 7), 0, 0);

        Duration slowest = slowestOf(300, () -> {
            try {
                publisher.send(flood);
                assertThat(reader.read(Wire.PUBLISH).body()).hasSizeGreaterThan(LARGE);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });

        assertThat(slowest).isLessThan(Duration.ofSeconds(2));
        assertThat(NODE.dropped("slow_reader") - slow).isGreaterThan(4 * 250);
        assertThat(memory() - before).isLessThan(SLACK_BYTES);
        for (Wire one : stopped) {
            one.read(Wire.PUBLISH); // still connected
            one.close();
        }
    }

    @Test
    void whatWaitsForASlowReaderAtQos1IsBoundedAndComesInOrder() throws Exception {
        Wire slow = NODE.own(new Wire(NODE.mqtt(), 64 * 1024)).connect5("slow").subscribe5("bulk", 1);
        Wire publisher = NODE.wire().connect5("publisher");
        long full = NODE.dropped("queue_full");
        long before = memory();
        int messages = 400;
        for (int i = 0; i < messages; i++) {
            byte[] payload = payload(LARGE, i);
            payload[0] = (byte) (i >> 8);
            payload[1] = (byte) i;
            publisher.send(Wire.publish5("bulk", payload, 1, 1 + i)).read(Wire.PUBACK);
        }
        assertThat(NODE.metric("mqtt_queued_bytes")).isLessThanOrEqualTo(8 << 20);
        assertThat(memory() - before).isLessThan(SLACK_BYTES);
        long dropped = NODE.dropped("queue_full") - full;
        assertThat(dropped).isGreaterThan(300);

        int last = -1;
        for (long left = messages - dropped; left > 0; left--) {
            byte[] body = slow.read(Wire.PUBLISH).body();
            int number = (body[9] & 0xFF) << 8 | body[10] & 0xFF;
            assertThat(number).isGreaterThan(last);
            assertThat(body.length).isEqualTo(2 + 4 + 2 + 1 + LARGE);
            last = number;
            slow.send(Wire.ack(Wire.PUBACK, (body[6] & 0xFF) << 8 | body[7] & 0xFF));
        }
        await().untilAsserted(
                        () -> assertThat(NODE.metric("mqtt_inflight_messages")).isZero());
        assertThat(NODE.metric("mqtt_queued_messages")).isZero();
    }

    @Test
    void aPublisherThatNeverReadsItsAnswersIsCutOffOrHeldBackAndFillsNoMemory() throws Exception {
        Wire rude = NODE.own(new Wire(NODE.mqtt(), 16 * 1024)).connect5("rude", property(0x11, 4, 0));
        byte[] pings = new byte[64 * 1024];
        for (int i = 0; i < pings.length; i += 2) {
            pings[i] = (byte) 0xC0;
        }
        long before = memory();
        boolean cut = false;
        for (int i = 0; i < 1000 && !cut; i++) {
            try {
                rude.send(pings);
            } catch (java.io.IOException end) {
                cut = true;
            }
        }
        assertThat(cut).isTrue();
        assertThat(memory() - before).isLessThan(SLACK_BYTES);
    }
}
