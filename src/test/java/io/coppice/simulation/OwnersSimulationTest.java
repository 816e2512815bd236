package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Users who want the same client identifiers, at the same moment and later, on nodes that die and leave and come again, over a
 * network that loses and delays, with a registry that leaves claimants in doubt. An identifier is of who got it first: for good
 * where the session outlives its connection, otherwise until that has ended.
 */
class OwnersSimulationTest {
    private static final int STEPS = 60;
    /** Longer than anybody needs to notice that a node has died, and to take over from it. */
    private static final long SETTLED = 12_000;

    @ParameterizedTest
    @CsvSource({"300, 0", "200, 6"})
    void aSessionIsOfTheUserWhoGotItFirstWhereverItGoes(int seeds, int lostOneIn) {
        Seeds.each(seeds, seed -> new Run(seed, lostOneIn).run());
    }

    /** One user's client with one identifier. */
    private static final class Rival {
        final SimClient client;
        final String clientId;
        final String user;
        /** Whether it waits for an answer to CONNECT. */
        boolean waits;
        /** To which it came last. */
        SimNode node;
        /** When it went without answer last: what that came to may still show. */
        long lostAt = -SETTLED;

        Rival(SimClient client, String user) {
            this.client = client;
            this.clientId = client.clientId();
            this.user = user;
        }

        boolean isKept() {
            return clientId.startsWith("kept");
        }

        boolean mayConnect(long now) {
            if (waits && !client.connection().isOpen()) {
                waits = false;
                lostAt = now;
            }
            return !waits && !client.isConnected();
        }

        void connect(SimLoop loop, int number) {
            waits = true;
            node = loop.node;
            client.connect(number);
        }
    }

    private static final class Run {
        private static final List<String> USERS = List.of("anna", "bert", "carl");

        private final World world;
        private final SimCluster cluster;
        private final List<Rival> rivals = new ArrayList<>();
        /** By client identifier, of sessions that outlive their connections. */
        private final Map<String, String> owners = new HashMap<>();

        private SimNode leaving;
        private int letIn;
        private int refused;

        Run(long seed, int lostOneIn) {
            world = new World(seed, 3, 1 + (int) (seed % 3), Settings.ofThreeNodes());
            cluster = world.cluster();
            cluster.delayMax = random(3) == 0 ? 0 : 1 + random(20);
            cluster.viewDelayMax = 1 + random(300);
            cluster.lossOneIn = random(2) == 0 ? 0 : 5 + random(50);
            cluster.doubleOneIn = random(2) == 0 ? 0 : 5 + random(50);
            world.store.delayMax = random(3) == 0 ? 0 : 1 + random(40);
            world.registry.delayMax = random(3) == 0 ? 0 : 1 + random(40);
            world.registry.lostOneIn = lostOneIn;
            world.pass(3000);
            for (String clientId : List.of("kept1", "kept2", "brief1", "brief2")) {
                for (String user : USERS) {
                    rivals.add(rival(clientId, user));
                }
            }
        }

        private int random(int bound) {
            return world.random.nextInt(bound);
        }

        private Rival rival(String clientId, String user) {
            SimClient client = world.client(clientId);
            client.userName = user;
            Rival rival = new Rival(client, user);
            if (rival.isKept()) {
                client.persistent();
            }
            client.onFlush = packet -> {
                if (packet instanceof Packet.ConnAck ack) {
                    answered(rival, ack);
                }
            };
            client.onPacket = packet -> {
                boolean takenOver = packet instanceof Packet.Disconnect disconnect
                        && disconnect.reasonCode() == ReasonCode.SESSION_TAKEN_OVER;
                boolean maybeByItself = world.now() < rival.lostAt + SETTLED;
                assertThat(takenOver && !maybeByItself)
                        .as("somebody else than " + user + " has taken over " + clientId)
                        .isFalse();
            };
            return rival;
        }

        private void answered(Rival rival, Packet.ConnAck ack) {
            rival.waits = false;
            if (ack.reasonCode() == ReasonCode.NOT_AUTHORIZED) {
                refused++;
                assertThat(rival.user).as("refused what is its own").isNotEqualTo(owners.get(rival.clientId));
            } else if (ack.reasonCode() == ReasonCode.SUCCESS) {
                letIn++;
                if (rival.isKept()) {
                    assertThat(owners.merge(rival.clientId, rival.user, (first, next) -> first))
                            .as("whose " + rival.clientId + " is")
                            .isEqualTo(rival.user);
                }
                for (Rival other : rivals) {
                    // one that leaves has sent its clients away, and may not have told them yet
                    boolean another = other != rival && other.clientId.equals(rival.clientId) && other.node != leaving;
                    assertThat(another && other.client.isConnected())
                            .as(other.user + " still has " + rival.clientId + ", and so has " + rival.user)
                            .isFalse();
                }
            }
        }

        private void connect(Rival rival, int loop) {
            rival.connect(world.loops.get(loop), loop);
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                Rival rival = rivals.get(random(rivals.size()));
                if (!rival.client.isConnected()) {
                    race(rival.clientId);
                } else if (random(2) == 0) {
                    rival.client.disconnect();
                } else {
                    rival.client.drop();
                }
                if (random(12) == 0) {
                    loseNode();
                }
                world.pass(random(3) == 0 ? random(2000) : random(100));
            }
            settle();
            check();
        }

        /** Some of those who are not connected come at once, on whatever node. */
        private void race(String clientId) {
            for (Rival rival : rivals) {
                if (rival.clientId.equals(clientId) && rival.mayConnect(world.now()) && random(3) > 0) {
                    connect(rival, random(world.loops.size()));
                    world.pass(random(2) * random(20));
                }
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
                if (random(3) == 0) {
                    leaving = node;
                    cluster.leave(node);
                } else {
                    cluster.kill(node);
                }
            }
        }

        private void settle() {
            cluster.lossOneIn = 0;
            world.registry.lostOneIn = 0;
            while (leaving != null && leaving.alive) {
                world.pass(500);
            }
            while (cluster.nodes.size() < 3) {
                cluster.start("again");
            }
            world.pass(SETTLED);
            for (Rival rival : rivals) {
                if (rival.client.isConnected()) {
                    rival.client.drop();
                }
            }
            world.pass(SETTLED);
        }

        private void check() {
            assertThat(letIn).isPositive();
            assertThat(refused).isPositive();
            for (Rival rival : rivals) {
                for (SimNode node : cluster.nodes) {
                    String owner = owners.get(rival.clientId);
                    boolean mine = owner == null || owner.equals(rival.user);
                    connect(rival, world.loops.indexOf(node.loops.get(0)));
                    world.pass(1000);
                    Packet.ConnAck ack = rival.client.last(Packet.ConnAck.class);
                    assertThat(ack.reasonCode())
                            .as(rival.user + " comes with " + rival.clientId + " of " + owner)
                            .isEqualTo(mine ? ReasonCode.SUCCESS : ReasonCode.NOT_AUTHORIZED);
                    assertThat(ack.sessionPresent()).isEqualTo(owner != null && mine);
                    if (mine) {
                        rival.client.drop();
                        world.pass(1000);
                    }
                }
            }
            cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
            assertThat(world.registry.owners).isEqualTo(owners);
            for (String clientId : owners.keySet()) {
                assertThat(world.store.recordsOf(clientId)).isNotEmpty();
            }
        }
    }
}
