package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.Test;

class RetainedTest {
    private final Settings settings = new Settings();
    private World world = new World(1, 2, settings);
    private SimClient meter = world.client("meter").connect(0).await();

    private void again() {
        world = new World(1, 2, settings);
        meter = world.client("meter").connect(0).await();
    }

    private ReasonCode retain(String topic, String payload) {
        meter.publish(topic, payload, Qos.AT_LEAST_ONCE, true);
        world.run();
        return meter.last(Packet.PubAck.class).reasonCode();
    }

    private void fill(int topics) {
        for (int i = 0; i < topics; i++) {
            world.broker.retained.tree.put(new Message(
                    TopicName.of("r/" + i), new byte[1], Qos.AT_LEAST_ONCE, true, Properties.NONE, Message.NEVER, ""));
        }
    }

    private SimClient reader() {
        return world.client("reader").persistent();
    }

    @Test
    void theLastWriteIsKeptAndAnEmptyPayloadClearsIt() {
        retain("r", "one");
        retain("r", "two");
        assertThat(world.retainedStore.messages).hasSize(1);
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
        assertThat(world.broker.retainedBytes()).isPositive();
        SimClient reader = reader().connect(1).await();
        reader.subscribe("#", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(reader.payloads()).containsExactly("two");
        assertThat(reader.messages.get(0).retain()).isTrue();
        retain("r", "");

        assertThat(world.retainedStore.messages).isEmpty();
        assertThat(world.broker.retainedMessages()).isZero();
        assertThat(world.broker.retainedBytes()).isZero();
    }

    @Test
    void soManyMessagesMayBeRetainedAndAnyOfThemReplacedOrCleared() {
        settings.retainedMessagesMax = 2;
        again();
        retain("a", "1");
        retain("b", "1");
        assertThat(retain("c", "1")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(world.broker.counters().get(0).droppedCount(DropReason.QUOTA_EXCEEDED))
                .isEqualTo(1);
        assertThat(retain("b", "2").isError()).isFalse();
        assertThat(retain("a", "").isError()).isFalse();

        assertThat(retain("c", "1").isError()).isFalse();
        assertThat(world.retainedStore.messages).containsOnlyKeys("b", "c");
    }

    @Test
    void retainedMessagesMayWeighSoMuch() {
        settings.retainedBytesMax = 2 * 98 + 10;
        again();
        retain("a", "1");
        retain("b", "1");
        assertThat(retain("b", "12345678901").isError()).isFalse();
        assertThat(retain("b", "123456789012")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(retain("c", "1")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(retain("b", "1").isError()).isFalse();
    }

    @Test
    void aPublisherIsAnsweredWhenTheRetainedMessageIsSafe() {
        world.retainedStore.delayMax = 1000;
        meter.publish("r", "x", Qos.EXACTLY_ONCE, true);
        world.pass(1000);
        assertThat(meter.all(Packet.PubRec.class)).hasSize(1);
        world.retainedStore.broken = true;
        meter.publish("r", "y", Qos.EXACTLY_ONCE, true);
        world.pass(1000);

        assertThat(meter.last(Packet.PubRec.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    }

    @Test
    void expiredMessagesAreNeitherSentNorKept() {
        meter.publish("r", "short", Qos.AT_LEAST_ONCE, true, 2, Properties.NONE);
        meter.publish("s", "long", Qos.AT_LEAST_ONCE, true, 100, Properties.NONE);
        world.pass(1500);
        assertThat(world.broker.retainedMessages()).isEqualTo(2);
        SimClient reader = reader().connect(1).await();
        world.pass(600);
        reader.subscribe("#", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(reader.payloads()).containsExactly("long");
        assertThat(reader.messages.get(0).messageExpiryInterval()).isEqualTo(98);
        world.pass(2000);

        assertThat(world.broker.retainedMessages()).isEqualTo(1);
    }

    @Test
    void aHundredThousandMessagesComeInSlicesBetweenWhichOthersAreServed() {
        fill(100_000);
        SimClient reader = reader();
        reader.topicAliasMaximum = 0;
        reader.connect(0).await();
        reader.subscribe("#", Qos.AT_MOST_ONCE);
        int answeredAt = -1;
        for (long steps = 0; world.step(); steps++) {
            if (steps == 100) {
                meter.send(new Packet.PingReq());
            }
            if (answeredAt < 0 && !meter.all(Packet.PingResp.class).isEmpty()) {
                answeredAt = reader.messages.size();
            }
        }

        assertThat(reader.messages).hasSize(100_000);
        assertThat(answeredAt).isBetween(0, 50_000);
        assertThat(world.broker.inFlightMessages()).isZero();
    }

    @Test
    void expiredMessagesCountInASliceToo() {
        for (int i = 0; i < 10_000; i++) {
            world.broker.retained.tree.put(
                    new Message(TopicName.of("r/" + i), new byte[1], Qos.AT_LEAST_ONCE, true, Properties.NONE, 1, ""));
        }
        SimClient reader = reader().connect(0).await();
        reader.subscribe("#", Qos.AT_MOST_ONCE);
        int steps = 0;
        while (world.step()) {
            steps++;
        }

        assertThat(reader.messages).isEmpty();
        assertThat(steps).isGreaterThan(10);
    }

    @Test
    void aSlowReaderGetsAllOfThemAtItsOwnPace() {
        fill(1000);
        SimClient reader = reader().connect(1).await();
        reader.connection().outputMax = 500;
        reader.connection().congested(true);
        reader.subscribe("#", Qos.AT_MOST_ONCE);
        world.run();
        assertThat(reader.messages).isEmpty();
        for (int i = 0; i < 100; i++) {
            reader.connection().congested(i % 2 == 1);
            world.run();
        }

        assertThat(reader.messages).hasSize(1000);
        assertThat(world.broker.counters().get(1).droppedCount(DropReason.SLOW_READER))
                .isZero();
    }

    @Test
    void whatALostConnectionCutShortGoesOnWithTheNextOneOnAnyLoop() {
        fill(1000);
        SimClient reader = reader();
        reader.receiveMaximum = 10;
        reader.acknowledges = false;
        reader.connect(0).await();
        reader.subscribe("#", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(reader.messages).hasSize(10);
        reader.drop();
        world.run();
        reader.acknowledges = true;
        reader.connect(1).await();
        assertThat(reader.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        reader.connect(1).await();

        assertThat(reader.messages.stream().map(each -> each.topic().value()).distinct())
                .hasSize(1000);
        assertThat(world.broker.queuedMessages()).isZero();
    }

    @Test
    void whatIsUnsubscribedIsReplayedNoFurther() {
        fill(1000);
        SimClient reader = reader();
        reader.receiveMaximum = 1;
        reader.acknowledges = false;
        reader.connect(0).await();
        reader.subscribe("#", Qos.AT_LEAST_ONCE);
        world.run();
        reader.unsubscribe("#");
        world.run();
        reader.acknowledges = true;
        reader.messages.forEach(reader::acknowledge);
        world.run();

        assertThat(reader.messages).hasSize(2);
    }
}
