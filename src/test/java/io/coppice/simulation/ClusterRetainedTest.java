package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Retained messages on several nodes: what clients may rely on, one thing at a time. */
class ClusterRetainedTest extends RetainedOnThreeNodes {
    @Test
    void whatIsRetainedOnOneNodeIsFoundOnEveryOne() {
        retain(0, "a", "1");
        retain(1, "b", "2");
        retain(2, "a", "3");
        for (int node = 0; node < 3; node++) {
            SimClient reader = reader(node);
            assertThat(reader.payloads()).containsExactlyInAnyOrder("3", "2");
            assertThat(reader.messages).allMatch(Packet.Publish::retain);
        }
        retain(1, "a", "");
        requireTheSameEverywhere();
        assertThat(Inside.retained(broker(2))).containsOnlyKeys("b");
    }

    @Test
    void aPublisherIsAnsweredWhenEveryNodeHasIt() {
        SimClient meter = client("meter", 0);
        cluster.lossOneIn = 1;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE, true);
        meter.publish("b", "2", Qos.EXACTLY_ONCE, true);
        world.pass(1000);
        assertThat(store().messages).containsOnlyKeys("a", "b");
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        assertThat(meter.all(Packet.PubRec.class)).isEmpty();
        cluster.lossOneIn = 0;
        world.pass(1000);

        assertThat(meter.hasOpenMessages()).isFalse();
        requireTheSameEverywhere();
    }

    @Test
    void nobodyIsWaitedForWhoIsGone() {
        SimClient meter = client("meter", 0);
        cluster.kill(cluster.nodes.get(2));
        meter.publish("a", "1", Qos.AT_LEAST_ONCE, true);
        world.pass(1000);
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        world.pass(TAKEN_OVER);

        assertThat(meter.all(Packet.PubAck.class)).hasSize(1);
        requireTheSameEverywhere();
    }

    @ParameterizedTest
    @CsvSource({"0,false", "0,true", "1,false", "1,true"})
    void whoSubscribesWhileAMessageIsBeingRetainedGetsIt(int node, boolean someoneElseIsSubscribed) {
        SimClient other = someoneElseIsSubscribed ? reader(node) : null;
        SimClient meter = client("meter", 0);
        store().stalled = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE, true);
        world.pass(200);
        SimClient late = client("late", node);
        late.subscribe("a", Qos.AT_LEAST_ONCE);
        late.subscribe("b", Qos.AT_LEAST_ONCE);
        world.pass(1000); // a parcel that was overtaken is sent again after a while
        // the one that has nothing to do with it is answered
        assertThat(late.all(Packet.SubAck.class)).hasSize(1);
        store().proceed();
        world.pass(200);

        assertThat(late.all(Packet.SubAck.class)).hasSize(2);
        assertThat(late.payloads()).containsExactly("1");
        assertThat(other == null || other.payloads().equals(late.payloads())).isTrue();
    }

    @Test
    void whoSubscribesOnANodeThatHasJustComeGetsWhatIsBeingRetained() {
        SimClient meter = client("meter", 0);
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        store().holdsChanges = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE, true);
        cluster.start("again");
        world.pass(TAKEN_OVER);
        SimClient late = client("late", 2);
        late.subscribe("a", Qos.AT_LEAST_ONCE);
        world.pass(200);
        assertThat(late.all(Packet.SubAck.class)).isEmpty();
        store().proceed();
        world.pass(1000);

        assertThat(late.payloads()).containsExactly("1");
        assertThat(meter.hasOpenMessages()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,1", "0,2", "1,2", "2,2"})
    void whatIsRetainedRightBehindASubscribeComesOnceAndWithoutTheFlag(int qos, int topics) {
        SimClient client = client("client", 0);
        client.subscribe("+", Qos.EXACTLY_ONCE);
        for (int topic = 0; topic < topics; topic++) {
            client.publish("t" + topic, "live" + topic, Qos.of(qos), true);
        }
        world.pass(1000);

        assertThat(client.all(Packet.SubAck.class)).hasSize(1);
        assertThat(client.payloads()).hasSize(topics).doesNotHaveDuplicates();
        assertThat(client.messages).noneMatch(Packet.Publish::retain);
        client.subscribe("+", Qos.EXACTLY_ONCE);
        world.pass(1000);
        assertThat(client.messages)
                .hasSize(2 * topics)
                .satisfies(all -> assertThat(all.subList(topics, 2 * topics)).allMatch(Packet.Publish::retain));
    }

    @Test
    void whoSubscribesIsNotKeptForEver() {
        SimClient meter = client("meter", 0);
        store().stalled = true;
        meter.publish("a", "1", Qos.AT_MOST_ONCE, true);
        SimClient late = client("late", 1);
        late.subscribe("#", Qos.AT_LEAST_ONCE);
        world.pass(ANNOUNCE - 100);
        assertThat(late.all(Packet.SubAck.class)).isEmpty();
        world.pass(200);

        assertThat(late.all(Packet.SubAck.class)).hasSize(1);
    }

    @Test
    void whoHearsNothingOfTheOthersShowsNobodyWhatMayBeOld() {
        retain(0, "a", "1");
        SimClient late = client("late", 1);
        cluster.lossOneIn = 1;
        world.pass(3000);
        late.subscribe("#", Qos.AT_LEAST_ONCE);
        world.pass(2 * ANNOUNCE);
        assertThat(late.all(Packet.SubAck.class)).isEmpty();
        assertThat(late.messages).isEmpty();
        cluster.lossOneIn = 0;
        world.pass(3000);

        assertThat(late.all(Packet.SubAck.class)).hasSize(1);
        assertThat(late.payloads()).containsExactly("1");
    }

    @Test
    void whatOneNodeRefusesNoneHas() {
        settings.retainedMessagesMax = 2;
        world = world();
        cluster = world.cluster();
        retain(0, "a", "1");
        retain(1, "b", "1");
        assertThat(retain(2, "c", "1")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(retain(2, "b", "2").isError()).isFalse();
        assertThat(retain(2, "a", "").isError()).isFalse();
        requireTheSameEverywhere();

        // what is on its way has its place
        SimClient meter = client("meter", 0);
        store().stalled = true;
        meter.publish("d", "1", Qos.AT_LEAST_ONCE, true);
        meter.publish("e", "1", Qos.AT_LEAST_ONCE, true);
        world.pass(200);
        store().proceed();
        world.pass(1000);
        assertThat(meter.all(Packet.PubAck.class).get(0).reasonCode().isError()).isFalse();
        assertThat(meter.all(Packet.PubAck.class).get(1).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(Inside.retained(broker(2))).containsOnlyKeys("b", "d");
        requireTheSameEverywhere();
    }

    @Test
    void aPublisherIsToldWhenNobodyKnowsWhetherItIsRetained() {
        store().broken = true;
        assertThat(retain(0, "a", "1")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(reader(1).messages).isEmpty();
        store().broken = false;
        world.pass(TAKEN_OVER);
        requireTheSameEverywhere();
    }

    @Test
    void whatANodeSaysOfItselfStaysOnIt() {
        SimClient here = client("here", 0);
        SimClient there = client("there", 1);
        here.subscribe("$SYS/#", Qos.AT_MOST_ONCE);
        there.subscribe("$SYS/#", Qos.AT_MOST_ONCE);
        world.pass(200);
        TopicName topic = TopicName.of("$SYS/broker/uptime");
        broker(0)
                .publish(new Message(
                        topic, new byte[] {'7'}, Qos.AT_MOST_ONCE, true, Properties.NONE, Message.NEVER, ""));
        world.pass(200);

        assertThat(here.payloads()).containsExactly("7");
        assertThat(there.messages).isEmpty();
        assertThat(broker(0).retainedMessages()).isEqualTo(1);
        assertThat(broker(1).retainedMessages()).isZero();
        assertThat(store().kept).isEmpty();
    }
}
