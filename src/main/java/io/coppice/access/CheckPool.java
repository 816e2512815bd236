package io.coppice.access;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few threads for what takes long on purpose: checking passwords. However many clients come, no more than these are
 * busy with them, and no more than a bounded number waits.
 */
final class CheckPool implements AutoCloseable {
    private static final long CLOSE_SECONDS_MAX = 5;

    private record Check(Object of, Runnable work) implements Runnable {
        @Override
        public void run() {
            work.run();
        }
    }

    private final ThreadPoolExecutor threads;

    /**
     * A pool whose threads come with the first checks.
     *
     * @param waitingMax checks that wait for a thread
     */
    CheckPool(int threads, int waitingMax) {
        AtomicInteger count = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                threads, threads, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(waitingMax), work -> {
                    Thread thread = new Thread(work, "coppice-check-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    thread.setPriority(Thread.MIN_PRIORITY); // heeded by some systems
                    return thread;
                });
        this.threads.allowCoreThreadTimeOut(true);
    }

    /** Has a check done, on another thread; false where too many wait already. */
    boolean submit(Object of, Runnable work) {
        try {
            threads.execute(new Check(of, work));
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    /** Drops a check that still waits. */
    void withdraw(Object of) {
        threads.getQueue().removeIf(waiting -> ((Check) waiting).of == of);
    }

    /** How many checks wait for a thread. */
    int waiting() {
        return threads.getQueue().size();
    }

    /** Drops all that wait, and lets those end that run. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            threads.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
