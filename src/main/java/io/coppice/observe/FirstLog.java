package io.coppice.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.DefaultJoranConfigurator;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.coppice.config.CoppiceConfig.LogFormat;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The log before there is a configuration: to the standard output, as {@code COPPICE_LOG_FORMAT} ({@code text} or
 * {@code json}) and {@code COPPICE_LOG_LEVEL} say, and as text at {@code info} where they say nothing that can be
 * understood. {@link Logs#begin} goes by the configuration afterwards.
 *
 * <p>logback finds it by its service file. What somebody else gives to logback, in the property
 * {@code logback.configurationFile} or as {@code logback.xml} on the class path, comes first. It is code, since to read
 * XML took 5 to 8 % of a start.
 */
public final class FirstLog extends ContextAwareBase implements Configurator {
    private static final Map<String, Level> LEVELS = Map.of(
            "io.netty", Level.WARN,
            "com.hazelcast", Level.WARN,
            // Of the commands pub and sub, which say themselves what is wrong; the standard output is for messages.
            "com.hivemq", Level.OFF,
            // The stack of every connection that ends; that a member is suspected is said by another.
            "com.hazelcast.internal.server.tcp.TcpServerConnection", Level.ERROR,
            // The same of every stranger at the port for members; our own line says it once in a while.
            "com.hazelcast.internal.server.tcp.TcpServerAcceptor", Level.ERROR,
            // It says at length, for each parcel, that a node cannot be reached; our own line says it once.
            "io.vertx.core.eventbus.impl.clustered", Level.ERROR,
            // At trace it writes down every URL, with whatever somebody puts behind the question mark.
            "io.vertx.ext.web", Level.INFO,
            // Who changed what, where admin.audit-file names no file: no level of the log takes that away.
            "io.coppice.audit", Level.INFO);

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        DefaultJoranConfigurator files = new DefaultJoranConfigurator();
        files.setContext(context);
        if (files.findURLOfDefaultConfigurationFile(false) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        configure(context, System::getenv);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** @param variables the environment: from a name to its value, or null */
    static void configure(LoggerContext context, UnaryOperator<@Nullable String> variables) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setName("console");
        console.setContext(context);
        LogQuota quota = new LogQuota();
        quota.setContext(context);
        quota.start();
        console.addFilter(quota);
        HeapEnd heapEnd = new HeapEnd(Runtime.getRuntime()::halt);
        heapEnd.setName("heap-end");
        heapEnd.setContext(context);
        heapEnd.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(heapEnd); // before the other, which may need memory for what the event says
        root.addAppender(console);
        Logs.write(
                context,
                "json".equalsIgnoreCase(variables.apply("COPPICE_LOG_FORMAT")) ? LogFormat.JSON : LogFormat.TEXT);
        console.start();
        root.setLevel(Level.toLevel(variables.apply("COPPICE_LOG_LEVEL"), Level.INFO));
        LEVELS.forEach((logger, level) -> context.getLogger(logger).setLevel(level));
    }
}
