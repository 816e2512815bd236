package io.coppice.simulation;

import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** What a store has of one session, made from all that it was ever told of it. */
final class StoredRecords {
    private final List<SessionRecord> records = new ArrayList<>();
    private final TreeMap<Long, SessionRecord.Enqueued> queue = new TreeMap<>();
    /** Messages that stay from before the session was told anew, until their place has come. */
    private final TreeMap<Long, SessionRecord.Enqueued> kept = new TreeMap<>();

    private TreeMap<Long, SessionRecord.Enqueued> before = new TreeMap<>();

    private StoredRecords() {}

    static StoredRecords of(List<SessionStore.Entry> entries) {
        StoredRecords stored = new StoredRecords();
        entries.forEach(entry -> stored.add(entry.record()));
        stored.place(Long.MAX_VALUE);
        return stored;
    }

    /** Records whose replay makes the session. */
    List<SessionRecord> records() {
        return records;
    }

    /** The messages that are not done with, in order. */
    Collection<SessionRecord.Enqueued> queued() {
        return queue.values();
    }

    private void add(SessionRecord record) {
        if (record instanceof SessionRecord.Ended) {
            place(Long.MAX_VALUE);
            before = new TreeMap<>(queue);
            queue.clear();
            records.clear();
        } else if (record instanceof SessionRecord.Backlog backlog) {
            before.values().stream()
                    .filter(each -> backlog.covers(each.sequence()) && each.share() == null)
                    .forEach(each -> kept.put(each.sequence(), each));
        } else if (record instanceof SessionRecord.Enqueued enqueued) {
            place(enqueued.sequence());
            records.add(record);
            queue.put(enqueued.sequence(), enqueued);
        } else {
            if (record instanceof SessionRecord.Settled settled) {
                place(Long.MAX_VALUE);
                queue.remove(settled.sequence());
            } else if (record instanceof SessionRecord.Assigned assigned && !queue.containsKey(assigned.sequence())) {
                place(Long.MAX_VALUE);
            }
            records.add(record);
        }
    }

    /** Puts what stays before what has a sequence. */
    private void place(long sequence) {
        kept.headMap(sequence).values().forEach(each -> {
            records.add(each);
            queue.put(each.sequence(), each);
        });
        kept.headMap(sequence).clear();
    }
}
