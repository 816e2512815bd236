package io.coppice.it.cluster;

import io.coppice.blackbox.FreePorts;
import io.coppice.it.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * How long a CONNECT waits while the sessions of a node that goes are taken over by two others. Run by hand: {@code java
 * -cp … io.coppice.it.cluster.AdoptionBenchmark [sessions] [kill|leave]}. The last line is of a client whose session was on the
 * node that went.
 */
final class AdoptionBenchmark {
    private static final int WRITERS = 8;
    private static final long WATCH_NANOS = 30_000_000_000L;

    private AdoptionBenchmark() {}

    public static void main(String[] args) throws Exception {
        int sessions = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
        boolean kills = args.length > 1 && args[1].equals("kill");
        String name = "bench-" + UUID.randomUUID();
        List<Integer> ports = FreePorts.of(3);
        List<NodeProcess> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(NodeProcess.start(LocalCluster.settings(name, ports, i)));
        }
        try {
            int going = nodes.get(0).mqtt();
            int first = nodes.get(1).mqtt();
            int second = nodes.get(2).mqtt();
            LocalCluster.awaitEveryWay(List.of(going, first, second));
            long begin = System.nanoTime();
            park(going, sessions);
            System.out.printf("%d sessions made in %d ms%n", sessions, millisSince(begin));

            CompletableFuture<Long> longest = CompletableFuture.supplyAsync(() -> longestWait(first));
            CompletableFuture<Long> own = new CompletableFuture<>();
            long told = System.nanoTime();
            Thread end = new Thread(() -> {
                try {
                    if (kills) {
                        nodes.get(0).kill();
                    } else {
                        System.out.printf("exit status %d", nodes.get(0).terminate());
                        System.out.printf(" after %d ms%n", millisSince(told));
                    }
                } catch (Exception e) {
                    own.completeExceptionally(e);
                }
            });
            end.start();
            connect(second, "away-0").close();
            System.out.printf("a session of the node is elsewhere after %d ms%n", millisSince(told));
            System.out.printf("the longest wait of a CONNECT of others: %d ms%n", longest.get());
            end.join();
        } finally {
            nodes.forEach(NodeProcess::close);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static void park(int port, int sessions) throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int from = i;
            all.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int n = from; n < sessions; n += WRITERS) {
                                connect(port, "away-" + n)
                                        .subscribe5("site/" + n + "/+", 1)
                                        .send("e0 00")
                                        .close();
                            }
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    },
                    writers));
        }
        for (CompletableFuture<Void> one : all) {
            one.get();
        }
        writers.shutdown();
    }

    /** With a session that lives for an hour; again while the node does not let anybody in. */
    private static Wire connect(int port, String clientId) throws IOException {
        while (true) {
            Wire wire = new Wire(port);
            wire.send(Wire.connectPacket(5, 0, clientId, new byte[0], Wire.property(0x11, 4, 3600)));
            if (wire.read(Wire.CONNACK).connectReason() == 0) {
                return wire;
            }
            wire.close();
        }
    }

    private static long longestWait(int port) {
        long longest = 0;
        long end = System.nanoTime() + WATCH_NANOS;
        try {
            for (int n = 0; System.nanoTime() < end; n++) {
                long begin = System.nanoTime();
                new Wire(port).connect5("other-" + n).close();
                longest = Math.max(longest, millisSince(begin));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return longest;
    }
}
