package io.coppice.mqtt;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * By what a message is followed on its way, from node to node; most messages have none.
 *
 * @param message names it, on all nodes; never 0
 * @param traces those of operators that follow it, by their numbers; not to be written to
 * @param hops from node to node that are behind it
 * @param span where spans are made of it, the last one; else null
 */
public record Trail(
        long message, long[] traces, int hops, @Nullable SpanContext span) {
    private static final long[] NO_TRACES = {};

    /** Of a message that no operator follows. */
    public Trail(long message, @Nullable SpanContext span) {
        this(message, NO_TRACES, 0, span);
    }

    /** Whether an operator's trace follows it. */
    public boolean isOf(long trace) {
        for (long each : traces) {
            if (each == trace) {
                return true;
            }
        }
        return false;
    }

    /** The same behind another span. */
    public Trail behind(@Nullable SpanContext last) {
        return new Trail(message, traces, hops, last);
    }

    /** The same on the next node. */
    public Trail onward() {
        return new Trail(message, traces, hops + 1, span);
    }

    /** A number of a message or a trace as people read it. */
    public static String name(long number) {
        return HexFormat.of().toHexDigits(number);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Trail that
                && message == that.message
                && hops == that.hops
                && Arrays.equals(traces, that.traces)
                && (span == null ? that.span == null : span.equals(that.span));
    }

    @Override
    public int hashCode() {
        return Long.hashCode(message);
    }

    @Override
    public String toString() {
        return "Trail[" + name(message) + " after " + hops + " hops]";
    }
}
