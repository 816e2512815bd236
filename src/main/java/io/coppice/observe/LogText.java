package io.coppice.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/**
 * The log for people: time, level, who says it, the name of the event and what happened, on one line.
 *
 * <pre>2026-01-01T12:00:01.250Z WARN  JournalWriter journal-write-failed The disk is full.</pre>
 *
 * <p>Nothing in it begins a line or does anything to a terminal, whoever chose it. The frames of a failure stand on lines
 * of their own, indented.
 */
public final class LogText extends EncoderBase<ILoggingEvent> {
    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(256);
        line.append(LogLine.time(event)).append(' ');
        String level = event.getLevel().toString();
        line.append(level).append(" ".repeat(Math.max(1, 6 - level.length())));
        String logger = event.getLoggerName();
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(' ');
        List<Marker> markers = event.getMarkerList();
        if (markers != null && !markers.isEmpty()) {
            line.append(markers.get(0).getName()).append(' ');
        }
        SafeText.line(String.valueOf(event.getFormattedMessage()), line);
        Object leftOut = leftOut(event);
        if (leftOut != null) {
            line.append(" (+").append(leftOut).append(" more before)");
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            line.append(System.lineSeparator()).append("  ");
            LogLine.failure(thrown, System.lineSeparator() + "  ", line);
        }
        return line.append(System.lineSeparator()).toString().getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable Object leftOut(ILoggingEvent event) {
        // A line that counts for itself says so in its own words.
        List<KeyValuePair> pairs = event.getMarkerList() == null ? null : event.getKeyValuePairs();
        if (pairs != null) {
            for (KeyValuePair pair : pairs) {
                if (pair.key.equals(LogLine.LEFT_OUT)) {
                    return pair.value;
                }
            }
        }
        return null;
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }
}
