package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.mqtt.Message;
import io.coppice.port.SessionStore.Entry;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What waits to be written, weighed and bounded: it lies in memory for as long as the disk takes. For any thread. */
final class Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);
    /** Bytes of a record besides its message, with what holds it. */
    static final int RECORD_WEIGHT = 128;
    /** It is not told of more often. */
    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final long max;
    private final String excess;
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean full;
    // Of the one thread.
    private boolean told;
    private long toldAt;

    /** @param max bytes above which nothing new is taken until half of them are left */
    Backlog(long max) {
        this.max = max;
        this.excess =
                "more waits to be written to the disk of node.data than limits.journal-backlog-bytes-max, which is "
                        + max + " bytes";
    }

    /** What records weigh in memory, in bytes. */
    static long weight(List<Entry> entries) {
        long weight = (long) entries.size() * RECORD_WEIGHT;
        Message last = null;
        for (int i = 0; i < entries.size(); i++) {
            Message message = message(entries.get(i).record());
            if (message != null && message != last) { // those who get one message follow each other
                weight += message.weight();
                last = message;
            }
        }
        return weight;
    }

    private static @Nullable Message message(SessionRecord record) {
        if (record instanceof SessionRecord.Enqueued enqueued) {
            return enqueued.message();
        }
        return record instanceof SessionRecord.Accepted accepted ? accepted.message() : null;
    }

    /** What a change of a retained message weighs. */
    static long weight(@Nullable Message retained) {
        return RECORD_WEIGHT + (retained == null ? 0 : retained.weight());
    }

    void add(int count, long weight) {
        records.addAndGet(count);
        if (bytes.addAndGet(weight) > max) {
            full = true;
        }
    }

    /** Some of it has been answered. */
    void remove(int count, long weight) {
        records.addAndGet(-count);
        bytes.addAndGet(-weight);
    }

    /** Looks whether new things may be taken again; to be called after something was removed, by one thread. */
    void look() {
        if (!full) {
            return;
        }
        long now = System.nanoTime();
        if (!told || now - toldAt >= TELL_NANOS) {
            told = true;
            toldAt = now;
            LOG.warn(getMarker("journal-backlog-full"), "For a time {}. Nothing new was stored.", excess);
        }
        if (!isCrowded()) {
            full = false;
        }
    }

    /** Whether whoever brings more should be slowed: half of what may wait does. */
    boolean isCrowded() {
        return bytes.get() > max / 2;
    }

    /** What there is too much of, in words for an operator; null where there is not. */
    @Nullable
    String excess() {
        return full ? excess : null;
    }

    long records() {
        return records.get();
    }

    long bytes() {
        return bytes.get();
    }
}
