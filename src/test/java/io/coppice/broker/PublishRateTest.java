package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.Test;

class PublishRateTest {
    private static World world() {
        Settings settings = new Settings();
        settings.publishRateMax = 10;
        return new World(1, 1, settings);
    }

    @Test
    void aClientAboveTheRateIsReadMoreSlowlyAndLosesNothing() {
        World world = world();
        SimClient meter = world.client("meter").connect(0);
        world.run();
        meter.subscribe("t", Qos.AT_MOST_ONCE);
        world.run();
        for (int i = 0; i < 35; i++) {
            meter.publish("t", "" + i, Qos.AT_MOST_ONCE);
        }
        world.run();
        assertThat(meter.messages).hasSize(10);
        assertThat(meter.connection().isReading()).isFalse();
        world.pass(1000);
        assertThat(meter.messages.size()).isBetween(18, 21);
        world.pass(2000);

        assertThat(meter.messages).hasSize(35);
        assertThat(meter.connection().isReading()).isTrue();
    }

    @Test
    void aClientThatLeavesWhileItIsHeldBackLeavesNoTimer() {
        World world = world();
        SimClient meter = world.client("meter").connect(0);
        world.run();
        for (int i = 0; i < 10; i++) {
            meter.publish("t", "" + i, Qos.AT_MOST_ONCE);
        }
        world.run();
        assertThat(Inside.timers(world.broker)).isEqualTo(1);
        meter.drop();
        world.run();

        assertThat(Inside.timers(world.broker)).isZero();
    }
}
