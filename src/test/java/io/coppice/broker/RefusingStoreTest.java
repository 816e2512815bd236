package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that is full: nothing is acknowledged that is not stored, QoS 0 goes on, and so does everything when there is room again. */
class RefusingStoreTest {
    private final World world = new World(1, 2, new Settings());
    private final SimClient lamp = world.client("lamp").persistent();
    private final SimClient meter = world.client("meter");

    @BeforeEach
    void fill() {
        lamp.connect(0).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        meter.connect(1).await();
        world.run();
        world.store.refusal = "the disk is full";
    }

    @ParameterizedTest
    @EnumSource(
            value = Qos.class,
            names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    @Hostile("B95")
    void aPublisherIsToldAndNothingIsDelivered(Qos qos) {
        meter.publish("t", "x", qos);
        meter.publish("t", "y", Qos.AT_MOST_ONCE);
        world.run();

        assertThat(
                        qos == Qos.AT_LEAST_ONCE
                                ? meter.last(Packet.PubAck.class).reasonCode()
                                : meter.last(Packet.PubRec.class).reasonCode())
                .isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(lamp.payloads()).containsExactly("y");
        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    void anOlderOneGetsNoAnswer() {
        SimClient old = world.client("old");
        old.version = ProtocolVersion.V3_1_1;
        old.connect(1).await();
        old.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(old.all(Packet.PubAck.class)).isEmpty();
        assertThat(old.isConnected()).isFalse();
        assertThat(lamp.payloads()).isEmpty();
    }

    @Test
    void nobodyIsLetInWhoseSessionWouldHaveToBeStored() {
        SimClient late = world.client("late").persistent().connect(0).await();
        assertThat(late.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(world.client("passer-by").connect(0).await().isConnected()).isTrue();
    }

    @Test
    @Hostile("B95")
    void whoHasASessionIsLetInToWorkItOff() {
        world.store.refusal = null;
        lamp.drop();
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.refusal = "the disk is nearly full";
        lamp.connect(1).await();
        world.run();

        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(lamp.payloads()).containsExactly("x");
    }

    @Test
    void butNotWhereNothingAtAllCanBeStored() {
        lamp.drop();
        world.store.broken = true;
        lamp.connect(1).await();
        world.run();

        assertThat(lamp.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        world.store.broken = false;
        world.store.refusal = null;
        lamp.connect(1).await();
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
    }

    @Test
    void nobodyLosesASessionForOneThatCannotBeStored() {
        lamp.drop();
        lamp.cleanStart = true;
        lamp.connect(1).await();
        assertThat(lamp.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        lamp.cleanStart = false;
        lamp.connect(1).await();
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
    }

    @Test
    void whoIsNotInTheStoreComesBackAlsoWhenNothingCanBeStored() {
        SimClient other = world.client("other").connect(0).await();
        world.store.stalled = true;
        lamp.subscribe(
                "u",
                Qos.AT_LEAST_ONCE); // on the same loop, so that its failure could be taken for that of the other's end
        world.run();
        other.drop();
        world.run();
        world.store.broken = true;
        world.store.keeps = true;
        world.store.proceed();
        world.run();
        assertThat(lamp.isConnected()).isFalse();
        other.connect(0).await();
        world.run();

        assertThat(other.isConnected()).isTrue();
    }

    /** Another node goes on bringing messages, whatever this one's disk does; a repeat may be of what is owed to it. */
    @Test
    void aRepeatIsNotSafeWhereNothingCanBeStored() {
        for (boolean broken : new boolean[] {true, false}) {
            world.store.broken = broken;
            Shard shard = world.broker.shards.get(0);
            List<Boolean> answers = new ArrayList<>();
            Receipt waiting = Receipt.before(shard, answers::add);
            waiting.expect(1);
            waiting.seal(false);
            shard.loop.execute(() -> shard.deliverer.settleRepeat(waiting, 1, false));
            world.run();

            assertThat(answers).containsExactly(!broken);
        }
    }

    @Test
    @Hostile("B95")
    void allGoesOnWhenThereIsRoom() {
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.refusal = null;
        meter.publish("t", "y", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(lamp.payloads()).containsExactly("y");
    }
}
