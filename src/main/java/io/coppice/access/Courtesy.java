package io.coppice.access;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * After a wrong password a thread lets the event loops go first where there are not processors enough for all: who tries
 * passwords takes a ninth of one then, not the half that a thread is given. Right passwords cost nobody a pause.
 */
final class Courtesy {
    private static final long TIMES = 8;
    private static final long PAUSE_NANOS_MAX = 1_000_000_000;

    /** Of the calling thread, in nanoseconds. */
    private final LongSupplier processor;

    private final LongSupplier clock;
    private final LongConsumer pause;

    /**
     * @param processor time that the calling thread has had a processor, in nanoseconds; negative where nobody knows
     * @param pause lets the thread rest for so many nanoseconds, or until it is interrupted
     */
    Courtesy(LongSupplier processor, LongSupplier clock, LongConsumer pause) {
        this.processor = processor;
        this.clock = clock;
        this.pause = pause;
    }

    static Courtesy ofThreads() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        LongSupplier processor =
                threads.isCurrentThreadCpuTimeSupported() ? threads::getCurrentThreadCpuTime : () -> -1;
        return new Courtesy(processor, System::nanoTime, LockSupport::parkNanos);
    }

    /** What a thread has done since this was made; of that thread alone. */
    final class Effort {
        private final long processorBefore = processor.getAsLong();
        private final long before = clock.getAsLong();

        /** It was for a wrong password. */
        void wasted() {
            long took = processor.getAsLong() - processorBefore;
            long passed = clock.getAsLong() - before;
            if (processorBefore >= 0 && passed - took > took / 4) { // others had it in between
                pause.accept(Math.min(took * TIMES, PAUSE_NANOS_MAX));
            }
        }
    }

    Effort begin() {
        return new Effort();
    }
}
