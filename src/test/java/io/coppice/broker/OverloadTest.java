package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.ClusterSnapshot.Obstacle;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that has more to do, or to keep, than it can. */
class OverloadTest {
    private static final String LARGE = "x".repeat(20_000);

    private final Settings settings = new Settings();
    private World world;
    private SimClient lamp;
    private SimClient meter;
    private SimClient flood;

    @BeforeEach
    void begin() {
        settings.overload = new OverloadSettings(80, 2_000);
        world = new World(1, 2, settings);
        lamp = world.client("lamp").connect(0).await();
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        meter = world.client("meter").connect(1).await();
        flood = world.client("flood").connect(1).await();
        world.run();
    }

    /** So many collections leave so much. */
    private void collections(int times, double percent) {
        for (int i = 0; i < times; i++) {
            world.heapPercent.set(percent);
            world.pass(1_100);
        }
    }

    private ReasonCode connect() {
        SimClient late = world.client("late").connect(0);
        world.run();
        return late.last(Packet.ConnAck.class).reasonCode();
    }

    private long heldBack() {
        return world.broker.counters().stream()
                .mapToLong(each -> each.heldBackPublishers())
                .sum();
    }

    @Test
    @Hostile("B97")
    void aHeapThatIsFullAfterCollectionsLetsNobodyInAndServesWhoIsThere() {
        collections(Overload.COLLECTIONS, 81);
        assertThat(world.broker.overloadLevel()).isEqualTo(1);
        assertThat(world.broker.ready()).isFalse();
        assertThat(world.broker.cluster().obstacles()).containsExactly(Obstacle.OVERLOADED);
        assertThat(connect()).isEqualTo(ReasonCode.SERVER_BUSY);
        for (int i = 0; i < 10; i++) {
            flood.publish("t", LARGE, Qos.AT_LEAST_ONCE);
        }
        world.run();
        assertThat(lamp.payloads()).hasSize(10);
        assertThat(heldBack()).isZero();

        collections(1, 74);
        assertThat(world.broker.ready()).isTrue();
        assertThat(connect()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    @Hostile("B97")
    void whoPublishesMostIsNotReadFromWhenItGetsWorseAndTheOthersAre() {
        collections(Overload.COLLECTIONS, 86);
        assertThat(world.broker.overloadLevel()).isEqualTo(2);
        for (int i = 0; i < 10; i++) {
            flood.publish("t", LARGE, Qos.AT_LEAST_ONCE);
            meter.publish("t", "m" + i, Qos.AT_LEAST_ONCE);
        }
        world.run();
        assertThat(flood.connection().isReading()).isFalse();
        assertThat(meter.connection().isReading()).isTrue();
        assertThat(heldBack()).isEqualTo(1);
        assertThat(lamp.payloads()).filteredOn(LARGE::equals).hasSize(4);
        assertThat(lamp.payloads()).filteredOn(each -> each.startsWith("m")).hasSize(10);
        world.pass(10_000);
        assertThat(flood.connection().isReading()).isFalse();

        collections(1, 79); // no client yet, but all are read from
        assertThat(world.broker.overloadLevel()).isEqualTo(1);
        world.pass(1_100);
        assertThat(flood.connection().isReading()).isTrue();
        assertThat(lamp.payloads()).filteredOn(LARGE::equals).hasSize(10);
        assertThat(connect()).isEqualTo(ReasonCode.SERVER_BUSY);
    }

    @Test
    void oneCollectionThatLeavesMuchIsNoOverload() {
        collections(Overload.COLLECTIONS - 1, 92);
        collections(1, 60);
        collections(Overload.COLLECTIONS - 1, 92);
        assertThat(world.broker.overloadLevel()).isZero();
        assertThat(connect()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void oneThatLeavesHardlyAnythingIsEnough() {
        collections(1, 93);
        assertThat(world.broker.overloadLevel()).isEqualTo(2);
    }

    @Test
    void betweenTheLimitAndWhereItIsOverNothingChanges() {
        collections(10, 78);
        assertThat(world.broker.overloadLevel()).isZero();
        collections(Overload.COLLECTIONS, 80);
        collections(10, 78);
        assertThat(world.broker.overloadLevel()).isEqualTo(1);
    }

    @Test
    void aHeapThatNeedsNoCollectionIsNotFull() {
        collections(Overload.COLLECTIONS, 95);
        world.pass(Overload.COLLECTION_MILLIS_MAX / 2);
        assertThat(world.broker.overloadLevel()).isEqualTo(2);
        world.pass(Overload.COLLECTION_MILLIS_MAX);
        assertThat(world.broker.overloadLevel()).isZero();
    }

    @Test
    void loopsThatAreLateAgainAndAgainLetNobodyIn() {
        for (int i = 0; i < Overload.LATE_LOOKS; i++) {
            assertThat(world.broker.overloadLevel()).isZero();
            world.broker.overload.late(2_001);
            world.pass(1_000);
        }
        assertThat(world.broker.overloadLevel()).isEqualTo(1);
        assertThat(connect()).isEqualTo(ReasonCode.SERVER_BUSY);
        world.pass(Overload.LATE_LOOKS * 1_000);
        assertThat(world.broker.overloadLevel()).isZero();
    }

    @Test
    void oneLoopThatIsLateOnceIsNoOverload() {
        for (int i = 0; i < 10; i++) {
            world.broker.overload.late(60_000);
            world.pass(3_000);
        }
        assertThat(world.broker.overloadLevel()).isZero();
    }

    @Test
    void withoutLimitsNothingIsOverload() {
        settings.overload = OverloadSettings.NONE;
        world = new World(1, 2, settings);
        collections(10, 99);
        world.broker.overload.late(60_000);
        world.pass(10_000);
        assertThat(connect()).isEqualTo(ReasonCode.SUCCESS);
    }
}
