package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Broker;
import io.coppice.broker.ClusterSettings;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.port.RetainedStore.Kept;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Retained messages on three nodes of one loop each, one thing at a time. */
class ClusterRetainedTest {
    /** Longer than a lease, and than what follows it. */
    private static final long TAKEN_OVER = 5_000;
    /** Longer than three rounds of comparing. */
    private static final long REPAIRED = 20_000;

    private static final long ANNOUNCE = 5000;
    private static final long TOMBSTONE_LIFE = 60_000;

    private final Settings settings = new Settings();
    private World world = world();
    private SimCluster cluster = world.cluster();

    private World world() {
        settings.cluster = new ClusterSettings(3, 1500, 300, 200, 5000, ANNOUNCE, 10_000, TOMBSTONE_LIFE, 1000);
        World made = new World(7, 3, 1, settings);
        made.cluster().delayMax = 5;
        made.cluster().viewDelayMax = 50;
        made.pass(2000);
        return made;
    }

    private SimRetainedStore store() {
        return world.retainedStore;
    }

    private Broker broker(int node) {
        return cluster.nodes.get(node).broker();
    }

    private SimClient client(String clientId, int node) {
        SimClient client = world.client(clientId).connect(node);
        world.pass(200);
        assertThat(client.isConnected()).isTrue();
        return client;
    }

    /** Publishes at QoS 1 and waits for the answer; an empty payload clears. */
    private ReasonCode retain(int node, String topic, String payload) {
        return retain(node, topic, payload, -1);
    }

    private ReasonCode retain(int node, String topic, String payload, long expiry) {
        SimClient meter = client("meter" + node, node);
        meter.publish(topic, payload, Qos.AT_LEAST_ONCE, true, expiry, Properties.NONE);
        world.pass(1000);
        return meter.last(Packet.PubAck.class).reasonCode();
    }

    /** What someone who subscribes to everything on a node now is sent. */
    private SimClient reader(int node) {
        SimClient reader = client("reader" + node, node);
        reader.subscribe("#", Qos.AT_LEAST_ONCE);
        world.pass(200);
        assertThat(reader.all(Packet.SubAck.class)).hasSize(1);
        return reader;
    }

    private static Kept kept(String topic, long version, String payload) {
        return new Kept(
                TopicName.of(topic),
                version,
                new Message(
                        TopicName.of(topic),
                        payload.getBytes(StandardCharsets.UTF_8),
                        Qos.AT_LEAST_ONCE,
                        true,
                        Properties.NONE,
                        Message.NEVER,
                        "somebody"));
    }

    private void requireTheSameEverywhere() {
        Map<String, Kept> expected = Inside.retained(broker(0));
        for (SimNode node : cluster.nodes) {
            assertThat(Inside.retained(node.broker())).isEqualTo(expected);
            Inside.requireQuiet(node.broker());
        }
        assertThat(expected).containsOnlyKeys(store().messages.keySet());
        expected.forEach(
                (topic, kept) -> assertThat(kept).isEqualTo(store().kept.get(topic)));
    }

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
        world.pass(200);
        // the one that has nothing to do with it is answered
        assertThat(late.all(Packet.SubAck.class)).hasSize(1);
        store().proceed();
        world.pass(200);

        assertThat(late.all(Packet.SubAck.class)).hasSize(2);
        assertThat(late.payloads()).containsExactly("1");
        assertThat(other == null || other.payloads().equals(late.payloads())).isTrue();
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
    void whatWasClearedStaysSoWhateverBecomesOfTheNodes() {
        retain(0, "a", "1");
        Kept old = store().kept.get("a");
        retain(1, "a", "");
        Inside.retain(broker(2), old, world.now());
        cluster.kill(cluster.nodes.get(1));
        world.pass(TAKEN_OVER);
        cluster.start("again");
        world.pass(TAKEN_OVER);

        for (int node = 0; node < 3; node++) {
            assertThat(reader(node).messages).isEmpty();
        }
        world.pass(REPAIRED);
        requireTheSameEverywhere();
    }

    @Test
    void aNodeServesWhenItHasReadEverything() {
        retain(0, "a", "1");
        retain(1, "b", "2");
        retain(0, "b", "");
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        store().stalled = true;
        SimNode again = cluster.start("again");
        world.pass(TAKEN_OVER);
        assertThat(again.broker().ready()).isFalse();
        store().proceed();
        world.pass(1000);

        assertThat(again.broker().ready()).isTrue();
        requireTheSameEverywhere();
    }

    @Test
    void aNodeThatCannotReadTriesAgain() {
        retain(0, "a", "1");
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        store().broken = true;
        SimNode again = cluster.start("again");
        world.pass(TAKEN_OVER);
        assertThat(again.broker().ready()).isFalse();
        store().broken = false;
        world.pass(1000);

        assertThat(again.broker().ready()).isTrue();
        requireTheSameEverywhere();
    }

    @Test
    void whatADeadNodeHadStoredAndToldNobodyIsFound() {
        SimClient meter = client("meter", 0);
        store().stalled = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE, true);
        world.pass(200);
        cluster.kill(cluster.nodes.get(0));
        store().proceed();
        world.pass(TAKEN_OVER + REPAIRED);

        assertThat(Inside.retained(broker(0))).containsOnlyKeys("a");
        requireTheSameEverywhere();
    }

    @Test
    void aDifferenceIsFoundAndPutRightInBothDirections() {
        for (int i = 0; i < 50; i++) {
            retain(0, "t/" + i, "x");
        }
        Inside.retain(broker(1), kept("t/1", 1000, "newer there"), world.now());
        Inside.retain(broker(0), kept("t/2", 1000, "newer here"), world.now());
        Inside.retain(broker(2), new Kept(TopicName.of("t/3"), 1000, null), world.now());
        long most = 0;
        for (int i = 0; i < REPAIRED / 100; i++) {
            world.pass(100);
            most = Math.max(most, Inside.retainedDivergence(broker(0)));
        }

        assertThat(most).isPositive();
        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retained(broker(node))).isEqualTo(Inside.retained(broker(0)));
            assertThat(Inside.retained(broker(node))).hasSize(49);
            assertThat(Inside.retained(broker(node)).get("t/1").version()).isEqualTo(1000);
            assertThat(Inside.retainedDivergence(broker(node))).isZero();
        }
        assertThat(Inside.retainedRepaired(broker(0))).isEqualTo(2);
        assertThat(Inside.retainedRepaired(broker(1))).isEqualTo(2);
        assertThat(Inside.retainedRepaired(broker(2))).isEqualTo(2);
    }

    @Test
    void manyDifferencesAreWorkedOffOneAfterTheOther() {
        for (int i = 0; i < 3000; i++) {
            Inside.retain(broker(i % 3), kept("t/" + i, 1000 + i, "x".repeat(2000)), world.now());
        }
        world.pass(40 * REPAIRED);

        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retained(broker(node))).hasSize(3000);
        }
    }

    @Test
    void whatIsOnItsWayIsNoDifference() {
        SimClient meter = client("meter", 0);
        cluster.delayMax = 100;
        for (int i = 0; i < 1000; i++) {
            meter.publish("t/" + i % 10, "x" + i, Qos.AT_MOST_ONCE, true);
            world.pass(30);
        }
        world.pass(1000);

        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retainedRepaired(broker(node))).isZero();
            assertThat(Inside.retainedDivergence(broker(node))).isZero();
        }
        requireTheSameEverywhere();
    }

    @Test
    void anOldValueThatNobodyHereRemembersClearedIsLookedUpInTheStore() {
        retain(0, "a", "1");
        retain(0, "b", "1");
        retain(0, "b", "");
        world.pass(2 * TOMBSTONE_LIFE);
        // as if it had missed that it was cleared, all the time
        Inside.retain(broker(1), kept("b", 1, "old"), world.now());
        world.pass(2 * TOMBSTONE_LIFE);

        requireTheSameEverywhere();
    }

    @Test
    void whatExpiresDoesSoOnEveryNodeAndUncoversNothing() {
        retain(0, "a", "1");
        retain(1, "a", "2", 10);
        retain(2, "b", "3", 10);
        retain(0, "b", "4");
        Kept old = kept("a", 1, "1");
        assertThat(reader(2).payloads()).containsExactlyInAnyOrder("2", "4");
        world.pass(12_000);
        for (int node = 0; node < 3; node++) {
            Inside.retain(broker(node), old, world.now());
            assertThat(Inside.retained(broker(node))).containsOnlyKeys("b");
        }
        world.pass(REPAIRED);
        for (int node = 0; node < 3; node++) {
            assertThat(Inside.retained(broker(node))).containsOnlyKeys("b");
            assertThat(Inside.retainedRepaired(broker(node))).isZero();
        }
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
