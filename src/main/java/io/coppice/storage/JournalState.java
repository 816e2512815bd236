package io.coppice.storage;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** An open journal, and what its writer knows of it. Used by the writer, and before there is one by who opens it. */
class JournalState {
    /** One writes down that something was taken out, the others take it out of where it was. */
    private static final int RECLAIMS = 3;

    private static final byte[] ALIVE = "alive".getBytes(StandardCharsets.US_ASCII);

    private final Journal journal;
    private final Changes changes = new Changes();
    private final SessionChanges sessions;
    private final RetainedChanges retained;
    private long written;
    /** How often the disk is still to be asked to give back the room of what was taken out. */
    private int reclaims;

    private int damagesFound;
    private int damagesTaken;

    JournalState(Journal journal) {
        this.journal = journal;
        this.sessions = new SessionChanges(journal, changes);
        this.retained = new RetainedChanges(changes);
    }

    Journal journal() {
        return journal;
    }

    SessionChanges sessions() {
        return sessions;
    }

    RetainedChanges retained() {
        return retained;
    }

    /**
     * Notes that the node lives: connections that were there when it was killed ended no earlier.
     *
     * @param now milliseconds since 1970
     */
    void alive(long now) {
        changes.put(Family.ABOUT, ALIVE, Unpooled.copyLong(now).array());
    }

    /** When the node is known to have lived last, milliseconds since 1970; 0 where nothing is known. */
    long aliveAt() throws JournalFault {
        byte[] alive = journal.get(Family.ABOUT, ALIVE);
        return alive == null || alive.length != Long.BYTES
                ? 0
                : Unpooled.wrappedBuffer(alive).readLong();
    }

    /** Bytes that wait to be written. */
    int size() {
        return changes.size();
    }

    /** Bytes that were written since it was opened. */
    long written() {
        return written;
    }

    /** Places were found not to read when it was opened. */
    void foundDamaged(int places) {
        damagesFound += places;
    }

    /** How many places did not read of which nobody was told before. */
    int takeDamages() {
        int all = damagesFound + journal.damages();
        int found = all - damagesTaken;
        damagesTaken = all;
        return found;
    }

    /** Has the room of messages that were taken out given back, in the background; to be called from time to time. */
    void reclaim() throws JournalFault {
        if (reclaims > 0) {
            reclaims--;
            journal.reclaim();
        }
    }

    /** Writes what was added. */
    void write() throws JournalFault {
        if (!changes.isEmpty()) {
            journal.write(changes);
            written += changes.size();
            reclaims = changes.removals() > 0 ? RECLAIMS : reclaims;
            changes.clear();
        }
        sessions.ended();
    }
}
