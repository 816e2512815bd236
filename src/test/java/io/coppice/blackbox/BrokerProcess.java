package io.coppice.blackbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process of a broker, looked at from outside. */
public final class BrokerProcess {
    private static final int LINES_MAX = 50_000;

    private final Process process;
    private final Metrics metrics;
    private final Deque<String> log = new ArrayDeque<>();

    BrokerProcess(Process process, BufferedReader output, Metrics metrics) {
        this.process = process;
        this.metrics = metrics;
        Thread reader = new Thread(() -> read(output), "broker-log");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(BufferedReader output) {
        try {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (log) {
                    if (log.size() == LINES_MAX) {
                        log.removeFirst();
                    }
                    log.add(line);
                }
            }
        } catch (IOException stopped) {
            // The pipe closes with the process.
        }
    }

    /** The lines that it has logged. */
    public List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    /** The lines that it has logged as errors: none, unless something in it is broken. */
    public List<String> errors() {
        return log().stream()
                .filter(line -> line.contains(" ERROR ") || line.contains("OutOfMemory") || line.contains("LEAK"))
                .toList();
    }

    /** CPU time it has used since its start. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** Bytes of its heap that are in use after a collection. */
    public long heap() {
        try {
            Process collect = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(process.pid()),
                            "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!collect.waitFor(20, TimeUnit.SECONDS)) {
                collect.destroyForcibly();
                throw new AssertionError("no collection within 20 s");
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return (long) metrics.sum("jvm_memory_used_bytes", "area=\"heap\"");
    }

    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
