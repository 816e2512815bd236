package io.coppice.it.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.FreePorts;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.ManyNodes;
import io.coppice.it.Paho5;
import io.coppice.it.Peer;
import io.coppice.it.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three processes, one of which ends while messages flow. */
@ManyNodes
@Timeout(180)
class KilledNodeIT {
    private static final int WINDOW = 20;

    /** Publishes at QoS 1 as fast as it is answered, and remembers what was; until it is told to go. */
    private static final class Publisher implements Runnable {
        private final String name;
        private final Wire wire;
        private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
        private final AtomicInteger count = new AtomicInteger();
        private volatile boolean done;

        Publisher(int port) throws IOException {
            this(port, "publisher");
        }

        Publisher(int port, String name) throws IOException {
            this.name = name;
            wire = new Wire(port).connect5(name);
        }

        @Override
        public void run() {
            int next = 0;
            try {
                while (!done || next > count.get()) {
                    while (!done && next - count.get() < WINDOW) {
                        wire.send(Wire.publish5("load/a", (name + next).getBytes(UTF_8), 1, 1 + next % 60_000));
                        next++;
                    }
                    Wire.Answer answer = wire.read();
                    if (answer.type() == Wire.DISCONNECT) {
                        assertThat(answer.disconnectReason()).isEqualTo(0x9C);
                        return;
                    }
                    assertThat(answer.type()).isEqualTo(Wire.PUBACK);
                    assertThat(answer.ackReason()).isIn(0, 0x10);
                    acknowledged.add(name + (answer.packetId() - 1));
                    count.incrementAndGet();
                }
            } catch (IOException fault) {
                throw new java.io.UncheckedIOException(fault);
            }
        }

        void awaitMore(int messages) {
            int target = count.get() + messages;
            await().atMost(Duration.ofSeconds(60)).until(() -> count.get() >= target);
        }
    }

    private static List<NodeProcess> start(int size) throws Exception {
        String name = "test-" + UUID.randomUUID();
        List<Integer> ports = FreePorts.of(size);
        List<NodeProcess> nodes = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            List<String> settings = new ArrayList<>(LocalCluster.settings(name, ports, i));
            // whoever is away while others publish as fast as they can must not lose anything to a full queue
            settings.add("limits.queue-messages-max=1000000");
            nodes.add(NodeProcess.start(settings));
        }
        List<Integer> mqtt = new ArrayList<>();
        for (NodeProcess node : nodes) {
            mqtt.add(node.mqtt());
        }
        LocalCluster.awaitEveryWay(mqtt);
        return nodes;
    }

    private static Paho5 subscriber(int port, String clientId) throws Exception {
        Paho5 subscriber = new Paho5("tcp://127.0.0.1:" + port, clientId);
        assertThat(subscriber.connect(false)).isFalse();
        subscriber.subscribe("load/+", 1);
        return subscriber;
    }

    /** Connects someone who leaves a will on {@code will/a} and then does nothing. */
    private static Wire testator(int port, String clientId, boolean clean, int delay) throws IOException {
        byte[] will = Wire.join(
                Wire.block(Wire.property(0x18, 4, delay)), Wire.text("will/a"), Wire.text("will of " + clientId));
        int flags = 0x04 | 0x08 | (clean ? 0x02 : 0);
        Wire testator = new Wire(port);
        testator.send(Wire.connectPacket(5, flags, clientId, will, Wire.property(0x11, 4, clean ? 0 : 3600)));
        assertThat(testator.read(Wire.CONNACK).connectReason()).isZero();
        return testator;
    }

    private static void close(List<Wire> wires) throws IOException {
        for (Wire wire : wires) {
            wire.close();
        }
    }

    /** Everything that comes to a session that is taken up on another node, and before. */
    private static Set<String> received(Paho5 before, int port, String clientId, Queue<String> wanted)
            throws Exception {
        Set<String> received = new LinkedHashSet<>();
        try (Paho5 after = new Paho5("tcp://127.0.0.1:" + port, clientId)) {
            assertThat(after.connect(false)).as("session present").isTrue();
            for (Peer each : List.of(before, after)) {
                while (each.unread() > 0 || each == after && !received.containsAll(wanted)) {
                    received.add(each.next().payload());
                }
            }
        }
        return received;
    }

    @Test
    void nothingThatWasAcknowledgedIsLostWithANodeThatIsKilled() throws Exception {
        List<NodeProcess> nodes = start(3);
        try {
            int doomed = nodes.get(0).mqtt();
            Paho5 away = subscriber(doomed, "away");
            away.disconnect();
            Paho5 online = subscriber(doomed, "online");
            Paho5 heir = new Paho5("tcp://127.0.0.1:" + nodes.get(2).mqtt(), "heir");
            heir.connect(true);
            heir.subscribe("will/+", 1);
            List<Wire> testators = List.of(testator(doomed, "clean", true, 0), testator(doomed, "kept", false, 3));
            testator(doomed, "honest", true, 0).send("e0 00").readEnd();
            Publisher publisher = new Publisher(nodes.get(1).mqtt());
            Thread publishing = new Thread(publisher, "publisher");
            publishing.start();
            publisher.awaitMore(500);

            nodes.get(0).kill();

            publisher.awaitMore(500);
            publisher.done = true;
            publishing.join(Peer.PATIENCE_SECONDS * 1000);
            assertThat(List.of(heir.next().payload(), heir.next().payload()))
                    .containsExactly("will of clean", "will of kept");
            heir.hasNoOther(heir);
            close(testators);
            int other = nodes.get(2).mqtt();
            assertThat(received(away, other, "away", publisher.acknowledged)).containsAll(publisher.acknowledged);
            assertThat(received(online, other, "online", publisher.acknowledged))
                    .containsAll(publisher.acknowledged);
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }

    /** The publisher of messages at QoS 2 has PUBREC of some, and comes back elsewhere with all of them. */
    @Test
    @Hostile("B41")
    void whatIsRepeatedElsewhereAfterItsNodeWasKilledIsDeliveredOnce() throws Exception {
        List<NodeProcess> nodes = start(3);
        try (Paho5 reader = new Paho5("tcp://127.0.0.1:" + nodes.get(1).mqtt(), "reader")) {
            reader.connect(true);
            reader.subscribe("once", 2);
            int answered = 25;
            int all = 40;
            Wire before = replayer(nodes.get(0).mqtt(), 0);
            for (int id = 1; id <= all; id++) {
                before.send(Wire.publish5("once", ("" + id).getBytes(UTF_8), 2, id));
            }
            for (int id = 1; id <= answered; id++) {
                assertThat(before.read(Wire.PUBREC).packetId()).isEqualTo(id);
            }
            nodes.get(0).kill();
            before.close();

            try (Wire after = replayer(nodes.get(2).mqtt(), 1)) {
                for (int id = 1; id <= all; id++) {
                    byte[] again = Wire.publish5("once", ("" + id).getBytes(UTF_8), 2, id);
                    again[0] |= 8; // DUP
                    after.send(again);
                    assertThat(after.read(Wire.PUBREC).packetId()).isEqualTo(id);
                }
                for (int id = 1; id <= all; id++) {
                    after.send(Wire.ack(6, id));
                    assertThat(after.read(Wire.PUBCOMP).packetId()).isEqualTo(id);
                }
                after.send(Wire.publish5("once", "last".getBytes(UTF_8), 2, all + 1))
                        .read(Wire.PUBREC);
            }
            List<String> came = new ArrayList<>();
            while (came.isEmpty() || !came.get(came.size() - 1).equals("last")) {
                came.add(reader.next().payload());
            }
            List<String> wanted = new ArrayList<>();
            for (int id = 1; id <= all; id++) {
                wanted.add("" + id);
            }
            wanted.add("last");
            assertThat(came).isEqualTo(wanted);
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }

    private static Wire replayer(int port, int present) throws IOException {
        Wire wire =
                new Wire(port).send(Wire.connectPacket(5, 0, "replayer", new byte[0], Wire.property(0x11, 4, 3600)));
        Wire.Answer answer = wire.read(Wire.CONNACK);
        assertThat(answer.connectReason()).isZero();
        assertThat(answer.body()[0]).as("Session Present").isEqualTo((byte) present);
        return wire;
    }

    @Test
    void aNodeThatIsToldToStopHandsItsSessionsOverAndEndsWith0() throws Exception {
        List<NodeProcess> nodes = start(3);
        try {
            int leaver = nodes.get(0).mqtt();
            Paho5 online = subscriber(leaver, "online");
            Paho5 heir = new Paho5("tcp://127.0.0.1:" + nodes.get(2).mqtt(), "heir");
            heir.connect(true);
            heir.subscribe("will/+", 1);
            List<Wire> testators = List.of(testator(leaver, "clean", true, 0), testator(leaver, "kept", false, 0));
            Publisher publisher = new Publisher(nodes.get(1).mqtt());
            Publisher sentAway = new Publisher(leaver, "away");
            Thread publishing = new Thread(publisher, "publisher");
            publishing.start();
            new Thread(sentAway, "sent-away").start();
            publisher.awaitMore(200);
            sentAway.awaitMore(200);

            assertThat(nodes.get(0).terminate()).isZero();

            assertThat(online.endedBecauseOf()).isEqualTo(0x9C);
            publisher.awaitMore(200);
            publisher.done = true;
            publishing.join(Peer.PATIENCE_SECONDS * 1000);
            publisher.acknowledged.addAll(sentAway.acknowledged);
            assertThat(received(online, nodes.get(2).mqtt(), "online", publisher.acknowledged))
                    .containsAll(publisher.acknowledged);
            heir.hasNoOther(heir);
            close(testators);
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }
}
