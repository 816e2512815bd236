package io.coppice.topic;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which member of a shared group gets a message; the standard leaves it to the server (MQTT 5, 4.8.2). */
public enum ShareStrategy {
    /** One after the other in the order of joining. */
    ROUND_ROBIN,
    /** Anyone, each as likely as the others. */
    RANDOM,
    /** Who has the fewest messages in flight; among equals one after the other. */
    LEAST_INFLIGHT,
    /** Always the same one, until it leaves or its client disconnects. */
    STICKY,
    /** All messages of one publisher to the same one. */
    HASH_CLIENT,
    /** All messages of one topic to the same one. */
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
