package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in a store that nodes share, and those that are at home on this node in its journal too: what counts as stored
 * is in both. The shared store knows whose records are refused; the journal takes what comes.
 */
final class JournaledSessionStore implements SessionStore {
    /** Of sessions that do not come in one part so many come at once. */
    private static final int COMING_MAX = 4;

    private final SessionStore shared;
    private final JournalWriter writer;
    private final long queueMemoryMax;
    private final AtomicLong comings = new AtomicLong();
    /** Guards itself: sessions that come, and those that wait for their turn. */
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    private int coming;

    /** @param queueMemoryMax weight of messages that are loaded with their session, where it has more of them than that */
    JournaledSessionStore(SessionStore shared, JournalWriter writer, long queueMemoryMax) {
        this.shared = shared;
        this.writer = writer;
        this.queueMemoryMax = queueMemoryMax;
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        Both both = new Both(entries, then);
        writer.append(loop, entries, both::answered);
        shared.append(loop, entries, both::answered);
    }

    /** What became of one group; on its loop alone. */
    private final class Both {
        private final List<Entry> entries;
        private final Consumer<Outcome> then;
        private @Nullable Outcome first;

        Both(List<Entry> entries, Consumer<Outcome> then) {
            this.entries = entries;
            this.then = then;
        }

        void answered(Outcome outcome) {
            Outcome former = first;
            if (!outcome.fenced().isEmpty()) {
                leaveOver(entries, outcome.fenced());
            }
            if (former == null) {
                first = outcome;
            } else if (!former.safe() || !outcome.safe()) {
                boolean late = (former.safe() || former.kept()) && (outcome.safe() || outcome.kept());
                then.accept(late ? new Outcome(false, fenced(former, outcome), true) : Outcome.FAILED);
            } else {
                then.accept(former.fenced().isEmpty() ? outcome : former);
            }
        }
    }

    private static Set<String> fenced(Outcome one, Outcome other) {
        return one.fenced().isEmpty() ? other.fenced() : one.fenced();
    }

    /** The journal has records that nobody else took: their session has its home elsewhere. */
    private void leaveOver(List<Entry> entries, Set<String> fenced) {
        Map<String, Long> epochs = new HashMap<>();
        for (Entry entry : entries) {
            if (fenced.contains(entry.clientId())) {
                epochs.merge(entry.clientId(), entry.epoch(), Math::max);
            }
        }
        writer.change(state -> epochs.forEach(state.sessions()::leave), safe -> {});
    }

    /**
     * What is found goes into the journal, before anything that its home adds to it. What comes in one part is written and
     * handed over whole, and not waited for.
     */
    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        shared.loadParts(clientId, epoch, loop, new Parts() {
            private @Nullable IncomingSession incoming;

            @Override
            public void part(List<SessionRecord> records, Runnable next) {
                if (incoming != null) {
                    incoming.part(records, next);
                    return;
                }
                IncomingSession fresh = new IncomingSession(
                        writer, clientId, epoch, comings.incrementAndGet(), queueMemoryMax, loop, this::end);
                incoming = fresh;
                enter(() -> loop.execute(() -> fresh.part(records, next)));
            }

            @Override
            public void last(List<SessionRecord> records) {
                if (incoming != null) {
                    incoming.last(records);
                    return;
                }
                if (!records.isEmpty()) {
                    writer.append(loop, whole(clientId, epoch, records), outcome -> {});
                }
                then.accept(records);
            }

            @Override
            public void failed() {
                end(null);
            }

            @Override
            public void outdated() {
                leave();
                outdated.run();
            }

            private void end(@Nullable List<SessionRecord> records) {
                leave();
                then.accept(records);
            }

            private void leave() {
                if (incoming != null) {
                    JournaledSessionStore.this.leave();
                }
            }
        });
    }

    /** Has a session come when it is its turn. */
    private void enter(Runnable come) {
        synchronized (waiting) {
            if (coming == COMING_MAX) {
                waiting.add(come);
                return;
            }
            coming++;
        }
        come.run();
    }

    /** A session has come, or does not come. */
    private void leave() {
        Runnable next;
        synchronized (waiting) {
            next = waiting.poll();
            if (next == null) {
                coming--;
            }
        }
        if (next != null) {
            next.run();
        }
    }

    /** From the journal, which has all that its home was told to be safe. */
    @Override
    public void page(String clientId, long after, long bytesMax, Loop loop, Consumer<@Nullable Page> then) {
        writer.readWritten(
                journal -> new SessionReading(journal).page(clientId, after, bytesMax),
                page -> loop.execute(() -> then.accept(page)));
    }

    private static List<Entry> whole(String clientId, long epoch, List<SessionRecord> records) {
        List<Entry> entries = new ArrayList<>(records.size() + 1);
        entries.add(new Entry(clientId, epoch, new SessionRecord.Ended()));
        records.forEach(record -> entries.add(new Entry(clientId, epoch, record)));
        return entries;
    }

    @Override
    public @Nullable String refusal() {
        String refusal = writer.refusal();
        return refusal == null ? shared.refusal() : refusal;
    }

    @Override
    public boolean isBroken() {
        return writer.isBroken() || shared.isBroken();
    }

    @Override
    public boolean isCrowded() {
        return writer.isCrowded() || shared.isCrowded();
    }

    @Override
    public void left(String clientId, long epoch) {
        shared.left(clientId, epoch);
        writer.change(state -> state.sessions().leave(clientId, epoch), safe -> {});
    }
}
