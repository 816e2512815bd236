package io.coppice.observe;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How many lines of one kind may be written: a bucket of permits that fills with time. Any thread. */
final class LineQuota {
    private static final long LINE = 1_000;

    /**
     * One line may be written.
     *
     * @param leftOut lines that might not, since the one before
     * @param since when the first of these was left out, milliseconds since the epoch
     */
    record Permit(long leftOut, long since) {}

    private static final Permit NOTHING_LEFT_OUT = new Permit(0, 0);

    private final int linesPerSecond;
    private final long capacity;
    private final LongSupplier clock;
    /** In thousandths of a line, so that a millisecond fills in a whole number of them. */
    private long level;

    private long filledAt;
    private long leftOut;
    private long leftOutSince;

    /** @param clock milliseconds since the epoch */
    LineQuota(int linesPerSecond, int burst, LongSupplier clock) {
        this.linesPerSecond = linesPerSecond;
        this.capacity = burst * LINE;
        this.clock = clock;
        this.level = capacity;
        this.filledAt = clock.getAsLong();
    }

    /** A permit, or null where there is none: the line is left out. */
    synchronized @Nullable Permit ask() {
        // Read in here: threads that pass the lock in another order than the clock would fill the same time twice.
        long now = clock.getAsLong();
        fill(now);
        if (level < LINE) {
            if (leftOut++ == 0) {
                leftOutSince = now;
            }
            return null;
        }
        level -= LINE;
        if (leftOut == 0) {
            return NOTHING_LEFT_OUT;
        }
        Permit permit = new Permit(leftOut, leftOutSince);
        leftOut = 0;
        return permit;
    }

    private void fill(long now) {
        long elapsed = now - filledAt;
        // A clock that was set back starts a new count, or nothing would be written until it has caught up.
        filledAt = now;
        if (elapsed > capacity / linesPerSecond) {
            level = capacity;
        } else if (elapsed > 0) {
            level = Math.min(capacity, level + elapsed * linesPerSecond);
        }
    }
}
