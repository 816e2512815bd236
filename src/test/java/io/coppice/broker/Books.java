package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.port.Counters;
import io.coppice.session.DropReason;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The books of one node or several: every delivery that is due comes to one end, see "The books" in METRICS. */
public final class Books {
    final Map<Counters.Source, Long> due = new EnumMap<>(Counters.Source.class);
    final Map<Qos, Long> delivered = new EnumMap<>(Qos.class);
    final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
    final Map<Counters.Onward, Long> handedOn = new EnumMap<>(Counters.Onward.class);
    private long waiting;
    private long forwarded;
    private long arrived;

    private Books() {}

    public static Books of(List<Broker> nodes) {
        Books books = new Books();
        for (Broker node : nodes) {
            books.waiting += node.queuedMessages() + node.inFlightMessages();
            node.counters().forEach(books::add);
        }
        return books;
    }

    private void add(Counters counters) {
        for (Counters.Source source : Counters.Source.values()) {
            due.merge(source, counters.dueCount(source), Long::sum);
        }
        for (Qos qos : Qos.values()) {
            delivered.merge(qos, counters.deliveredCount(qos), Long::sum);
        }
        for (DropReason reason : DropReason.values()) {
            dropped.merge(reason, counters.droppedCount(reason), Long::sum);
        }
        for (Counters.Onward to : Counters.Onward.values()) {
            handedOn.merge(to, counters.handedOnCount(to), Long::sum);
        }
        forwarded += counters.forwardedMessages();
        arrived += counters.arrivedMessages();
    }

    public long due(Counters.Source source) {
        return due.getOrDefault(source, 0L);
    }

    public long dropped(DropReason reason) {
        return dropped.getOrDefault(reason, 0L);
    }

    public long handedOn(Counters.Onward to) {
        return handedOn.getOrDefault(to, 0L);
    }

    public long delivered() {
        return sum(delivered);
    }

    public long dropped() {
        return sum(dropped);
    }

    /** Messages that wait or are in flight. */
    public long waiting() {
        return waiting;
    }

    /** Messages that left for other nodes. */
    public long forwarded() {
        return forwarded;
    }

    /** Messages that came from other nodes. */
    public long arrived() {
        return arrived;
    }

    private static long sum(Map<?, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Fails where a delivery has come to no end, or to two. */
    public void requireBalance() {
        long ended = delivered() + dropped() + sum(handedOn) + waiting;
        if (sum(due) != ended) {
            throw new AssertionError(sum(due) + " deliveries were due and " + ended + " have come to an end: " + this);
        }
    }

    @Override
    public String toString() {
        return "due " + due + ", delivered " + delivered + ", dropped " + dropped + ", handed on " + handedOn
                + ", waiting " + waiting + ", forwarded " + forwarded + ", arrived " + arrived;
    }
}
