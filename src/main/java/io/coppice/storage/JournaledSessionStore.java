package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in a store that nodes share, and those that are at home on this node in its journal too: what counts as stored
 * is in both. The shared store knows whose records are refused; the journal takes what comes.
 */
final class JournaledSessionStore implements SessionStore {
    private final SessionStore shared;
    private final JournalWriter writer;

    JournaledSessionStore(SessionStore shared, JournalWriter writer) {
        this.shared = shared;
        this.writer = writer;
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

    /** What is found goes into the journal, before anything that its home adds to it. */
    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        shared.load(
                clientId,
                epoch,
                loop,
                records -> {
                    if (records != null && !records.isEmpty()) {
                        writer.append(loop, whole(clientId, epoch, records), outcome -> {});
                    }
                    then.accept(records);
                },
                outdated);
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
