package io.coppice;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.coppice.observe.LogLevels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The levels of the log, for the parts of this program and the libraries that say most. That of the audit is none of them. */
final class LogbackLevels implements LogLevels {
    private static final String DEFAULT = "default";

    private static final List<String> SUBSYSTEMS = List.of(
            "io.coppice",
            "io.coppice.access",
            "io.coppice.broker",
            "io.coppice.cluster",
            "io.coppice.config",
            "io.coppice.observe",
            "io.coppice.storage",
            "io.coppice.transport",
            "com.hazelcast",
            "io.netty",
            "io.vertx");

    /** What they were at the start; null for what others make it. */
    private final Map<String, @Nullable Level> atStart = new LinkedHashMap<>();

    LogbackLevels() {
        SUBSYSTEMS.forEach(name -> atStart.put(name, logger(name).getLevel()));
    }

    private static Logger logger(String name) {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(name);
    }

    @Override
    public Map<String, String> inForce() {
        Map<String, String> levels = new LinkedHashMap<>();
        for (String name : SUBSYSTEMS) {
            levels.put(name, logger(name).getEffectiveLevel().toString().toLowerCase(Locale.ROOT));
        }
        return levels;
    }

    @Override
    public void set(String subsystem, String level) {
        if (!atStart.containsKey(subsystem)) {
            throw new IllegalArgumentException("no such subsystem");
        }
        logger(subsystem)
                .setLevel(
                        level.equals(DEFAULT)
                                ? atStart.get(subsystem)
                                : Objects.requireNonNull(Level.toLevel(level, null), level));
    }
}
