package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Queues of which next to nothing is held in memory, while their clients come and go on any loop and the store is slow, fails
 * for a while, and cannot read at times. To reproduce a failure, run the world with the seed that it names.
 */
class DeepQueueSimulationTest {
    private static final int SEEDS = 400;
    private static final int STEPS = 150;

    @Test
    void whatWasAckedArrivesInOrderAndQos2Once() {
        int[] pages = new int[1];
        Seeds.each(SEEDS, seed -> pages[0] += new Run(seed, false).run());
        assertThat(pages[0]).as("pages that were read").isGreaterThan(SEEDS);
    }

    @Test
    void aStoreThatFailsLosesNothingThatWasAcked() {
        int[] pages = new int[1];
        Seeds.each(SEEDS, seed -> pages[0] += new Run(seed, true).run());
        assertThat(pages[0]).as("pages that were read").isGreaterThan(SEEDS);
    }

    private static final class Run {
        private final World world;
        private final boolean fails;
        private final List<SimClient> readers = new ArrayList<>();
        private final SimClient meter;
        private final Map<Integer, String> open = new HashMap<>();
        private final Set<String> acked = new HashSet<>();
        private int last;

        Run(long seed, boolean fails) {
            this.fails = fails;
            Settings settings = new Settings();
            settings.inFlightMax = 1 + (int) (seed % 4);
            settings.queueMemoryMax = seed % 5 * 110;
            world = new World(seed, 1 + (int) (seed % 3), settings);
            world.store.delayMax = seed % 2 == 0 ? 0 : 20;
            world.store.unreadOneIn = 4;
            meter = world.client("meter").persistent().connect(0);
            meter.onPacket = this::answered;
            for (int i = 0; i < 3; i++) {
                readers.add(world.client("reader" + i).persistent().connect(i % world.loops.size()));
            }
            world.pass(100);
            readers.forEach(reader -> reader.subscribe("t", Qos.EXACTLY_ONCE));
            world.pass(100);
        }

        private void answered(Packet packet) {
            if (packet instanceof Packet.PubAck ack && !ack.reasonCode().isError()) {
                acked.add(open.get(ack.packetId()));
            } else if (packet instanceof Packet.PubRec rec && !rec.reasonCode().isError()) {
                acked.add(open.get(rec.packetId()));
            }
        }

        /** How many pages of queues were read. */
        int run() {
            for (int step = 0; step < STEPS; step++) {
                act(readers.get(world.random.nextInt(readers.size())));
                for (int turns = world.random.nextInt(15); turns > 0; turns--) {
                    world.step();
                }
                if (chance(6)) {
                    world.pass(world.random.nextInt(40));
                }
            }
            calmDown();
            check();
            return world.store.pages;
        }

        private boolean chance(int oneIn) {
            return world.random.nextInt(oneIn) == 0;
        }

        private void act(SimClient reader) {
            if (fails && chance(world.store.broken ? 5 : 20)) {
                world.store.broken = !world.store.broken;
            }
            if (!meter.isConnected()) {
                meter.connect(anyLoop());
            }
            switch (world.random.nextInt(20)) {
                case 0 -> reader.connect(anyLoop());
                case 1, 2 -> {
                    if (reader.isConnected()) {
                        reader.drop();
                    }
                }
                case 3 -> {
                    reader.connection().outputMax = 20;
                    reader.connection().congested(true);
                }
                case 4 -> reader.connection().congested(false);
                default -> publish();
            }
        }

        private int anyLoop() {
            return world.random.nextInt(world.loops.size());
        }

        private void publish() {
            if (meter.isConnected() && meter.mayPublish()) {
                Qos qos = Qos.of(1 + world.random.nextInt(2));
                String payload = qos.code() + ":" + ++last;
                open.put(meter.publish("t", payload, qos), payload);
            }
        }

        private void calmDown() {
            world.store.broken = false;
            for (int round = 0; round < 5 || round < 100 && isBusy(); round++) {
                if (!meter.isConnected()) {
                    meter.connect(anyLoop());
                }
                for (SimClient reader : readers) {
                    reader.connection().congested(false);
                    if (!reader.isConnected()) {
                        reader.connect(anyLoop());
                    }
                }
                world.pass(2_000);
            }
        }

        private boolean isBusy() {
            return world.broker.queuedMessages() + world.broker.inFlightMessages() > 0;
        }

        private void check() {
            for (SimClient reader : readers) {
                Map<String, Integer> times = new HashMap<>();
                int[] latest = new int[3];
                for (String payload : reader.payloads()) {
                    int number = Integer.parseInt(payload.substring(2));
                    int qos = payload.charAt(0) - '0';
                    // a message that could not be stored comes when its publisher repeats it, or with the next that can
                    if (times.merge(payload, 1, Integer::sum) == 1 && !fails) {
                        assertThat(number)
                                .as("order at QoS %d of %s", qos, reader.clientId())
                                .isGreaterThan(latest[qos]);
                        latest[qos] = number;
                    }
                    if (qos == 2) {
                        assertThat(times.get(payload))
                                .as(payload + " at " + reader.clientId())
                                .isEqualTo(1);
                    }
                }
                assertThat(times.keySet()).as(reader.clientId()).containsAll(acked);
            }
            assertThat(world.broker.queuedMessages()).isZero();
            assertThat(world.broker.queuedBytes()).isZero();
            assertThat(world.broker.queuedMessagesInStore()).isZero();
            assertThat(world.broker.inFlightMessages()).isZero();
            Inside.requireQuiet(world.broker);
            Inside.requireStored(world.broker, world.store::recordsOf);
        }
    }
}
