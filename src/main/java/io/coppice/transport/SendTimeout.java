package io.coppice.transport;

import io.coppice.port.Loop;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Watches the output of one connection while it is full, and says when the network has taken nothing of it for too
 * long. Whoever reads, however slowly, makes it go on; what waits for us, such as for a disk, is nobody's fault there.
 */
final class SendTimeout {
    /** Looks within a limit: so much of it may pass besides before it is noticed. */
    private static final int LOOKS = 4;

    private final Loop loop;
    private final long limitMillis;
    private final LongSupplier taken;
    private final LongSupplier pending;
    private final LongConsumer over;
    private long takenMost;
    private long takenAt;
    private boolean watching;
    private boolean looking;

    /**
     * Nothing is watched yet.
     *
     * @param limitMillis above 0
     * @param taken bytes that the network has taken since the connection began
     * @param pending bytes that the network has been given and not taken
     * @param over told once for each time that it is watched: for how many milliseconds nothing was taken
     */
    SendTimeout(Loop loop, long limitMillis, LongSupplier taken, LongSupplier pending, LongConsumer over) {
        this.loop = loop;
        this.limitMillis = limitMillis;
        this.taken = taken;
        this.pending = pending;
        this.over = over;
    }

    /** The output is full. Idempotent. */
    void begin() {
        if (watching) {
            return;
        }
        watching = true;
        takenMost = taken.getAsLong();
        takenAt = loop.now();
        if (!looking) {
            looking = true;
            lookSoon();
        }
    }

    /** It has room, or is no more. Idempotent. */
    void end() {
        watching = false;
    }

    private void lookSoon() {
        loop.after(Math.max(1, limitMillis / LOOKS), this::look);
    }

    private void look() {
        if (!watching) {
            looking = false;
            return;
        }
        long now = loop.now();
        long most = taken.getAsLong();
        if (most > takenMost || pending.getAsLong() == 0) {
            takenMost = Math.max(takenMost, most);
            takenAt = now;
        }
        if (now - takenAt < limitMillis) {
            lookSoon();
            return;
        }
        watching = false;
        looking = false;
        over.accept(now - takenAt);
    }
}
