package io.coppice.broker;

import static org.slf4j.MarkerFactory.getMarker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the node has more to do, or to keep, than it can. From a first level on it lets nobody in, from a second one on
 * it also does not read from those who publish most; who is connected is served. A level begins when several figures in a
 * row say so, or one that leaves no time, and ends when they are well below the limit, or there are none any more.
 */
final class Overload {
    private static final Logger LOG = LoggerFactory.getLogger(Overload.class);

    /** Collections in a row: the first after a long time may leave what the next ones find. */
    static final int COLLECTIONS = 3;

    /** Looks in a row, one a second, at which a loop was late. */
    static final int LATE_LOOKS = 3;

    /** Points of percent from one level of the heap to the next, and from a limit to where it is over. */
    static final int STEP_PERCENT = 5;

    /** With less to collect than that the heap is not in want. */
    static final long COLLECTION_MILLIS_MAX = 60_000;

    /** What the node does about it, each what is before it too. */
    enum Level {
        NONE,
        /** No client is let in. */
        REFUSING,
        /** Who publishes most is not read from. */
        HOLDING_BACK
    }

    private final OverloadSettings settings;
    private final DoubleSupplier heapPercent;
    /** The most by which a loop was late since the last look. */
    private final AtomicLong latest = new AtomicLong();

    private volatile Level level = Level.NONE;
    // Of the first loop.
    private Level byHeap = Level.NONE;
    private boolean byLag;
    private int above;
    private int farAbove;
    private int lateLooks;
    private long collectedAt;

    /** @param heapPercent see {@link Broker.Doors#heapPercent} */
    Overload(OverloadSettings settings, DoubleSupplier heapPercent) {
        this.settings = settings;
        this.heapPercent = heapPercent;
    }

    boolean refuses() {
        return level != Level.NONE;
    }

    boolean holdsBack() {
        return level == Level.HOLDING_BACK;
    }

    /** 0 for none, 1 and 2. */
    int level() {
        return level.ordinal();
    }

    /** A loop was late by so much; on any loop. */
    void late(long millis) {
        latest.accumulateAndGet(millis, Math::max);
    }

    /** Ten times a second, on the first loop: what fills a heap needs little longer. */
    void lookAtHeap(long now) {
        heap(now);
        settle();
    }

    /** Once a second, on the first loop. */
    void lookAtLoops() {
        lag(latest.getAndSet(0));
        settle();
    }

    private void settle() {
        Level next = byLag && byHeap == Level.NONE ? Level.REFUSING : byHeap;
        if (next == level) {
            return;
        }
        Level before = level;
        level = next;
        if (next == Level.NONE) {
            LOG.info(getMarker("overload-over"), "the node takes clients again");
        } else if (next.compareTo(before) > 0) {
            LOG.warn(
                    getMarker("overload"),
                    "{}: {}",
                    byHeap == Level.NONE
                            ? "event loops are late by more than " + settings.loopLagMillisMax() + " ms"
                            : "after collections more than " + settings.heapPercentMax()
                                    + " percent of the heap is in use",
                    next == Level.REFUSING
                            ? "no client is let in until that is better"
                            : "no client is let in, and those who publish most are not read from until that is better");
        }
    }

    private void heap(long now) {
        int max = settings.heapPercentMax();
        double percent = max == 0 ? -1 : heapPercent.getAsDouble();
        if (percent < 0) {
            if (now - collectedAt >= COLLECTION_MILLIS_MAX) {
                above = 0;
                farAbove = 0;
                byHeap = Level.NONE;
            }
            return;
        }
        collectedAt = now;
        int far = Math.min(max + STEP_PERCENT, (max + 100) / 2);
        above = percent >= max ? above + 1 : 0;
        farAbove = percent >= far ? farAbove + 1 : 0;
        if (percent >= (far + 100) / 2.0) {
            farAbove = COLLECTIONS; // there may be no other one
        }
        if (farAbove >= COLLECTIONS) {
            byHeap = Level.HOLDING_BACK;
        } else if (above >= COLLECTIONS && byHeap == Level.NONE || percent < max && byHeap == Level.HOLDING_BACK) {
            byHeap = Level.REFUSING;
        }
        if (percent < max - STEP_PERCENT) {
            byHeap = Level.NONE;
        }
    }

    private void lag(long millis) {
        long max = settings.loopLagMillisMax();
        if (max == 0) {
            return;
        }
        if (millis > max) {
            lateLooks = Math.min(LATE_LOOKS, lateLooks + 1);
            byLag |= lateLooks == LATE_LOOKS;
        } else if (millis <= max / 2) {
            lateLooks = Math.max(0, lateLooks - 1);
            byLag &= lateLooks > 0;
        }
    }
}
