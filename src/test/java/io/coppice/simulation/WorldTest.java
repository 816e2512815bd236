package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Qos;
import org.junit.jupiter.api.Test;

class WorldTest {
    @Test
    void aMessageFindsItsWayAtEveryQualityOfServiceAcrossLoops() {
        World world = new World(1, 3, new Settings());
        SimClient lamp = world.client("lamp").persistent().connect(0);
        SimClient meter = world.client("meter").connect(1);
        world.run();
        lamp.subscribe("home/#", Qos.EXACTLY_ONCE);
        world.run();
        meter.publish("home/0", "zero", Qos.AT_MOST_ONCE);
        meter.publish("home/1", "one", Qos.AT_LEAST_ONCE);
        meter.publish("home/2", "two", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(lamp.payloads()).containsExactly("zero", "one", "two");
        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(world.broker.inFlightMessages()).isZero();
        assertThat(world.broker.sessions()).isEqualTo(2);
        assertThat(Inside.slots(world.broker)).isEqualTo(2);
        assertThat(Inside.timers(world.broker)).isZero();
    }

    @Test
    void theSameSeedMakesTheSameWorld() {
        assertThat(history(7)).isEqualTo(history(7)).isNotEqualTo(history(8));
    }

    private static String history(long seed) {
        World world = new World(seed, 3, new Settings());
        SimClient all = world.client("all").connect(0);
        world.run();
        all.subscribe("#", Qos.AT_MOST_ONCE);
        world.run();
        for (int i = 0; i < 10; i++) {
            world.client("c" + i).connect(i % 3).publish("t", "" + i, Qos.AT_MOST_ONCE);
        }
        world.run();
        return all.payloads().toString();
    }
}
