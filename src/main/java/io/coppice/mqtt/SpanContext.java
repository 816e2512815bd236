package io.coppice.mqtt;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The span behind a message, which what happens to it next is a child of (W3C Trace Context, 3.2).
 *
 * @param traceHigh the first eight bytes of the trace's identifier
 * @param traceLow the last eight; not 0 together with the first
 * @param span identifier of the span, not 0
 */
public record SpanContext(long traceHigh, long traceLow, long span) {
    /** The User Property that carries it. */
    public static final String TRACEPARENT = "traceparent";

    private static final Pattern WRITTEN =
            Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{16})([0-9a-f]{16})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,200})?");
    private static final Pattern WRITTEN_OF_VERSION_0 = Pattern.compile("00-.{52}");
    private static final int SAMPLED = 1;

    /**
     * What others have written.
     *
     * @param sampled whether whoever wrote it makes spans of it too
     */
    public record Parent(SpanContext context, boolean sampled) {}

    /** Null for what is none: then a trace begins anew. */
    public static @Nullable Parent read(String traceparent) {
        Matcher matcher = WRITTEN.matcher(traceparent);
        if (!matcher.matches()
                || traceparent.startsWith("00")
                        && !WRITTEN_OF_VERSION_0.matcher(traceparent).matches()) {
            return null;
        }
        SpanContext context = new SpanContext(
                HexFormat.fromHexDigitsToLong(matcher.group(1)),
                HexFormat.fromHexDigitsToLong(matcher.group(2)),
                HexFormat.fromHexDigitsToLong(matcher.group(3)));
        boolean isNone = (context.traceHigh | context.traceLow) == 0 || context.span == 0;
        boolean sampled = (HexFormat.fromHexDigits(matcher.group(4)) & SAMPLED) != 0;
        return isNone ? null : new Parent(context, sampled);
    }

    /** Another span of the same trace. */
    public SpanContext next(long id) {
        return new SpanContext(traceHigh, traceLow, id);
    }

    /** As others read it: of a trace of which spans are made. */
    public String traceparent() {
        HexFormat hex = HexFormat.of();
        return "00-" + hex.toHexDigits(traceHigh) + hex.toHexDigits(traceLow) + "-" + hex.toHexDigits(span) + "-01";
    }
}
