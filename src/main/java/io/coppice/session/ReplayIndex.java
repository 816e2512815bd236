package io.coppice.session;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds messages by sequence while records are replayed. Records mostly speak of the oldest messages, so a
 * short look at the front does; only long queues with work in their middle pay for a map. Given up when
 * live operation begins.
 */
final class ReplayIndex {
    private static final int LOOK = 32;

    private final InFlight inFlight;
    private final PendingQueue waiting;
    private @Nullable Map<Long, OutboundMessage> bySequence;

    ReplayIndex(InFlight inFlight, PendingQueue waiting) {
        this.inFlight = inFlight;
        this.waiting = waiting;
    }

    void added(OutboundMessage message) {
        if (bySequence != null) {
            bySequence.put(message.sequence, message);
        }
    }

    void removed(OutboundMessage message) {
        if (bySequence != null) {
            bySequence.remove(message.sequence);
        }
    }

    @Nullable
    OutboundMessage find(long sequence) {
        if (bySequence != null) {
            return bySequence.get(sequence);
        }
        OutboundMessage found = look(inFlight.first(), sequence);
        if (found == null) {
            found = look(waiting.first(), sequence);
        }
        if (found == null && (inFlight.size() + waiting.size() > LOOK || waiting.hasBacklog())) {
            bySequence = index();
            found = bySequence.get(sequence);
        }
        return found;
    }

    private static @Nullable OutboundMessage look(@Nullable OutboundMessage first, long sequence) {
        OutboundMessage here = first;
        for (int looked = 0; here != null && looked < LOOK; looked++) {
            if (here.sequence == sequence) {
                return here;
            }
            here = here.next;
        }
        return null;
    }

    private Map<Long, OutboundMessage> index() {
        Map<Long, OutboundMessage> index = new HashMap<>();
        for (OutboundMessage each = inFlight.first(); each != null; each = each.next) {
            index.put(each.sequence, each);
        }
        waiting.forEach(each -> index.put(each.sequence, each));
        return index;
    }
}
