package io.coppice.observe;

import io.coppice.port.Counters;
import io.coppice.port.NodeStatus;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;

/** How long batches take to other nodes, added up over the loops when somebody asks; Micrometer has no histogram that does so. */
final class HopHistogram implements Collector {
    private final NodeStatus node;

    HopHistogram(NodeStatus node) {
        this.node = node;
    }

    @Override
    public MetricSnapshot collect() {
        List<Double> bounds = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        int classes = Counters.HOP_MILLIS_MAX.size();
        for (int i = 0; i <= classes; i++) {
            int ofClass = i;
            bounds.add(i < classes ? Counters.HOP_MILLIS_MAX.get(i) / 1e3 : Double.POSITIVE_INFINITY);
            counts.add((long) Totals.sum(node, counters -> counters.hops(ofClass)));
        }
        return HistogramSnapshot.builder()
                .name("mqtt_cluster_hop_seconds")
                .help("Time from a batch's leaving for another node until that node has said that it has it")
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                        .sum(Totals.sum(node, Counters::hopMillis) / 1e3)
                        .build())
                .build();
    }
}
