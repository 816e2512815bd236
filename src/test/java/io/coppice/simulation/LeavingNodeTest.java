package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.ClusterSettings;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import org.junit.jupiter.api.Test;

/** One of three nodes leaves on purpose. */
class LeavingNodeTest {
    private static final long LEASE = 1500;
    private static final long VIEW_DELAY = 300;

    private final World world = new World(12, 3, 2, settings());
    private final SimCluster cluster = world.cluster();
    private final SimNode leaver = cluster.nodes.get(0);

    LeavingNodeTest() {
        cluster.delayMax = 5;
        cluster.viewDelayMax = VIEW_DELAY;
        world.pass(2000);
    }

    private static Settings settings() {
        Settings settings = new Settings();
        settings.cluster = new ClusterSettings(3, LEASE, 300, 200, 5000, 5000, 10_000, 60_000, 1000);
        return settings;
    }

    /** Someone whose session stays on the first node while they are away. */
    private SimClient away() {
        SimClient reader = world.client("a").persistent().connect(0);
        world.pass(200);
        reader.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(200);
        reader.drop();
        world.pass(200);
        return reader;
    }

    /** Milliseconds until a client has its session on another node. */
    private long untilConnected(SimClient client) {
        long begin = world.now();
        client.connect(2);
        while (!client.isConnected()) {
            world.pass(5);
            assertThat(world.now() - begin).isLessThan(60_000);
        }
        assertThat(client.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        return world.now() - begin;
    }

    @Test
    void theSessionsOfANodeThatLeavesAreElsewhereWithoutWaitingForItsLease() {
        SimClient reader = away();
        cluster.leave(leaver);
        world.pass(60); // it has fallen silent, and is still in view

        assertThat(leaver.broker().ready()).isFalse();
        assertThat(untilConnected(reader)).isLessThan(200);
        assertThat(cluster.isMember(leaver) || !leaver.alive).isTrue();
    }

    @Test
    void thoseOfANodeThatDiesAreElsewhereAfterItsLease() {
        SimClient reader = away();
        cluster.kill(leaver);

        assertThat(untilConnected(reader)).isGreaterThan(LEASE - VIEW_DELAY);
    }

    @Test
    void whatIsPublishedWhileANodeLeavesReachesItsSessions() {
        SimClient reader = away();
        SimClient meter = world.client("meter").connect(2);
        world.pass(200);
        cluster.leave(leaver);
        for (int i = 0; i < 50; i++) {
            meter.publish("t", "m" + i, Qos.AT_LEAST_ONCE);
            world.pass(5);
        }
        world.pass(1000);
        assertThat(meter.hasOpenMessages()).isFalse();
        untilConnected(reader);
        world.pass(500);

        assertThat(reader.payloads().stream().distinct())
                .hasSize(50)
                .isSortedAccordingTo(
                        (a, b) -> Integer.compare(Integer.parseInt(a.substring(1)), Integer.parseInt(b.substring(1))));
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    @Test
    void whatClientsOfTheNodePublishedLastIsWithTheOthers() {
        SimClient reader = world.client("reader").connect(2);
        world.pass(200);
        reader.subscribe("t", Qos.AT_LEAST_ONCE);
        SimClient meter = world.client("meter").connect(0);
        world.pass(200);
        cluster.lossOneIn = 3;
        for (int i = 0; i < 20; i++) {
            meter.publish("t", "" + i, Qos.AT_MOST_ONCE);
        }
        world.run();
        cluster.leave(leaver);
        world.pass(10_000);

        assertThat(leaver.alive).isFalse();
        assertThat(meter.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
        assertThat(reader.payloads()).hasSize(20);
    }

    @Test
    void aNodeThatIsNotHeardLeavesInTimeAndIsTakenForDead() {
        SimClient reader = away();
        cluster.lossOneIn = 1;
        cluster.leave(leaver);
        world.pass(8_000);
        assertThat(leaver.alive).isFalse();
        cluster.lossOneIn = 0;
        world.pass(3 * LEASE);

        assertThat(untilConnected(reader)).isLessThan(3 * LEASE);
    }

    @Test
    void twoNodesThatLeaveAtOnceDoNotWaitForEachOther() {
        cluster.leave(leaver);
        cluster.leave(cluster.nodes.get(1));
        world.pass(1_500);

        assertThat(cluster.nodes).hasSize(1);
    }
}
