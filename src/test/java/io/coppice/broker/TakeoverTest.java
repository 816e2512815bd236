package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.Test;

class TakeoverTest {
    private final World world = new World(1, 3, new Settings());
    private final SimClient lamp = world.client("lamp").persistent();
    private final SimClient meter = world.client("meter");

    private static Packet.ConnAck welcome(SimClient client) {
        return client.last(Packet.ConnAck.class);
    }

    private static void takenOver(SimClient client) {
        assertThat(client.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SESSION_TAKEN_OVER);
    }

    @Test
    void aSessionThatMovesToAnotherLoopBringsItsSubscriptionsAndItsQueue() {
        lamp.connect(0);
        meter.connect(1);
        world.run();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        world.run();
        lamp.drop();
        world.run();
        meter.publish("t", "while away", Qos.EXACTLY_ONCE);
        world.run();
        assertThat(world.broker.queuedMessages()).isEqualTo(1);
        lamp.connect(2);
        world.run();
        meter.publish("t", "when back", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(welcome(lamp).sessionPresent()).isTrue();
        assertThat(lamp.payloads()).containsExactly("while away", "when back");
        assertThat(world.broker.sessions()).isEqualTo(2);
        assertThat(world.broker.subscriptions()).isEqualTo(1);
        Inside.requireQuiet(world.broker);
    }

    @Test
    void theOldConnectionIsToldOnTheSameLoopAndOnAnother() {
        lamp.connect(0);
        world.run();
        lamp.connect(0);
        world.run();
        takenOver(lamp);
        lamp.connect(1);
        world.run();

        assertThat(lamp.all(Packet.Disconnect.class)).hasSize(2);
        assertThat(world.broker.connections()).isEqualTo(1);
        assertThat(world.broker.counters().stream()
                        .mapToLong(each -> each.disconnects(ReasonCode.SESSION_TAKEN_OVER))
                        .sum())
                .isEqualTo(2);
    }

    @Test
    void aCleanStartOnAnyLoopEndsTheSessionThatWas() {
        for (int loop = 0; loop < 2; loop++) {
            lamp.cleanStart = false;
            lamp.connect(0);
            world.run();
            lamp.subscribe("t", Qos.AT_LEAST_ONCE);
            world.run();
            lamp.cleanStart = true;
            lamp.connect(loop);
            world.run();

            assertThat(welcome(lamp).sessionPresent()).isFalse();
            assertThat(world.broker.subscriptions()).isZero();
            assertThat(world.broker.sessions()).isEqualTo(1);
        }
    }

    @Test
    void aSessionDoesNotExpireWhileItIsOnItsWayToItsClient() {
        lamp.expiry = 1;
        lamp.connect(0);
        world.run();
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        lamp.drop();
        world.pass(900);
        world.store.stalled = true;
        meter.connect(0);
        world.run();
        meter.publish("t", "late", Qos.AT_LEAST_ONCE);
        world.run();
        lamp.connect(1);
        world.pass(3000);
        world.store.proceed();
        world.run();

        assertThat(welcome(lamp).sessionPresent()).isTrue();
        assertThat(lamp.payloads()).containsExactly("late");
        assertThat(world.broker.sessions()).isEqualTo(2);
        assertThat(world.store.fenced).isEmpty();
    }

    @Test
    void aClientThatIsGoneBeforeItsSessionHasComeLeavesItParkedAndCounted() {
        lamp.connect(0);
        meter.connect(2);
        world.run();
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        lamp.drop();
        world.run();
        meter.publish("t", "one", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.stalled = true;
        meter.publish("t", "two", Qos.AT_LEAST_ONCE);
        world.run();
        lamp.connect(1);
        world.run();
        lamp.drop();
        world.run();
        world.store.proceed();
        world.run();

        assertThat(world.broker.connections()).isEqualTo(1);
        assertThat(world.broker.queuedMessages()).isEqualTo(2);
        Inside.requireQuiet(world.broker);
        assertThat(Inside.timers(world.broker)).isEqualTo(1);
        lamp.connect(1);
        world.run();
        assertThat(welcome(lamp).sessionPresent()).isTrue();
        assertThat(lamp.payloads()).containsExactly("one", "two");
    }

    @Test
    void theEndOfASessionIsStoredBeforeTheNextOneBegins() {
        lamp.connect(0);
        world.run();
        world.store.stalled = true;
        lamp.cleanStart = true;
        lamp.connect(1);
        world.run();
        assertThat(lamp.all(Packet.ConnAck.class)).hasSize(1);
        world.store.proceed();
        world.run();

        assertThat(lamp.all(Packet.ConnAck.class)).hasSize(2);
        assertThat(world.store.fenced).isEmpty();
        assertThat(world.store.safeOf("lamp").stream()
                        .map(entry -> entry.record().getClass().getSimpleName()))
                .containsSubsequence("Ended", "Attached");
    }

    @Test
    void anIdentifierIsFreeAgainOnlyWhenTheEndOfItsSessionIsStored() {
        lamp.connect(0);
        world.run();
        world.store.stalled = true;
        lamp.expiry = 0;
        lamp.connect(0);
        world.run();
        lamp.drop();
        world.run();
        assertThat(Inside.slots(world.broker)).isZero();
        assertThat(world.registry.homes).containsKey("lamp");
        world.store.proceed();
        world.run();

        assertThat(world.registry.homes).isEmpty();
    }

    @Test
    void messagesOnTheirWayWhileASessionMovesAreNeitherLostNorDoubledNorReordered() {
        lamp.connect(0);
        meter.connect(1);
        SimClient other = world.client("other").connect(2);
        world.run();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        world.run();
        for (int i = 0; i < 40; i++) {
            meter.publish("t", "m" + i, Qos.EXACTLY_ONCE);
            other.publish("t", "o" + i, Qos.EXACTLY_ONCE);
            if (i % 10 == 5) {
                lamp.connect(i / 10 % 3);
            }
            for (int steps = 0; steps < 7; steps++) {
                world.step();
            }
        }
        world.run();

        assertThat(lamp.payloads().stream().filter(each -> each.startsWith("m")))
                .isEqualTo(java.util.stream.IntStream.range(0, 40)
                        .mapToObj(i -> "m" + i)
                        .toList());
        assertThat(lamp.payloads()).hasSize(80).doesNotHaveDuplicates();
    }
}
