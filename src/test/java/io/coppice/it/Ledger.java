package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** The books of nodes, as anybody can read them in their {@code /metrics}; see "The books" in METRICS. */
public final class Ledger {
    private final List<String> nodes;

    private Ledger(List<String> nodes) {
        this.nodes = nodes;
    }

    /** @param metrics of each node, in the text format of Prometheus */
    public static Ledger of(String... metrics) {
        return new Ledger(List.of(metrics));
    }

    /** The sum over all nodes, and over all series whose line begins like this. */
    public long sum(String series) {
        return nodes.stream()
                .mapToLong(metrics -> RunningNode.sum(metrics, series))
                .sum();
    }

    public long due(String source) {
        return sum("mqtt_messages_due_total{source=\"" + source + "\"}");
    }

    public long delivered() {
        return sum("mqtt_messages_delivered_total");
    }

    public long dropped(String reason) {
        return sum("mqtt_messages_dropped_total{reason=\"" + reason + "\"}");
    }

    public long handedOn(String to) {
        return sum("mqtt_messages_handed_on_total{to=\"" + to + "\"}");
    }

    /** Each node's two sides are the same. */
    public void requireBalance() {
        for (String metrics : nodes) {
            Ledger one = of(metrics);
            assertThat(one.delivered()
                            + one.sum("mqtt_messages_dropped_total")
                            + one.sum("mqtt_queued_messages")
                            + one.sum("mqtt_inflight_messages")
                            + one.sum("mqtt_messages_handed_on_total"))
                    .as(
                            "what became of %s",
                            metrics.lines()
                                    .filter(line -> line.startsWith("mqtt_messages_"))
                                    .toList())
                    .isEqualTo(one.sum("mqtt_messages_due_total"));
        }
    }
}
