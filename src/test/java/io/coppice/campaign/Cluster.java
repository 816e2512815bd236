package io.coppice.campaign;

import io.coppice.blackbox.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Nodes that are one cluster, and a supervisor that starts again who leaves as one that its cluster has thrown out. */
final class Cluster implements AutoCloseable {
    private static final String RETAINED = "mqtt_retained_messages";

    /** What has to be free again after a round. */
    static final List<String> HELD = List.of(
            "mqtt_connections",
            "mqtt_sessions",
            "mqtt_subscriptions",
            "mqtt_queued_messages",
            "mqtt_inflight_messages",
            RETAINED);

    /** Those that are meant to run. */
    final List<NodeProcess> nodes = new CopyOnWriteArrayList<>();
    /** Those beyond {@code cluster.expected-size}, which may be added. */
    final List<NodeProcess> spare = new CopyOnWriteArrayList<>();

    final Network network;
    final List<String> wrong = new CopyOnWriteArrayList<>();
    private final Thread supervisor;
    private final Thread killer = new Thread(this::end);
    private volatile Consumer<String> news = words -> {};
    private volatile Consumer<NodeProcess> left = node -> {};
    /** Whether a process may end with any status: it is being starved. */
    volatile boolean lenient;

    Cluster(Network network, int size, Path jar, Path work, List<String> java, Map<String, String> settings)
            throws IOException {
        this.network = network;
        List<Integer> ports = FreePorts.of(4 * size);
        List<String> members = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            members.add(network.host(i) + ":" + ports.get(4 * i + 2));
        }
        for (int i = 0; i < size; i++) {
            List<String> command = new ArrayList<>(network.prefix(i));
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(java);
            command.addAll(List.of("-jar", jar.toString()));
            InetSocketAddress mqtt = new InetSocketAddress(network.host(i), ports.get(4 * i));
            NodeProcess node = new NodeProcess(i, mqtt, ports.get(4 * i + 1), work, command);
            node.settings.putAll(settings(node, ports, i, members, size));
            node.settings.putAll(settings);
            Files.createDirectories(node.data);
            int first = Integer.parseInt(node.settings.getOrDefault("cluster.expected-size", "0"));
            (i < first ? nodes : spare).add(node);
        }
        Runtime.getRuntime().addShutdownHook(killer);
        supervisor = new Thread(this::supervise, "supervisor");
        supervisor.setDaemon(true);
    }

    private Map<String, String> settings(NodeProcess node, List<Integer> ports, int i, List<String> members, int size) {
        Map<String, String> settings = new HashMap<>();
        settings.put("node.name", node.name);
        settings.put("node.data", node.data.toString());
        settings.put("security.anonymous", "true");
        settings.put("listeners.mqtt.host", network.host(i));
        settings.put("listeners.mqtt.port", String.valueOf(ports.get(4 * i)));
        settings.put("listeners.ws.enabled", "false");
        settings.put("admin.enabled", "false");
        settings.put("monitoring.enabled", "true");
        settings.put("monitoring.host", network.host(i));
        settings.put("monitoring.port", String.valueOf(ports.get(4 * i + 1)));
        settings.put("cluster.mode", "static");
        settings.put("cluster.name", "campaign-" + ProcessHandle.current().pid());
        settings.put("cluster.members", String.join(",", members));
        settings.put("cluster.host", network.host(i));
        settings.put("cluster.port", String.valueOf(ports.get(4 * i + 2)));
        settings.put("cluster.bus-port", String.valueOf(ports.get(4 * i + 3)));
        settings.put("cluster.expected-size", String.valueOf(size));
        settings.put("limits.queue-messages-max", "1000000");
        return settings;
    }

    void begin() throws IOException, InterruptedException {
        for (NodeProcess node : nodes) {
            node.begin();
        }
        supervisor.start();
        awaitReady(nodes, 300);
        Scene.until(30, this::tellsOfItself);
    }

    /** Whether every node retains what it says of itself, which is no growth of a round that begins before it does. */
    private boolean tellsOfItself() {
        List<String> retained = List.of(RETAINED);
        List<Double> counts = nodes.stream()
                .map(node -> node.gauges(retained).getOrDefault(retained.get(0), 0.0))
                .distinct()
                .toList();
        return counts.size() == 1 && counts.get(0) > 0;
    }

    /** Begins one that was spare. */
    void add(NodeProcess node) throws IOException {
        node.begin();
        spare.remove(node);
        nodes.add(node);
    }

    /** Of one that is about to be stopped: nobody goes to it any more, and it is not started again. */
    void remove(NodeProcess node) {
        node.down = true;
        nodes.remove(node);
        spare.add(node);
    }

    /** @throws IOException where they are not all ready in time */
    void awaitReady(List<NodeProcess> those, double seconds) throws IOException, InterruptedException {
        if (!Scene.until(seconds, () -> allReady(those))) {
            throw new IOException("not ready after " + seconds + " s: "
                    + those.stream()
                            .filter(node -> !isReady(node))
                            .map(node -> node.name + " " + node.log)
                            .toList());
        }
    }

    static boolean allReady(List<NodeProcess> those) {
        return those.stream().allMatch(Cluster::isReady);
    }

    private static boolean isReady(NodeProcess node) {
        try {
            return node.isReady();
        } catch (IOException e) {
            return false;
        }
    }

    /** Where to say what nodes do by themselves. */
    void tell(Consumer<String> news, Consumer<NodeProcess> left) {
        this.news = news;
        this.left = left;
    }

    /** What all nodes hold together. */
    Map<String, Double> held() {
        Map<String, Double> sums = new TreeMap<>();
        for (NodeProcess node : nodes) {
            node.gauges(HELD).forEach((name, value) -> sums.merge(name, value, Double::sum));
        }
        return sums;
    }

    /** Whether each retains what it says of itself, which it does some seconds after it has begun and for good. */
    boolean allHaveToldOfThemselves() {
        return nodes.stream().allMatch(node -> node.gauges(List.of(RETAINED)).getOrDefault(RETAINED, 0.0) > 0);
    }

    private void supervise() {
        try {
            while (true) {
                for (NodeProcess node : nodes) {
                    int status = node.exit();
                    if (status >= 0 && !node.down) {
                        left.accept(node);
                        news.accept(node.name + " has left with " + status + " and is started again");
                        if (status != 2 && status != 4 && !lenient) {
                            wrong.add(node.name + " ended with " + status + ", see " + node.log);
                        }
                        node.begin();
                    }
                }
                Thread.sleep(200);
            }
        } catch (InterruptedException | IOException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        supervisor.interrupt();
        List<NodeProcess> all = new ArrayList<>(nodes);
        all.addAll(spare);
        for (NodeProcess node : all) {
            try {
                node.kill();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        end();
        Runtime.getRuntime().removeShutdownHook(killer);
    }
}
