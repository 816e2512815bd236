package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.Transport.TCP;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node whose heap fills up although every limit is kept, for its limits are far beyond its heap. */
@BlackBox
@BrokerSettings(
        value = {"durability=memory", "limits.heap-percent-max=50"},
        heapMegabytes = 192,
        alone = true)
@Timeout(180)
class OverloadIT {
    private static final int BYTES = 5_000;

    private final Broker broker;
    private final Names names;

    OverloadIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private void retain(RawClient client, int number, int bytes) {
        client.send(Packets.publish(V5, names.topic("flood") + number)
                .retain()
                .qos(1)
                .id(1)
                .payload(new byte[bytes]));
        client.expect(PUBACK);
    }

    @Test
    @Hostile("B97")
    void whoFillsItIsHeldBackAndNobodyElseIsLetInAndWhoIsThereIsServed() throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient flood = broker.connect(TCP, V5, names.client("flood"));
                RawClient light = broker.connect(TCP, V5, names.client("light"))) {
            flood.within(Duration.ofMinutes(2));
            Thread flooding = new Thread(() -> {
                for (int number = 0; !Thread.interrupted(); number++) {
                    retain(flood, number, BYTES);
                }
            });
            flooding.setUncaughtExceptionHandler((thread, closed) -> {});
            flooding.start();
            // Collections come by themselves when it is full; here they come sooner.
            Awaitility.await().atMost(Duration.ofSeconds(100)).until(() -> {
                broker.process().heap();
                return broker.metrics().value("mqtt_publishers_held_back_total") > 0;
            });

            assertThat(broker.metrics().value("mqtt_overload_level")).isEqualTo(2);
            assertThat(broker.metrics().value("mqtt_ready")).isZero();
            try (RawClient late = broker.open(TCP, V5)) {
                late.send(Packets.connect(V5, names.client("late")));
                assertThat(late.expect(CONNACK).reason()).isEqualTo(0x89);
                late.expectClosed();
            }
            for (int i = 0; i < 10; i++) {
                retain(light, -i, 100);
            }
            others.noticeNothing();
            long kept = broker.metrics().value("mqtt_retained_bytes");
            assertThat(kept).as("far from its limit, and far from the heap").isBetween(20L << 20, 160L << 20);
            assertThat(broker.process().errors()).isEmpty();
            flooding.interrupt();
            flood.close();
            flooding.join();
        }
    }
}
