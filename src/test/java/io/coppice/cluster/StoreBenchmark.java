package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;

import io.coppice.cluster.TestCluster.Node;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a record costs in the store of a cluster: CPU of the whole process (two members, each with one loop that writes
 * and one backup of everything) and of its Java threads alone, records a second, and how long a group waits for its answer. Run by hand:
 * {@code java -cp … io.coppice.cluster.StoreBenchmark [partitions] [queued messages of each client] [seconds]}.
 */
final class StoreBenchmark {
    private static final int CLIENTS = 1_024;
    private static final int PAYLOAD_BYTES = 200;
    private static final int SAMPLES_MAX = 4_000_000;

    private record Shape(int groupSize, int depth) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape(1, 1),
            new Shape(8, 1),
            new Shape(32, 1),
            new Shape(128, 1),
            new Shape(32, 4),
            new Shape(1, 32),
            new Shape(8, 16),
            new Shape(32, 16),
            new Shape(128, 8));

    private StoreBenchmark() {}

    public static void main(String[] args) throws Exception {
        int partitions = args.length > 0 ? Integer.parseInt(args[0]) : 31;
        int queued = args.length > 1 ? Integer.parseInt(args[1]) : 0;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        String only = args.length > 3 ? args[3] : "";
        try (TestCluster cluster = new TestCluster(2, 1, partitions).whole()) {
            cluster.awaitCopies();
            List<Writer> writers = new ArrayList<>();
            for (Node node : cluster.nodes) {
                writers.add(new Writer(node));
            }
            for (Writer writer : writers) {
                writer.fill(queued);
            }
            System.out.printf("%d partitions, %d messages in each queue%n", partitions, queued);
            System.out.printf(
                    "%6s %6s %12s %12s %12s %9s %9s %9s%n",
                    "group", "depth", "us CPU/rec", "of threads", "records/s", "p50 us", "p99 us", "max us");
            for (Shape shape : SHAPES) {
                if (only.isEmpty() || only.equals(shape.groupSize() + "x" + shape.depth())) {
                    run(writers, shape, Math.max(2, seconds));
                    System.out.println(run(writers, shape, seconds));
                }
            }
        }
    }

    private static String run(List<Writer> writers, Shape shape, int seconds) throws Exception {
        CpuMeter cpu = new CpuMeter();
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (Writer writer : writers) {
            done.add(writer.run(shape, end));
        }
        for (CompletableFuture<Void> each : done) {
            each.get();
        }
        double micros = cpu.process();
        double microsOfThreads = cpu.threads();
        double elapsed = (System.nanoTime() - begin) / 1e9;
        long records = writers.stream().mapToLong(writer -> writer.records).sum();
        long[] nanos = writers.stream()
                .flatMapToLong(writer -> Arrays.stream(writer.nanos, 0, writer.samples))
                .sorted()
                .toArray();
        return String.format(
                "%6d %6d %12.1f %12.1f %12.0f %9d %9d %9d",
                shape.groupSize(),
                shape.depth(),
                micros / records,
                microsOfThreads / records,
                records / elapsed,
                nanos[nanos.length / 2] / 1_000,
                nanos[(int) (nanos.length * 0.99)] / 1_000,
                nanos[nanos.length - 1] / 1_000);
    }

    /** One loop of one node: keeps some groups on their way. Used on its loop alone while it runs. */
    private static final class Writer {
        private final Node node;
        private final long[] written = new long[CLIENTS];
        private final long[] nanos = new long[SAMPLES_MAX];
        private int samples;
        private long records;
        private int next;
        private int open;

        Writer(Node node) {
            this.node = node;
        }

        private String name(int client) {
            return node.id.name() + "/client-" + client;
        }

        /** Begins all sessions and gives each a queue of messages, which stay. */
        void fill(int queued) throws Exception {
            for (int client = 0; client < CLIENTS; client++) {
                List<Entry> entries = new ArrayList<>();
                entries.add(entry(name(client), 1, attached()));
                for (long sequence = 1; sequence <= queued; sequence++) {
                    entries.add(entry(name(client), 1, enqueued(sequence, PAYLOAD_BYTES)));
                }
                written[client] = 3L * queued;
                if (!node.append(entries.toArray(Entry[]::new)).equals(Outcome.SAFE)) {
                    throw new IllegalStateException("not stored");
                }
            }
        }

        CompletableFuture<Void> run(Shape shape, long end) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            node.loop.execute(() -> {
                samples = 0;
                records = 0;
                open = shape.depth();
                for (int i = 0; i < shape.depth(); i++) {
                    group(shape.groupSize(), end, done);
                }
            });
            return done;
        }

        private void group(int size, long end, CompletableFuture<Void> done) {
            List<Entry> entries = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                int client = next;
                next = (next + 1) % CLIENTS;
                entries.add(entry(name(client), 1, record(written[client]++)));
            }
            long begin = System.nanoTime();
            node.doors.sessionStore().append(node.loop, entries, outcome -> {
                if (!outcome.equals(Outcome.SAFE)) {
                    done.completeExceptionally(new IllegalStateException(outcome.toString()));
                    return;
                }
                long now = System.nanoTime();
                nanos[Math.min(samples++, SAMPLES_MAX - 1)] = now - begin;
                records += size;
                if (now < end) {
                    group(size, end, done);
                } else if (--open == 0) {
                    done.complete(null);
                }
            });
        }

        /** A message comes, is sent, is acknowledged. */
        private static SessionRecord record(long number) {
            long sequence = number / 3 + 1;
            return switch ((int) (number % 3)) {
                case 0 -> enqueued(sequence, PAYLOAD_BYTES);
                case 1 -> new SessionRecord.Assigned(sequence, (int) (sequence % 60_000) + 1);
                default -> new SessionRecord.Settled(sequence);
            };
        }
    }
}
