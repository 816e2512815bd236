package io.coppice.campaign;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node that is a process of its own: one at a time, by the same name, at the same ports and with the same data. */
final class NodeProcess {
    final String name;
    final int index;
    final InetSocketAddress mqtt;
    final Path data;
    final Path log;
    final Map<String, String> settings = new TreeMap<>();
    final Map<String, String> environment = new HashMap<>();
    private final int monitoring;
    private final List<String> command;
    private long logBegins;
    private volatile @Nullable Process process;
    /** Whether the nemesis wants it to be down. */
    volatile boolean down = true;

    /** @param command up to and with the jar */
    NodeProcess(int index, InetSocketAddress mqtt, int monitoring, Path work, List<String> command) {
        this.name = "" + (char) ('a' + index);
        this.index = index;
        this.mqtt = mqtt;
        this.monitoring = monitoring;
        this.data = work.resolve(name);
        this.log = work.resolve(name + ".log");
        this.command = command;
    }

    synchronized void begin() throws IOException {
        List<String> words = new ArrayList<>(command);
        settings.forEach((key, value) -> words.addAll(List.of("--set", key + "=" + value)));
        logBegins = Files.exists(log) ? Files.size(log) : 0;
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(key -> key.startsWith("COPPICE_"));
        builder.environment().putAll(environment);
        process = builder.start();
        down = false;
    }

    boolean isRunning() {
        Process now = process;
        return now != null && now.isAlive();
    }

    /** The status with which it ended; -1 while it runs. */
    int exit() {
        Process now = process;
        return now == null || now.isAlive() ? -1 : now.exitValue();
    }

    long pid() {
        Process now = process;
        return now == null ? -1 : now.pid();
    }

    /** Ends it at once, as {@code kill -9} does. */
    void kill() throws InterruptedException {
        down = true;
        Process now = process;
        if (now != null) {
            now.destroyForcibly().waitFor();
        }
    }

    /** @return the exit status; -1 where it does not end in two minutes */
    int stop() throws InterruptedException {
        down = true;
        Process now = process;
        if (now == null) {
            return 0;
        }
        now.destroy();
        return now.waitFor(120, TimeUnit.SECONDS) ? now.exitValue() : -1;
    }

    /** @param name of a signal, such as STOP */
    void signal(String name) throws IOException, InterruptedException {
        if (isRunning()) {
            Shell.run("kill", "-" + name, String.valueOf(pid()));
        }
    }

    boolean isReady() throws IOException {
        if (!isRunning()) {
            return false;
        }
        try (var in = Files.newByteChannel(log)) {
            in.position(logBegins);
            byte[] printed = java.nio.channels.Channels.newInputStream(in).readNBytes(1 << 20);
            if (!new String(printed, StandardCharsets.UTF_8).contains("Coppice ready")) {
                return false;
            }
        }
        return get("/health/ready") != null;
    }

    /** Sums of its gauges by name; empty where it does not answer. */
    Map<String, Double> gauges(List<String> names) {
        Map<String, Double> sums = new TreeMap<>();
        String answer = get("/metrics");
        for (String line : answer == null ? new String[0] : answer.split("\n")) {
            String name = line.split("[{ ]", 2)[0];
            if (names.contains(name)) {
                sums.merge(name, Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)), Double::sum);
            }
        }
        return sums;
    }

    /** What it answers with 200; null otherwise. */
    private @Nullable String get(String path) {
        try {
            URI uri = URI.create("http://" + mqtt.getHostString() + ":" + monitoring + path);
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setConnectTimeout(1000);
            connection.setReadTimeout(3000);
            try {
                return connection.getResponseCode() == 200
                        ? new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        : null;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return null;
        }
    }
}
