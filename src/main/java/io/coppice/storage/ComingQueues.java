package io.coppice.storage;

import io.coppice.codec.RecordCodec;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Queues that come from elsewhere in parts. They lie in a slot of their own ({@link Keys}), beside what the journal has of
 * the session, until all of it is here. Used by the journal's one writer.
 */
final class ComingQueues {
    private final Map<String, Coming> coming = new HashMap<>();
    private final ByteBuf key = Unpooled.buffer();
    private final ByteBuf value = Unpooled.buffer();
    private final Journal journal;
    private final Changes changes;
    private final SessionChanges sessions;

    /** A queue on its way here. */
    private static final class Coming {
        final long number;
        final byte[] prefix;
        final int slot;
        long messages;

        Coming(long number, byte[] prefix, int slot) {
            this.number = number;
            this.prefix = prefix;
            this.slot = slot;
        }
    }

    ComingQueues(Journal journal, Changes changes, SessionChanges sessions) {
        this.journal = journal;
        this.changes = changes;
        this.sessions = sessions;
    }

    /**
     * Adds a part. What was added before the first one must have been written.
     *
     * @param number of the coming, unlike that of any other
     * @param from how many messages come before these; where others have come, nothing happens
     * @param records messages in their order, and behind one that was sent how it was
     */
    void add(String clientId, long number, long from, List<SessionRecord> records) throws JournalFault {
        if (from == 0) {
            begin(clientId, number);
        }
        Coming present = coming.get(clientId);
        if (present == null || present.number != number || present.messages != from) {
            return;
        }
        for (int i = 0; i < records.size(); i++) {
            if (records.get(i) instanceof SessionRecord.Enqueued message) {
                RecordCodec.encode(message, value.clear());
                if (i + 1 < records.size() && records.get(i + 1) instanceof SessionRecord.Assigned sent) {
                    RecordCodec.encode(sent, value);
                }
                key.clear().writeBytes(present.prefix).writeLong(Keys.inSlot(present.slot, message.sequence()));
                changes.put(Family.QUEUES, key, value);
                present.messages++;
            }
        }
    }

    private void begin(String clientId, long number) throws JournalFault {
        StoredSession present = sessions.sessions().get(clientId);
        int slot = Keys.slotBeside(present == null ? Keys.FIRST_SLOT : present.slot);
        Coming fresh = new Coming(number, Keys.prefix(clientId), slot);
        coming.put(clientId, fresh);
        // what one that was given up has left
        journal.scan(
                Family.QUEUES,
                Keys.queued(fresh.prefix, slot, 0),
                Keys.queued(fresh.prefix, slot + 1, 0),
                (at, message) -> changes.delete(Family.QUEUES, at));
    }

    /**
     * All of a queue has come: the session takes the place of whatever is here. What was added before must have been written.
     *
     * @param messages that were given; where others have come, nothing happens
     * @param records all but the messages
     * @return whether it has
     */
    boolean end(String clientId, long epoch, long number, long messages, List<SessionRecord> records)
            throws JournalFault {
        Coming present = coming.get(clientId);
        if (present == null || present.number != number || present.messages != messages) {
            return false;
        }
        coming.remove(clientId);
        return sessions.arrive(clientId, epoch, present.slot, records);
    }
}
