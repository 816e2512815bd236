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

/** Three nodes of one loop each that retain messages. */
abstract class RetainedOnThreeNodes {
    /** Longer than a lease, and than what follows it. */
    static final long TAKEN_OVER = 5_000;
    /** Longer than three rounds of comparing. */
    static final long REPAIRED = 20_000;

    static final long ANNOUNCE = 5000;
    static final long TOMBSTONE_LIFE = 60_000;

    final Settings settings = new Settings();
    World world = world();
    SimCluster cluster = world.cluster();

    World world() {
        settings.cluster = new ClusterSettings(3, 1500, 300, 200, 5000, ANNOUNCE, 10_000, TOMBSTONE_LIFE, 1000);
        World made = new World(7, 3, 1, settings);
        made.cluster().delayMax = 5;
        made.cluster().viewDelayMax = 50;
        made.pass(2000);
        return made;
    }

    SimRetainedStore store() {
        return world.retainedStore;
    }

    Broker broker(int node) {
        return cluster.nodes.get(node).broker();
    }

    SimClient client(String clientId, int node) {
        SimClient client = world.client(clientId).connect(node);
        world.pass(200);
        assertThat(client.isConnected()).isTrue();
        return client;
    }

    /** Publishes at QoS 1 and waits for the answer; an empty payload clears. */
    ReasonCode retain(int node, String topic, String payload) {
        return retain(node, topic, payload, -1);
    }

    ReasonCode retain(int node, String topic, String payload, long expiry) {
        SimClient meter = client("meter" + node, node);
        meter.publish(topic, payload, Qos.AT_LEAST_ONCE, true, expiry, Properties.NONE);
        world.pass(1000);
        return meter.last(Packet.PubAck.class).reasonCode();
    }

    /** What someone who subscribes to everything on a node now is sent. */
    SimClient reader(int node) {
        SimClient reader = client("reader" + node, node);
        reader.subscribe("#", Qos.AT_LEAST_ONCE);
        world.pass(500); // with one that is sent again
        assertThat(reader.all(Packet.SubAck.class)).hasSize(1);
        return reader;
    }

    static Kept kept(String topic, long version, String payload) {
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

    void requireTheSameEverywhere() {
        Map<String, Kept> expected = Inside.retained(broker(0));
        for (SimNode node : cluster.nodes) {
            assertThat(Inside.retained(node.broker())).isEqualTo(expected);
            Inside.requireQuiet(node.broker());
        }
        assertThat(expected).containsOnlyKeys(store().messages.keySet());
        expected.forEach(
                (topic, kept) -> assertThat(kept).isEqualTo(store().kept.get(topic)));
    }
}
