package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where retained messages are kept so that they survive what the configuration says they survive. */
public interface RetainedStore {
    /**
     * What a topic has.
     *
     * @param version grows with each change of the topic; of two values the one with the higher version is the newer,
     *     whoever tells of it
     * @param message null where the topic was cleared
     */
    record Kept(TopicName topic, long version, @Nullable Message message) {}

    /**
     * Stores the retained message of a topic, or its absence, and gives it the next version. The changes that a loop
     * makes to a topic are made in their order; of several that wait for each other all but the last may be left out,
     * and are answered with that one then.
     *
     * <p>A message that has expired may be forgotten, but not before a topic that was cleared when it expired would be:
     * nobody else removes it.
     *
     * @param message null clears the topic
     * @param then called once on the loop, possibly before this returns, when it is safe; with null when nobody can say that it is
     */
    void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then);

    /**
     * What a topic has by now, as it came from the store or from another node: what else is kept of it may go. On any
     * thread.
     */
    default void heard(Kept kept) {}

    /**
     * Reads everything, what was cleared lately included.
     *
     * @param each called on the loop for each topic, in any order
     * @param then called once on the loop after that: false when not all could be read
     */
    void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then);
}
