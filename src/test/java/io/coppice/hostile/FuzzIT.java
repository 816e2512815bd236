package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.Transport.TCP;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Metrics;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.WebSocketLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Clients that send what chance made of MQTT, over TCP and WebSocket, while others go on in peace. Afterwards nothing
 * is left of them, and the broker has logged no fault of its own. {@code -Dfuzz.seed=…} begins at another seed;
 * {@code -Dfuzz.connections=…} says how many there are.
 */
@BlackBox
@BrokerSettings(
        value = {"limits.connect-timeout=2s", "limits.session-expiry-max=1s", "limits.queue-messages-max=100"},
        heapMegabytes = 128,
        alone = true)
@Execution(ExecutionMode.SAME_THREAD)
class FuzzIT {
    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final int CONNECTIONS = Integer.getInteger("fuzz.connections", 3000);
    private static final int THREADS = 3;
    private static final int HELD_MAX = 40;
    /** The default of limits.receive-maximum. */
    private static final int RECEIVE_MAXIMUM = 1024;

    private final Broker broker;
    private final Names names;

    FuzzIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @Test
    void whatChanceSendsHarmsNobodyAndLeavesNothing() throws Exception {
        Metrics metrics = broker.metrics();
        harmsNobody(() -> {
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            try {
                List<CompletableFuture<Void>> all = new ArrayList<>();
                for (int thread = 0; thread < THREADS; thread++) {
                    int first = thread;
                    all.add(CompletableFuture.runAsync(() -> run(first), threads));
                }
                all.forEach(CompletableFuture::join);
            } finally {
                threads.shutdownNow();
            }
        });
        // Else chance has become too wild to get anywhere.
        for (String type :
                List.of("publish", "subscribe", "unsubscribe", "pubrel", "pubcomp", "pingreq", "disconnect")) {
            assertThat(metrics.sum("mqtt_packets_received_total", "type=\"" + type + "\""))
                    .as(type)
                    .isGreaterThan(CONNECTIONS / 20.0);
        }
    }

    /**
     * More than a 3.1.1 client may have unanswered, and the end of its side right behind: reading stops, and goes on when
     * nothing is left to be read. Netty failed such channels.
     */
    @OnEveryTransport
    void whoSendsMuchAndEndsItsSideIsNoFault(Transport transport) throws Exception {
        int messages = 5000;
        String topic = names.topic("t");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id = 1; id <= messages; id++) {
            all.writeBytes(Packets.publish(V311, topic).qos(1).id(id).bytes());
        }
        harmsNobody(() -> {
            for (int i = 0; i < 6; i++) {
                try (RawClient subscriber = broker.connect(TCP, V5, names.client("s"));
                        RawClient client = broker.connect(transport, V311, names.client("c"))) {
                    subscriber.subscribe(topic, 0);
                    client.send(all.toByteArray());
                    client.finish();
                    for (int id = 1; id <= messages - RECEIVE_MAXIMUM; id++) {
                        assertThat(client.expect(PUBACK).packetId()).isEqualTo(id);
                    }
                }
            }
        });
    }

    private void harmsNobody(Bystanders.Attack attack) throws Exception {
        Metrics metrics = broker.metrics();
        long connections = metrics.value("mqtt_connections");
        long sessions = metrics.value("mqtt_sessions");
        try (Bystanders others = new Bystanders(broker, names)) {
            Duration slowest = others.during(attack);
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
        metrics.await("mqtt_connections", "", now -> now == connections);
        metrics.await("mqtt_sessions", "", now -> now == sessions);
        assertThat(metrics.value("mqtt_subscriptions")).isZero();
        assertThat(metrics.value("mqtt_queued_messages")).isZero();
        assertThat(metrics.value("mqtt_inflight_messages")).isZero();
        broker.process().heap();
        try (Bystanders others = new Bystanders(broker, names)) {
            others.noticeNothing();
        }
        assertThat(broker.process().errors())
                .as("faults of the broker, seeds from %d on", SEED)
                .isEmpty();
    }

    private void run(int first) {
        Deque<Link> held = new ArrayDeque<>();
        for (int i = first; i < CONNECTIONS; i += THREADS) {
            one(SEED + i, i % 3 == 0 ? Transport.WS : Transport.TCP, held);
            while (held.size() > HELD_MAX) {
                held.remove().close();
            }
        }
        held.forEach(Link::close);
    }

    private void one(long seed, Transport transport, Deque<Link> held) {
        SplittableRandom random = new SplittableRandom(~seed);
        Link link = broker.link(transport);
        try {
            for (byte[] unit : units(RandomStream.of(seed), random)) {
                write(link, unit, random);
            }
            end(link, random, held);
        } catch (IOException closed) {
            link.close();
        }
    }

    /** All in one write, packet by packet, or in pieces that know nothing of packets. */
    private static List<byte[]> units(List<byte[]> packets, SplittableRandom random) {
        if (random.nextBoolean()) {
            return packets;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        packets.forEach(all::writeBytes);
        byte[] bytes = all.toByteArray();
        int piece = random.nextBoolean() ? Math.max(1, bytes.length) : random.nextInt(1, 200);
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += piece) {
            pieces.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + piece)));
        }
        return pieces;
    }

    private static void write(Link link, byte[] unit, SplittableRandom random) throws IOException {
        if (!(link instanceof WebSocketLink webSocket) || random.nextInt(30) != 0) {
            link.write(unit);
            return;
        }
        if (random.nextBoolean()) {
            byte[] noise = new byte[random.nextInt(1, 20)];
            random.nextBytes(noise);
            webSocket.raw(noise);
        } else {
            webSocket.frame(random.nextInt(256), random.nextInt(8) != 0, unit.length, unit);
        }
    }

    /** As clients end: with a reset, a close, by waiting for the server's answers, or not yet. */
    private static void end(Link link, SplittableRandom random, Deque<Link> held) throws IOException {
        switch (random.nextInt(4)) {
            case 0 -> link.abort();
            case 1 -> link.close();
            case 2 -> {
                link.finish();
                drain(link);
                link.close();
            }
            default -> held.add(link);
        }
    }

    private static void drain(Link link) throws IOException {
        long deadline = System.nanoTime() + Duration.ofMillis(500).toNanos();
        try {
            while (link.read(deadline) >= 0) {
                // What it says is for other tests.
            }
        } catch (SocketTimeoutException | AssertionError enough) {
            // It waits for more, or the frames that we spoiled end in disorder.
        }
    }
}
