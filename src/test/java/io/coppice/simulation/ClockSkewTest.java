package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Nodes whose clocks differ by twenty minutes. What is in order is so by epochs and versions, whatever the clocks say; what
 * expires does so by the clock of the node where it is, so by as much too early or too late, and by no more.
 */
class ClockSkewTest {
    private static final long TEN_MINUTES = 600_000;
    private static final long SKEW = 2 * TEN_MINUTES;
    private static final long TAKEN_OVER = 5_000;
    private static final int AHEAD = 0;
    private static final int BEHIND = 1;

    private World world;
    private SimCluster cluster;

    @BeforeEach
    void begin() {
        Settings settings = Settings.ofThreeNodes();
        settings.clocksAhead.put("node0", TEN_MINUTES);
        settings.clocksAhead.put("node1", -TEN_MINUTES);
        world = new World(7, 3, 1, settings);
        cluster = world.cluster();
        cluster.delayMax = 5;
        cluster.viewDelayMax = 50;
        world.pass(2_000);
    }

    private SimClient client(String id, int node) {
        SimClient client = world.client(id);
        client.cleanStart = false;
        client.expiry = 7_200;
        client.connect(node);
        world.pass(300);
        assertThat(client.isConnected()).isTrue();
        return client;
    }

    private void quiet() {
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    /** From a node that is ahead to one that is behind, to a third one, and back. */
    @Test
    @Hostile("B99")
    void whoComesLastHasTheSessionWhateverTheClocksSay() {
        SimClient meter = client("meter", 2);
        SimClient lamp = client("lamp", AHEAD);
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        world.pass(300);
        int number = 0;
        for (int node : new int[] {BEHIND, AHEAD, 2, BEHIND, AHEAD, BEHIND}) {
            meter.publish("t", "" + number++, Qos.EXACTLY_ONCE);
            lamp.connect(node);
            world.pass(500);
            assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
            meter.publish("t", "" + number++, Qos.EXACTLY_ONCE);
            world.pass(500);
        }
        assertThat(lamp.payloads()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
        assertThat(cluster.nodes.stream()
                        .mapToLong(node -> node.broker().sessions())
                        .sum())
                .isEqualTo(2);
        quiet();
    }

    @Test
    @Hostile("B99")
    void whatIsRetainedLastStaysWhateverTheClocksSay() {
        SimClient ahead = client("ahead", AHEAD);
        SimClient behind = client("behind", BEHIND);
        ahead.publish("r", "first", Qos.AT_LEAST_ONCE, true);
        world.pass(1_000);
        behind.publish("r", "second", Qos.AT_LEAST_ONCE, true);
        world.pass(1_000);
        for (int node = 0; node < 3; node++) {
            SimClient reader = client("reader" + node, node);
            reader.subscribe("r", Qos.AT_LEAST_ONCE);
            world.pass(300);
            assertThat(reader.payloads()).containsExactly("second");
        }
        ahead.publish("r", "third", Qos.AT_LEAST_ONCE, true);
        world.pass(1_000);
        behind.publish("r", "", Qos.AT_LEAST_ONCE, true);
        world.pass(1_000);
        SimClient late = client("late", AHEAD);
        late.subscribe("r", Qos.AT_LEAST_ONCE);
        world.pass(300);
        assertThat(late.payloads()).as("cleared by the one that is behind").isEmpty();
        quiet();
    }

    /** Publishes on one node for a session that is away on another. */
    private SimClient away(int from, int to, long expirySeconds) {
        SimClient lamp = client("lamp", to);
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(300);
        lamp.drop();
        world.pass(300);
        SimClient meter = client("meter", from);
        meter.publish("t", "x", Qos.AT_LEAST_ONCE, false, expirySeconds, Properties.NONE);
        world.pass(1_000);
        return lamp;
    }

    private void back(SimClient lamp, int node) {
        lamp.connect(node);
        world.pass(500);
        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    @Hostile("B99")
    void aMessageExpiresByNoMoreThanTheSkewTooLate() {
        SimClient lamp = away(AHEAD, BEHIND, 60);
        world.pass(SKEW - 60_000);
        back(lamp, BEHIND);
        assertThat(lamp.payloads()).as("the node where it waits is behind").containsExactly("x");

        lamp = away(AHEAD, BEHIND, 60);
        world.pass(SKEW + 60_000);
        back(lamp, BEHIND);
        assertThat(lamp.payloads()).isEmpty();
        quiet();
    }

    @Test
    @Hostile("B99")
    void aMessageExpiresByNoMoreThanTheSkewTooEarly() {
        SimClient lamp = away(BEHIND, AHEAD, SKEW / 1_000 - 60);
        back(lamp, AHEAD);
        assertThat(lamp.payloads()).as("the node where it waits is ahead").isEmpty();

        lamp = away(BEHIND, AHEAD, SKEW / 1_000 + 60);
        back(lamp, AHEAD);
        assertThat(lamp.payloads()).containsExactly("x");
        quiet();
    }

    /** Whose node dies is taken over by one whose clock is another. */
    @Test
    @Hostile("B99")
    void aSessionThatIsTakenOverExpiresByNoMoreThanTheSkewTooEarlyOrTooLate() {
        long seconds = SKEW / 1_000 + 120;
        SimClient lamp = world.client("lamp");
        lamp.cleanStart = false;
        lamp.expiry = seconds;
        lamp.connect(BEHIND);
        world.pass(300);
        lamp.drop();
        world.pass(300);
        cluster.kill(cluster.nodes.get(BEHIND));
        world.pass(TAKEN_OVER);
        lamp.connect(0);
        world.pass(500);
        assertThat(lamp.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent())
                .as("within its time by any clock")
                .isTrue();
        lamp.drop();
        world.pass(seconds * 1_000 + SKEW);
        lamp.connect(0);
        world.pass(500);
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent())
                .as("after its time by any clock")
                .isFalse();
        quiet();
    }
}
