package io.coppice.storage;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that keeps nothing: retained messages live as long as the process, in the tree that delivers them. */
public final class MemoryRetainedStore implements RetainedStore {
    private final AtomicLong latestVersion = new AtomicLong();

    /** @param then called before this returns; never with null */
    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
        then.accept(new Kept(topic, latestVersion.incrementAndGet(), message));
    }

    /** @param then called with true, before this returns, after nothing */
    @Override
    public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        then.accept(true);
    }
}
