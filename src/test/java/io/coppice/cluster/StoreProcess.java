package io.coppice.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A {@link StoreProcessMain} in a process of its own, and what it has said so far. */
final class StoreProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 180;

    final String name;
    private final Process process;
    private final PrintStream in;
    private final Thread reader;
    private final List<String> said = new ArrayList<>();
    private final Map<String, Long> acked = new HashMap<>();
    private boolean ended;

    private StoreProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.reader = new Thread(this::read, "said-by-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    static StoreProcess start(String name, String cluster, List<Integer> ports) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                StoreProcessMain.class.getName(),
                name,
                cluster));
        ports.forEach(port -> command.add(Integer.toString(port)));
        return new StoreProcess(
                name,
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(StoreProcessMain.MARK)) {
                    heard(line.substring(StoreProcessMain.MARK.length()));
                }
            }
        } catch (IOException killed) {
            // The pipe ends with the process.
        }
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    private synchronized void heard(String line) {
        String[] words = line.split(" ");
        if (words[0].equals("acked")) {
            acked.put(words[1], Long.parseLong(words[2]));
        } else {
            said.add(line);
        }
        notifyAll();
    }

    void tell(String line) {
        in.println(line);
    }

    /** The last round of a writer that it has called safe; -1 before the first. */
    synchronized long acked(String prefix) {
        return acked.getOrDefault(prefix, -1L);
    }

    synchronized List<String> said(String beginning) {
        return said.stream().filter(line -> line.startsWith(beginning)).toList();
    }

    /** Waits until it has said something that begins so, and gives the rest of the line. */
    String await(String beginning) throws InterruptedException {
        return await(beginning, process -> {
            List<String> lines = process.said(beginning);
            return lines.isEmpty() ? null : lines.get(0).substring(beginning.length());
        });
    }

    /** Waits until a writer has got so far. */
    void awaitRound(String prefix, long round) throws InterruptedException {
        await("round " + round + " of " + prefix, process -> process.acked(prefix) >= round ? "" : null);
    }

    private synchronized String await(String what, Function<StoreProcess, @Nullable String> look)
            throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        String found = look.apply(this);
        while (found == null) {
            if (ended || System.nanoTime() >= deadline) {
                throw new IllegalStateException(
                        name + (ended ? " ended" : " did not come") + " before " + what + ": " + said);
            }
            wait(1_000);
            found = look.apply(this);
        }
        return found;
    }

    /** Kills it, as the system does (SIGKILL), and hears what it had said before. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
        reader.join();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
