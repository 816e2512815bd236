package io.coppice.config;

import io.coppice.config.CoppiceConfig.Log;
import io.coppice.config.CoppiceConfig.LogFormat;
import io.coppice.config.CoppiceConfig.LogLevel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys below {@code log}. The variables of the first two hold before there is a configuration, too. */
final class LogSchema {
    private static final Pattern LEVEL_OF_A_PART =
            Pattern.compile("(access|broker|cluster|config|hazelcast|netty|observe|storage|transport|vertx)"
                    + "=(off|error|warn|info|debug|trace)");

    private final Schema schema;

    LogSchema(Schema schema) {
        this.schema = schema;
    }

    Log log() {
        LogFormat format = schema.value(
                "log.format",
                ValueType.choice(LogFormat.class),
                "text",
                "Shape of the log on the standard output: text for people, json for machines, an object on each line.");
        LogLevel level = schema.value(
                "log.level",
                ValueType.choice(LogLevel.class),
                "info",
                "What is logged: this and what is graver. What an audit without a file says is logged at every level.");
        List<Map.Entry<String, LogLevel>> parts = schema.value(
                "log.levels",
                ValueType.list(
                        "a list of PART=LEVEL with the parts access, broker, cluster, config, hazelcast, netty, observe, "
                                + "storage, transport and vertx, and the levels of log.level",
                        LogSchema::part),
                "",
                "Levels of single parts, such as cluster=debug; the last one of a part counts.");
        Map<String, LogLevel> levels = new LinkedHashMap<>();
        parts.forEach(part -> levels.put(part.getKey(), part.getValue()));
        return new Log(format, level, levels);
    }

    private static Optional<Map.Entry<String, LogLevel>> part(String text) {
        Matcher matcher = LEVEL_OF_A_PART.matcher(text);
        return matcher.matches()
                ? Optional.of(Map.entry(
                        matcher.group(1), LogLevel.valueOf(matcher.group(2).toUpperCase(Locale.ROOT))))
                : Optional.empty();
    }
}
