package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.RetainedStore.Kept;
import org.junit.jupiter.api.Test;

/** Every node has the same retained messages, whatever it missed. */
class ClusterRetainedRepairTest extends RetainedOnThreeNodes {
    @Test
    void whatWasClearedStaysSoWhateverBecomesOfTheNodes() {
        retain(0, "a", "1");
        Kept old = store().kept.get("a");
        retain(1, "a", "");
        Inside.retain(broker(2), old, world.now());
        cluster.kill(cluster.nodes.get(1));
        world.pass(TAKEN_OVER);
        cluster.start("again");
        world.pass(TAKEN_OVER);

        for (int node = 0; node < 3; node++) {
            assertThat(reader(node).messages).isEmpty();
        }
        world.pass(REPAIRED);
        requireTheSameEverywhere();
    }

    @Test
    void aNodeServesWhenItHasReadEverything() {
        retain(0, "a", "1");
        retain(1, "b", "2");
        retain(0, "b", "");
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        store().stalled = true;
        SimNode again = cluster.start("again");
        world.pass(TAKEN_OVER);
        assertThat(again.broker().ready()).isFalse();
        store().proceed();
        world.pass(1000);

        assertThat(again.broker().ready()).isTrue();
        requireTheSameEverywhere();
    }

    @Test
    void aNodeThatCannotReadTriesAgain() {
        retain(0, "a", "1");
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        store().broken = true;
        SimNode again = cluster.start("again");
        world.pass(TAKEN_OVER);
        assertThat(again.broker().ready()).isFalse();
        store().broken = false;
        world.pass(1000);

        assertThat(again.broker().ready()).isTrue();
        requireTheSameEverywhere();
    }

    @Test
    void whatADeadNodeHadStoredAndToldNobodyIsFound() {
        SimClient meter = client("meter", 0);
        store().stalled = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE, true);
        world.pass(200);
        cluster.kill(cluster.nodes.get(0));
        store().proceed();
        world.pass(TAKEN_OVER + REPAIRED);

        assertThat(Inside.retained(broker(0))).containsOnlyKeys("a");
        requireTheSameEverywhere();
    }

    @Test
    void aDifferenceIsFoundAndPutRightInBothDirections() {
        for (int i = 0; i < 50; i++) {
            retain(0, "t/" + i, "x");
        }
        Inside.retain(broker(1), kept("t/1", 1000, "newer there"), world.now());
        Inside.retain(broker(0), kept("t/2", 1000, "newer here"), world.now());
        Inside.retain(broker(2), new Kept(TopicName.of("t/3"), 1000, null), world.now());
        long most = 0;
        for (int i = 0; i < REPAIRED / 100; i++) {
            world.pass(100);
            most = Math.max(most, Inside.retainedDivergence(broker(0)));
        }

        assertThat(most).isPositive();
        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retained(broker(node))).isEqualTo(Inside.retained(broker(0)));
            assertThat(Inside.retained(broker(node))).hasSize(49);
            assertThat(Inside.retained(broker(node)).get("t/1").version()).isEqualTo(1000);
            assertThat(Inside.retainedDivergence(broker(node))).isZero();
        }
        assertThat(Inside.retainedRepaired(broker(0))).isEqualTo(2);
        assertThat(Inside.retainedRepaired(broker(1))).isEqualTo(2);
        assertThat(Inside.retainedRepaired(broker(2))).isEqualTo(2);
    }

    @Test
    void manyDifferencesAreWorkedOffOneAfterTheOther() {
        for (int i = 0; i < 3000; i++) {
            Inside.retain(broker(i % 3), kept("t/" + i, 1000 + i, "x".repeat(2000)), world.now());
        }
        world.pass(40 * REPAIRED);

        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retained(broker(node))).hasSize(3000);
        }
    }

    @Test
    void whatIsOnItsWayIsNoDifference() {
        SimClient meter = client("meter", 0);
        cluster.delayMax = 100;
        for (int i = 0; i < 1000; i++) {
            meter.publish("t/" + i % 10, "x" + i, Qos.AT_MOST_ONCE, true);
            world.pass(30);
        }
        world.pass(1000);

        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retainedRepaired(broker(node))).isZero();
            assertThat(Inside.retainedDivergence(broker(node))).isZero();
        }
        requireTheSameEverywhere();
    }

    @Test
    void anOldValueThatNobodyHereRemembersClearedIsLookedUpInTheStore() {
        retain(0, "a", "1");
        retain(0, "b", "1");
        retain(0, "b", "");
        world.pass(2 * TOMBSTONE_LIFE);
        // as if it had missed that it was cleared, all the time
        Inside.retain(broker(1), kept("b", 1, "old"), world.now());
        world.pass(2 * TOMBSTONE_LIFE);

        requireTheSameEverywhere();
    }

    @Test
    void whatExpiresDoesSoOnEveryNodeAndUncoversNothing() {
        retain(0, "a", "1");
        retain(1, "a", "2", 10);
        retain(2, "b", "3", 10);
        retain(0, "b", "4");
        Kept old = kept("a", 1, "1");
        assertThat(reader(2).payloads()).containsExactlyInAnyOrder("2", "4");
        world.pass(12_000);
        for (int node = 0; node < 3; node++) {
            Inside.retain(broker(node), old, world.now());
            assertThat(Inside.retained(broker(node))).containsOnlyKeys("b");
        }
        world.pass(REPAIRED);
        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retained(broker(node))).containsOnlyKeys("b");
            assertThat(Inside.retainedRepaired(broker(node))).isZero();
        }
    }
}
