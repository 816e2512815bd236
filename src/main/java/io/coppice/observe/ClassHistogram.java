package io.coppice.observe;

import io.coppice.port.JournalStatus;
import io.coppice.port.NodeStatus;
import io.coppice.port.Times;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.function.LongSupplier;

/** A histogram of which others have counted the classes, read when somebody asks; Micrometer has none that does so. */
final class ClassHistogram implements Collector {
    private static final double MICROS = 1e6;

    /** What has one set of labels. */
    private record Line(Labels labels, IntToLongFunction counts, LongSupplier micros) {}

    private final String name;
    private final String help;
    private final List<Integer> bounds;
    private final List<Line> lines;

    /**
     * A histogram of seconds.
     *
     * @param bounds of the classes in microseconds; the last class is above the last of them
     */
    private ClassHistogram(String name, String help, List<Integer> bounds, Line... lines) {
        this.name = name;
        this.help = help;
        this.bounds = bounds;
        this.lines = List.of(lines);
    }

    /** How long things take on the loops, added up over them. */
    static List<ClassHistogram> times(NodeStatus node) {
        return List.of(
                new ClassHistogram(
                        "mqtt_publish_deliver_seconds",
                        "Time from when a message was read on this node until it has left for a subscriber that did not have to wait for it",
                        Times.MICROS_MAX,
                        line(node, Times.Span.DELIVERY_FROM_CLIENT, "from", "client"),
                        line(node, Times.Span.DELIVERY_FROM_NODE, "from", "node")),
                new ClassHistogram(
                        "mqtt_publish_ack_seconds",
                        "Time from when a QoS 1 or 2 message was read until PUBACK or PUBREC has left",
                        Times.MICROS_MAX,
                        line(node, Times.Span.ANSWER_QOS_1, "qos", "1"),
                        line(node, Times.Span.ANSWER_QOS_2, "qos", "2")),
                new ClassHistogram(
                        "mqtt_cluster_hop_seconds",
                        "Time from a batch's leaving for another node until that node has said that it has it",
                        Times.MICROS_MAX,
                        line(node, Times.Span.HOP)),
                new ClassHistogram(
                        "mqtt_authn_seconds",
                        "Time from CONNECT until its credentials are judged",
                        Times.MICROS_MAX,
                        line(node, Times.Span.AUTHENTICATION)),
                new ClassHistogram(
                        "mqtt_event_loop_lag_seconds",
                        "Time by which a timer of an event loop came late, ten times a second on each",
                        Times.MICROS_MAX,
                        line(node, Times.Span.LATENESS)));
    }

    private static Line line(NodeStatus node, Times.Span span, String... label) {
        return new Line(
                Labels.of(label),
                ofClass -> Totals.sum(node, counters -> counters.times().count(span, ofClass)),
                () -> Totals.sum(node, counters -> counters.times().micros(span)));
    }

    /** How long groups of changes take to the disk. */
    static ClassHistogram commits(JournalStatus journal) {
        return new ClassHistogram(
                "mqtt_journal_commit_seconds",
                "Time from when the writing of a group of changes begins until it is safe",
                JournalStatus.COMMIT_MICROS_MAX,
                new Line(Labels.EMPTY, journal::commits, journal::commitMicros));
    }

    @Override
    public MetricSnapshot collect() {
        HistogramSnapshot.Builder snapshot =
                HistogramSnapshot.builder().name(name).help(help);
        for (Line line : lines) {
            List<Double> upTo = new ArrayList<>();
            List<Long> each = new ArrayList<>();
            for (int i = 0; i <= bounds.size(); i++) {
                upTo.add(i < bounds.size() ? bounds.get(i) / MICROS : Double.POSITIVE_INFINITY);
                each.add(line.counts.applyAsLong(i));
            }
            snapshot.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(line.labels)
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(upTo, each))
                    .sum(line.micros.getAsLong() / MICROS)
                    .build());
        }
        return snapshot.build();
    }
}
