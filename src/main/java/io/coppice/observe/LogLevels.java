package io.coppice.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.coppice.config.CoppiceConfig.Log;
import io.coppice.config.CoppiceConfig.LogLevel;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which lines of which part of a node are written; may be changed while it serves. What changes who may do what, the
 * audit, is written at every level. Any thread.
 */
public final class LogLevels {
    /** Of all parts that have no level of their own. */
    public static final String ALL = "all";

    private static final Map<String, String> LOGGERS = loggers();
    /** Libraries that say more than anybody wants to know, unless somebody does. */
    private static final Map<String, Level> USUAL = Map.of("hazelcast", Level.WARN, "netty", Level.WARN);

    private final LoggerContext context;
    /** What was said of each part when this was made; null for nothing. */
    private final Map<String, @Nullable Level> atFirst = Collections.synchronizedMap(new HashMap<>());

    LogLevels(LoggerContext context) {
        this.context = context;
        atFirst.put(ALL, context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel());
        LOGGERS.forEach(
                (part, logger) -> atFirst.put(part, context.getLogger(logger).getLevel()));
    }

    /** Those of this process. */
    public static LogLevels ofProcess() {
        return new LogLevels((LoggerContext) LoggerFactory.getILoggerFactory());
    }

    private static Map<String, String> loggers() {
        Map<String, String> loggers = new TreeMap<>();
        for (String ours : new String[] {"access", "broker", "cluster", "config", "observe", "storage", "transport"}) {
            loggers.put(ours, "io.coppice." + ours);
        }
        loggers.put("hazelcast", "com.hazelcast");
        loggers.put("netty", "io.netty");
        loggers.put("vertx", "io.vertx");
        return Collections.unmodifiableMap(loggers);
    }

    /** All parts, with the level that holds in each. */
    public Map<String, LogLevel> levels() {
        Map<String, LogLevel> levels = new LinkedHashMap<>();
        levels.put(ALL, word(context.getLogger(Logger.ROOT_LOGGER_NAME).getEffectiveLevel()));
        LOGGERS.forEach((part, logger) ->
                levels.put(part, word(context.getLogger(logger).getEffectiveLevel())));
        return levels;
    }

    /** Goes by the configuration from now on; what was said of single parts before is forgotten. */
    public void follow(Log config) {
        Logs.write(context, config.format());
        set(ALL, config.level());
        atFirst.put(ALL, logger(ALL).getLevel());
        LOGGERS.keySet().forEach(part -> {
            set(part, config.levels().get(part));
            atFirst.put(part, logger(part).getLevel());
        });
    }

    /**
     * Changes the level of one part from now on.
     *
     * @param part a key of {@link #levels}
     * @param level null for what holds without a word about it
     * @throws IllegalArgumentException if there is no such part
     */
    public void set(String part, @Nullable LogLevel level) {
        Level usual = part.equals(ALL) ? Level.INFO : USUAL.get(part);
        logger(part).setLevel(level == null ? usual : Level.valueOf(level.name()));
    }

    /**
     * Undoes all changes of a part since this was made.
     *
     * @throws IllegalArgumentException if there is no such part
     */
    public void putBack(String part) {
        logger(part).setLevel(atFirst.get(part));
    }

    private ch.qos.logback.classic.Logger logger(String part) {
        String logger = part.equals(ALL) ? Logger.ROOT_LOGGER_NAME : LOGGERS.get(part);
        if (logger == null) {
            throw new IllegalArgumentException(
                    part + " is not allowed; allowed: " + ALL + ", " + String.join(", ", LOGGERS.keySet()));
        }
        return context.getLogger(logger);
    }

    private static LogLevel word(Level level) {
        return level == Level.ALL ? LogLevel.TRACE : LogLevel.valueOf(level.toString());
    }
}
