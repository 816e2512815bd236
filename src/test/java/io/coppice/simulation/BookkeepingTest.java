package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.port.Counters;
import io.coppice.session.DropReason;
import io.coppice.session.Overflow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * No message goes missing without a reason: received times matches is delivered plus queued plus dropped, whatever
 * clients do. The other simulations ask for the balance of each node too ({@link io.coppice.broker.Inside#requireQuiet}); here the
 * two sides are counted by the clients.
 */
class BookkeepingTest {
    private static final int SEEDS = 300;
    private static final int PUBLISHES = 60;

    @Test
    void everyMessageIsDeliveredOrQueuedOrDroppedForAReason() {
        Seeds.each(SEEDS, seed -> new Run(seed).run());
    }

    private static final class Run {
        private final World world;
        private final List<SimClient> readers = new ArrayList<>();
        private final SimClient meter;
        private long delivered;

        Run(long seed) {
            Settings settings = new Settings();
            settings.queueMessagesMax = (int) (seed % 6);
            settings.queueMemoryMax = seed % 5 == 0 ? Long.MAX_VALUE : seed % 3 * 110;
            settings.overflow = Overflow.values()[(int) (seed % 3)];
            settings.inFlightMax = 1 + (int) (seed % 3);
            settings.loopBacklogMax = seed % 4 == 0 ? 2 : 1000;
            world = new World(seed, 3, settings);
            world.store.delayMax = seed % 2 == 0 ? 0 : 20;
            for (int i = 0; i < 5; i++) {
                SimClient reader = world.client("reader" + i).persistent();
                reader.acknowledges = i > 0;
                reader.maximumPacketSize = i == 1 ? 12 : -1;
                reader.connect(i % 3);
                reader.onPacket = packet -> delivered += packet instanceof Packet.Publish p && !p.dup() ? 1 : 0;
                readers.add(reader);
            }
            meter = world.client("meter").connect(0);
            world.pass(200);
            for (SimClient reader : readers) {
                reader.subscribe("t/#", Qos.of(readers.indexOf(reader) % 3));
            }
            world.pass(200);
        }

        void run() {
            int received = 0;
            for (int i = 0; i < PUBLISHES; i++) {
                SimClient reader = readers.get(world.random.nextInt(readers.size()));
                switch (world.random.nextInt(8)) {
                    case 0 -> comeOrGo(reader);
                    case 1 -> {
                        reader.connection().outputMax = 30;
                        reader.connection().congested(true);
                    }
                    case 2 -> reader.connection().congested(false);
                    default -> {
                        long expiry = world.random.nextInt(4) == 0 ? 1 : -1;
                        String payload = "x".repeat(world.random.nextInt(8));
                        meter.publish("t/1", payload, Qos.of(world.random.nextInt(3)), false, expiry, Properties.NONE);
                        received++;
                    }
                }
                world.pass(world.random.nextInt(100));
            }
            readers.forEach(reader -> reader.connection().congested(false));
            world.pass(500);
            long dropped = 0;
            for (Counters counters : world.broker.counters()) {
                for (DropReason reason : DropReason.values()) {
                    dropped += counters.droppedCount(reason);
                }
            }
            assertThat(delivered + world.broker.queuedMessages() + dropped)
                    .as("%d delivered, %d queued, %d dropped", delivered, world.broker.queuedMessages(), dropped)
                    .isEqualTo((long) received * readers.size());
        }

        private void comeOrGo(SimClient reader) {
            if (reader.isConnected()) {
                // what is on its way is read first: the count is of what arrives
                reader.connection().congested(false);
                world.pass(100);
                reader.drop();
            } else {
                reader.connect(world.random.nextInt(3));
            }
            world.pass(100);
        }
    }
}
