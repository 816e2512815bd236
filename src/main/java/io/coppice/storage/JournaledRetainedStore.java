package io.coppice.storage;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Retained messages in a store that nodes share, and all of them in the journal of each: whoever is left has them all. */
final class JournaledRetainedStore implements RetainedStore {
    private final RetainedStore shared;
    private final JournalWriter writer;

    JournaledRetainedStore(RetainedStore shared, JournalWriter writer) {
        this.shared = shared;
        this.writer = writer;
    }

    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
        shared.put(loop, topic, message, kept -> {
            if (kept == null) {
                then.accept(null);
            } else {
                writer.change(
                        state -> state.retained().keep(kept),
                        Backlog.weight(message),
                        safe -> loop.execute(() -> then.accept(safe ? kept : null)));
            }
        });
    }

    @Override
    public void heard(Kept kept) {
        writer.change(state -> state.retained().keep(kept), Backlog.weight(kept.message()), safe -> {});
    }

    @Override
    public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        shared.readAll(loop, each, then);
    }
}
