package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.session.DropReason;
import io.coppice.session.Overflow;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private final Settings settings = new Settings();
    private World world;
    private SimClient lamp;
    private SimClient meter;

    /** A subscriber to {@code t} that is away, on another loop than the publisher or on the same. */
    private void away(int loop) {
        world = new World(1, 2, settings);
        lamp = world.client("lamp").persistent().connect(loop);
        meter = world.client("meter").connect(0).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        world.run();
        lamp.drop();
        world.run();
    }

    private ReasonCode publish(String payload) {
        meter.publish("t", payload, Qos.AT_LEAST_ONCE);
        world.run();
        return meter.last(Packet.PubAck.class).reasonCode();
    }

    private long dropped(DropReason reason) {
        return world.broker.counters().stream()
                .mapToLong(each -> each.droppedCount(reason))
                .sum();
    }

    private void back() {
        lamp.connect(1).await();
    }

    @Test
    void aFullQueueDropsTheNewestMessage() {
        settings.queueMessagesMax = 2;
        away(1);
        for (int i = 0; i < 4; i++) {
            assertThat(publish("" + i)).isEqualTo(ReasonCode.SUCCESS);
        }
        assertThat(world.broker.queuedMessages()).isEqualTo(2);
        back();

        assertThat(lamp.payloads()).containsExactly("0", "1");
        assertThat(dropped(DropReason.QUEUE_FULL)).isEqualTo(2);
    }

    @Test
    void aFullQueueDropsTheOldestMessage() {
        settings.queueMessagesMax = 2;
        settings.overflow = Overflow.DROP_OLDEST;
        away(0);
        for (int i = 0; i < 4; i++) {
            publish("" + i);
        }
        back();

        assertThat(lamp.payloads()).containsExactly("2", "3");
        assertThat(dropped(DropReason.QUEUE_FULL)).isEqualTo(2);
    }

    @Test
    void aFullQueueRefusesThePublisherOnTheSameLoopAndOnAnother() {
        settings.queueMessagesMax = 1;
        settings.overflow = Overflow.REJECT;
        for (int loop = 0; loop < 2; loop++) {
            away(loop);
            assertThat(publish("taken")).isEqualTo(ReasonCode.SUCCESS);
            assertThat(publish("refused")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
            meter.publish("t", "refused too", Qos.EXACTLY_ONCE);
            world.run();
            assertThat(meter.last(Packet.PubRec.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
            assertThat(meter.hasOpenMessages()).isFalse();
            back();

            assertThat(lamp.payloads()).containsExactly("taken");
            assertThat(dropped(DropReason.QUEUE_FULL)).isEqualTo(2);
        }
    }

    @Test
    void anOlderPublisherIsNotToldOfARefusal() {
        settings.queueMessagesMax = 0;
        settings.overflow = Overflow.REJECT;
        away(1);
        meter.version = ProtocolVersion.V3_1_1;
        meter.connect(0).await();

        assertThat(publish("x")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(dropped(DropReason.QUEUE_FULL)).isEqualTo(1);
    }

    @Test
    void messagesExpireInTheQueueAndGiveBackTheirMemory() {
        away(1);
        meter.publish("t", "short", Qos.AT_LEAST_ONCE, false, 2, Properties.NONE);
        meter.publish("t", "long", Qos.AT_LEAST_ONCE, false, 100, Properties.NONE);
        world.run();
        assertThat(world.broker.queuedMessages()).isEqualTo(2);
        world.pass(4000);

        assertThat(world.broker.queuedMessages()).isEqualTo(1);
        assertThat(world.broker.queuedBytes()).isPositive();
        assertThat(dropped(DropReason.EXPIRED)).isEqualTo(1);
        back();
        world.pass(2000);
        assertThat(lamp.payloads()).containsExactly("long");
        assertThat(lamp.messages.get(0).messageExpiryInterval()).isEqualTo(96);
        assertThat(world.broker.queuedBytes()).isZero();
    }

    @Test
    void aMessageAtQos0IsDroppedForWhoIsAwayAndForWhoReadsSlowly() {
        away(1);
        meter.publish("t", "away", Qos.AT_MOST_ONCE);
        world.run();
        assertThat(dropped(DropReason.OFFLINE)).isEqualTo(1);
        back();
        lamp.connection().outputMax = 10;
        lamp.connection().congested(true);
        for (int i = 0; i < 3; i++) {
            meter.publish("t", "slow" + i, Qos.AT_MOST_ONCE);
            world.run();
        }
        assertThat(dropped(DropReason.SLOW_READER)).isEqualTo(2);
        lamp.connection().congested(false);
        world.run();

        assertThat(lamp.payloads()).containsExactly("slow0");
    }

    @Test
    void aSlowReadersQos1WaitsInItsQueue() {
        away(1);
        back();
        lamp.connection().outputMax = 5;
        lamp.connection().congested(true);
        for (int i = 0; i < 5; i++) {
            publish("" + i);
        }
        assertThat(world.broker.queuedMessages()).isEqualTo(4);
        lamp.connection().congested(false);
        world.run();

        assertThat(lamp.payloads()).containsExactly("0", "1", "2", "3", "4");
        assertThat(world.broker.queuedMessages()).isZero();
    }

    @Test
    void aMessageTooLargeForItsReaderIsDropped() {
        away(1);
        lamp.maximumPacketSize = 20;
        back();
        publish("small");
        publish("much too large for the reader");

        assertThat(lamp.payloads()).containsExactly("small");
        assertThat(dropped(DropReason.TOO_LARGE)).isEqualTo(1);
    }

    @Test
    void whoMayNotPublishIsToldAtQos1AndNotAtQos0() {
        away(1);
        world.gatekeeper.topicsForbidden.add("t");
        meter.publish("t", "x", Qos.AT_MOST_ONCE);

        assertThat(publish("x")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(dropped(DropReason.NOT_AUTHORIZED)).isEqualTo(2);
        assertThat(world.broker.queuedMessages()).isZero();
        assertThat(meter.isConnected()).isTrue();
    }

    @Test
    void aPayloadThatIsNotTheTextItSaysIsRefusedWhereThatIsChecked() {
        settings.payloadFormatCheck = true;
        away(1);
        Properties text = Properties.builder()
                .number(Property.PAYLOAD_FORMAT_INDICATOR, 1)
                .build();
        meter.publish("t", "gültig", Qos.AT_LEAST_ONCE, false, -1, text);
        world.run();
        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        Packet.Publish bad = new Packet.Publish(
                false, Qos.EXACTLY_ONCE, false, TopicName.of("t"), 77, 0, -1, text, new byte[] {(byte) 0xC0});
        SimClient rude = world.client("rude").connect(0).await();
        rude.expectAnswer(bad);
        world.run();

        assertThat(rude.last(Packet.PubRec.class).reasonCode()).isEqualTo(ReasonCode.PAYLOAD_FORMAT_INVALID);
        assertThat(dropped(DropReason.PAYLOAD_FORMAT_INVALID)).isEqualTo(1);
    }

    @Test
    void theBrokersOwnMessagesGoToWhoSubscribes() {
        away(1);
        back();
        world.broker.publish(new Message(
                TopicName.of("t"),
                "own".getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                true,
                Properties.NONE,
                Message.NEVER,
                ""));
        world.run();

        assertThat(lamp.payloads()).containsExactly("own");
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
    }

    @Test
    void aReceiverThatPublishesTooMuchAtOnceIsSentAway() {
        settings.receiveMaximum = 2;
        away(1);
        world.store.stalled = true;
        for (int i = 0; i < 3; i++) {
            meter.publish("t", "" + i, Qos.AT_LEAST_ONCE);
        }
        world.run();
        world.store.proceed();
        world.run();

        assertThat(meter.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED);
        Inside.requireQuiet(world.broker);
    }

    @Test
    void theAnswerToWhomHasLeftGoesNowhere() {
        away(1);
        world.store.stalled = true;
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();
        meter.drop();
        world.run();
        world.store.proceed();
        world.run();

        assertThat(world.broker.sessions()).isEqualTo(1);
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        assertThat(world.broker.queuedMessages()).isEqualTo(1);
    }

    @Test
    void whatWaitsForAllTogetherIsBounded() {
        settings.queuesMemoryMax = 1 << 20;
        settings.overflow = Overflow.REJECT;
        away(1);
        SimClient other = world.client("other").persistent().connect(0).await();
        other.subscribe("o", Qos.AT_LEAST_ONCE);
        world.run();
        other.drop();
        world.run();
        String large = "x".repeat(100_000);
        int taken = 0;
        while (publish(large) == ReasonCode.SUCCESS) {
            taken++;
        }
        assertThat(taken).isBetween(10, 12);
        assertThat(dropped(DropReason.MEMORY_FULL)).isEqualTo(1);
        assertThat(world.broker.queuedBytesInMemory()).isEqualTo(world.broker.queuedBytes());
        meter.publish("o", "for another, on another loop", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);

        back();
        world.run();
        assertThat(lamp.payloads()).hasSize(taken);
        assertThat(world.broker.queuedBytesInMemory()).isZero();
        assertThat(publish(large)).isEqualTo(ReasonCode.SUCCESS);
    }
}
