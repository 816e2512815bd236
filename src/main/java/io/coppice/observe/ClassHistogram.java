package io.coppice.observe;

import io.coppice.port.Counters;
import io.coppice.port.JournalStatus;
import io.coppice.port.NodeStatus;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.IntToLongFunction;

/** A histogram of which others have counted the classes, read when somebody asks; Micrometer has none that does so. */
final class ClassHistogram implements Collector {
    private final String name;
    private final String help;
    private final List<Integer> bounds;
    private final double unit;
    private final IntToLongFunction counts;
    private final DoubleSupplier sum;

    /**
     * A histogram of seconds.
     *
     * @param bounds of the classes; the last class is above the last of them
     * @param unit how many of what the bounds and the sum are in are a second
     */
    private ClassHistogram(
            String name, String help, List<Integer> bounds, double unit, IntToLongFunction counts, DoubleSupplier sum) {
        this.name = name;
        this.help = help;
        this.bounds = bounds;
        this.unit = unit;
        this.counts = counts;
        this.sum = sum;
    }

    /** How long batches take to other nodes, added up over the loops. */
    static ClassHistogram hops(NodeStatus node) {
        return new ClassHistogram(
                "mqtt_cluster_hop_seconds",
                "Time from a batch's leaving for another node until that node has said that it has it",
                Counters.HOP_MILLIS_MAX,
                1e3,
                ofClass -> (long) Totals.sum(node, counters -> counters.hops(ofClass)),
                () -> Totals.sum(node, Counters::hopMillis));
    }

    /** How long groups of changes take to the disk. */
    static ClassHistogram commits(JournalStatus journal) {
        return new ClassHistogram(
                "mqtt_journal_commit_seconds",
                "Time from when the writing of a group of changes begins until it is safe",
                JournalStatus.COMMIT_MICROS_MAX,
                1e6,
                journal::commits,
                journal::commitMicros);
    }

    @Override
    public MetricSnapshot collect() {
        List<Double> upTo = new ArrayList<>();
        List<Long> each = new ArrayList<>();
        for (int i = 0; i <= bounds.size(); i++) {
            upTo.add(i < bounds.size() ? bounds.get(i) / unit : Double.POSITIVE_INFINITY);
            each.add(counts.applyAsLong(i));
        }
        return HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(upTo, each))
                        .sum(sum.getAsDouble() / unit)
                        .build())
                .build();
    }
}
