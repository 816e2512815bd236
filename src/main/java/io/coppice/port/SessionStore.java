package io.coppice.port;

import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.function.Consumer;

/** Where session records are kept so that they survive what the configuration says they survive. */
public interface SessionStore {
    /**
     * One record of one session.
     *
     * @param epoch of the home that writes; the store refuses one older than it has seen
     */
    record Entry(String clientId, long epoch, SessionRecord record) {}

    /**
     * Stores records in order: one turn of one loop, as one group.
     *
     * @param entries handed over; not touched by the caller again
     * @param then called once on the loop, possibly before this returns: true when all of them are safe
     */
    void append(Loop loop, List<Entry> entries, Consumer<Boolean> then);
}
