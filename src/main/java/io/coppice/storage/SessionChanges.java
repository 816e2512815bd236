package io.coppice.storage;

import io.coppice.codec.RecordCodec;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.port.SessionStore;
import io.coppice.session.Newest;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What records of sessions change in the journal. A session lies there as what its records have made of it, not as their
 * series: a message is put once and taken out once, and everything else has one place that is written over. Used by the
 * journal's one writer.
 */
final class SessionChanges {
    private final Map<String, StoredSession> sessions = new HashMap<>();
    private final QueueChanges queues;

    private final ByteBuf key = Unpooled.buffer();
    private final ByteBuf value = Unpooled.buffer();
    private final Journal journal;
    private final Changes changes;
    /** Null where no other node may have a part of a session. */
    private final @Nullable Leftovers leftovers;

    /** Counts what is written together. */
    private long group;

    SessionChanges(Journal journal, Changes changes, @Nullable Leftovers leftovers) {
        this.journal = journal;
        this.changes = changes;
        this.leftovers = leftovers;
        this.queues = new QueueChanges(journal, changes);
    }

    Map<String, StoredSession> sessions() {
        return sessions;
    }

    QueueChanges queues() {
        return queues;
    }

    // --- what is there already

    StoredSession found(String clientId) {
        return sessions.computeIfAbsent(clientId, id -> new StoredSession(Keys.prefix(id)));
    }

    // --- groups

    /** All that was added is written. */
    void ended() {
        group++;
    }

    /**
     * Whether what was added so far has to be written before these records can be added: they end a session that it
     * changes, and what there is of that is looked for on disk.
     */
    boolean endChanged(List<SessionStore.Entry> entries) {
        for (SessionStore.Entry entry : entries) {
            StoredSession session =
                    entry.record() instanceof SessionRecord.Ended ? sessions.get(entry.clientId()) : outlived(entry);
            if (session != null && session.changedIn == group) {
                return true;
            }
        }
        return false;
    }

    /** The session that is there, if it is left over from before the home that a record comes from. */
    private @Nullable StoredSession outlived(SessionStore.Entry entry) {
        if (leftovers == null) {
            return null;
        }
        StoredSession session = sessions.get(entry.clientId());
        return session != null && entry.epoch() > session.epoch && leftovers.covers(entry.clientId(), session.epoch)
                ? session
                : null;
    }

    /**
     * Adds the records of a turn of a loop.
     *
     * @throws JournalFault where the journal cannot be read
     */
    void add(List<SessionStore.Entry> entries) throws JournalFault {
        Map<String, Integer> ends = ends(entries);
        for (int i = 0; i < entries.size(); i++) {
            SessionStore.Entry entry = entries.get(i);
            String clientId = entry.clientId();
            SessionRecord record = entry.record();
            int end = ends.getOrDefault(clientId, -1);
            if (i < end) {
                continue; // nothing of it is left at the end of the turn
            }
            if (i == end) {
                end(clientId, entry.epoch(), backlog(entries, i));
                continue;
            }
            if (outlived(entry) != null) {
                remove(clientId, null);
            }
            StoredSession session = begun(clientId);
            add(session, record);
            epoch(session, entry.epoch());
            session.changedIn = group;
        }
    }

    /** Where sessions end for the last time in a turn. */
    private static Map<String, Integer> ends(List<SessionStore.Entry> entries) {
        Map<String, Integer> ends = Map.of();
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).record() instanceof SessionRecord.Ended) {
                ends = ends.isEmpty() ? new HashMap<>() : ends;
                ends.put(entries.get(i).clientId(), i);
            }
        }
        return ends;
    }

    private void add(StoredSession session, SessionRecord record) throws JournalFault {
        if (record instanceof SessionRecord.Enqueued enqueued) {
            enqueue(session, enqueued);
        } else if (record instanceof SessionRecord.Settled settled) {
            settle(session, settled.sequence());
        } else if (record instanceof SessionRecord.Assigned assigned) {
            if (session.newcomers == null || !session.newcomers.assign(assigned)) {
                session.assigned(assigned.sequence());
                put(key(session, Keys.ASSIGNED).writeLong(assigned.sequence()), record);
            }
        } else if (record instanceof SessionRecord.Received received) {
            session.received(received.sequence());
            put(key(session, Keys.RECEIVED).writeLong(received.sequence()), record);
        } else if (record instanceof SessionRecord.Accepted accepted) {
            put(key(session, Keys.INBOUND).writeShort(accepted.packetId()), record);
        } else if (record instanceof SessionRecord.Routed routed) {
            put(key(session, Keys.INBOUND).writeShort(routed.packetId()), record);
        } else if (record instanceof SessionRecord.Released released) {
            changes.delete(Family.SESSIONS, key(session, Keys.INBOUND).writeShort(released.packetId()));
        } else if (record instanceof SessionRecord.Subscribed subscribed) {
            put(
                    string(
                            key(session, Keys.SUBSCRIBED),
                            subscribed.subscription().filter().value()),
                    record);
        } else if (record instanceof SessionRecord.Unsubscribed unsubscribed) {
            changes.delete(
                    Family.SESSIONS,
                    string(key(session, Keys.SUBSCRIBED), unsubscribed.filter().value()));
        } else if (record instanceof SessionRecord.Newest newest) {
            session.newest().replay(newest);
            newest(session, Newest.Source.of(newest.publisher(), newest.number()));
        } else if (record instanceof SessionRecord.Attached attached) {
            session.epoch = Math.max(session.epoch, attached.epoch());
            put(key(session, Keys.ATTACHED), record);
            changes.delete(Family.SESSIONS, key(session, Keys.PARKED));
            changes.delete(Family.SESSIONS, key(session, Keys.WILL_DONE));
        } else if (record instanceof SessionRecord.Parked) {
            put(key(session, Keys.PARKED), record);
        } else if (record instanceof SessionRecord.WillDone) {
            put(key(session, Keys.WILL_DONE), record);
        } else if (record instanceof SessionRecord.Backlog) {
            return; // what it covers has stayed
        } else {
            throw new IllegalArgumentException("nothing is known of " + record.getClass());
        }
    }

    private ByteBuf key(StoredSession session, int tag) {
        return key.clear().writeBytes(session.prefix).writeByte(tag);
    }

    private static ByteBuf string(ByteBuf key, String text) {
        ByteBufUtil.writeUtf8(key, text);
        return key;
    }

    private void put(ByteBuf at, SessionRecord record) {
        RecordCodec.encode(record, value.clear());
        changes.put(Family.SESSIONS, at, value);
    }

    private void newest(StoredSession session, Newest.Source source) {
        put(key(session, source), session.newest().record(source));
        Newest.Source forgotten = session.newest().takeForgotten();
        if (forgotten != null) {
            changes.delete(Family.SESSIONS, key(session, forgotten));
        }
    }

    private ByteBuf key(StoredSession session, Newest.Source source) {
        return string(key(session, Keys.NEWEST), source.publisher())
                .writeByte(0)
                .writeLong(source.epoch());
    }

    private void enqueue(StoredSession session, SessionRecord.Enqueued enqueued) {
        queues.enqueue(session, enqueued);
        Message message = enqueued.message();
        if (message.number() != 0 && enqueued.qos() == Qos.EXACTLY_ONCE && enqueued.share() == null) {
            session.newest().isNew(message.publisher(), message.number());
            newest(session, Newest.Source.of(message.publisher(), message.number()));
        }
    }

    private void settle(StoredSession session, long sequence) throws JournalFault {
        queues.settle(session, sequence);
        if (session.removeAssigned(sequence)) {
            changes.delete(Family.SESSIONS, key(session, Keys.ASSIGNED).writeLong(sequence));
        }
        if (session.removeReceived(sequence)) {
            changes.delete(Family.SESSIONS, key(session, Keys.RECEIVED).writeLong(sequence));
        }
    }

    // --- begin and end

    /**
     * A session that has come from elsewhere takes the place of whatever is here. What was added before must have been written.
     *
     * @param slot in which its queue lies already
     * @param records all but that
     * @return false where something newer is here
     */
    boolean arrive(String clientId, long epoch, int slot, List<SessionRecord> records) throws JournalFault {
        StoredSession former = sessions.get(clientId);
        if (former != null && former.epoch > epoch) {
            return false;
        }
        remove(clientId, null);
        StoredSession session = begun(clientId);
        lieIn(session, slot);
        for (SessionRecord record : records) {
            add(session, record);
        }
        epoch(session, epoch);
        session.changedIn = group;
        return true;
    }

    private void epoch(StoredSession session, long epoch) {
        if (epoch > session.epoch) {
            session.epoch = epoch;
            changes.put(Family.SESSIONS, key(session, Keys.EPOCH), value.clear().writeLong(epoch));
        }
    }

    private StoredSession begun(String clientId) {
        StoredSession present = sessions.get(clientId);
        if (present == null) {
            present = found(clientId);
            if (leftovers != null) {
                changes.delete(Family.ENDED, ended(clientId));
            }
        }
        return present;
    }

    private void end(String clientId, long epoch, SessionRecord.@Nullable Backlog kept) throws JournalFault {
        remove(clientId, kept);
        if (leftovers != null) {
            value.clear().writeLong(epoch).writeLong(System.currentTimeMillis());
            changes.put(Family.ENDED, key.clear().writeBytes(ended(clientId)), value);
        }
    }

    private static byte[] ended(String clientId) {
        return clientId.getBytes(StandardCharsets.UTF_8);
    }

    /** The home of a session is elsewhere from now on. */
    void leave(String clientId, long epoch) {
        StoredSession session = sessions.get(clientId);
        if (leftovers != null && session != null && session.epoch <= epoch) {
            leftovers.add(clientId, epoch);
        }
    }

    /** Takes out what is left over of a session, if it is no newer than that. */
    void forget(String clientId, long epoch) throws JournalFault {
        StoredSession session = sessions.get(clientId);
        if (session != null && session.epoch <= epoch) {
            remove(clientId, null);
        } else if (leftovers != null) {
            leftovers.remove(clientId);
        }
    }

    /** Whether there is something newer of a session than an epoch, or it has ended in that or later. */
    boolean hasNewer(String clientId, long epoch) throws JournalFault {
        StoredSession session = sessions.get(clientId);
        if (session != null) {
            return session.epoch > epoch && leftovers != null && !leftovers.covers(clientId, session.epoch);
        }
        byte[] ended = journal.get(Family.ENDED, ended(clientId));
        return ended != null
                && ended.length >= Long.BYTES
                && Unpooled.wrappedBuffer(ended).readLong() >= epoch;
    }

    /** What of a session's queue stays when it is told anew behind its end; null for nothing. */
    private static SessionRecord.@Nullable Backlog backlog(List<SessionStore.Entry> entries, int end) {
        for (SessionStore.Entry entry : entries.subList(end, entries.size())) {
            if (entry.record() instanceof SessionRecord.Backlog backlog
                    && entry.clientId().equals(entries.get(end).clientId())) {
                return backlog;
            }
        }
        return null;
    }

    /** @param kept messages that stay, but for those of shared subscriptions, which are told again; null for none */
    private void remove(String clientId, SessionRecord.@Nullable Backlog kept) throws JournalFault {
        StoredSession session = sessions.remove(clientId);
        if (session == null) {
            return;
        }
        session.newcomers = null;
        if (leftovers != null) {
            leftovers.remove(clientId);
        }
        journal.scanSession(Family.SESSIONS, session.prefix, (key, value) -> {
            changes.delete(Family.SESSIONS, key);
        });
        if (kept != null) {
            lieIn(found(clientId), session.slot);
        }
        queues.remove(session, kept, kept == null ? session : found(clientId));
    }

    /** A session has its queue in a slot from now on. */
    private void lieIn(StoredSession session, int slot) {
        session.slot = slot;
        if (slot != Keys.FIRST_SLOT) {
            changes.put(Family.SESSIONS, Keys.slotKey(session.prefix), new byte[] {(byte) slot});
        }
    }
}
