package io.coppice.storage;

import io.coppice.session.Newest;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the writer has to know of a session that is in the journal, so that it need not read before it writes. */
final class StoredSession {
    final byte[] prefix;
    /** That of the newest connection. */
    long epoch;
    /** Sequences that were given a packet identifier after they were stored; null for none. */
    private @Nullable Set<Long> assigned;
    /** Sequences of which the client has said that it has the message; null for none. */
    private @Nullable Set<Long> received;
    /** Messages of its queue that lie in {@link Family#SHARED}. */
    long shared;
    /** Which QoS 2 messages it has had; null for none. */
    private @Nullable Newest newest;
    /** Messages that came in the present group; null for none. */
    @Nullable
    Newcomers newcomers;
    /** Where its queue lies, see {@link Keys}. */
    int slot;
    /** The group that has changed it last. */
    long changedIn = -1;

    StoredSession(byte[] prefix) {
        this.prefix = prefix;
    }

    void assigned(long sequence) {
        if (assigned == null) {
            assigned = new HashSet<>();
        }
        assigned.add(sequence);
    }

    void received(long sequence) {
        if (received == null) {
            received = new HashSet<>();
        }
        received.add(sequence);
    }

    Newest newest() {
        if (newest == null) {
            newest = new Newest();
        }
        return newest;
    }

    /** Whether there was something to take out. */
    boolean removeAssigned(long sequence) {
        if (assigned == null || !assigned.remove(sequence)) {
            return false;
        }
        assigned = assigned.isEmpty() ? null : assigned;
        return true;
    }

    /** Whether there was something to take out. */
    boolean removeReceived(long sequence) {
        if (received == null || !received.remove(sequence)) {
            return false;
        }
        received = received.isEmpty() ? null : received;
        return true;
    }
}
