package io.coppice.observe;

import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Lets {@link SysTopics} tick by the clock. */
public final class SysTimer implements AutoCloseable {
    private final Vertx vertx;
    private final long timer;

    private SysTimer(Vertx vertx, long timer) {
        this.vertx = vertx;
        this.timer = timer;
    }

    /**
     * Publishes soon, and then at every interval.
     *
     * @param interval 1 ms and more
     */
    public static SysTimer start(Vertx vertx, SysTopics topics, Duration interval) {
        return new SysTimer(
                vertx, vertx.setPeriodic(1, interval.toMillis(), id -> topics.tick(System.currentTimeMillis())));
    }

    /** Bytes of heap in use now, for {@link SysTopics}. */
    public static long heapUsed() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
    }
}
