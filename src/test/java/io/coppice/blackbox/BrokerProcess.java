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
    private final Deque<String> log = new ArrayDeque<>();

    BrokerProcess(Process process, BufferedReader output) {
        this.process = process;
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

    /** Bytes of the live objects on its heap: what a collection leaves, without what was thrown away since. */
    public long heap() {
        return heap("");
    }

    /** As {@link #heap()}, of the classes whose names begin so; nothing else that goes on in the process blurs it. */
    public long heap(String classes) {
        List<String> histogram = jcmd("GC.class_histogram");
        return histogram.stream()
                .map(line -> line.trim().split("\\s+"))
                .filter(row -> row.length >= 4 && row[0].endsWith(":") && row[3].startsWith(classes))
                .mapToLong(row -> Long.parseLong(row[2]))
                .sum();
    }

    private List<String> jcmd(String command) {
        try {
            Process asking = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(process.pid()),
                            command)
                    .redirectErrorStream(true)
                    .start();
            List<String> answer;
            try (BufferedReader lines = asking.inputReader()) {
                answer = lines.lines().toList();
            }
            if (!asking.waitFor(20, TimeUnit.SECONDS) || asking.exitValue() != 0) {
                asking.destroyForcibly();
                throw new AssertionError(command + " was not answered: " + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends it as {@code kill -9} does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
