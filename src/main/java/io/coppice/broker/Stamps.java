package io.coppice.broker;

import io.coppice.port.Origin;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** The newest message of each loop that has come, by the loop's stamps. */
final class Stamps {
    private static final class Newest {
        long stamp;
    }

    private final Map<Origin, Newest> newest = new HashMap<>();
    /** Messages mostly come from the same loop as those before. */
    private @Nullable Origin lastOrigin;

    private @Nullable Newest last;

    /** Notes a message that has come. */
    void note(Origin origin, long stamp) {
        Newest known = last;
        if (known == null || lastOrigin != origin) {
            known = newest.computeIfAbsent(origin, unknown -> new Newest());
            last = known;
            lastOrigin = origin;
        }
        known.stamp = Math.max(known.stamp, stamp);
    }

    void forEach(ObjLongConsumer<Origin> action) {
        newest.forEach((origin, known) -> action.accept(origin, known.stamp));
    }
}
