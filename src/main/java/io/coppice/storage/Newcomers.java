package io.coppice.storage;

import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages that came for a session in the group that is being made, by their sequences. Those that are done with before
 * the group is written need not be written.
 */
final class Newcomers {
    /** What is to be done with each of them. */
    interface Visitor {
        /** @param assigned its packet identifier; null where it has none yet */
        void take(SessionRecord.Enqueued message, SessionRecord.@Nullable Assigned assigned);
    }

    private static final class Newcomer {
        final SessionRecord.Enqueued message;
        SessionRecord.@Nullable Assigned assigned;
        boolean settled;

        Newcomer(SessionRecord.Enqueued message) {
            this.message = message;
        }
    }

    /** In the order of their sequences. */
    private final List<Newcomer> all = new ArrayList<>();

    /** Adds a message. It is there already where a session is told anew. */
    void add(SessionRecord.Enqueued message) {
        int at = all.isEmpty() || all.get(all.size() - 1).message.sequence() < message.sequence()
                ? -(all.size() + 1)
                : search(message.sequence());
        if (at < 0) {
            all.add(-(at + 1), new Newcomer(message));
        }
    }

    /** Whether the message with that sequence is among them; it has a packet identifier now. */
    boolean assign(SessionRecord.Assigned assigned) {
        Newcomer found = find(assigned.sequence());
        if (found != null) {
            found.assigned = assigned;
        }
        return found != null;
    }

    /** Whether the message with that sequence is among them; it is done with now. */
    boolean settle(long sequence) {
        Newcomer found = find(sequence);
        if (found != null) {
            found.settled = true;
        }
        return found != null;
    }

    private @Nullable Newcomer find(long sequence) {
        int at = search(sequence);
        return at < 0 ? null : all.get(at);
    }

    /** @return where it is, or -(where it belongs) - 1 */
    private int search(long sequence) {
        int low = 0;
        int high = all.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            long there = all.get(middle).message.sequence();
            if (there == sequence) {
                return middle;
            } else if (there < sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return -(low + 1);
    }

    /** Shows those that are not done with, in their order. */
    void forEach(Visitor visitor) {
        for (Newcomer each : all) {
            if (!each.settled) {
                visitor.take(each.message, each.assigned);
            }
        }
    }
}
