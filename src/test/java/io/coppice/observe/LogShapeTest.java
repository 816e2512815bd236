package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.slf4j.MarkerFactory.getMarker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.FilterReply;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig.Log;
import io.coppice.config.CoppiceConfig.LogFormat;
import io.coppice.config.CoppiceConfig.LogLevel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.KeyValuePair;

/** The two shapes of the log, its levels, and how much of one event is written. */
class LogShapeTest {
    private static final String EVIL = "a\r\nforged\u001b[2J\u009b\u2028\u202e";

    private final LoggerContext context = new LoggerContext();
    private final ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();

    LogShapeTest() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.getLogger("io.coppice.audit").setLevel(Level.INFO);
        console.setContext(context);
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(console);
    }

    private void begin(LogFormat format, LogLevel level, Map<String, LogLevel> levels) {
        Logs.begin(context, new Log(format, level, levels), "alder");
    }

    private LoggingEvent event(String logger, String message, Throwable failure, Object... arguments) {
        LoggingEvent event = new LoggingEvent("", context.getLogger(logger), Level.WARN, message, failure, arguments);
        event.setThreadName("loop-1");
        event.setInstant(Instant.parse("2026-01-01T12:00:01.250Z"));
        return event;
    }

    private String line(LoggingEvent event) {
        Encoder<ILoggingEvent> encoder = console.getEncoder();
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    private JsonNode json(LoggingEvent event) throws Exception {
        String line = line(event);
        assertThat(line).endsWith("}\n").matches("[\\x20-\\x7e]+\n");
        return new ObjectMapper().readTree(line);
    }

    @Test
    void aLineForPeopleSaysWhenHowGraveWhoAndWhat() {
        begin(LogFormat.TEXT, LogLevel.INFO, Map.of());
        LoggingEvent event = event("io.coppice.storage.Journal", "{} is full", null, "the disk");
        event.addMarker(getMarker("journal-full"));

        assertThat(line(event))
                .isEqualTo("2026-01-01T12:00:01.250Z WARN  Journal journal-full the disk is full"
                        + System.lineSeparator());
    }

    @Test
    void aLineForMachinesHasTheSameInMembers() throws Exception {
        begin(LogFormat.JSON, LogLevel.INFO, Map.of());
        LoggingEvent event = event("io.coppice.storage.Journal", "{} is full", null, "the disk");
        event.addMarker(getMarker("journal-full"));
        event.addKeyValuePair(new KeyValuePair("clientId", "m\"1"));
        event.addKeyValuePair(new KeyValuePair("code", 135));

        assertThat(json(event)).isEqualTo(new ObjectMapper().readTree("""
                        {"time":"2026-01-01T12:00:01.250Z","level":"WARN","node":"alder","subsystem":"storage",
                         "logger":"io.coppice.storage.Journal","event":"journal-full","message":"the disk is full",
                         "clientId":"m\\"1","code":135,"thread":"loop-1"}
                        """));
    }

    @ParameterizedTest
    @CsvSource({
        "io.coppice.broker.Lanes, broker",
        "io.coppice.Assembly, node",
        "io.coppice.audit, audit",
        "com.hazelcast.x.Y, com.hazelcast.x.Y"
    })
    void theSubsystemIsThePackage(String logger, String subsystem) throws Exception {
        begin(LogFormat.JSON, LogLevel.INFO, Map.of());

        assertThat(json(event(logger, "x", null)).path("subsystem").asText()).isEqualTo(subsystem);
    }

    @ParameterizedTest
    @EnumSource(LogFormat.class)
    void whatAClientChoseBeginsNoLineAndDoesNothingToATerminal(LogFormat format) {
        begin(format, LogLevel.INFO, Map.of());

        assertThat(line(event("io.coppice.broker.X", "of {}", null, EVIL)).strip())
                .matches("[\\x20-\\x7e]+")
                .contains("forged")
                .containsIgnoringCase("\\u001b[2J\\u009b\\u2028\\u202e");
    }

    @ParameterizedTest
    @EnumSource(LogFormat.class)
    void neitherDoesWhatAFailureSays(LogFormat format) {
        begin(format, LogLevel.INFO, Map.of());
        Exception failure = new IllegalStateException(EVIL, new IOException(EVIL));

        String line = line(event("io.coppice.broker.X", "failed", failure));

        assertThat(line).contains("IllegalStateException: a").contains("caused by java.io.IOException: a");
        assertThat(line.lines().skip(1)).isNotNull().allMatch(further -> further.startsWith("  "));
        assertThat(line.replaceAll("[\r\n]", "")).matches("[\\x20-\\x7e]+");
    }

    @Test
    void aLineThatIsEscapedAlreadyIsNotEscapedAgain() {
        begin(LogFormat.TEXT, LogLevel.INFO, Map.of());

        assertThat(line(event("x", "client \"a\\u000Ab\\\"\"", null)))
                .endsWith(" client \"a\\u000Ab\\\"\"" + System.lineSeparator());
    }

    // --- levels

    private boolean isWritten(String logger, Level level) {
        return context.getLogger(logger).isEnabledFor(level);
    }

    @Test
    void levelsHoldByPart() {
        begin(LogFormat.TEXT, LogLevel.WARN, Map.of("cluster", LogLevel.DEBUG, "storage", LogLevel.OFF));

        assertThat(isWritten("io.coppice.broker.X", Level.INFO)).isFalse();
        assertThat(isWritten("io.coppice.broker.X", Level.WARN)).isTrue();
        assertThat(isWritten("io.coppice.cluster.X", Level.DEBUG)).isTrue();
        assertThat(isWritten("io.coppice.storage.X", Level.ERROR)).isFalse();
        assertThat(isWritten("io.coppice.audit", Level.INFO)).isTrue();
    }

    @Test
    void levelsChangeAtRunTimeAndBack() {
        begin(LogFormat.TEXT, LogLevel.INFO, Map.of());
        LogLevels levels = new LogLevels(context);

        levels.set("broker", LogLevel.TRACE);
        levels.set("netty", LogLevel.DEBUG);
        assertThat(levels.levels()).containsEntry("broker", LogLevel.TRACE).containsEntry("all", LogLevel.INFO);
        assertThat(isWritten("io.netty.x", Level.DEBUG)).isTrue();
        levels.set("broker", null);
        levels.set("netty", null);
        levels.set("all", LogLevel.ERROR);

        assertThat(levels.levels())
                .containsEntry("broker", LogLevel.ERROR)
                .containsEntry("netty", LogLevel.WARN)
                .containsEntry("all", LogLevel.ERROR);
        assertThat(isWritten("io.coppice.audit", Level.INFO)).isTrue();
    }

    @Test
    void aPartThatIsUnknownIsRefused() {
        LogLevels levels = new LogLevels(context);

        assertThatThrownBy(() -> levels.set("audit", LogLevel.OFF))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("audit is not allowed; allowed: all, access, broker, ");
    }

    @Test
    void thePartsAreThoseOfTheConfiguration() throws ConfigException {
        for (String part : new LogLevels(context).levels().keySet()) {
            if (!part.equals(LogLevels.ALL)) {
                assertThat(ConfigLoader.load(null, Map.of(), List.of("log.levels=" + part + "=off"))
                                .log()
                                .levels())
                        .containsKey(part);
            }
        }
    }

    // --- how much of it

    @Test
    void ofOneNameAFewLinesASecondAreWrittenAndTheNextSaysHowManyWereNot() {
        begin(LogFormat.TEXT, LogLevel.INFO, Map.of());
        AtomicLong now = new AtomicLong(1_000_000);
        LogQuota quota = new LogQuota(now::get);
        for (int i = 0; i < 20; i++) {
            assertThat(quota.decide(named("flood"))).isEqualTo(FilterReply.NEUTRAL);
        }
        for (int i = 0; i < 7; i++) {
            assertThat(quota.decide(named("flood"))).isEqualTo(FilterReply.DENY);
        }
        assertThat(quota.decide(named("other"))).isEqualTo(FilterReply.NEUTRAL);
        assertThat(quota.decide(event("x", "no name", null))).isEqualTo(FilterReply.NEUTRAL);
        now.addAndGet(100);
        LoggingEvent next = named("flood");

        assertThat(quota.decide(next)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(line(next).strip()).endsWith("X flood it happened (+7 more before)");
        LoggingEvent later = named("flood");
        now.addAndGet(100);
        assertThat(quota.decide(later)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(line(later).strip()).endsWith("X flood it happened");
    }

    private LoggingEvent named(String name) {
        LoggingEvent event = event("io.coppice.broker.X", "it happened", null);
        event.addMarker(getMarker(name));
        return event;
    }
}
