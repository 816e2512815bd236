package io.coppice.observe;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import io.coppice.config.CoppiceConfig.Log;
import io.coppice.config.CoppiceConfig.LogFormat;
import org.slf4j.LoggerFactory;

/** The log of the process, which begins before there is a configuration. */
public final class Logs {
    private Logs() {}

    /**
     * Goes by the configuration from now on.
     *
     * @param node whose name stands in lines for machines
     */
    public static void begin(Log config, String node) {
        begin((LoggerContext) LoggerFactory.getILoggerFactory(), config, node);
        Thread.setDefaultUncaughtExceptionHandler(new HeapEnd(Runtime.getRuntime()::halt)::threadEnded);
    }

    static void begin(LoggerContext context, Log config, String node) {
        context.putProperty(LogJson.NODE, node);
        write(context, config.format());
        LogLevels levels = new LogLevels(context);
        levels.set(LogLevels.ALL, config.level());
        config.levels().forEach(levels::set);
    }

    static void write(LoggerContext context, LogFormat format) {
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.iteratorForAppenders().forEachRemaining(appender -> {
            if (appender instanceof ConsoleAppender<ILoggingEvent> console) {
                EncoderBase<ILoggingEvent> encoder = format == LogFormat.JSON ? new LogJson() : new LogText();
                encoder.setContext(context);
                encoder.start();
                console.setEncoder(encoder);
            }
        });
    }
}
