package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shared subscriptions (MQTT 5, 4.8.2). */
class SharedTest {
    private static final String SHARE = "$share/g/t";

    private final World world = new World(1, 2, new Settings());
    private final SimClient one = world.client("one").persistent();
    private final SimClient two = world.client("two").persistent();
    private final SimClient meter = world.client("meter").connect(0).await();

    @BeforeEach
    void join() {
        one.connect(0);
        two.connect(1).await();
        one.subscribe(SHARE, Qos.EXACTLY_ONCE);
        two.subscribe(SHARE, Qos.EXACTLY_ONCE);
        world.run();
    }

    private void publish(Qos qos, int count) {
        for (int i = 0; i < count; i++) {
            meter.publish("t", "" + i, qos);
        }
        world.run();
    }

    private List<String> both() {
        List<String> all = new ArrayList<>(one.payloads());
        all.addAll(two.payloads());
        return all;
    }

    @Test
    void eachMessageGoesToOneMemberInTurns() {
        publish(Qos.EXACTLY_ONCE, 10);

        assertThat(both()).hasSize(10).doesNotHaveDuplicates();
        assertThat(one.messages).hasSize(5);
    }

    @Test
    void whoIsThereIsPreferredToWhoIsAway() {
        two.drop();
        world.run();
        publish(Qos.AT_LEAST_ONCE, 10);

        assertThat(one.messages).hasSize(10);
        assertThat(world.broker.queuedMessages()).isZero();
    }

    @Test
    void whatAMemberDidNotAcknowledgeGoesToAnotherWhenItIsGone() {
        one.acknowledges = false;
        publish(Qos.AT_LEAST_ONCE, 10);
        assertThat(world.broker.inFlightMessages()).isEqualTo(5);
        one.drop();
        world.run();

        assertThat(two.payloads()).containsExactlyInAnyOrder("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(world.broker.inFlightMessages()).isZero();
        one.acknowledges = true;
        one.connect(1).await();
        assertThat(one.messages).hasSize(5);
    }

    @Test
    void aQos2MessageThatWasSentStaysWithItsMember() {
        one.acknowledges = false;
        publish(Qos.EXACTLY_ONCE, 10);
        one.drop();
        world.run();
        assertThat(two.messages).hasSize(5);
        one.acknowledges = true;
        one.connect(1).await();

        assertThat(both()).hasSize(10).doesNotHaveDuplicates();
        assertThat(world.broker.inFlightMessages()).isZero();
    }

    @Test
    void whatWaitsForAMemberThatUnsubscribesGoesToAnother() {
        one.connection().outputMax = 1;
        one.connection().congested(true);
        publish(Qos.EXACTLY_ONCE, 10);
        assertThat(world.broker.queuedMessages()).isEqualTo(4);
        one.unsubscribe(SHARE);
        world.run();
        one.connection().congested(false);
        world.run();

        assertThat(one.messages).hasSize(1);
        assertThat(two.messages).hasSize(9);
        assertThat(world.broker.queuedMessages()).isZero();
    }

    @Test
    void whatNobodyElseCanTakeIsKept() {
        two.unsubscribe(SHARE);
        one.acknowledges = false;
        world.run();
        publish(Qos.AT_LEAST_ONCE, 3);
        one.drop();
        world.run();
        assertThat(world.broker.inFlightMessages() + world.broker.queuedMessages())
                .isEqualTo(3);
        one.messages.clear();
        one.acknowledges = true;
        one.connect(1).await();

        assertThat(one.payloads()).containsExactly("0", "1", "2");
    }

    @Test
    void whatWaitsForAMemberWhoseSessionExpiresGoesToAnother() {
        two.drop();
        one.expiry = 2;
        one.connect(0).await();
        one.drop();
        world.run();
        publish(Qos.AT_LEAST_ONCE, 4);
        assertThat(world.broker.queuedMessages()).isEqualTo(4);
        two.connect(1).await();
        int before = two.messages.size();
        assertThat(before).isBetween(1, 4);
        world.pass(2_500);

        assertThat(two.payloads()).containsExactlyInAnyOrder("0", "1", "2", "3");
        assertThat(world.broker.queuedMessages()).isZero();
    }

    @Test
    void messagesOfAMemberThatMovesToAnotherLoopAreNeitherLostNorDoubled() {
        for (int i = 0; i < 40; i++) {
            meter.publish("t", "m" + i, Qos.EXACTLY_ONCE);
            if (i % 5 == 2) {
                one.connect(i / 5 % 2);
            }
            for (int steps = 0; steps < 8; steps++) {
                world.step();
            }
        }
        world.run();

        assertThat(both()).hasSize(40).doesNotHaveDuplicates();
        Inside.requireQuiet(world.broker);
    }
}
