package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.Node;
import io.coppice.blackbox.FreePorts;
import io.coppice.config.ConfigLoader;
import io.coppice.it.Paho5;
import io.coppice.it.Peer;
import io.coppice.it.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Several nodes of one cluster in this process, on ports of the loopback that were free. */
final class LocalCluster implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
    private static final long START_SECONDS_MAX = 90;

    private final String name = "test-" + UUID.randomUUID();
    private final List<Integer> memberPorts;
    private final List<String> more;
    private final Node[] nodes;
    private final Deque<AutoCloseable> clients = new ConcurrentLinkedDeque<>();

    private LocalCluster(int size, String... more) throws IOException {
        this.memberPorts = FreePorts.of(size);
        this.nodes = new Node[size];
        this.more = List.of(more);
    }

    /**
     * Started before all tests of a class and stopped after them; as a static {@code @RegisterExtension}.
     *
     * @param more settings of all nodes, in which <code>{node}</code> is the name of each
     */
    static LocalCluster of(int size, String... more) {
        try {
            return new LocalCluster(size, more);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Started at once; to be closed. */
    static LocalCluster start(int size, String... more) throws Exception {
        LocalCluster cluster = of(size, more);
        cluster.beforeAll(null);
        return cluster;
    }

    /** What a node is told of its cluster, in which nobody keeps anything on disk. */
    static List<String> settings(String cluster, List<Integer> memberPorts, int index) {
        String members = memberPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        return List.of(
                "node.name=n" + index,
                "node.event-loops=2",
                "listeners.mqtt.port=0",
                "listeners.ws.enabled=false",
                "admin.port=0",
                "sys.interval=0",
                "durability=memory",
                "cluster.mode=static",
                "cluster.name=" + cluster,
                "cluster.members=" + members,
                "cluster.port=" + memberPorts.get(index),
                "cluster.bus-port=0",
                "cluster.partitions=31",
                "cluster.join-timeout=60s");
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        beginAll();
        awaitEveryWay(IntStream.range(0, nodes.length).mapToObj(this::mqtt).toList());
    }

    /** Starts all nodes at the same time; nobody has tried yet whether they reach each other. */
    void beginAll() throws Exception {
        List<CompletableFuture<Void>> starting = IntStream.range(0, nodes.length)
                .mapToObj(i -> CompletableFuture.runAsync(() -> begin(i), task -> new Thread(task, "start").start()))
                .toList();
        for (CompletableFuture<Void> one : starting) {
            one.get(START_SECONDS_MAX, TimeUnit.SECONDS);
        }
    }

    /** Starts a node, for the first time or once more. */
    void begin(int index) {
        List<String> settings = new ArrayList<>(settings(name, memberPorts, index));
        more.forEach(each -> settings.add(each.replace("{node}", "n" + index)));
        try {
            nodes[index] = Node.start(ConfigLoader.load(null, Map.of(), settings));
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    /** Waits until what is published on any node comes to any other. */
    static void awaitEveryWay(List<Integer> ports) throws Exception {
        for (int port : ports) {
            // Topics of its own: what was sent once too often to the one before may still be on its way.
            String topic = "way/" + port + "/";
            try (Wire reader = new Wire(port).connect5("reader").subscribe5(topic + "+", 0)) {
                for (int other : ports) {
                    try (Wire writer = new Wire(other).connect5("writer")) {
                        CompletableFuture<Wire.Answer> came = CompletableFuture.supplyAsync(() -> {
                            try {
                                return reader.read();
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        });
                        await().pollInterval(Duration.ofMillis(50))
                                .atMost(Duration.ofSeconds(Peer.PATIENCE_SECONDS))
                                .until(() -> {
                                    writer.send(Wire.publish5(topic + other, new byte[0], 0, 0));
                                    return came.isDone();
                                });
                        assertThat(came.get().type()).isEqualTo(Wire.PUBLISH);
                    }
                    drain(reader);
                }
            }
        }
    }

    /** Reads what came more than once. */
    private static void drain(Wire reader) throws IOException {
        reader.send("c0 00");
        while (reader.read().type() == Wire.PUBLISH) {
            // one more of the same
        }
    }

    String name() {
        return name;
    }

    Node node(int index) {
        return nodes[index];
    }

    int mqtt(int index) {
        return nodes[index].port("mqtt");
    }

    void stop(int index) throws Exception {
        Node node = nodes[index];
        nodes[index] = null;
        node.stop();
    }

    /** The client ends with the test. */
    <C extends AutoCloseable> C own(C client) {
        clients.push(client);
        return client;
    }

    /** A client of MQTT 5 that is not connected yet. */
    Paho5 client(int index, String clientId) {
        return own(new Paho5("tcp://127.0.0.1:" + mqtt(index), clientId));
    }

    /** A client of MQTT 5 with a session that ends with it. */
    Paho5 connected(int index, String clientId) throws Exception {
        Paho5 client = client(index, clientId);
        client.connect(true);
        return client;
    }

    Wire wire(int index) throws IOException {
        return own(new Wire(mqtt(index)));
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        while (!clients.isEmpty()) {
            clients.pop().close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        close();
    }

    @Override
    public void close() throws Exception {
        afterEach(null);
        List<CompletableFuture<Void>> stopping = new ArrayList<>();
        for (Node node : nodes) {
            if (node != null) {
                stopping.add(CompletableFuture.runAsync(() -> {
                    try {
                        node.stop();
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                }));
            }
        }
        for (CompletableFuture<Void> one : stopping) {
            one.get(START_SECONDS_MAX, TimeUnit.SECONDS);
        }
    }
}
