package io.coppice.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/**
 * A limited number of lines a second of each event that has a name; the next line that is written says how many of its
 * name were left out. The names are those that stand in the code, so that there are never many. Any thread.
 */
public final class LogQuota extends Filter<ILoggingEvent> {
    private static final int LINES_PER_SECOND = 10;
    private static final int BURST = 20;

    private final LongSupplier clock;
    private final ConcurrentMap<String, LineQuota> quotas = new ConcurrentHashMap<>();

    public LogQuota() {
        this(System::currentTimeMillis);
    }

    /** @param clock milliseconds since the epoch */
    LogQuota(LongSupplier clock) {
        this.clock = clock;
    }

    @Override
    public FilterReply decide(ILoggingEvent event) {
        List<Marker> markers = event.getMarkerList();
        if (markers == null || markers.isEmpty()) {
            return FilterReply.NEUTRAL;
        }
        LineQuota.Permit permit = quotas.computeIfAbsent(
                        markers.get(0).getName(), first -> new LineQuota(LINES_PER_SECOND, BURST, clock))
                .ask();
        if (permit == null) {
            return FilterReply.DENY;
        }
        if (permit.leftOut() > 0 && event instanceof LoggingEvent line) {
            line.addKeyValuePair(new KeyValuePair(LogLine.LEFT_OUT, permit.leftOut()));
        }
        return FilterReply.NEUTRAL;
    }
}
