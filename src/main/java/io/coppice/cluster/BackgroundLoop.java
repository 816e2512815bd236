package io.coppice.cluster;

import io.coppice.port.Loop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A loop for what belongs to no session's loop. What comes after its end is dropped. */
final class BackgroundLoop implements Loop, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundLoop.class);

    private final ScheduledThreadPoolExecutor worker;

    BackgroundLoop(String name) {
        worker = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** -1: it is none of the node's loops. */
    @Override
    public int index() {
        return -1;
    }

    @Override
    public long now() {
        return System.currentTimeMillis();
    }

    @Override
    public void execute(Runnable task) {
        after(0, task);
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        try {
            var unused = worker.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.debug("a task came after the end: {}", closed.getMessage());
        }
    }

    @Override
    public void close() {
        worker.shutdown();
    }
}
