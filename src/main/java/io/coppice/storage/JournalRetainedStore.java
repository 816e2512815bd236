package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.codec.UnreadableRecord;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Retained messages in the journal of a node that is alone: one that was cleared leaves nothing behind. */
final class JournalRetainedStore implements RetainedStore {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRetainedStore.class);

    private final JournalWriter writer;

    JournalRetainedStore(JournalWriter writer) {
        this.writer = writer;
    }

    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
        @Nullable Kept[] kept = new Kept[1];
        writer.change(
                state -> kept[0] = state.retained().put(topic, message),
                Backlog.weight(message),
                safe -> loop.execute(() -> then.accept(safe ? kept[0] : null)));
    }

    @Override
    public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        writer.read(
                JournalRetainedStore::all,
                all -> loop.execute(() -> {
                    if (all != null) {
                        all.forEach(each);
                    }
                    then.accept(all != null);
                }));
    }

    /** Everything that there is, what was cleared included. */
    static List<Kept> all(Journal journal) throws JournalFault {
        List<Kept> all = new ArrayList<>();
        journal.scan(Family.RETAINED, (key, value) -> {
            try {
                all.add(RetainedChanges.read(key, value));
            } catch (UnreadableRecord damaged) {
                LOG.error(
                        getMarker("journal-retained-damaged"),
                        "In the journal, at the retained message of {}: {}. It is left out.",
                        new String(key, StandardCharsets.UTF_8),
                        damaged.getMessage());
            }
        });
        return all;
    }
}
