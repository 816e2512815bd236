package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A disk that is too slow: who brings more for it is not read from, nothing is refused, and all others go on. */
class CrowdedStoreTest {
    private final World world = new World(1, 2, new Settings());
    private final SimClient lamp = world.client("lamp").persistent();
    private final SimClient meter = world.client("meter");

    @BeforeEach
    void crowd() {
        lamp.connect(0).await();
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        meter.connect(1).await();
        world.run();
        world.store.crowded = true;
    }

    private void caughtUp() {
        world.store.crowded = false;
        world.pass(100);
    }

    @Test
    void aPublisherIsNotReadFromUntilTheStoreHasCaughtUp() {
        for (int i = 0; i < 5; i++) {
            meter.publish("t", "" + i, Qos.AT_LEAST_ONCE);
        }
        world.pass(100);
        assertThat(meter.connection().isReading()).isFalse();
        assertThat(lamp.payloads()).containsExactly("0");
        caughtUp();

        assertThat(meter.connection().isReading()).isTrue();
        assertThat(lamp.payloads()).containsExactly("0", "1", "2", "3", "4");
        assertThat(meter.all(Packet.PubAck.class))
                .hasSize(5)
                .allMatch(ack -> !ack.reasonCode().isError());
        assertThat(world.loops.get(1).timers()).isEqualTo(1);
    }

    @Test
    void soIsWhoSubscribesOrHasSomethingRetained() {
        SimClient retainer = world.client("retainer").connect(0).await();
        SimClient subscriber =
                world.client("subscriber").persistent().connect(1).await();
        retainer.publish("r", "x", Qos.AT_MOST_ONCE, true);
        subscriber.subscribe("s", Qos.AT_MOST_ONCE);
        world.pass(100);
        assertThat(retainer.connection().isReading()).isFalse();
        assertThat(subscriber.connection().isReading()).isFalse();
        caughtUp();

        assertThat(retainer.connection().isReading()).isTrue();
        assertThat(subscriber.connection().isReading()).isTrue();
    }

    @Test
    void qos0AndWhatAnswersTheBrokerGoOn() {
        meter.publish("t", "0", Qos.AT_LEAST_ONCE);
        world.pass(100);
        SimClient other = world.client("other").connect(1).await();
        for (int i = 1; i < 5; i++) {
            other.publish("t", "" + i, Qos.AT_MOST_ONCE);
        }
        world.pass(100);

        assertThat(other.connection().isReading()).isTrue();
        assertThat(lamp.connection().isReading()).isTrue();
        assertThat(lamp.payloads()).containsExactly("0", "1", "2", "3", "4");
        assertThat(world.broker.inFlightMessages()).isZero();
    }
}
