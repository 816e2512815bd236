package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Members;
import io.coppice.cluster.BusNode.Arrived;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Parcels on a real event bus, between nodes that are well, silent, gone and hostile. */
@Timeout(120)
@Members
class EventBusPeersIT {
    private static final String KEYS = "src/test/resources/bus-tls/";
    private static final BusTls TLS = new BusTls(KEYS + "node.pem", KEYS + "node.key", KEYS + "ca.pem");

    private final String cluster = "test-" + UUID.randomUUID();
    private final List<BusNode> nodes = new ArrayList<>();

    private BusNode start(BusTls tls, int saidPort) throws Exception {
        BusNode first = nodes.isEmpty() ? null : nodes.get(0);
        BusNode node = new BusNode(cluster, "node-" + nodes.size(), first, tls, saidPort);
        nodes.add(node);
        return node;
    }

    private BusNode start() throws Exception {
        return start(BusTls.NONE, 0);
    }

    private void awaitAll() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> nodes.stream().allMatch(node -> node.viewed == nodes.size()));
    }

    @AfterEach
    void stop() throws Exception {
        for (BusNode node : nodes) {
            node.close();
        }
    }

    private static Parcel batch(BusNode from, int shard, long number, int payload) {
        Message message = new Message(
                TopicName.of("a/b"),
                new byte[payload],
                Qos.AT_MOST_ONCE,
                false,
                Properties.NONE,
                Message.NEVER,
                "publisher");
        return new Parcel.Batch(
                from.id, shard, number, List.of(new PeerMessage.Publish(message, number, 0, null, null, null)));
    }

    private static void came(BusNode to, int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> to.arrived.size() >= count);
        assertThat(to.arrived).hasSize(count);
    }

    private static Thread threadOf(BusNode node, int loop) throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        node.listeners.loops().get(loop).execute(() -> thread.complete(Thread.currentThread()));
        return thread.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aParcelComesToTheLoopThatItIsForOnItsThread() throws Exception {
        BusNode one = start();
        BusNode other = start();
        awaitAll();
        for (int from = 0; from < 2; from++) {
            for (int to = 0; to < 2; to++) {
                other.arrived.clear();
                Parcel parcel = batch(one, from, 7, 300);
                one.send(from, other.id, to, parcel);
                came(other, 1);
                Arrived arrived = other.arrived.remove();
                assertThat(arrived.shard()).isEqualTo(to);
                assertThat(arrived.parcel()).usingRecursiveComparison().isEqualTo(parcel);
                assertThat(arrived.thread()).isSameAs(threadOf(other, to));
            }
        }
        other.send(1, one.id, 0, new Parcel.Confirmation(other.id, 1, 9));
        came(one, 1);
        assertThat(one.arrived.remove().parcel()).isEqualTo(new Parcel.Confirmation(other.id, 1, 9));
    }

    @Test
    void parcelsOfOneLoopComeInOrder() throws Exception {
        BusNode one = start();
        BusNode other = start();
        awaitAll();
        for (long i = 1; i <= 5_000; i++) {
            one.send(1, other.id, 0, new Parcel.Confirmation(one.id, 1, i));
        }
        came(other, 5_000);
        assertThat(other.arrived.stream().map(arrived -> ((Parcel.Confirmation) arrived.parcel()).number()))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 5_000).boxed().toList());
        assertThat(one.counters.droppedParcels()).isZero();
    }

    @Test
    @Hostile("B89")
    void whatIsNoParcelIsCountedAndNothingElse() throws Exception {
        BusNode one = start();
        BusNode other = start();
        awaitAll();
        EventBus bus = one.vertx.eventBus().serializableChecker(type -> true);
        String address = BusClusterManager.address(other.id, 0);
        DeliveryOptions ours = new DeliveryOptions().setCodecName(ParcelBytes.Codec.NAME);
        List<Object> strange =
                List.of("text", 5, new ArrayList<>(List.of("an object of Java serialization")), new byte[100]);
        for (Object body : strange) {
            bus.send(address, body);
        }
        bus.send(address, new ParcelBytes(new byte[0]), ours);
        bus.send(address, new ParcelBytes(new byte[1_000]), ours);
        await().until(() -> other.counters.damagedParcels() == strange.size() + 2);

        one.send(0, other.id, 0, new Parcel.Confirmation(one.id, 0, 1));
        came(other, 1);
    }

    private static long unwritten(BusNode from, NodeId to) {
        return from.peers.link(to).bytes();
    }

    @Test
    void aNodeThatDoesNotReadCostsABoundedAmountOfMemory() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            BusNode one = start();
            BusNode deaf = start(BusTls.NONE, silent.getLocalPort());
            awaitAll();
            int size = 100_000;
            long sent = 0;
            while (one.counters.droppedParcels() < 100) {
                one.send((int) sent % 2, deaf.id, 0, batch(one, (int) sent % 2, ++sent, size));
                if (sent % 10 == 0) {
                    threadOf(one, 0); // let the loops keep up
                    threadOf(one, 1);
                }
                assertThat(sent).as("parcels for a node that does not read").isLessThan(10_000);
            }
            assertThat(unwritten(one, deaf.id))
                    .isGreaterThanOrEqualTo(BusNode.UNWRITTEN_BYTES_MAX)
                    .isLessThan(BusNode.UNWRITTEN_BYTES_MAX + 3 * size);

            Socket connection = silent.accept();
            connection.setSoLinger(true, 0);
            connection.close();
            silent.close();

            await().atMost(Duration.ofSeconds(20)).until(() -> unwritten(one, deaf.id) == 0);
        }
    }

    @Test
    void aNodeThatCannotBeReachedIsTriedNowAndThen() throws Exception {
        int nobody;
        try (ServerSocket taken = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            nobody = taken.getLocalPort();
        }
        BusNode one = start();
        BusNode other = start(BusTls.NONE, nobody);
        awaitAll();
        one.send(0, other.id, 0, new Parcel.Confirmation(one.id, 0, 1));
        await().until(() -> one.counters.droppedParcels() == 1);
        assertThat(unwritten(one, other.id)).isZero();

        try (ServerSocket there = new ServerSocket(nobody, 10, InetAddress.getLoopbackAddress())) {
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                long before = one.counters.droppedParcels();
                one.send(0, other.id, 0, new Parcel.Confirmation(one.id, 0, 2));
                threadOf(one, 0);
                return one.counters.droppedParcels() == before;
            });
            assertThat(there.accept()).isNotNull();
        }
    }

    @Test
    void aNodeThatIsGoneIsForgotten() throws Exception {
        BusNode one = start();
        BusNode other = start();
        awaitAll();
        one.send(0, other.id, 0, new Parcel.Confirmation(one.id, 0, 1));
        came(other, 1);
        BusLink link = one.peers.link(other.id);

        nodes.remove(other);
        other.close();

        await().atMost(Duration.ofSeconds(30)).until(() -> one.peers.link(other.id) != link);
        long before = one.counters.droppedParcels();
        one.send(0, other.id, 0, new Parcel.Confirmation(one.id, 0, 2));
        await().until(() -> one.counters.droppedParcels() == before + 1);
    }

    /** Done when the other end has ended the connection. */
    private static CompletableFuture<Void> end(BusNode at, String key) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        at.vertx
                .createNetClient(new NetClientOptions()
                        .setSsl(true)
                        .setTrustAll(true)
                        .setHostnameVerificationAlgorithm("")
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .setCertPath(KEYS + key + ".pem")
                                .setKeyPath(KEYS + key + ".key")))
                .connect(at.busPort(), "127.0.0.1")
                // on its loop, before it can end: nobody is told of an end that was
                .onSuccess(socket -> {
                    socket.closeHandler(closed -> end.complete(null));
                    socket.exceptionHandler(fault -> {});
                    // A ping of the bus, which is answered with one byte.
                    socket.handler(pong -> end.completeExceptionally(new AssertionError("it was listened to")));
                })
                .onFailure(end::completeExceptionally);
        return end;
    }

    @Test
    @Hostile("B89")
    void withKeysOnlyNodesAreListenedTo() throws Exception {
        BusNode one = start(TLS, 0);
        BusNode other = start(TLS, 0);
        awaitAll();
        one.send(0, other.id, 1, batch(one, 0, 1, 300));
        other.send(1, one.id, 0, new Parcel.Confirmation(other.id, 1, 1));
        came(other, 1);
        came(one, 1);

        end(one, "stranger").get(20, TimeUnit.SECONDS);
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), one.busPort())) {
            plain.setSoTimeout(20_000);
            plain.getOutputStream().write(new byte[64]);
            assertThat(plain.getInputStream().readAllBytes().length)
                    .as("no more than an alert")
                    .isLessThan(16);
        }
        Collection<Arrived> nothingMore = one.arrived;
        assertThat(nothingMore).hasSize(1);
    }
}
