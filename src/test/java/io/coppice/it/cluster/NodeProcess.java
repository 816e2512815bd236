package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.it.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node in a process of its own. */
final class NodeProcess implements AutoCloseable {
    private static final Pattern MQTT = port("mqtt");
    private static final Pattern ADMIN = port("admin");
    private static final long START_SECONDS_MAX = 90;

    private final Process process;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private final CompletableFuture<Integer> admin = new CompletableFuture<>();
    private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

    private NodeProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "node-log");
        reader.setDaemon(true);
        reader.start();
    }

    private static Pattern port(String listener) {
        return Pattern.compile("Coppice ready .* " + listener + " 127\\.0\\.0\\.1:(\\d+).*");
    }

    /** Begins to start; {@link #mqtt} waits for it. */
    static NodeProcess start(List<String> settings) throws IOException {
        return start(settings, System.getProperty("java.class.path"));
    }

    /** As above, with other classes. */
    static NodeProcess start(List<String> settings, String classPath) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx200m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                "io.coppice.Main"));
        settings.forEach(setting -> command.addAll(List.of("--set", setting)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("COPPICE_"));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new NodeProcess(process);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line);
                Matcher ready = MQTT.matcher(line);
                Matcher adminReady = ADMIN.matcher(line);
                if (adminReady.matches()) {
                    admin.complete(Integer.valueOf(adminReady.group(1)));
                }
                if (ready.matches()) {
                    port.complete(Integer.valueOf(ready.group(1)));
                }
            }
        } catch (IOException end) {
            log.add(end.toString());
        }
        port.completeExceptionally(new IllegalStateException("the node did not start:\n" + String.join("\n", log)));
    }

    int mqtt() throws Exception {
        return port.get(START_SECONDS_MAX, TimeUnit.SECONDS);
    }

    int admin() throws Exception {
        return admin.get(START_SECONDS_MAX, TimeUnit.SECONDS);
    }

    List<String> log() {
        return List.copyOf(log);
    }

    /** It stands still from now on, and is there all the same. */
    void suspend() throws Exception {
        int status = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IllegalStateException("kill ended with " + status);
        }
    }

    /** SIGKILL, without waiting for the end. */
    void signalKill() {
        process.toHandle().destroyForcibly();
    }

    /** SIGKILL: nothing of the process runs any more. */
    void kill() throws Exception {
        process.toHandle().destroyForcibly();
        assertThat(process.waitFor(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    /** Waits for its end, which comes by itself; gives the exit status. */
    int ended() throws Exception {
        assertThat(process.waitFor(START_SECONDS_MAX, TimeUnit.SECONDS))
                .as("ended")
                .isTrue();
        return process.exitValue();
    }

    /** SIGTERM, and once more, which changes nothing; gives the exit status. */
    int terminate() throws Exception {
        process.toHandle().destroy();
        process.toHandle().destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
