package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.port.Times;
import org.jspecify.annotations.Nullable;

/**
 * How long messages have taken that a turn of a loop delivers or answers. It is measured when they leave: at the end of the turn,
 * or when the records are stored that hold them back. The clock is read once for all of a turn, and nothing is allocated. Messages
 * at QoS 0, of which there may be millions a second, cost two additions each.
 */
final class TurnTimes {
    /** In the place of a time: what is handed on now is not measured. */
    static final long UNKNOWN = Long.MIN_VALUE;

    /** Entries of one turn; when there are more, those so far are measured early. */
    private static final int ENTRIES = 256;

    private final Shard shard;
    private final Times times;

    // What is being handed on.
    private long since = UNKNOWN;
    private boolean fromNode;

    /** Messages that were delivered at QoS 0 in this turn, and those of them that came when {@link #latest} says. */
    private int atMostOnce;

    private int ofLatest;
    private long latest = UNKNOWN;
    private boolean latestFromNode;

    // The entries, side by side: messages alike in all three are one.
    private final @Nullable SessionSlot[] of = new @Nullable SessionSlot[ENTRIES];
    private final Times.Span[] spans = new Times.Span[ENTRIES];
    private final long[] begins = new long[ENTRIES];
    private final int[] counts = new int[ENTRIES];
    private int entries;

    TurnTimes(Shard shard, Times times) {
        this.shard = shard;
        this.times = times;
    }

    // --- what is being handed on

    /**
     * A message is handed on, until {@link #over}.
     *
     * @param begun when it was read, see {@link io.coppice.port.Loop#nanos}; or {@link #UNKNOWN}
     * @param ofNode whether it came from another node
     */
    void begin(long begun, boolean ofNode) {
        since = begun;
        fromNode = ofNode;
    }

    void over() {
        since = UNKNOWN;
    }

    /** When what is being handed on was read. */
    long since() {
        return since;
    }

    boolean isFromNode() {
        return fromNode;
    }

    /** A client has a message. */
    void delivered(Qos qos) {
        if (qos == Qos.AT_MOST_ONCE) {
            atMostOnce++; // what was sent is looked at when the turn ends
        } else {
            shard.counters.delivered(qos, 1);
        }
    }

    /** The message was appended to the output of a client that may have to wait for records at QoS 1 and 2. */
    void sent(SessionSlot to, Qos qos) {
        if (since == UNKNOWN) {
            return;
        }
        if (qos != Qos.AT_MOST_ONCE) {
            note(to, delivery(fromNode), since, 1);
        } else if (since == latest && fromNode == latestFromNode) {
            ofLatest++;
        } else {
            noteLatest();
            latest = since;
            latestFromNode = fromNode;
            ofLatest = 1;
        }
    }

    private static Times.Span delivery(boolean ofNode) {
        return ofNode ? Times.Span.DELIVERY_FROM_NODE : Times.Span.DELIVERY_FROM_CLIENT;
    }

    private void noteLatest() {
        if (ofLatest > 0) {
            note(null, delivery(latestFromNode), latest, ofLatest);
            ofLatest = 0;
        }
    }

    /** A message of a client was answered that was read at a time. */
    void answered(SessionSlot publisher, Qos qos, long begun) {
        note(publisher, qos == Qos.AT_LEAST_ONCE ? Times.Span.ANSWER_QOS_1 : Times.Span.ANSWER_QOS_2, begun, 1);
    }

    private void note(@Nullable SessionSlot slot, Times.Span span, long begun, int times) {
        int last = entries - 1;
        if (last >= 0 && begins[last] == begun && of[last] == slot && spans[last] == span) {
            counts[last] += times;
            return;
        }
        if (entries == ENTRIES) {
            measureEntries();
        }
        of[entries] = slot;
        spans[entries] = span;
        begins[entries] = begun;
        counts[entries] = times;
        entries++;
    }

    /** All that may leave has left. */
    void measure() {
        if (atMostOnce > 0) {
            shard.counters.delivered(Qos.AT_MOST_ONCE, atMostOnce);
            atMostOnce = 0;
        }
        noteLatest();
        latest = UNKNOWN;
        if (entries > 0) {
            measureEntries();
        }
    }

    private void measureEntries() {
        long now = shard.loop.nanosNow();
        for (int i = 0; i < entries; i++) {
            SessionSlot slot = of[i];
            of[i] = null;
            Client client = slot == null ? null : slot.client;
            Group holding = client == null ? null : client.heldBy;
            if (holding == null) {
                times.took(spans[i], now - begins[i], counts[i]);
            } else {
                holding.measure(spans[i], begins[i], counts[i]);
            }
        }
        entries = 0;
    }
}
