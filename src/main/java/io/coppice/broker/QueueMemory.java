package io.coppice.broker;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory what waits in the queues of all sessions takes, and whether that is as much as it may be. Each shard
 * tells of a change that is worth it, so a shard may be some kilobytes ahead of what is known here.
 */
final class QueueMemory {
    /** Bytes by which a shard's part has to change. */
    private static final long STEP = 64 * 1024;

    private final long bytesMax;
    private final AtomicLong bytes = new AtomicLong();

    QueueMemory(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    boolean isFull() {
        return bytes.get() >= bytesMax;
    }

    /**
     * Tells what a shard has now; on its loop.
     *
     * @param told what it told last, 0 at first
     * @return what it is to give as told the next time
     */
    long tell(long now, long told) {
        if (Math.abs(now - told) < STEP) {
            return told;
        }
        bytes.addAndGet(now - told);
        return now;
    }
}
