package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where retained messages are kept so that they survive what the configuration says they survive. */
public interface RetainedStore {
    /**
     * Stores the retained message of a topic, or its absence.
     *
     * @param message null clears the topic
     * @param then called once on the loop, possibly before this returns: true when it is safe
     */
    void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<Boolean> then);
}
