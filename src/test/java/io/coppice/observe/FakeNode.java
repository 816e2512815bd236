package io.coppice.observe;

import io.coppice.mqtt.Message;
import io.coppice.port.Counters;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A node of two loops whose state is what the test says; it remembers what it was asked to publish. */
class FakeNode implements NodeStatus {
    static final long STARTED_AT = 1_000_000;

    final Counters first = new Counters();
    final Counters second = new Counters();
    final List<Message> published = new ArrayList<>();
    final Map<String, Long> gauges = new LinkedHashMap<>();
    boolean ready = true;
    final FakeCluster cluster = new FakeCluster();

    private long gauge(String name) {
        return gauges.getOrDefault(name, 0L);
    }

    /** What was published last on each topic, without the prefix {@code $SYS/broker/}. */
    Map<String, String> sys() {
        Map<String, String> values = new LinkedHashMap<>();
        for (Message message : published) {
            values.put(
                    message.topic().value().replace("$SYS/broker/", ""),
                    new String(message.payload(), StandardCharsets.UTF_8));
        }
        return values;
    }

    @Override
    public String nodeName() {
        return "oak";
    }

    @Override
    public long startedAt() {
        return STARTED_AT;
    }

    @Override
    public List<Counters> counters() {
        return List.of(first, second);
    }

    @Override
    public long connections() {
        return gauge("connections");
    }

    @Override
    public int overloadLevel() {
        return (int) gauge("overloadLevel");
    }

    @Override
    public long queuedBytesInMemory() {
        return gauge("queuedBytesInMemory");
    }

    @Override
    public long sessions() {
        return gauge("sessions");
    }

    @Override
    public long subscriptions() {
        return gauge("subscriptions");
    }

    @Override
    public long sharedSubscriptions() {
        return gauge("sharedSubscriptions");
    }

    @Override
    public long topicFilters() {
        return gauge("topicFilters");
    }

    @Override
    public long retainedMessages() {
        return gauge("retainedMessages");
    }

    @Override
    public long retainedBytes() {
        return gauge("retainedBytes");
    }

    @Override
    public long queuedMessages() {
        return gauge("queuedMessages");
    }

    @Override
    public long queuedBytes() {
        return gauge("queuedBytes");
    }

    @Override
    public long queuedMessagesInStore() {
        return gauge("queuedMessagesInStore");
    }

    @Override
    public long inFlightMessages() {
        return gauge("inFlightMessages");
    }

    @Override
    public long loginsWaiting() {
        return gauge("loginsWaiting");
    }

    @Override
    public NodeControl.Draining draining() {
        return new NodeControl.Draining(false, 0, 0, 0);
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public FakeCluster cluster() {
        return cluster;
    }

    @Override
    public void publish(Message message) {
        published.add(message);
    }

    @Override
    public String storeRefusal() {
        return null;
    }
}
