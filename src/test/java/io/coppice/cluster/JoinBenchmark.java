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
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How long others wait while large sessions move: two members hold sessions with long queues, a third one joins, and
 * meanwhile one loop writes for small sessions in all partitions. Run by hand: {@code java -Xmx8g -cp …
 * io.coppice.cluster.JoinBenchmark [partitions] [sessions] [messages of each] [bytes of a message]}.
 */
final class JoinBenchmark {
    private static final int CLIENTS = 256;
    private static final int GROUP = 32;

    private JoinBenchmark() {}

    public static void main(String[] args) throws Exception {
        int partitions = args.length > 0 ? Integer.parseInt(args[0]) : 31;
        int sessions = args.length > 1 ? Integer.parseInt(args[1]) : 100;
        int messages = args.length > 2 ? Integer.parseInt(args[2]) : 10_000;
        int bytes = args.length > 3 ? Integer.parseInt(args[3]) : 1_024;
        try (TestCluster cluster = new TestCluster(3, 1, partitions)) {
            Node first = cluster.add("node-0");
            Node second = cluster.add("node-1");
            first.member.awaitMajority();
            second.member.awaitMajority();
            cluster.awaitCopies();
            for (int session = 0; session < sessions; session++) {
                fill(first, "large-" + session, messages, bytes);
            }
            System.out.printf("%d sessions with %d messages of %d bytes%n", sessions, messages, bytes);
            Pulse pulse = new Pulse(first);
            pulse.print("before", 5_000);
            long begin = System.nanoTime();
            CompletableFuture<Void> joined = CompletableFuture.runAsync(() -> join(cluster));
            while (!joined.isDone()) {
                pulse.print("join", 1_000);
            }
            joined.get();
            System.out.printf("joined and copied after %d ms%n", (System.nanoTime() - begin) / 1_000_000);
            pulse.print("after", 5_000);
            long load = System.nanoTime();
            List<SessionRecord> records = cluster.nodes.get(2).load("large-0", 2);
            System.out.printf(
                    "one session of %d records loaded in %d ms%n",
                    records.size(), (System.nanoTime() - load) / 1_000_000);
            pulse.stop();
        }
    }

    private static void join(TestCluster cluster) {
        try {
            cluster.add("node-2");
            cluster.awaitMembers(3);
            cluster.awaitCopies();
        } catch (JoinRefused refused) {
            throw new IllegalStateException(refused);
        }
    }

    private static void fill(Node node, String client, int messages, int bytes) throws Exception {
        List<Entry> entries = new ArrayList<>();
        entries.add(entry(client, 1, attached()));
        for (long sequence = 1; sequence <= messages; sequence++) {
            entries.add(entry(client, 1, enqueued(sequence, bytes)));
        }
        if (!node.append(entries.toArray(Entry[]::new)).equals(Outcome.SAFE)) {
            throw new IllegalStateException("not stored");
        }
    }

    /** Groups one after the other on one loop, and how long each waited. */
    private static final class Pulse {
        private final Node node;
        private final long[] written = new long[CLIENTS];
        private final AtomicBoolean stopped = new AtomicBoolean();
        private List<Long> nanos = new ArrayList<>();
        private int next;

        Pulse(Node node) {
            this.node = node;
            node.loop.execute(this::beat);
        }

        private void beat() {
            List<Entry> entries = new ArrayList<>(GROUP);
            for (int i = 0; i < GROUP; i++) {
                int client = next;
                next = (next + 1) % CLIENTS;
                long number = written[client]++;
                SessionRecord record = number == 0
                        ? attached()
                        : number % 2 == 1 ? enqueued(number / 2 + 1, 100) : new SessionRecord.Settled(number / 2);
                entries.add(entry("small-" + client, 1, record));
            }
            long begin = System.nanoTime();
            node.doors.sessionStore().append(node.loop, entries, outcome -> {
                if (!outcome.equals(Outcome.SAFE)) {
                    throw new IllegalStateException(outcome.toString());
                }
                nanos.add(System.nanoTime() - begin);
                if (!stopped.get()) {
                    node.loop.after(1, this::beat);
                }
            });
        }

        /** What the groups of the next milliseconds wait for. */
        void print(String when, long millis) throws Exception {
            node.loop.await(then -> {
                nanos = new ArrayList<>();
                node.loop.after(millis, () -> then.accept(null));
            });
            long[] sorted = node.loop.<long[]>await(then ->
                    then.accept(nanos.stream().mapToLong(Long::longValue).toArray()));
            Arrays.sort(sorted);
            if (sorted.length == 0) {
                System.out.printf("%-8s no answer in %d ms%n", when, millis);
                return;
            }
            System.out.printf(
                    "%-8s %6d groups, p50 %7d us, p99 %7d us, max %8d us%n",
                    when,
                    sorted.length,
                    sorted[sorted.length / 2] / 1_000,
                    sorted[(int) (sorted.length * 0.99)] / 1_000,
                    sorted[sorted.length - 1] / 1_000);
        }

        void stop() {
            stopped.set(true);
        }
    }
}
