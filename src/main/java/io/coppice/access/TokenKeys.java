package io.coppice.access;

import io.coppice.port.Figure;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where the keys of tokens come from. Any thread. */
interface TokenKeys {
    /** Those in force; null where there are none that can be relied on. */
    @Nullable
    KeySet inForce(long now);

    /**
     * Gets them anew where there may be others by now.
     *
     * @param used which were not enough; null for none
     * @param then called once, on any thread, with whether there may be others than these; at once where it is too early to ask
     */
    default void renew(@Nullable KeySet used, long now, Consumer<Boolean> then) {
        then.accept(false);
    }

    /** Looks whether they have changed; never on a loop. */
    default void refresh() {}

    /** What it tells of its work; always the same list. */
    default List<Figure> figures() {
        return List.of();
    }
}
