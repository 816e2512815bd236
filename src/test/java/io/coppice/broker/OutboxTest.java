package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final int MAX = 10;

    private final World world;
    private final SimClient meter;
    private final SimClient lamp;

    OutboxTest() {
        Settings settings = new Settings();
        settings.loopBacklogMax = MAX;
        world = new World(1, 2, settings);
        meter = world.client("meter").connect(0);
        lamp = world.client("lamp").connect(1).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        world.run();
    }

    private long dropped() {
        return world.broker.counters().get(0).droppedCount(DropReason.LOOP_BACKLOG);
    }

    @Test
    void aPublisherIsNotReadFromWhileTheOtherLoopLagsBehind() {
        world.loops.get(1).stalled(true);
        for (int i = 0; i < 50; i++) {
            meter.publish("t", "" + i, Qos.AT_MOST_ONCE);
        }
        world.pass(100);
        assertThat(meter.connection().isReading()).isFalse();
        assertThat(world.broker.shards.get(0).outbox(1).depth()).isBetween(MAX / 2, MAX);
        world.loops.get(1).stalled(false);
        world.pass(1000);

        assertThat(meter.connection().isReading()).isTrue();
        assertThat(lamp.messages).hasSize(50);
        assertThat(dropped()).isZero();
        assertThat(world.loops.get(0).timers()).isEqualTo(1);
    }

    @Test
    void whatIsTooMuchAllTheSameIsDroppedAtQos0AndCounted() {
        world.loops.get(1).stalled(true);
        for (int i = 0; i < 20; i++) {
            world.broker.publish(new Message(
                    TopicName.of("t"),
                    new byte[1],
                    i < 15 ? Qos.AT_MOST_ONCE : Qos.AT_LEAST_ONCE,
                    false,
                    Properties.NONE,
                    Message.NEVER,
                    ""));
        }
        world.run();
        world.loops.get(1).stalled(false);
        world.run();

        assertThat(dropped()).isEqualTo(5);
        assertThat(lamp.messages).hasSize(15);
        Inside.requireQuiet(world.broker);
    }

    @Test
    void aPublisherThatLeavesWhileItIsSlowedIsForgotten() {
        world.loops.get(1).stalled(true);
        for (int i = 0; i < 50; i++) {
            meter.publish("t", "" + i, Qos.AT_LEAST_ONCE);
        }
        world.pass(100);
        meter.drop();
        world.pass(100);
        world.loops.get(1).stalled(false);
        world.pass(100);

        assertThat(meter.connection().isReading()).isFalse();
        assertThat(world.broker.sessions()).isEqualTo(1);
        assertThat(world.loops.get(0).timers()).isEqualTo(1);
    }
}
