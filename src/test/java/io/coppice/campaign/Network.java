package io.coppice.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where nodes live: each in a network namespace of its own, all joined by a bridge, or all on the loopback. Clients reach
 * every node whatever happens between nodes. A direction is cut by a wrong hardware address for the other node, so that
 * what is sent is silently lost.
 */
final class Network implements AutoCloseable {
    /** A direction between two nodes. */
    record Way(int from, int to) {}

    private static final String NOWHERE = "02:c0:ff:ff:ff:ff";

    final boolean parted;
    private final int size;
    private final long id = ProcessHandle.current().pid();
    private volatile @Nullable Process holder;

    private Network(int size, boolean parted) {
        this.size = size;
        this.parted = parted;
    }

    /** Why namespaces cannot be had here; empty where they can. */
    static String hindrance() throws InterruptedException {
        String probe = "coppice-probe-" + ProcessHandle.current().pid();
        if (!Shell.works("ip", "-V")) {
            return "iproute2 is not installed";
        }
        if (!Shell.works("ip", "netns", "add", probe)) {
            return "network namespaces need root";
        }
        Shell.works("ip", "netns", "del", probe);
        return "";
    }

    static Network loopback(int size) {
        return new Network(size, false);
    }

    static Network namespaces(int size) throws IOException, InterruptedException {
        Network network = new Network(size, true);
        Runtime.getRuntime().addShutdownHook(new Thread(network::remove));
        network.make();
        return network;
    }

    private void make() throws IOException, InterruptedException {
        Shell.run("ip", "link", "add", bridge(), "type", "bridge");
        Shell.run("ip", "addr", "add", "10.214." + id % 250 + ".254/24", "dev", bridge());
        Shell.run("ip", "link", "set", bridge(), "up");
        for (int i = 0; i < size; i++) {
            Shell.run("ip", "netns", "add", space(i));
            Shell.run("ip", "link", "add", veth(i), "type", "veth", "peer", "name", "eth0", "netns", space(i));
            Shell.run("ip", "-n", space(i), "link", "set", "eth0", "address", hardware(i));
            Shell.run("ip", "-n", space(i), "addr", "add", host(i) + "/24", "dev", "eth0");
            Shell.run("ip", "-n", space(i), "link", "set", "lo", "up");
            Shell.run("ip", "-n", space(i), "link", "set", "eth0", "up");
            Shell.run("ip", "link", "set", veth(i), "master", bridge(), "up");
        }
        block(Set.of());
    }

    /** From now on nothing goes these ways, and everything all others. */
    void block(Set<Way> ways) throws IOException, InterruptedException {
        for (int i = 0; i < size; i++) {
            List<String> commands = new ArrayList<>();
            for (int j = 0; j < size; j++) {
                if (i != j) {
                    String to = ways.contains(new Way(i, j)) ? NOWHERE : hardware(j);
                    commands.add("neigh replace " + host(j) + " lladdr " + to + " dev eth0 nud permanent");
                }
            }
            Shell.feed(commands, "ip", "-n", space(i), "-batch", "-");
        }
    }

    /**
     * From now on what nodes send each other comes so much later, and some of it does not come, until {@link #holdNothing}.
     *
     * @param program of {@code delay.c}
     */
    void hold(Path program, int millis, int jitterMillis, int lostPerMille) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                String.valueOf(millis),
                String.valueOf(jitterMillis),
                String.valueOf(lostPerMille)));
        for (int i = 0; i < size; i++) {
            Shell.run("ip", "link", "add", held(i), "type", "veth", "peer", "name", held(i) + "p");
            Shell.run("ip", "link", "set", held(i), "up");
            command.addAll(List.of(veth(i), held(i)));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        holder = process;
        String said = process.inputReader().readLine();
        if (!"carrying".equals(said)) {
            throw new IOException("delay: " + said);
        }
        for (int i = 0; i < size; i++) {
            Shell.run("ip", "link", "set", veth(i), "nomaster");
            Shell.run("ip", "link", "set", held(i) + "p", "master", bridge(), "up");
        }
    }

    void holdNothing() throws IOException, InterruptedException {
        for (int i = 0; i < size; i++) {
            Shell.works("ip", "link", "del", held(i));
            Shell.run("ip", "link", "set", veth(i), "master", bridge(), "up");
        }
        Process process = holder;
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private String held(int i) {
        return "ccd" + id + "-" + i;
    }

    String host(int i) {
        return parted ? "10.214." + id % 250 + "." + (i + 1) : "127.0.0.1";
    }

    /** What a command begins with that runs where this node lives. */
    List<String> prefix(int i) {
        return parted ? List.of("ip", "netns", "exec", space(i)) : List.of();
    }

    private String bridge() {
        return "ccb" + id;
    }

    private String veth(int i) {
        return "ccv" + id + "-" + i;
    }

    private String space(int i) {
        return "coppice-campaign-" + id + "-" + i;
    }

    private static String hardware(int i) {
        return "02:c0:00:00:01:0" + (i + 1);
    }

    private void remove() {
        Process process = holder;
        if (process != null) {
            process.destroyForcibly();
        }
        try {
            for (int i = 0; parted && i < size; i++) {
                Shell.works("ip", "link", "del", held(i));
                Shell.works("ip", "link", "del", veth(i));
                Shell.works("ip", "netns", "del", space(i));
            }
            if (parted) {
                Shell.works("ip", "link", "del", bridge());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        remove();
    }
}
