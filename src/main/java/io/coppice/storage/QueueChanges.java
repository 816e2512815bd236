package io.coppice.storage;

import io.coppice.codec.MessageCodec;
import io.coppice.codec.QueueEntry;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.mqtt.Message;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What records of sessions change in their queues: a message is put once and taken out once, and one that is done with before
 * its group is written is never put. Several queues have a message in common, which goes with the last of them.
 */
final class QueueChanges {
    /** Smaller messages are written for each queue: a key of their own would take as much. */
    private static final int SHARED_BYTES_MIN = 256;

    /** In how many queues a message of {@link Family#SHARED} is. */
    private final Map<Long, long[]> queues = new HashMap<>();
    /** Sessions for which messages came in this group. */
    private final List<StoredSession> receiving = new ArrayList<>();
    /** What those messages weigh, at most. */
    private long newcomersWeight;
    /** How many queues get a message in this group, of those that are large enough. */
    private final Map<Message, Integer> receivers = new IdentityHashMap<>();
    /** Where a message of this group is that several queues have in common. */
    private final Map<Message, Long> placed = new IdentityHashMap<>();

    private final ByteBuf key = Unpooled.buffer();
    private final ByteBuf value = Unpooled.buffer();
    private final Journal journal;
    private final Changes changes;
    private long lastShared;

    QueueChanges(Journal journal, Changes changes) {
        this.journal = journal;
        this.changes = changes;
    }

    /** A queue that was there already has a message in common with others. */
    void foundShared(StoredSession session, long number) {
        isIn(session, number);
        lastShared = Math.max(lastShared, number);
    }

    private void isIn(StoredSession session, long number) {
        session.shared++;
        queues.computeIfAbsent(number, id -> new long[1])[0]++;
    }

    // --- groups

    /** Bytes of messages that wait to be among the changes, at most. */
    long size() {
        return newcomersWeight;
    }

    /** The group is about to be written: messages that came in it and are not done with are among its changes now. */
    void close() {
        receiving.forEach(this::countReceivers);
        for (StoredSession session : receiving) {
            put(session);
            session.newcomers = null;
        }
        receiving.clear();
        newcomersWeight = 0;
        receivers.clear();
        placed.clear();
    }

    private void countReceivers(StoredSession session) {
        if (session.newcomers != null) {
            session.newcomers.forEach((enqueued, assigned) -> {
                if (enqueued.message().payload().length >= SHARED_BYTES_MIN) {
                    receivers.merge(enqueued.message(), 1, Integer::sum);
                }
            });
        }
    }

    private void put(StoredSession session) {
        if (session.newcomers == null) {
            return; // the session has ended since
        }
        session.newcomers.forEach((enqueued, assigned) -> {
            value.clear();
            if (receivers.getOrDefault(enqueued.message(), 1) > 1) {
                RecordCodec.encode(enqueued, place(session, enqueued.message()), value);
            } else {
                RecordCodec.encode(enqueued, value);
            }
            if (assigned != null) {
                RecordCodec.encode(assigned, value);
            }
            changes.put(Family.QUEUES, key(session, enqueued.sequence()), value);
        });
    }

    private ByteBuf key(StoredSession session, long sequence) {
        return key.clear().writeBytes(session.prefix).writeLong(Keys.inSlot(session.slot, sequence));
    }

    /** The number of a message that several queues have in common. */
    private long place(StoredSession session, Message message) {
        Long number = placed.get(message);
        if (number == null) {
            number = ++lastShared;
            placed.put(message, number);
            ByteBuf content = Unpooled.buffer(message.weight());
            MessageCodec.encode(message, content);
            changes.put(Family.SHARED, Unpooled.copyLong(number), content);
        }
        isIn(session, number);
        return number;
    }

    // --- messages

    void enqueue(StoredSession session, SessionRecord.Enqueued enqueued) {
        Newcomers newcomers = session.newcomers;
        if (newcomers == null) {
            newcomers = new Newcomers();
            session.newcomers = newcomers;
            receiving.add(session);
        }
        newcomers.add(enqueued);
        newcomersWeight += enqueued.message().weight();
    }

    void settle(StoredSession session, long sequence) throws JournalFault {
        if (session.newcomers != null && session.newcomers.settle(sequence)) {
            return;
        }
        if (session.shared > 0) {
            release(session, shared(journal.get(Family.QUEUES, ByteBufUtil.getBytes(key(session, sequence)))));
        }
        changes.delete(Family.QUEUES, key(session, sequence));
    }

    /**
     * Takes out the queue of a session.
     *
     * @param kept messages that stay, but for those of shared subscriptions, which are told again; null for none
     * @param heir has what stays
     */
    void remove(StoredSession session, SessionRecord.@Nullable Backlog kept, StoredSession heir) throws JournalFault {
        journal.scanSession(Family.QUEUES, session.prefix, (at, queued) -> {
            if (Keys.slot(at) != session.slot) {
                return; // it comes from elsewhere
            }
            if (kept == null || !kept.covers(Keys.sequence(at)) || isThroughShare(queued)) {
                release(session, shared(queued));
                changes.delete(Family.QUEUES, at);
            } else if (shared(queued) != RecordCodec.NOT_SHARED) {
                heir.shared++;
            }
        });
    }

    private static boolean isThroughShare(byte[] queued) {
        try {
            return QueueEntry.read(Unpooled.wrappedBuffer(queued)).throughShare();
        } catch (UnreadableRecord damaged) {
            return true;
        }
    }

    /** A message that several queues have in common goes with the last of them. */
    private void release(StoredSession session, long number) {
        if (number != RecordCodec.NOT_SHARED) {
            session.shared--;
            long[] left = queues.get(number);
            if (left != null && --left[0] == 0) {
                queues.remove(number);
                changes.delete(Family.SHARED, Unpooled.copyLong(number));
            }
        }
    }

    /** What does not read has been told of when it was found. */
    private static long shared(byte @Nullable [] queued) {
        try {
            return queued == null ? RecordCodec.NOT_SHARED : RecordCodec.shared(Unpooled.wrappedBuffer(queued));
        } catch (UnreadableRecord damaged) {
            return RecordCodec.NOT_SHARED;
        }
    }
}
