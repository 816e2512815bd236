package io.coppice.shell;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** How somebody at a terminal, or a signal, ends a command that holds a connection. */
public interface CommandEnd {
    /**
     * Runs a command that is given where to put what ends it early.
     *
     * @param welcome whether an early end is as good as any: the status is then that of the command
     * @return its status
     */
    int during(boolean welcome, ToIntFunction<Consumer<Runnable>> command);

    /** Whether what is written to the standard output is seen by somebody as it is. */
    boolean isTerminal();

    /** That of a process: Ctrl-C and SIGTERM. */
    final class OfProcess implements CommandEnd {
        /** Longer than a goodbye takes. */
        private static final long STOP_SECONDS_MAX = 3;

        /** As a shell says it of a process that SIGINT has ended. */
        private static final int INTERRUPTED = 130;

        @Override
        public int during(boolean welcome, ToIntFunction<Consumer<Runnable>> command) {
            CountDownLatch over = new CountDownLatch(1);
            AtomicBoolean running = new AtomicBoolean(true);
            int[] status = {INTERRUPTED};
            try {
                status[0] = command.applyAsInt(stop -> Runtime.getRuntime()
                        .addShutdownHook(new Thread(() -> stop(stop, running, over, welcome, status), "coppice-end")));
                return status[0];
            } finally {
                running.set(false);
                over.countDown();
            }
        }

        private static void stop(
                Runnable stop, AtomicBoolean running, CountDownLatch over, boolean welcome, int[] status) {
            if (!running.get()) {
                return; // the process ends by itself
            }
            stop.run();
            boolean ended = false;
            try {
                ended = over.await(STOP_SECONDS_MAX, TimeUnit.SECONDS);
            } catch (InterruptedException impatient) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(ended && welcome ? status[0] : INTERRUPTED);
        }

        @Override
        public boolean isTerminal() {
            return Terminal.is(Terminal.OUT);
        }
    }
}
