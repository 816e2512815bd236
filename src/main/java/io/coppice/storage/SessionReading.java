package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.codec.MessageCodec;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.mqtt.Message;
import io.coppice.port.Archive;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads sessions from the journal. What does not read is left out, and said with its place. */
final class SessionReading {
    private static final Logger LOG = LoggerFactory.getLogger(SessionReading.class);

    private final Journal journal;

    SessionReading(Journal journal) {
        this.journal = journal;
    }

    /**
     * What makes a session, in an order in which it can be replayed; empty where there is none. Of its queue it has the first
     * messages that wait, and {@link SessionRecord.Backlog} for the others.
     *
     * @param queueMax weight of the messages that wait, after which no more are told one by one
     * @param known what there is in the queue; null where it has to be looked for
     */
    List<SessionRecord> records(String clientId, long queueMax, @Nullable StoredQueue known) throws JournalFault {
        byte[] prefix = Keys.prefix(clientId);
        List<SessionRecord> records = new ArrayList<>();
        QueueReading queue = new QueueReading(queueMax, known);
        journal.scanSession(Family.SESSIONS, prefix, (key, value) -> {
            if (Keys.isEpoch(key) || Keys.isSlot(key)) {
                return;
            }
            SessionRecord record = decoded(Family.SESSIONS, key, Unpooled.wrappedBuffer(value), null);
            if (record instanceof SessionRecord.Assigned one) {
                queue.assigned.put(one.sequence(), one);
            } else if (record instanceof SessionRecord.Received one) {
                queue.received.put(one.sequence(), one);
            } else if (record != null) {
                records.add(record);
            }
        });
        int slot = slot(prefix);
        journal.search(Family.QUEUES, Keys.queued(prefix, slot, 0), end(prefix, slot), (key, value) -> {
            ByteBuf in = Unpooled.wrappedBuffer(value);
            SessionRecord message = decoded(Family.QUEUES, key, in, shared(value));
            if (message instanceof SessionRecord.Enqueued enqueued) {
                queue.found(enqueued, in.isReadable() ? decoded(Family.QUEUES, key, in, null) : null);
            }
            return !queue.hasEnough();
        });
        queue.addTo(records);
        return records;
    }

    /**
     * Messages of a queue.
     *
     * @param after the sequence behind which they begin
     * @param bytesMax weight after which no more are wanted
     */
    SessionStore.Page page(String clientId, long after, long bytesMax) throws JournalFault {
        byte[] prefix = Keys.prefix(clientId);
        List<SessionRecord.Enqueued> messages = new ArrayList<>();
        long[] bytes = new long[1];
        boolean[] all = {true};
        int slot = slot(prefix);
        journal.search(Family.QUEUES, Keys.queued(prefix, slot, after + 1), end(prefix, slot), (key, value) -> {
            SessionRecord message = decoded(Family.QUEUES, key, Unpooled.wrappedBuffer(value), shared(value));
            if (message instanceof SessionRecord.Enqueued enqueued) {
                messages.add(enqueued);
                bytes[0] += enqueued.message().weight();
                all[0] = bytes[0] < bytesMax;
            }
            return all[0];
        });
        return new SessionStore.Page(messages, all[0]);
    }

    /** What makes a session but for its queue; of that it has how messages were sent, where that is not with them. */
    List<SessionRecord> withoutQueue(String clientId) throws JournalFault {
        List<SessionRecord> records = new ArrayList<>();
        journal.scanSession(Family.SESSIONS, Keys.prefix(clientId), (key, value) -> {
            if (!Keys.isEpoch(key) && !Keys.isSlot(key)) {
                SessionRecord record = decoded(Family.SESSIONS, key, Unpooled.wrappedBuffer(value), null);
                if (record != null) {
                    records.add(record);
                }
            }
        });
        return records;
    }

    /**
     * A part of a queue, what is in flight included.
     *
     * @param after the sequence behind which it begins
     * @param bytesMax weight after which no more are wanted
     */
    Archive.Part part(String clientId, long after, long bytesMax) throws JournalFault {
        byte[] prefix = Keys.prefix(clientId);
        List<SessionRecord> records = new ArrayList<>();
        long[] bytes = new long[1];
        boolean[] all = {true};
        int slot = slot(prefix);
        journal.search(Family.QUEUES, Keys.queued(prefix, slot, after + 1), end(prefix, slot), (key, value) -> {
            ByteBuf in = Unpooled.wrappedBuffer(value);
            SessionRecord message = decoded(Family.QUEUES, key, in, shared(value));
            if (message instanceof SessionRecord.Enqueued enqueued) {
                records.add(enqueued);
                SessionRecord sent = in.isReadable() ? decoded(Family.QUEUES, key, in, null) : null;
                if (sent != null) {
                    records.add(sent);
                }
                bytes[0] += enqueued.message().weight();
                all[0] = bytes[0] < bytesMax;
            }
            return all[0];
        });
        return new Archive.Part(records, all[0]);
    }

    private int slot(byte[] prefix) throws JournalFault {
        byte[] slot = journal.get(Family.SESSIONS, Keys.slotKey(prefix));
        return slot == null || slot.length != 1 ? Keys.FIRST_SLOT : slot[0];
    }

    private static byte[] end(byte[] prefix, int slot) {
        return Keys.queued(prefix, slot + 1, 0);
    }

    private static @Nullable SessionRecord decoded(Family family, byte[] key, ByteBuf in, @Nullable Message shared) {
        try {
            return RecordCodec.decode(in, shared);
        } catch (UnreadableRecord damaged) {
            in.skipBytes(in.readableBytes());
            LOG.error(
                    getMarker("journal-entry-damaged"),
                    "In the journal, at {}: {}. It is left out.",
                    place(family, key),
                    damaged.getMessage());
            return null;
        }
    }

    /** What and whose it is, for an operator. */
    static String place(Family family, byte[] key) {
        int end = Keys.idLength(key);
        String what = family == Family.QUEUES ? "message " + Keys.sequence(key) : "record of kind " + key[end + 1];
        return what + " of the session of " + Keys.clientId(key);
    }

    /** The message of a place in a queue, where several queues have it in common. */
    private @Nullable Message shared(byte[] queued) throws JournalFault {
        try {
            long number = RecordCodec.shared(Unpooled.wrappedBuffer(queued));
            byte[] message = number == RecordCodec.NOT_SHARED
                    ? null
                    : journal.get(Family.SHARED, Unpooled.copyLong(number).array());
            return message == null ? null : MessageCodec.decode(message);
        } catch (UnreadableRecord damaged) {
            return null; // is told of where the whole is read
        }
    }
}
