package io.coppice.blackbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The process of a broker, looked at from outside. */
public final class BrokerProcess {
    private static final int LINES_MAX = 50_000;
    private static final int STACK_MAX = 40;
    /** What a log line of a broken part contains; Netty warns only of what a task or a pipeline threw. */
    private static final List<String> FAULTS = List.of(
            " ERROR ", "OutOfMemory", "LEAK", "A task raised an exception", "An exceptionCaught() event was fired");

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

    /** What it has logged as errors, each with some of its stack: nothing, unless something in it is broken. */
    public List<String> errors() {
        List<String> lines = log();
        return IntStream.range(0, lines.size())
                .filter(at -> isError(lines.get(at)))
                .mapToObj(at -> String.join("\n", lines.subList(at, Math.min(at + STACK_MAX, lines.size()))))
                .toList();
    }

    private static boolean isError(String line) {
        return FAULTS.stream().anyMatch(line::contains);
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
