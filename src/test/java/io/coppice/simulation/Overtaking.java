package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.ClusterSettings;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/** Three nodes and a subscriber that goes from one to the other, while what its publisher's node sends to one of them is held up. */
final class Overtaking {
    private static final long TAKEN_OVER = 5_000;
    private static final List<String> HELD_UP = List.of("1", "2", "3");

    private final World world;
    private final SimCluster cluster;

    Overtaking(long seed) {
        world = new World(seed, 3, 1 + (int) (seed % 2), settings());
        cluster = world.cluster();
        cluster.delayMax = 5;
        cluster.viewDelayMax = 50;
        world.pass(2000);
    }

    /** As much patience with subscriptions as a real node has. */
    private static Settings settings() {
        Settings settings = new Settings();
        settings.cluster = new ClusterSettings(3, Settings.LEASE, 300, 200, 5000, 20_000, 10_000, 60_000, 1000);
        return settings;
    }

    /** Three messages are held up, the fourth goes straight to where the subscriber will be, and one to somebody else fails. */
    void run(Qos qos) {
        SimNode next = cluster.nodes.get(0);
        SimNode home = cluster.nodes.get(1);
        NodeId publishers = cluster.nodes.get(2).id;
        SimClient reader = subscriber("reader", home, "t", qos);
        subscriber("full", next, "x", qos).drop();
        SimClient meter = world.client("meter").persistent();
        meter.version = ProtocolVersion.V3_1_1;
        meter.connect(loopOf(cluster.nodes.get(2)));
        world.pass(200);

        cluster.swallowed = parcel -> isHeldUp(parcel, publishers);
        HELD_UP.forEach(payload -> meter.publish("t", payload, qos));
        world.pass(100);
        reader.connect(loopOf(next));
        world.pass(100);
        meter.publish("t", "4", qos);
        world.pass(100);
        assertThat(reader.isConnected())
                .as("its former home cannot say that all has come")
                .isFalse();
        next.disk.full = true;
        meter.publish("x", "lost", qos);
        world.pass(100);
        next.disk.full = false;
        world.pass(Settings.LEASE + 500);
        assertThat(meter.connection().isOpen())
                .as("it is to send all of it again")
                .isFalse();

        cluster.kill(home);
        cluster.swallowed = parcel -> false;
        world.pass(TAKEN_OVER);
        meter.connect(0);
        world.pass(TAKEN_OVER);

        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(reader.isConnected()).isTrue();
        assertThat(reader.payloads().stream().distinct()).containsExactly("1", "2", "3", "4");
        if (qos == Qos.EXACTLY_ONCE) {
            assertThat(reader.payloads()).hasSize(4);
        }
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    /** Whoever is held up, moves, fails and dies, and when, is chance. */
    void wander(Qos qos) {
        SimClient reader = subscriber("reader", cluster.nodes.get(1), "t", qos);
        SimClient other = subscriber("other", cluster.nodes.get(0), "x", qos);
        SimClient meter = world.client("meter").persistent();
        meter.version = ProtocolVersion.V3_1_1;
        meter.connect(loopOf(cluster.nodes.get(2)));
        world.pass(200);
        int sent = 0;
        for (int step = 0; step < 60; step++) {
            switch (world.random.nextInt(12)) {
                case 0, 1, 2, 3, 4 -> {
                    if (meter.isConnected() && meter.mayPublish()) {
                        meter.publish("t", Integer.toString(++sent), qos);
                    }
                }
                case 5 -> {
                    if (meter.isConnected() && meter.mayPublish()) {
                        meter.publish("x", "", qos);
                    }
                }
                case 6 -> reader.connect(world.random.nextInt(world.loops.size()));
                case 7 -> {
                    SimNode filled = cluster.nodes.get(world.random.nextInt(cluster.nodes.size()));
                    cluster.nodes.forEach(node -> node.disk.full = node == filled && !filled.disk.full);
                }
                case 8, 9 -> cluster.silenceOrHeal();
                case 10 -> {
                    if (!meter.connection().isOpen()) {
                        meter.connect(world.random.nextInt(world.loops.size()));
                    }
                }
                default -> {
                    if (!other.connection().isOpen()) {
                        other.connect(world.random.nextInt(world.loops.size()));
                    }
                }
            }
            world.pass(world.random.nextInt(300));
        }
        cluster.silenced = null;
        cluster.nodes.forEach(node -> node.disk.full = false);
        for (int round = 0; round < 10; round++) {
            world.pass(2000);
            for (SimClient client : List.of(meter, reader, other)) {
                if (!client.isConnected()) {
                    client.connect(0);
                }
            }
        }
        world.pass(TAKEN_OVER);

        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(reader.payloads().stream().distinct())
                .containsExactlyElementsOf(IntStream.rangeClosed(1, sent)
                        .mapToObj(Integer::toString)
                        .toList());
        if (qos == Qos.EXACTLY_ONCE) {
            assertThat(reader.payloads()).hasSize(sent);
        }
    }

    private SimClient subscriber(String clientId, SimNode node, String filter, Qos qos) {
        SimClient client = world.client(clientId).persistent().connect(loopOf(node));
        world.pass(200);
        client.subscribe(filter, qos);
        world.pass(200);
        assertThat(client.all(Packet.SubAck.class)).hasSize(1);
        return client;
    }

    private int loopOf(SimNode node) {
        return world.loops.indexOf(node.loops.get(0));
    }

    /** Whether it has one of the first messages on its way from their publisher's node. */
    private static boolean isHeldUp(Parcel parcel, NodeId publishers) {
        return parcel instanceof Parcel.Batch batch
                && batch.from().equals(publishers)
                && batch.messages().stream()
                        .anyMatch(each -> each instanceof PeerMessage.Publish publish
                                && publish.formerly() == null
                                && HELD_UP.contains(new String(publish.message().payload(), StandardCharsets.UTF_8)));
    }
}
