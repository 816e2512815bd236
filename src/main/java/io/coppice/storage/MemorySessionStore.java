package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps nothing: sessions live as long as the process, in the memory of their loops, so every record is
 * as safe as it will ever be. It refuses no epoch, because on a node that is alone no home writes after its successor.
 */
public final class MemorySessionStore implements SessionStore {
    /** @param then called with {@link Outcome#SAFE}, before this returns */
    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        then.accept(Outcome.SAFE);
    }

    /** @param then called with nothing, before this returns: what is not on a loop is nowhere */
    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        then.accept(List.of());
    }
}
