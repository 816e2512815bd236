package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.coppice.mqtt.ReasonCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class EventLogTest {
    private static final String FROM = "192.0.2.1:50214";
    private static final Pattern MORE = Pattern.compile("\\(\\+(\\d+) more since ");

    private final Logger logger = (Logger) LoggerFactory.getLogger(EventLog.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong now =
            new AtomicLong(Instant.parse("2026-01-01T12:00:00.250Z").toEpochMilli());
    private final EventLog log = new EventLog(10, 20, now::get);

    @BeforeEach
    void listen() {
        logger.setAdditive(false);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private void refuse(String clientId) {
        log.client("connect-refused", clientId, FROM, ReasonCode.NOT_AUTHORIZED, "no such user");
    }

    private void refuse(int times) {
        for (int i = 0; i < times; i++) {
            refuse("meter");
        }
    }

    private String last() {
        return lines.list.get(lines.list.size() - 1).getFormattedMessage();
    }

    // --- what a line says

    @Test
    void aLineSaysWhatWhoWhereAndWhy() {
        refuse("meter");

        assertThat(last())
                .isEqualTo("connect-refused NOT_AUTHORIZED (0x87) client \"meter\" from 192.0.2.1:50214: no such user");
    }

    @Test
    void aClientThatHasNoIdentifierYetIsCalledUnknown() {
        refuse("");

        assertThat(last()).contains(" client unknown from 192.0.2.1:50214: ");
    }

    @Test
    void aHostileClientIdentifierForgesNoLineAndNoPartOfOne() {
        refuse("x\" from 10.0.0.1:1: fine\r\n2026-01-01 WARN forged \u202E");

        assertThat(last())
                .isEqualTo("connect-refused NOT_AUTHORIZED (0x87) client"
                        + " \"x\\\" from 10.0.0.1:1: fine\\u000D\\u000A2026-01-01 WARN forged \\u202E\""
                        + " from 192.0.2.1:50214: no such user");
    }

    @Test
    void placeholdersInAClientIdentifierStayAsTheyAre() {
        refuse("{} ${jndi:x} %m");

        assertThat(last()).contains("client \"{} ${jndi:x} %m\" from");
    }

    @Test
    void addressAndDetailAreMadeSafeToo() {
        log.client("protocol-error", "meter", "a\nb", ReasonCode.TOPIC_FILTER_INVALID, "topic filter 'a\nb'");

        assertThat(last()).endsWith(" from a\\u000Ab: topic filter 'a\\u000Ab'");
    }

    @Test
    void aLongClientIdentifierIsCutAt128Characters() {
        refuse("x".repeat(129));

        assertThat(last()).contains("client \"" + "x".repeat(128) + "…\" from");
    }

    @Test
    void aLongDetailIsCut() {
        log.client("protocol-error", "meter", FROM, ReasonCode.MALFORMED_PACKET, "x".repeat(300));

        assertThat(last()).endsWith(": " + "x".repeat(256) + "…");
    }

    @ParameterizedTest
    @CsvSource({
        "connect-refused, NOT_AUTHORIZED, WARN",
        "protocol-error, MALFORMED_PACKET, WARN",
        "client-lost, UNSPECIFIED_ERROR, WARN",
        "connection-lost, UNSPECIFIED_ERROR, INFO",
        "keep-alive-timeout, KEEP_ALIVE_TIMEOUT, INFO",
        "session-taken-over, SESSION_TAKEN_OVER, INFO",
        "disconnected, SUCCESS, DEBUG",
        "disconnected, DISCONNECT_WITH_WILL, DEBUG"
    })
    void theLevelSaysHowMuchItMatters(String name, ReasonCode reason, String level) {
        logger.setLevel(Level.DEBUG);
        log.client(name, "meter", FROM, reason, "");

        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getLevel()).hasToString(level);
    }

    // --- how many lines there are

    @Test
    void noMoreLinesThanTheBurstAreWrittenAtOnce() {
        refuse(25);

        assertThat(lines.list).hasSize(20);
        assertThat(log.suppressed()).isEqualTo(5);
    }

    @Test
    void theNextLineSaysHowManyWereLeftOutAndSinceWhen() {
        refuse(20);
        now.addAndGet(1);
        refuse(123);
        now.addAndGet(100);
        refuse(2);

        assertThat(lines.list).hasSize(21);
        assertThat(last())
                .isEqualTo("connect-refused NOT_AUTHORIZED (0x87) client \"meter\" from 192.0.2.1:50214"
                        + " (+123 more since 2026-01-01T12:00:00Z): no such user");
        now.addAndGet(1_000);
        refuse(2);
        assertThat(lines.list.get(21).getFormattedMessage()).contains("(+1 more since ");
        assertThat(last()).doesNotContain(" more since ");
        assertThat(log.suppressed()).isEqualTo(124);
    }

    @Test
    void inTheLongRunTheRateHolds() {
        for (int i = 0; i < 60_000; i++) {
            refuse("meter");
            now.incrementAndGet();
        }

        assertThat(lines.list).hasSizeBetween(600 + 19, 600 + 20);
        assertThat(lines.list.size() + log.suppressed()).isEqualTo(60_000);
    }

    @Test
    void aQuietTimeFillsNoMoreThanTheBurst() {
        refuse(20);
        now.addAndGet(365L * 24 * 3_600_000);
        refuse(25);

        assertThat(lines.list).hasSize(40);
    }

    @Test
    void aClockThatIsSetBackDoesNotSilenceTheLog() {
        refuse(20);
        now.addAndGet(-3_600_000);
        refuse(1);
        now.addAndGet(100);
        refuse(1);

        assertThat(lines.list).hasSize(21);
    }

    @Test
    void oneNameDoesNotSilenceAnother() {
        refuse(25);
        log.client("protocol-error", "meter", FROM, ReasonCode.MALFORMED_PACKET, "cut off");

        assertThat(last()).startsWith("protocol-error ").doesNotContain(" more since ");
    }

    @Test
    void whatTheLevelKeepsOutCountsForNothing() {
        logger.setLevel(Level.INFO);
        for (int i = 0; i < 100; i++) {
            log.client("disconnected", "meter", FROM, ReasonCode.SUCCESS, "");
        }

        assertThat(lines.list).isEmpty();
        assertThat(log.suppressed()).isZero();
    }

    @Test
    void everyEventOfManyThreadsIsWrittenOrCounted() throws Exception {
        int threads = 4;
        int eventsOfEach = 2_000;
        ExecutorService loops = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                parts.add(loops.submit(() -> {
                    for (int n = 0; n < eventsOfEach; n++) {
                        refuse("meter");
                        now.incrementAndGet();
                    }
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } finally {
            loops.shutdownNow();
        }
        now.addAndGet(10_000);
        refuse("meter");

        long leftOut = 0;
        for (ILoggingEvent line : lines.list) {
            Matcher more = MORE.matcher(line.getFormattedMessage());
            leftOut += more.find() ? Long.parseLong(more.group(1)) : 0;
        }
        assertThat(lines.list.size() + leftOut).isEqualTo(1L * threads * eventsOfEach + 1);
        assertThat(log.suppressed()).isEqualTo(leftOut);
    }

    @Test
    void aLimitOfNothingIsRefused() {
        assertThatThrownBy(() -> new EventLog(0, 1, now::get)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new EventLog(1, 0, now::get)).isInstanceOf(IllegalArgumentException.class);
    }
}
