package io.coppice.observe;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Events;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Events as lines of the log, a limited number a second of each name; the next line that is written says how many
 * of its name were left out before it:
 *
 * <pre>connect-refused NOT_AUTHORIZED (0x87) client "meter-7" from 192.0.2.1:50214 (+123 more since 2026-01-01T12:00:01Z): detail</pre>
 *
 * <p>What a client chose stands in quotes or behind everything that the broker says itself, with all that a terminal
 * would not show as it is replaced by escapes: no client can forge a line or a part of one. Any thread.
 */
public final class EventLog implements Events {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
    private static final int TEXT_MAX = 128;
    /** Of the broker's own words, which may quote a client. */
    private static final int DETAIL_MAX = 256;

    private final int linesPerSecond;
    private final int burst;
    private final LongSupplier clock;
    private final ConcurrentMap<String, LineQuota> quotas = new ConcurrentHashMap<>();
    private final LongAdder suppressed = new LongAdder();

    /**
     * A log with the same limit for every name.
     *
     * @param linesPerSecond lines of one name in the long run, 1 and more
     * @param burst lines of one name at once after a quiet time, 1 and more
     * @param clock milliseconds since the epoch
     */
    public EventLog(int linesPerSecond, int burst, LongSupplier clock) {
        if (linesPerSecond < 1 || burst < 1) {
            throw new IllegalArgumentException(
                    "a rate and a burst are at least 1, not " + linesPerSecond + " and " + burst);
        }
        this.linesPerSecond = linesPerSecond;
        this.burst = burst;
        this.clock = clock;
    }

    @Override
    public void client(String name, String clientId, String remoteAddress, ReasonCode reason, String detail) {
        Level level = level(name, reason);
        if (!LOG.isEnabledForLevel(level)) {
            return;
        }
        LineQuota quota = quotas.computeIfAbsent(name, first -> new LineQuota(linesPerSecond, burst, clock));
        LineQuota.Permit permit = quota.ask();
        if (permit == null) {
            suppressed.increment();
            return;
        }
        LoggingEventBuilder event = LOG.atLevel(level)
                .addKeyValue(LogLine.EVENT, name)
                .addKeyValue("reason", reason)
                .addKeyValue("code", (int) reason.code())
                .addKeyValue("clientId", SafeText.cut(clientId, TEXT_MAX))
                .addKeyValue("address", SafeText.cut(remoteAddress, TEXT_MAX))
                .addKeyValue("detail", SafeText.cut(detail, DETAIL_MAX));
        if (permit.leftOut() > 0) {
            event = event.addKeyValue(LogLine.LEFT_OUT, permit.leftOut());
        }
        event.log(line(name, clientId, remoteAddress, reason, detail, permit));
    }

    /** Events that were not written because there were too many of their name, since the start. */
    public long suppressed() {
        return suppressed.sum();
    }

    private static Level level(String name, ReasonCode reason) {
        return switch (name) {
            // Someone at the door, a faulty client, or state that could not be kept: worth a look.
            case "connect-refused", "protocol-error", "client-lost" -> Level.WARN;
            default -> reason.isError() ? Level.INFO : Level.DEBUG;
        };
    }

    private static String line(
            String name,
            String clientId,
            String remoteAddress,
            ReasonCode reason,
            String detail,
            LineQuota.Permit permit) {
        StringBuilder line = new StringBuilder(256);
        line.append(name).append(' ').append(reason);
        line.append(String.format(Locale.ROOT, " (0x%02X) client ", reason.code()));
        if (clientId.isEmpty()) {
            line.append("unknown");
        } else {
            line.append('"');
            SafeText.append(clientId, TEXT_MAX, line);
            line.append('"');
        }
        line.append(" from ");
        SafeText.append(remoteAddress, TEXT_MAX, line);
        if (permit.leftOut() > 0) {
            line.append(" (+").append(permit.leftOut()).append(" more since ");
            line.append(Instant.ofEpochMilli(permit.since()).truncatedTo(ChronoUnit.SECONDS))
                    .append(')');
        }
        line.append(": ");
        SafeText.append(detail, DETAIL_MAX, line);
        return line.toString();
    }
}
