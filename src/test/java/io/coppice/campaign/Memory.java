package io.coppice.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is alive in the heaps of nodes after each round, when nobody is connected and nothing is kept for anybody. */
final class Memory {
    /** Rounds after which everything has been used once. */
    static final int WARM_ROUNDS = 3;

    static final double GROWTH_MAX = 0.05;

    private final List<Long> bytes = new ArrayList<>();

    /**
     * Looks at all nodes, each of which collects its garbage.
     *
     * @return the bytes of all of them together
     */
    long look(Cluster cluster) throws IOException, InterruptedException {
        long sum = 0;
        for (NodeProcess node : cluster.nodes) {
            sum += live(Shell.run(
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    String.valueOf(node.pid()),
                    "GC.class_histogram"));
        }
        add(sum);
        return sum;
    }

    /** The bytes of all classes together, of a histogram whose last line is their sum. */
    static long live(String histogram) throws IOException {
        for (String line : histogram.split("\n")) {
            String[] words = line.strip().split("\\s+");
            if (words.length == 3 && words[0].equals("Total")) {
                return Long.parseLong(words[2]);
            }
        }
        throw new IOException("no sum in: " + histogram.substring(0, Math.min(200, histogram.length())));
    }

    void add(long sum) {
        bytes.add(sum);
    }

    /** By how much there is more than after the first rounds: the least of as many last ones, as a share. */
    double growth() {
        if (bytes.size() <= WARM_ROUNDS) {
            return 0;
        }
        int last = Math.max(WARM_ROUNDS, bytes.size() - WARM_ROUNDS);
        long least = bytes.subList(last, bytes.size()).stream()
                .mapToLong(Long::longValue)
                .min()
                .orElseThrow();
        return (double) least / bytes.get(WARM_ROUNDS - 1) - 1;
    }

    String words() {
        return String.format(
                Locale.ROOT,
                "alive in the heaps of all nodes: %s MiB; growth since round %d: %.1f %%, at most %.0f %% allowed",
                bytes.stream().map(each -> String.valueOf(each >> 20)).toList(),
                WARM_ROUNDS,
                100 * growth(),
                100 * GROWTH_MAX);
    }
}
