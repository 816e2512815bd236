package io.coppice.broker;

import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a snapshot, from the first message on that is in the store alone: read part by part, with those that are in
 * memory in their places. What the client gets meanwhile is not told any more.
 */
final class BacklogReading {
    private static final int TRIES = 100;
    private static final long RETRY_MILLIS = 200;

    private final Shard shard;
    private final String clientId;
    private final long last;
    /** Those behind the first one that are in memory, and what ends the snapshot. */
    private final Deque<SessionRecord> held = new ArrayDeque<>();

    private long after;
    private boolean over;
    private boolean failed;

    private BacklogReading(SessionSlot slot, SessionRecord.Backlog backlog) {
        this.shard = slot.shard;
        this.clientId = slot.clientId();
        this.after = backlog.after();
        this.last = backlog.last();
    }

    /**
     * Takes out of a snapshot what is to be told with the messages that are in the store alone.
     *
     * @return null where there are none
     */
    static @Nullable BacklogReading of(SessionSlot slot, List<SessionRecord> snapshot) {
        BacklogReading reading = null;
        List<SessionRecord> before = new ArrayList<>();
        for (SessionRecord record : snapshot) {
            if (record instanceof SessionRecord.Backlog backlog) {
                reading = new BacklogReading(slot, backlog);
            } else if (reading != null && isBehind(record, reading.after)) {
                reading.held.add(record);
            } else {
                before.add(record);
            }
        }
        if (reading != null) {
            snapshot.clear();
            snapshot.addAll(before);
        }
        return reading;
    }

    private static boolean isBehind(SessionRecord record, long after) {
        return record instanceof SessionRecord.Enqueued enqueued
                ? enqueued.sequence() > after
                : record instanceof SessionRecord.Settled settled && settled.sequence() > after;
    }

    /** Whether everything has been told. */
    boolean isOver() {
        return over;
    }

    /** Whether the store did not tell all that there is. */
    boolean hasFailed() {
        return failed;
    }

    /**
     * The next messages.
     *
     * @param then told on the session's loop; with none where nothing is left
     */
    void next(long bytesMax, Consumer<List<SessionRecord>> then) {
        shard.loop.execute(() -> read(bytesMax, TRIES, then));
    }

    private void read(long bytesMax, int triesLeft, Consumer<List<SessionRecord>> then) {
        shard.broker.store.page(clientId, after, bytesMax, shard.loop, page -> {
            if (page == null && triesLeft > 0 && !shard.broker.isStopped()) {
                shard.loop.after(RETRY_MILLIS, () -> read(bytesMax, triesLeft - 1, then));
            } else {
                then.accept(merged(page));
            }
        });
    }

    private List<SessionRecord> merged(SessionStore.@Nullable Page page) {
        List<SessionRecord> records = new ArrayList<>();
        if (page != null) {
            for (SessionRecord.Enqueued stored : page.messages()) {
                if (stored.sequence() > last) {
                    break;
                }
                heldBefore(stored.sequence(), records);
                if (stored.share() == null) { // else it is in memory too
                    records.add(stored);
                }
                after = stored.sequence();
            }
        }
        failed = page == null;
        over = page == null
                || page.all()
                || after >= last
                || page.messages().isEmpty()
                || page.messages().get(page.messages().size() - 1).sequence() > last;
        if (over) {
            records.addAll(held);
            held.clear();
        }
        return records;
    }

    private void heldBefore(long sequence, List<SessionRecord> records) {
        while (held.peek() instanceof SessionRecord.Enqueued enqueued && enqueued.sequence() <= sequence) {
            held.remove();
            if (enqueued.sequence() < sequence || enqueued.share() != null) {
                records.add(enqueued);
            }
        }
    }
}
