package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sessions in the journal of a node that is alone. It refuses no epoch, because no home writes after its successor. */
final class JournalSessionStore implements SessionStore {
    private final JournalWriter writer;
    private final long queueMemoryMax;
    /** What is known of queues that nobody has changed since the journal was opened: they need not be read to their end. */
    private final Map<String, StoredQueue> queues;

    /**
     * @param queueMemoryMax weight of messages that are loaded with their session
     * @param queues as they were found when the journal was opened
     */
    JournalSessionStore(JournalWriter writer, long queueMemoryMax, Map<String, StoredQueue> queues) {
        this.writer = writer;
        this.queueMemoryMax = queueMemoryMax;
        this.queues = new ConcurrentHashMap<>(queues);
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        if (!queues.isEmpty()) {
            entries.forEach(entry -> queues.remove(entry.clientId()));
        }
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
        StoredQueue known = queues.get(clientId);
        writer.read(
                journal -> new SessionReading(journal).records(clientId, queueMemoryMax, known),
                records -> loop.execute(() -> then.accept(records)));
    }

    @Override
    public void page(String clientId, long after, long bytesMax, Loop loop, Consumer<@Nullable Page> then) {
        writer.readWritten(
                journal -> new SessionReading(journal).page(clientId, after, bytesMax),
                page -> loop.execute(() -> then.accept(page)));
    }
}
