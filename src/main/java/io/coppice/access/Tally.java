package io.coppice.access;

import io.coppice.port.Figure;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts of events of a closed set of kinds. Any thread. */
final class Tally<E extends Enum<E>> {
    private final E[] kinds;
    private final AtomicLongArray counts;

    Tally(Class<E> type) {
        kinds = type.getEnumConstants();
        counts = new AtomicLongArray(kinds.length);
    }

    void add(E kind) {
        counts.incrementAndGet(kind.ordinal());
    }

    long of(E kind) {
        return counts.get(kind.ordinal());
    }

    /**
     * One figure for each kind.
     *
     * @param label whose value is the kind
     * @param others further labels
     */
    List<Figure> figures(String name, String description, String label, Map<String, String> others) {
        return Arrays.stream(kinds)
                .map(kind -> {
                    Map<String, String> labels = new TreeMap<>(others);
                    labels.put(label, kind.name().toLowerCase(Locale.ROOT));
                    return new Figure(name, description, true, labels, () -> of(kind));
                })
                .toList();
    }
}
