package io.coppice.shell;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How far long work is, on one line that is written over: a bar, the rate, and the time that is left. Nothing where nobody sees it. */
public final class Progress implements AutoCloseable {
    /** Of a whole that is not known. */
    public static final long UNKNOWN = -1;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int BAR = 24;
    private static final int HUNDRED = 100;
    /** Back to the beginning of the line, and what is there is gone. */
    private static final String ANEW = "\r\u001b[K";

    private final PrintWriter to;
    private final boolean seen;
    private final String what;
    private final long whole;
    private final LongSupplier nanos;
    private final long since;
    private long shown;

    /**
     * Shows nothing yet.
     *
     * @param what is counted, in the plural, such as {@code sessions}
     * @param whole number of them, or {@link #UNKNOWN}
     * @param nanos as {@link System#nanoTime}
     */
    public Progress(PrintWriter to, boolean seen, String what, long whole, LongSupplier nanos) {
        this.to = to;
        this.seen = seen;
        this.what = what;
        this.whole = whole;
        this.nanos = nanos;
        this.since = nanos.getAsLong();
        this.shown = since - LOOK_NANOS;
    }

    /** So many are done by now. */
    public void at(long done) {
        long now = nanos.getAsLong();
        if (seen && now - shown >= LOOK_NANOS) {
            shown = now;
            to.print(ANEW + line(done, (now - since) / 1e9));
            to.flush();
        }
    }

    private String line(long done, double seconds) {
        double rate = seconds <= 0 ? 0 : done / seconds;
        String pace = seconds < 1 ? "" : String.format(Locale.ROOT, ", %,.0f/s", rate);
        if (whole <= 0) {
            return String.format(Locale.ROOT, "%,d %s%s", done, what, pace);
        }
        double part = Math.min(1, (double) done / whole);
        int full = (int) (part * BAR);
        String left = rate <= 0 || seconds < 1 ? "" : ", " + span(Math.max(0, whole - done) / rate) + " left";
        return String.format(
                Locale.ROOT,
                "[%s%s] %3.0f %%  %,d of %,d %s%s%s",
                "#".repeat(full),
                " ".repeat(BAR - full),
                part * HUNDRED,
                done,
                whole,
                what,
                pace,
                left);
    }

    private static String span(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3_600
                        ? String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60)
                        : String.format(Locale.ROOT, "%d:%02d h", whole / 3_600, whole % 3_600 / 60);
    }

    /** Leaves the line empty. */
    @Override
    public void close() {
        if (seen) {
            to.print(ANEW);
            to.flush();
        }
    }
}
