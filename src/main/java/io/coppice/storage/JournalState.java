package io.coppice.storage;

import io.coppice.port.Archive.Crew;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An open journal, and what its writer knows of it. Used by the writer, and before there is one by who opens it. */
class JournalState {
    /** One writes down that something was taken out, the others take it out of where it was. */
    private static final int RECLAIMS = 3;

    private static final byte[] ALIVE = "alive".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CREW = "crew".getBytes(StandardCharsets.US_ASCII);

    private final Journal journal;
    private final Changes changes = new Changes();
    private final SessionChanges sessions;
    private final ComingQueues coming;
    private final RetainedChanges retained;
    /** By client: queues as they were found when the journal was opened. */
    private final Map<String, StoredQueue> queues = new HashMap<>();

    private long written;
    /** How often the disk is still to be asked to give back the room of what was taken out. */
    private int reclaims;

    private int damagesFound;
    private int damagesTaken;

    JournalState(Journal journal, @Nullable Leftovers leftovers) {
        this.journal = journal;
        this.sessions = new SessionChanges(journal, changes, leftovers);
        this.coming = new ComingQueues(journal, changes, sessions);
        this.retained = new RetainedChanges(journal, changes);
    }

    Journal journal() {
        return journal;
    }

    SessionChanges sessions() {
        return sessions;
    }

    ComingQueues coming() {
        return coming;
    }

    Map<String, StoredQueue> queues() {
        return queues;
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

    /** Notes who is there: the time and the names, with a zero behind each. */
    void crew(Crew crew) {
        ByteBuf value = Unpooled.buffer().writeLong(crew.since());
        for (String name : crew.names()) {
            value.writeBytes(name.getBytes(StandardCharsets.UTF_8)).writeByte(0);
        }
        changes.put(Family.ABOUT, Unpooled.wrappedBuffer(CREW), value);
    }

    /** Who was there. */
    Crew crew() throws JournalFault {
        byte[] crew = journal.get(Family.ABOUT, CREW);
        if (crew == null || crew.length <= Long.BYTES) {
            return Crew.NOBODY;
        }
        ByteBuf in = Unpooled.wrappedBuffer(crew);
        long since = in.readLong();
        return new Crew(since, Set.of(in.toString(StandardCharsets.UTF_8).split("\0")));
    }

    /** Takes out what nobody asks for any more. */
    void forget(Family family, byte[] key) {
        changes.delete(family, key);
    }

    /** Bytes that wait to be written. */
    long size() {
        return changes.size() + sessions.queues().size();
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

    /**
     * Has the room of messages that were taken out given back, in the background; to be called from time to time.
     *
     * @param isShort whether there is need of it
     */
    void reclaim(boolean isShort) throws JournalFault {
        journal.setThrifty(isShort);
        if (isShort && reclaims > 0 && journal.reclaim()) {
            reclaims--;
        }
    }

    /** Writes what was added. */
    void write() throws JournalFault {
        sessions.queues().close();
        if (!changes.isEmpty()) {
            journal.write(changes);
            written += changes.size();
            reclaims = changes.removals() > 0 ? RECLAIMS : reclaims;
            changes.clear();
        }
        sessions.ended();
        retained.ended();
    }
}
