package io.coppice.transport;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.concurrent.TimeUnit;

/** How Vert.x is set up for a broker. */
public final class Transport {
    private static final long BLOCKED_CHECK_SECONDS = 5;

    private Transport() {}

    /** Options for a Vert.x with a number of event loops, native transport where there is one, and nothing at start that a broker does without. */
    public static VertxOptions options(int eventLoops) {
        return new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(eventLoops)
                .setBlockedThreadCheckInterval(BLOCKED_CHECK_SECONDS)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.SECONDS)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
    }

    /** A Vert.x of its own, not clustered. */
    public static Vertx vertx(int eventLoops) {
        return Vertx.vertx(options(eventLoops));
    }
}
