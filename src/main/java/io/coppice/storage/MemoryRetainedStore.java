package io.coppice.storage;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that keeps nothing: retained messages live as long as the process, in the tree that delivers them. */
public final class MemoryRetainedStore implements RetainedStore {
    /** @param then called with true, before this returns */
    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<Boolean> then) {
        then.accept(true);
    }
}
