package io.coppice.cluster;

import io.coppice.cluster.TestCluster.Node;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.SessionRegistry.Claimant;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/**
 * What a claim, a load and a retained message cost: CPU of the whole process (two members), calls a second, and how long
 * each waits, one after the other, 32 at a time, and all at once. Run by hand: {@code java -cp …
 * io.coppice.cluster.StormBenchmark [partitions] [calls]}.
 */
final class StormBenchmark {
    /** One call; it tells when it was answered. */
    private interface Call {
        void begin(Node node, int number, Runnable answered);
    }

    private StormBenchmark() {}

    public static void main(String[] args) throws Exception {
        int partitions = args.length > 0 ? Integer.parseInt(args[0]) : 31;
        int calls = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        try (TestCluster cluster = new TestCluster(2, 1, partitions).whole()) {
            cluster.awaitCopies();
            Node node = cluster.nodes.get(0);
            System.out.printf(
                    "%-10s %9s %12s %12s %9s %9s %9s %9s%n",
                    "call", "at a time", "us CPU/call", "of threads", "calls/s", "p50 us", "p99 us", "max us");
            for (int depth : new int[] {1, 32, calls}) {
                int count = depth == 1 ? calls / 10 : calls;
                print("claim", node, depth, count, StormBenchmark::claim);
                print("load", node, depth, count, StormBenchmark::load);
                print("retain", node, depth, count, StormBenchmark::retain);
            }
        }
    }

    private static final Claimant NOBODY = new Claimant(null, false, null);

    private static void claim(Node node, int number, Runnable answered) {
        node.doors
                .registry()
                .claim("client " + number, node.id, node.loop, NOBODY, claim -> answered.run(), () -> {}, late -> {});
    }

    private static void load(Node node, int number, Runnable answered) {
        node.doors.sessionStore().load("client " + number, 1, node.loop, records -> answered.run(), answered);
    }

    private static void retain(Node node, int number, Runnable answered) {
        TopicName topic = TopicName.of("site/" + number + "/state");
        Message message = new Message(
                topic, new byte[100], Qos.AT_LEAST_ONCE, true, Properties.NONE, Long.MAX_VALUE, "publisher");
        node.doors.retainedStore().put(node.loop, topic, message, kept -> answered.run());
    }

    private static void print(String name, Node node, int depth, int count, Call call) throws Exception {
        new Run(node, count, call).go(depth); // warms up
        Run run = new Run(node, count, call);
        CpuMeter cpu = new CpuMeter();
        long begin = System.nanoTime();
        run.go(depth);
        double elapsed = (System.nanoTime() - begin) / 1e9;
        double micros = cpu.process();
        double microsOfThreads = cpu.threads();
        Arrays.sort(run.nanos);
        System.out.printf(
                "%-10s %9d %12.1f %12.1f %9.0f %9d %9d %9d%n",
                name,
                depth,
                micros / count,
                microsOfThreads / count,
                count / elapsed,
                run.nanos[count / 2] / 1_000,
                run.nanos[(int) (count * 0.99)] / 1_000,
                run.nanos[count - 1] / 1_000);
    }

    private static final class Run {
        private final Node node;
        private final long[] nanos;
        private final IntConsumer begin;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private int begun;
        private int answered;

        Run(Node node, int count, Call call) {
            this.node = node;
            this.nanos = new long[count];
            this.begin = number -> {
                long at = System.nanoTime();
                call.begin(node, number, () -> {
                    nanos[number] = System.nanoTime() - at;
                    answered();
                });
            };
        }

        void go(int depth) throws Exception {
            node.loop.execute(() -> {
                for (int i = 0; i < depth && begun < nanos.length; i++) {
                    begin.accept(begun++);
                }
            });
            done.get();
        }

        private void answered() {
            if (++answered == nanos.length) {
                done.complete(null);
            } else if (begun < nanos.length) {
                begin.accept(begun++);
            }
        }
    }
}
