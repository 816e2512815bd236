package io.coppice.storage;

import io.coppice.codec.MessageCodec;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.mqtt.Message;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** What makes a session, in an order in which it can be replayed; empty where there is none. */
    List<SessionRecord> records(String clientId) throws JournalFault {
        byte[] prefix = Keys.prefix(clientId);
        List<SessionRecord> records = new ArrayList<>();
        Map<Long, SessionRecord> assigned = new HashMap<>();
        Map<Long, SessionRecord> received = new HashMap<>();
        journal.scanSession(Family.SESSIONS, prefix, (key, value) -> {
            if (Keys.isEpoch(key)) {
                return;
            }
            SessionRecord record = decoded(Family.SESSIONS, key, Unpooled.wrappedBuffer(value), null);
            if (record instanceof SessionRecord.Assigned one) {
                assigned.put(one.sequence(), one);
            } else if (record instanceof SessionRecord.Received one) {
                received.put(one.sequence(), one);
            } else if (record != null) {
                records.add(record);
            }
        });
        journal.scanSession(Family.QUEUES, prefix, (key, value) -> {
            ByteBuf in = Unpooled.wrappedBuffer(value);
            SessionRecord message = decoded(Family.QUEUES, key, in, shared(value));
            if (message instanceof SessionRecord.Enqueued enqueued) {
                records.add(message);
                SessionRecord sent =
                        in.isReadable() ? decoded(Family.QUEUES, key, in, null) : assigned.get(enqueued.sequence());
                if (sent != null) {
                    records.add(sent);
                }
                SessionRecord arrived = received.get(enqueued.sequence());
                if (arrived != null) {
                    records.add(arrived);
                }
            }
        });
        return records;
    }

    private static @Nullable SessionRecord decoded(Family family, byte[] key, ByteBuf in, @Nullable Message shared) {
        try {
            return RecordCodec.decode(in, shared);
        } catch (UnreadableRecord damaged) {
            in.skipBytes(in.readableBytes());
            LOG.error("In the journal, at {}: {}. It is left out.", place(family, key), damaged.getMessage());
            return null;
        }
    }

    /** What and whose it is, for an operator. */
    static String place(Family family, byte[] key) {
        int end = Keys.idLength(key);
        String what = family == Family.QUEUES
                ? "message " + Unpooled.wrappedBuffer(key).getLong(end + 1)
                : "record of kind " + key[end + 1];
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
