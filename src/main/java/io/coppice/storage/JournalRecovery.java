package io.coppice.storage;

import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a journal and reads all of it once: what is damaged is found here, said, and taken out, so that nobody meets it
 * later; and the writer learns what it has to know.
 */
final class JournalRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);
    /** Of these places each is told; of more only how many there are. */
    private static final int TOLD_MAX = 100;

    private final JournalState state;
    private final Changes removals = new Changes();
    private final Set<Long> shared = new HashSet<>();
    private final Set<String> whole = new HashSet<>();
    /** Sessions whose connection did not end before the node did. */
    private final Map<String, SessionRecord.Attached> connected = new HashMap<>();

    private long messages;
    private int damaged;

    private JournalRecovery(JournalState state) {
        this.state = state;
    }

    /**
     * Opens it for a node that starts.
     *
     * @throws JournalFault as {@link Salvage#open}
     */
    static JournalState open(Path directory, boolean sync) throws JournalFault {
        JournalRecovery recovery = opened(directory, sync);
        park(recovery.state, recovery.connected);
        return recovery.state;
    }

    /** Opens it anew for a node that goes on. */
    static JournalState reopen(Path directory, boolean sync) throws JournalFault {
        return opened(directory, sync).state;
    }

    private static JournalRecovery opened(Path directory, boolean sync) throws JournalFault {
        Journal.load(directory);
        Path place = directory.resolve("journal");
        Journal journal = Salvage.open(place, sync);
        JournalRecovery recovery = read(journal);
        int unreadable = journal.damages();
        if (unreadable == 0) {
            recovery.state.foundDamaged(recovery.damaged);
            return recovery;
        }
        JournalRecovery rest = read(Salvage.rebuilt(journal, place, sync));
        rest.state.foundDamaged(unreadable + recovery.damaged + rest.damaged);
        return rest;
    }

    private static JournalRecovery read(Journal journal) throws JournalFault {
        try {
            JournalRecovery recovery = new JournalRecovery(new JournalState(journal));
            recovery.read();
            return recovery;
        } catch (JournalFault e) {
            journal.close();
            throw e;
        }
    }

    private void read() throws JournalFault {
        long begun = System.nanoTime();
        Journal journal = state.journal();
        journal.scan(Family.SESSIONS, this::session);
        // without the record of a connection nobody knows how long a session lives
        for (String clientId : Set.copyOf(state.sessions().sessions().keySet())) {
            if (!whole.contains(clientId)) {
                forget(clientId);
            }
        }
        journal.scan(Family.QUEUES, this::queued);
        journal.scan(Family.SHARED, this::shared);
        journal.scan(Family.RETAINED, this::retained);
        if (!removals.isEmpty()) {
            journal.write(removals);
        }
        if (damaged > 0) {
            LOG.error("{} damaged places were found in the journal and taken out of it.", damaged);
        }
        LOG.info(
                "The journal has {} sessions with {} messages; read in {} ms.",
                state.sessions().sessions().size(),
                messages,
                (System.nanoTime() - begun) / 1_000_000);
    }

    private void session(byte[] key, byte[] value) {
        try {
            SessionRecord record = RecordCodec.decode(Unpooled.wrappedBuffer(value), null);
            String clientId = Keys.clientId(key);
            StoredSession session = state.sessions().found(clientId);
            if (record instanceof SessionRecord.Attached attached) {
                session.epoch = attached.epoch();
                whole.add(clientId);
                connected.put(clientId, attached);
            } else if (record instanceof SessionRecord.Parked) { // comes behind it
                whole.add(clientId);
                connected.remove(clientId);
            } else if (record instanceof SessionRecord.Assigned assigned) {
                session.assigned(assigned.sequence());
            } else if (record instanceof SessionRecord.Newest newest) {
                session.newest().replay(newest);
            } else if (record instanceof SessionRecord.Received received) {
                session.received(received.sequence());
            }
        } catch (UnreadableRecord fault) {
            damaged(SessionReading.place(Family.SESSIONS, key), fault);
            removals.delete(Family.SESSIONS, key);
        }
    }

    private void forget(String clientId) throws JournalFault {
        StoredSession session = state.sessions().sessions().remove(clientId);
        if (session == null) {
            return;
        }
        LOG.error("The session of {} lacks its beginning in the journal and is lost.", clientId);
        state.journal().scanSession(Family.SESSIONS, session.prefix, (key, value) -> {
            removals.delete(Family.SESSIONS, key);
        });
    }

    /** Their clients have been away since the node ended, or shortly before. */
    private static void park(JournalState state, Map<String, SessionRecord.Attached> connected) throws JournalFault {
        long at = state.aliveAt();
        if (at > 0) {
            List<SessionStore.Entry> entries = new ArrayList<>();
            connected.forEach((clientId, attached) -> entries.add(new SessionStore.Entry(
                    clientId, attached.epoch(), new SessionRecord.Parked(at, attached.sessionExpiryInterval()))));
            state.sessions().add(entries);
            state.write();
        }
    }

    private void queued(byte[] key, byte[] value) {
        StoredSession session = state.sessions().sessions().get(Keys.clientId(key));
        if (session == null) {
            removals.delete(Family.QUEUES, key);
            return;
        }
        try {
            long number = RecordCodec.shared(Unpooled.wrappedBuffer(value));
            if (number != RecordCodec.NOT_SHARED) {
                state.sessions().foundShared(session, number);
                shared.add(number);
            }
            messages++;
        } catch (UnreadableRecord fault) {
            damaged(SessionReading.place(Family.QUEUES, key), fault);
            removals.delete(Family.QUEUES, key);
        }
    }

    /** One that is in no queue has outlived its last one. */
    private void shared(byte[] key, byte[] value) {
        if (!shared.contains(Unpooled.wrappedBuffer(key).readLong())) {
            removals.delete(Family.SHARED, key);
        }
    }

    private void retained(byte[] key, byte[] value) {
        try {
            state.retained().found(RetainedChanges.read(value).version());
        } catch (UnreadableRecord fault) {
            damaged("the retained message of " + new String(key, StandardCharsets.UTF_8), fault);
            removals.delete(Family.RETAINED, key);
        }
    }

    private void damaged(String place, UnreadableRecord fault) {
        if (++damaged <= TOLD_MAX) {
            LOG.error("In the journal, at {}: {}. It is lost.", place, fault.getMessage());
        }
    }
}
