package io.coppice.topic;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which member of a shared group gets a message; the standard leaves it to the server (MQTT 5, 4.8.2). Where several
 * nodes have members, the node of the publisher chooses a node, which counts for as many as it has members connected,
 * and that node chooses one of its own.
 */
public enum ShareStrategy {
    /** One after the other in the order of joining; of each node as many in a row as it has members. */
    ROUND_ROBIN,
    /** Anyone, each as likely as the others, wherever it is. */
    RANDOM,
    /** Who has the fewest messages in flight of those on one node; among equals one after the other, and so among nodes. */
    LEAST_INFLIGHT,
    /** Always the same one, until it leaves or its client disconnects: on the node that has been connected to a member for longest. */
    STICKY,
    /** All messages of one publisher to the same one, wherever it is connected. */
    HASH_CLIENT,
    /** All messages of one topic to the same one, wherever they are published. */
    HASH_TOPIC;

    private static final ShareStrategy[] ALL = values();

    /** The strategy of a name such as {@code round-robin}, or null. */
    public static @Nullable ShareStrategy of(String kebab) {
        for (ShareStrategy strategy : ALL) {
            if (strategy.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(kebab)) {
                return strategy;
            }
        }
        return null;
    }
}
