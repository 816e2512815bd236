package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What nodes share in memory: of each session the newest epoch, and the records that were taken in order. */
final class SharedSessions implements SessionStore {
    /** Of one session. */
    record Held(long epoch, List<SessionRecord> records) {}

    final Map<String, Held> sessions = new HashMap<>();
    boolean fails;
    /** Records of a session that come at once; 0 for all of them. */
    int partSize;
    /** After so many parts it answers no more. */
    int partsMax = Integer.MAX_VALUE;

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        if (fails) {
            then.accept(Outcome.FAILED);
            return;
        }
        Set<String> fenced = new HashSet<>();
        for (Entry entry : entries) {
            Held held = sessions.getOrDefault(entry.clientId(), new Held(0, List.of()));
            if (entry.epoch() < held.epoch()) {
                fenced.add(entry.clientId());
                continue;
            }
            List<SessionRecord> records = new ArrayList<>(held.records());
            if (entry.record() instanceof SessionRecord.Ended) {
                records.clear();
            } else if (entry.record() instanceof SessionRecord.Settled settled) {
                records.removeIf(record ->
                        record instanceof SessionRecord.Enqueued enqueued && enqueued.sequence() == settled.sequence());
            } else {
                records.add(entry.record());
            }
            sessions.put(entry.clientId(), new Held(entry.epoch(), records));
        }
        then.accept(fenced.isEmpty() ? Outcome.SAFE : new Outcome(true, fenced));
    }

    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        Held held = sessions.getOrDefault(clientId, new Held(0, List.of()));
        if (held.epoch() > epoch) {
            outdated.run();
        } else {
            sessions.put(clientId, new Held(epoch, held.records()));
            then.accept(held.records());
        }
    }

    @Override
    public void loadParts(String clientId, long epoch, Loop loop, Parts to) {
        load(
                clientId,
                epoch,
                loop,
                records -> {
                    if (partSize == 0 || records == null || records.size() <= partSize) {
                        to.last(records == null ? List.of() : records);
                    } else {
                        part(records, 0, loop, to);
                    }
                },
                to::outdated);
    }

    private void part(List<SessionRecord> records, int from, Loop loop, Parts to) {
        int end = Math.min(from + partSize, records.size());
        if (from / partSize >= partsMax) {
            to.failed();
        } else if (end == records.size()) {
            to.last(records.subList(from, end));
        } else {
            to.part(records.subList(from, end), () -> loop.execute(() -> part(records, end, loop, to)));
        }
    }
}
