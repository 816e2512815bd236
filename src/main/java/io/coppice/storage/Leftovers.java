package io.coppice.storage;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sessions that the journal has though their home is on another node by now, or may be: what is written of them with a
 * higher epoch takes the place of everything that is there. Used by the journal's writer, and before there is one by who
 * opens it.
 */
final class Leftovers {
    /** The epochs up to which they are left over. */
    private final Map<String, Long> epochs = new LinkedHashMap<>();

    void add(String clientId, long epoch) {
        epochs.merge(clientId, epoch, Math::max);
    }

    /** Whether what is there of a session in an epoch is left over. */
    boolean covers(String clientId, long epoch) {
        Long until = epochs.isEmpty() ? null : epochs.get(clientId);
        return until != null && epoch <= until;
    }

    void remove(String clientId) {
        if (!epochs.isEmpty()) {
            epochs.remove(clientId);
        }
    }

    /** Some of them; others with the next call. */
    Map<String, Long> some(int atMost) {
        Map<String, Long> some = new LinkedHashMap<>();
        for (Iterator<Map.Entry<String, Long>> each = epochs.entrySet().iterator();
                each.hasNext() && some.size() < atMost; ) {
            Map.Entry<String, Long> next = each.next();
            some.put(next.getKey(), next.getValue());
            each.remove();
        }
        epochs.putAll(some); // behind the others
        return some;
    }
}
