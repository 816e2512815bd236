package io.coppice.blackbox;

import io.coppice.Node;
import io.coppice.config.ConfigLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Three nodes of Coppice in this JVM as one broker: each connection that a test opens goes to the next node, so a publisher, a
 * subscriber and a client that comes back are on different ones.
 */
final class ClusterUnderTest implements ServedBroker {
    private static final int NODES = 3;

    private final List<Node> nodes;
    /** Each test has its own turn, whatever other tests open meanwhile. */
    private final ThreadLocal<Integer> turn = ThreadLocal.withInitial(() -> 0);

    private ClusterUnderTest(List<Node> nodes) {
        this.nodes = nodes;
    }

    static ServedBroker start() throws Exception {
        List<Integer> ports = FreePorts.of(NODES);
        String members = ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        String name = "blackbox-" + UUID.randomUUID();
        List<Callable<Node>> starts = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            List<String> settings = CoppiceUnderTest.sets(Map.of(
                    "node.name",
                    "n" + i,
                    "cluster.mode",
                    "static",
                    "cluster.name",
                    name,
                    "cluster.members",
                    members,
                    "cluster.port",
                    ports.get(i).toString(),
                    "cluster.bus-port",
                    "0",
                    "cluster.partitions",
                    "31"));
            starts.add(() -> Node.start(ConfigLoader.load(null, Map.of(), settings)));
        }
        return new ClusterUnderTest(together(starts));
    }

    private static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(tasks)) {
                results.add(result.get());
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }

    @Override
    public int port(Transport transport) {
        int now = turn.get();
        turn.set((now + 1) % NODES);
        return nodes.get(now).port(transport == Transport.TCP ? "mqtt" : "ws");
    }

    @Override
    public void stop() throws Exception {
        List<Callable<Boolean>> stops = new ArrayList<>();
        for (Node node : nodes) {
            stops.add(() -> {
                node.stop();
                return true;
            });
        }
        together(stops);
    }
}
