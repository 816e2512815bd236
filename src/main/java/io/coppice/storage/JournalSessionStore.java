package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sessions in the journal of a node that is alone. It refuses no epoch, because no home writes after its successor. */
final class JournalSessionStore implements SessionStore {
    private final JournalWriter writer;

    JournalSessionStore(JournalWriter writer) {
        this.writer = writer;
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        writer.append(loop, entries, then);
    }

    @Override
    public @Nullable String refusal() {
        return writer.refusal();
    }

    @Override
    public boolean isBroken() {
        return writer.isBroken();
    }

    @Override
    public boolean isCrowded() {
        return writer.isCrowded();
    }

    /** @param outdated never called */
    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        writer.read(
                journal -> new SessionReading(journal).records(clientId),
                records -> loop.execute(() -> then.accept(records)));
    }
}
