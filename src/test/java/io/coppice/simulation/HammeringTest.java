package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import org.junit.jupiter.api.Test;

/** Two who use one client identifier, each coming back whenever the other has taken it away. */
class HammeringTest {
    private static final int SEEDS = 200;
    private static final int ROUNDS = 12;

    @Test
    @Hostile("B62")
    void twoWithOneIdentifierNeverBothActAndTheOldOneIsToldWhy() {
        Seeds.each(SEEDS, HammeringTest::hammer);
    }

    private static void hammer(long seed) {
        World world = new World(seed, 1 + (int) (seed % 3), new Settings());
        world.store.delayMax = seed % 5 == 0 ? 0 : 30;
        world.registry.delayMax = seed % 4 == 0 ? 0 : 30;
        SimClient[] rivals = {world.client("same"), world.client("same")};
        int[] welcomes = new int[1];
        for (SimClient rival : rivals) {
            if (seed % 7 != 0) {
                rival.persistent();
            }
            rival.onFlush = packet -> welcomes[0] += packet instanceof Packet.ConnAck ? 1 : 0;
        }
        for (int round = 0; round < ROUNDS; round++) {
            SimClient rival = rivals[round < 2 ? round : world.random.nextInt(2)];
            if (round < 2 || !rival.connection().isOpen()) {
                rival.connect(world.random.nextInt(world.loops.size()));
            } else if (rival.isConnected()) {
                rival.subscribe("t", Qos.AT_LEAST_ONCE);
                rival.publish("t", "" + round, Qos.AT_LEAST_ONCE);
            }
            for (int turns = world.random.nextInt(40); turns > 0 && world.step(); turns--) {
                assertThat(world.broker.connections()).isBetween(0L, 1L);
            }
            if (world.random.nextInt(3) == 0) {
                world.pass(world.random.nextInt(40));
            }
        }
        world.pass(1000);
        long told = 0;
        for (SimLoop loop : world.loops) {
            told += world.broker.counters().get(loop.index()).disconnects(ReasonCode.SESSION_TAKEN_OVER);
        }
        long heard = 0;
        for (SimClient rival : rivals) {
            heard += rival.all(Packet.Disconnect.class).stream()
                    .filter(each -> each.reasonCode() == ReasonCode.SESSION_TAKEN_OVER)
                    .count();
        }
        assertThat(world.broker.connections()).isEqualTo(1);
        assertThat(world.broker.sessions()).isEqualTo(1);
        assertThat(heard).isEqualTo(told);
        assertThat(welcomes[0]).isLessThanOrEqualTo((int) told + 1);
        assertThat(world.store.fenced).isEmpty();
        assertThat(rivals[0].isConnected()).isNotEqualTo(rivals[1].isConnected());
        Inside.requireQuiet(world.broker);
    }
}
