package io.coppice.transport;

import io.coppice.port.Loop;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Channels of one loop that are closed unless something happens in time, all after the same delay: so they stand in
 * a row and one timer serves them all. Used on the loop only.
 */
final class Deadlines {
    /** One channel's place in the row. */
    final class Entry {
        private final Channel channel;
        private final long at;
        private @Nullable Entry before;
        private @Nullable Entry after;
        private boolean standing = true;
        private boolean past;

        private Entry(Channel channel, long at) {
            this.channel = channel;
            this.at = at;
        }

        /** Whether its time has come, and the channel was closed. */
        boolean isPast() {
            return past;
        }

        /** Lets the channel live. Idempotent. */
        void cancel() {
            if (!standing) {
                return;
            }
            standing = false;
            if (before == null) {
                first = after;
            } else {
                before.after = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.before = before;
            }
        }
    }

    private final Loop loop;
    private final long delayMillis;
    private final Runnable tick = this::tick;
    private @Nullable Entry first;
    private @Nullable Entry last;
    private boolean ticking;

    Deadlines(Loop loop, long delayMillis) {
        this.loop = loop;
        this.delayMillis = delayMillis;
    }

    /** Closes a channel after the delay, dropping what it has not yet written. */
    Entry add(Channel channel) {
        Entry entry = new Entry(channel, loop.now() + delayMillis);
        entry.before = last;
        if (last == null) {
            first = entry;
        } else {
            last.after = entry;
        }
        last = entry;
        if (!ticking) {
            ticking = true;
            loop.after(delayMillis, tick);
        }
        return entry;
    }

    private void tick() {
        expireUntil(loop.now());
        Entry next = first;
        ticking = next != null;
        if (next != null) {
            loop.after(Math.max(1, next.at - loop.now()), tick);
        }
    }

    /** Closes every channel in the row, due or not. */
    void expireAll() {
        expireUntil(Long.MAX_VALUE);
    }

    private void expireUntil(long now) {
        for (Entry entry = first; entry != null && entry.at <= now; entry = first) {
            entry.cancel();
            entry.past = true;
            // The channel itself, not its pipeline: whoever is in the way there had its chance.
            entry.channel.unsafe().close(entry.channel.voidPromise());
        }
    }
}
