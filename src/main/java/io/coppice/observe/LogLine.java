package io.coppice.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/** What both shapes of the log say of an event. */
final class LogLine {
    /** The name of an event, where its line does not begin with one. */
    static final String EVENT = "event";

    /** How many of its name were left out before it. */
    static final String LEFT_OUT = "leftOut";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final String OURS = "io.coppice.";
    private static final int CAUSES_MAX = 20;
    private static final int FRAMES_MAX = 100;

    private LogLine() {}

    /** In UTC, to the millisecond. */
    static String time(ILoggingEvent event) {
        return TIME.format(Instant.ofEpochMilli(event.getTimeStamp()));
    }

    /** The stable name; empty where the line has none, as those of libraries. */
    static String event(ILoggingEvent event) {
        List<Marker> markers = event.getMarkerList();
        if (markers != null && !markers.isEmpty()) {
            return markers.get(0).getName();
        }
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            for (KeyValuePair pair : pairs) {
                if (pair.key.equals(EVENT)) {
                    return String.valueOf(pair.value);
                }
            }
        }
        return "";
    }

    /** The part of Coppice that says it, or the whole name of a logger of somebody else. */
    static String subsystem(String logger) {
        if (!logger.startsWith(OURS)) {
            return logger;
        }
        int end = logger.indexOf('.', OURS.length());
        // What stands above all packages, and the audit, whose logger is no class.
        String part = end < 0 ? logger.substring(OURS.length()) : logger.substring(OURS.length(), end);
        return end < 0 && !part.equals("audit") ? "node" : part;
    }

    /**
     * A failure with its causes, at most so many of each that a line stays one: what failures say may be what a client
     * has sent, and is escaped.
     */
    static void failure(IThrowableProxy thrown, String separator, StringBuilder out) {
        IThrowableProxy cause = thrown;
        for (int causes = 0; cause != null && causes < CAUSES_MAX; causes++) {
            out.append(causes == 0 ? "" : separator + "caused by ").append(cause.getClassName());
            if (cause.getMessage() != null) {
                out.append(": ");
                SafeText.line(cause.getMessage(), out);
            }
            StackTraceElementProxy[] frames = cause.getStackTraceElementProxyArray();
            int own = Math.min(FRAMES_MAX, frames.length - cause.getCommonFrames());
            for (int i = 0; i < own; i++) {
                out.append(separator).append("  ").append(frames[i].getSTEAsString());
            }
            cause = cause.getCause();
        }
    }
}
