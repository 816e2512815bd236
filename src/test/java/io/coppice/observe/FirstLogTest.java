package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The shape of the log is chosen by two variables, before there is a configuration. */
class FirstLogTest {
    private static Logger root(Map<String, String> variables) {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        FirstLog.configure(context, variables::get);
        return context.getLogger("ROOT");
    }

    private static String line(Logger root) {
        OutputStreamAppender<?> appender = (OutputStreamAppender<?>) root.getAppender("console");
        LoggingEvent event = new LoggingEvent("", root, Level.WARN, "node {} left", null, new Object[] {"alder"});
        @SuppressWarnings("unchecked")
        var encoder = (Encoder<Object>) appender.getEncoder();
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void itIsTextForPeopleByDefault() throws Exception {
        Logger root = root(Map.of());

        assertThat(root.getLevel()).isEqualTo(Level.INFO);
        assertThat(line(root)).endsWith(" WARN  ROOT node alder left" + System.lineSeparator());
    }

    @Test
    void itIsJsonOnRequest() throws Exception {
        Logger root = root(Map.of("COPPICE_LOG_FORMAT", "json", "COPPICE_LOG_LEVEL", "debug"));
        JsonNode line = new ObjectMapper().readTree(line(root));

        assertThat(root.getLevel()).isEqualTo(Level.DEBUG);
        assertThat(line.path("level").asText()).isEqualTo("WARN");
        assertThat(line.path("message").asText()).isEqualTo("node alder left");
    }

    @Test
    void whatCannotBeUnderstoodIsNotHeeded() throws Exception {
        Logger root = root(Map.of("COPPICE_LOG_FORMAT", "xml", "COPPICE_LOG_LEVEL", "loud"));

        assertThat(root.getLevel()).isEqualTo(Level.INFO);
        assertThat(line(root)).contains(" WARN  ROOT node alder left");
    }

    @Test
    void whoGivesLogbackAFileIsFollowed() {
        assertThat(new FirstLog().configure(new LoggerContext()))
                .as("logback-test.xml is on the class path of the tests")
                .isEqualTo(Configurator.ExecutionStatus.INVOKE_NEXT_IF_ANY);
    }

    @Test
    void noLevelTakesTheAuditAway() throws Exception {
        Logger root = root(Map.of("COPPICE_LOG_LEVEL", "error"));
        LoggerContext context = root.getLoggerContext();

        assertThat(context.getLogger("io.coppice.audit").isInfoEnabled()).isTrue();
        assertThat(context.getLogger("io.coppice.observe").isInfoEnabled()).isFalse();
    }
}
