package io.coppice.codec;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;

/** Counts what a piece of code allocates on the heap. */
public final class Allocation {
    /** Buffers that the leak detector leaves alone: it notes every access on the heap, which is not what is counted. */
    static final ByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(true, true);

    private Allocation() {}

    /** Bytes allocated by the fewest of a few runs: what the JVM allocates for itself now and then is not in it. */
    public static long bytes(Runnable code) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            code.run();
            fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return fewest;
    }
}
