package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Clients whose sessions end with their connections, each connection with a will of its own, on nodes that die and
 * leave. Who watches is subscribed all the time.
 */
class ClusterWillSimulationTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 60;
    /** Longer than anybody needs to notice that a node has died, and to take over from it. */
    private static final long SETTLED = 12_000;

    @Test
    void aWillOfAClientThatWasLostComesAndThatOfOneThatWasNotDoesNot() {
        Seeds.each(SEEDS, seed -> new Run(seed, false).run());
    }

    @Test
    void soItIsWhereNodesAreCutOff() {
        Seeds.each(SEEDS, seed -> new Run(seed, true).run());
    }

    /** What the rules say of one will. */
    private enum Fate {
        /** The client is there, or not let in yet. */
        OPEN,
        DUE,
        /** Its client is back already, or went as its node did: nobody can say. */
        PERHAPS,
        NEVER
    }

    private static final class Left {
        final String payload;
        final Qos qos;
        Fate fate = Fate.OPEN;

        Left(String payload, Qos qos) {
            this.payload = payload;
            this.qos = qos;
        }
    }

    private static final class Lamp {
        final SimClient client;
        final List<Left> wills = new ArrayList<>();
        SimNode node;
        /** Until when it stays away. */
        long backAt;

        Lamp(SimClient client) {
            this.client = client;
        }

        Left last() {
            return wills.get(wills.size() - 1);
        }

        boolean isOpen() {
            return !wills.isEmpty() && last().fate == Fate.OPEN;
        }
    }

    private static final class Run {
        private final World world;
        private final SimCluster cluster;
        private final List<Lamp> lamps = new ArrayList<>();
        private final List<SimClient> watchers = new ArrayList<>();
        private final boolean cuts;
        private SimNode leaving;
        private int number;
        /** When somebody was cut off last. */
        private long lastCut;

        Run(long seed, boolean cuts) {
            this.cuts = cuts;
            world = new World(seed, 3, 1 + (int) (seed % 3), Settings.ofThreeNodes());
            cluster = world.cluster();
            cluster.delayMax = random(3) == 0 ? 0 : 1 + random(20);
            cluster.viewDelayMax = 1 + random(300);
            cluster.lossOneIn = random(2) == 0 ? 0 : 5 + random(50);
            cluster.doubleOneIn = random(2) == 0 ? 0 : 5 + random(50);
            world.store.delayMax = random(3) == 0 ? 0 : 1 + random(40);
            world.registry.delayMax = random(3) == 0 ? 0 : 1 + random(40);
            world.pass(3000);
            for (int i = 0; i < 6; i++) {
                lamps.add(new Lamp(world.client("lamp" + i)));
            }
            for (int i = 1; i <= 2; i++) {
                SimClient watcher = world.client("watcher" + i).persistent();
                watchers.add(watcher);
                while (!watcher.isConnected()) {
                    watcher.connect(random(world.loops.size()));
                    world.pass(500);
                }
                watcher.subscribe("will", Qos.of(i));
                world.pass(2000);
                assertThat(watcher.all(Packet.SubAck.class)).hasSize(1);
            }
        }

        private int random(int bound) {
            return world.random.nextInt(bound);
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                watchers.stream().filter(watcher -> !watcher.isConnected()).forEach(this::connect);
                Lamp lamp = lamps.get(random(lamps.size()));
                if (!lamp.isOpen()) {
                    light(lamp);
                } else {
                    lose(lamp);
                }
                if (random(12) == 0) {
                    if (cuts) {
                        cluster.cutOrHeal(Simulation.Weather.CUTS, cluster::kill, this::inDoubt);
                    } else {
                        loseNode();
                    }
                }
                world.pass(random(3) == 0 ? random(2000) : random(100));
                notice();
            }
            settle();
            check();
        }

        private void connect(SimClient client) {
            client.connect(random(world.loops.size()));
        }

        private void light(Lamp lamp) {
            if (world.now() < lamp.backAt) {
                return;
            }
            if (!lamp.wills.isEmpty() && lamp.last().fate == Fate.DUE && world.now() < lastCut + SETTLED) {
                // it may still wait for who was cut off, or be kept there, be that its node or who took over from it;
                // the
                // claim of the new connection takes its place, and what is in one node's memory only may go with that
                // node
                lamp.last().fate = Fate.PERHAPS;
            }
            Left left = new Left("will " + ++number, Qos.of(1 + random(2)));
            lamp.wills.add(left);
            lamp.client.version = random(2) == 0 ? ProtocolVersion.V5 : ProtocolVersion.V3_1_1;
            lamp.client.will = new Will(
                    TopicName.of("will"),
                    left.payload.getBytes(StandardCharsets.UTF_8),
                    left.qos,
                    false,
                    Properties.NONE,
                    random(5),
                    -1);
            SimLoop loop = world.loops.get(random(world.loops.size()));
            lamp.node = loop.node;
            lamp.client.connect(world.loops.indexOf(loop));
        }

        private void lose(Lamp lamp) {
            Left left = lamp.last();
            if (!lamp.client.isConnected()) {
                return; // still being let in, or cut off without having noticed
            }
            if (random(3) == 0) {
                lamp.client.disconnect();
                world.pass(200); // and its node has heard it
                // where that could not be stored yet, whoever takes over from the node does not know
                left.fate = cluster.cutOff == null ? Fate.NEVER : Fate.PERHAPS;
            } else {
                lamp.client.drop();
                lost(lamp);
            }
        }

        /** It stays away until its will must have come, or is back at once. */
        private void lost(Lamp lamp) {
            if (random(3) == 0) {
                lamp.last().fate = Fate.PERHAPS;
            } else {
                lamp.last().fate = Fate.DUE;
                lamp.backAt = world.now() + SETTLED;
            }
        }

        private void loseNode() {
            if (leaving != null && leaving.alive) {
                return;
            }
            if (cluster.nodes.size() < 3) {
                cluster.start("again");
            } else if (cluster.allAreMembers()) {
                SimNode node = cluster.nodes.get(random(3));
                boolean leaves = random(3) == 0;
                for (Lamp lamp : lamps) {
                    if (lamp.isOpen() && lamp.node == node) {
                        if (leaves) {
                            lamp.last().fate = lamp.client.isConnected() ? Fate.NEVER : Fate.PERHAPS;
                        } else if (lamp.client.isConnected()) {
                            lost(lamp);
                        } else {
                            lamp.last().fate = Fate.PERHAPS;
                        }
                    }
                }
                if (leaves) {
                    leaving = node;
                    cluster.leave(node);
                } else {
                    cluster.kill(node);
                }
            }
        }

        /** Others act for a node while its clients are still connected to it. */
        private void inDoubt(SimNode node) {
            for (Lamp lamp : lamps) {
                if (lamp.isOpen() && lamp.node == node) {
                    lamp.last().fate = Fate.PERHAPS;
                }
            }
        }

        /** Who was refused, or cut off by a node that is not in touch with the others, has left nothing that can be relied on. */
        private void notice() {
            if (cluster.cutOff != null) {
                lastCut = world.now();
            }
            for (Lamp lamp : lamps) {
                if (lamp.node == cluster.cutOff && cluster.cutOff != null) {
                    lamp.backAt = world.now() + SETTLED; // so long no will comes from there
                }
                if (lamp.isOpen() && !lamp.client.connection().isOpen()) {
                    lamp.last().fate = Fate.PERHAPS;
                }
            }
        }

        private void settle() {
            cluster.heal(cluster::kill);
            cluster.lossOneIn = 0;
            while (leaving != null && leaving.alive) {
                world.pass(500);
            }
            while (cluster.nodes.size() < 3) {
                cluster.start("again");
            }
            world.pass(SETTLED);
            notice();
            for (Lamp lamp : lamps) {
                if (lamp.isOpen()) {
                    lamp.client.disconnect();
                    lamp.last().fate = Fate.NEVER;
                }
            }
            for (int round = 0; round < 10; round++) {
                watchers.stream().filter(watcher -> !watcher.isConnected()).forEach(this::connect);
                world.pass(1000);
            }
        }

        private void check() {
            for (SimClient watcher : watchers) {
                assertThat(watcher.isConnected()).isTrue();
                Qos granted = watcher == watchers.get(0) ? Qos.AT_LEAST_ONCE : Qos.EXACTLY_ONCE;
                for (Lamp lamp : lamps) {
                    for (Left left : lamp.wills) {
                        int times = Collections.frequency(watcher.payloads(), left.payload);
                        String what = left.payload + " of " + lamp.client.clientId() + " at " + left.qos + " for "
                                + watcher.clientId();
                        if (left.fate == Fate.DUE) {
                            assertThat(times).as(what).isPositive();
                        } else if (left.fate == Fate.NEVER) {
                            assertThat(times).as(what).isZero();
                        }
                        if (left.qos.atMost(granted) == Qos.EXACTLY_ONCE) {
                            assertThat(times).as(what).isLessThan(2);
                        }
                    }
                }
            }
            cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
            assertThat(world.registry.homes).hasSize(watchers.size());
        }
    }
}
