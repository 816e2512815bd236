package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.codec.MessageCodec;
import io.coppice.codec.QueueEntry;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.port.CommonNames;
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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
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
    /** By number. */
    private final Map<Long, Shared> shared = new HashMap<>();

    private final Set<String> whole = new HashSet<>();
    /** Sessions whose connection did not end before the node did. */
    private final Map<String, SessionRecord.Attached> connected = new HashMap<>();
    /** Told of each session that is somebody's, by client identifier. */
    private final BiConsumer<String, String> owners;

    private final CommonNames users = new CommonNames();

    private long messages;
    private int damaged;

    /** A message that several queues have in common. */
    private static final class Shared {
        final int weight;
        boolean isQueued;

        Shared(int weight) {
            this.weight = weight;
        }
    }

    private JournalRecovery(JournalState state, BiConsumer<String, String> owners) {
        this.state = state;
        this.owners = owners;
    }

    /**
     * Opens it for a node that starts.
     *
     * @param owners told of each session that is somebody's: the client identifier, and the user
     * @throws JournalFault as {@link Salvage#open}
     */
    static JournalState open(
            Path directory, JournalOptions options, @Nullable Leftovers leftovers, BiConsumer<String, String> owners)
            throws JournalFault {
        JournalRecovery recovery = opened(directory, options, leftovers, owners);
        park(recovery.state, recovery.connected);
        if (leftovers != null) {
            recovery.state.sessions().sessions().forEach((clientId, session) -> leftovers.add(clientId, session.epoch));
        }
        return recovery.state;
    }

    /** Opens it anew for a node that goes on. */
    static JournalState reopen(Path directory, JournalOptions options, @Nullable Leftovers leftovers)
            throws JournalFault {
        return opened(directory, options, leftovers, (clientId, owner) -> {}).state;
    }

    private static JournalRecovery opened(
            Path directory, JournalOptions options, @Nullable Leftovers leftovers, BiConsumer<String, String> owners)
            throws JournalFault {
        Journal.load(directory);
        Path place = directory.resolve("journal");
        Salvage.Opened opened = Salvage.open(place, options);
        Journal journal = opened.journal();
        JournalRecovery recovery = read(journal, leftovers, owners);
        int unreadable = journal.damages();
        if (unreadable == 0) {
            recovery.state.foundDamaged(opened.damages() + recovery.damaged);
            return recovery;
        }
        JournalRecovery rest = read(Salvage.rebuilt(journal, place, options), leftovers, owners);
        rest.state.foundDamaged(opened.damages() + unreadable + recovery.damaged + rest.damaged);
        return rest;
    }

    private static JournalRecovery read(
            Journal journal, @Nullable Leftovers leftovers, BiConsumer<String, String> owners) throws JournalFault {
        try {
            JournalRecovery recovery = new JournalRecovery(new JournalState(journal, leftovers), owners);
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
        journal.scan(Family.SHARED, this::shared);
        journal.scan(Family.QUEUES, this::queued);
        // what is in no queue has outlived its last one
        shared.forEach((number, message) -> {
            if (!message.isQueued) {
                removals.delete(Family.SHARED, Unpooled.copyLong(number));
            }
        });
        journal.scan(Family.RETAINED, this::retained);
        if (!removals.isEmpty()) {
            journal.write(removals);
        }
        if (damaged > 0) {
            LOG.error(
                    getMarker("journal-damage-removed"),
                    "{} damaged places were found in the journal and taken out of it.",
                    damaged);
        }
        LOG.info(
                getMarker("journal-recovered"),
                "The journal has {} sessions with {} messages; read in {} ms.",
                state.sessions().sessions().size(),
                messages,
                (System.nanoTime() - begun) / 1_000_000);
    }

    private void session(byte[] key, byte[] value) {
        if (Keys.isEpoch(key) && value.length == Long.BYTES) {
            StoredSession session = state.sessions().found(Keys.clientId(key));
            session.epoch =
                    Math.max(session.epoch, Unpooled.wrappedBuffer(value).readLong());
            return;
        }
        if (Keys.isSlot(key) && value.length == 1) {
            state.sessions().found(Keys.clientId(key)).slot = value[0];
            return;
        }
        try {
            SessionRecord record = RecordCodec.decode(Unpooled.wrappedBuffer(value), null);
            String clientId = Keys.clientId(key);
            StoredSession session = state.sessions().found(clientId);
            if (record instanceof SessionRecord.Attached attached) {
                session.epoch = Math.max(session.epoch, attached.epoch());
                whole.add(clientId);
                connected.put(clientId, attached);
                String owner = attached.owner();
                if (owner != null) {
                    owners.accept(clientId, users.same(owner));
                }
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
        LOG.error(
                getMarker("journal-session-lost"),
                "The session of {} lacks its beginning in the journal and is lost.",
                clientId);
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
        if (session == null || session.slot != Keys.slot(key)) {
            removals.delete(Family.QUEUES, key); // also of a queue that came from elsewhere and did not become whole
            return;
        }
        try {
            QueueEntry entry = QueueEntry.read(Unpooled.wrappedBuffer(value));
            StoredQueue queue = state.queues().computeIfAbsent(Keys.clientId(key), id -> new StoredQueue());
            queue.messages++;
            queue.last = Keys.sequence(key);
            queue.shared += entry.throughShare() ? 1 : 0;
            queue.bytes += entry.weight();
            if (entry.number() != RecordCodec.NOT_SHARED) {
                state.sessions().queues().foundShared(session, entry.number());
                Shared message = shared.get(entry.number());
                if (message != null) {
                    message.isQueued = true;
                    queue.bytes += message.weight;
                }
            }
            messages++;
        } catch (UnreadableRecord fault) {
            damaged(SessionReading.place(Family.QUEUES, key), fault);
            removals.delete(Family.QUEUES, key);
        }
    }

    private void shared(byte[] key, byte[] value) {
        int weight = 0;
        try {
            weight = MessageCodec.weight(value);
        } catch (UnreadableRecord damaged) {
            // is told of with the queues that lack it
        }
        shared.put(Unpooled.wrappedBuffer(key).readLong(), new Shared(weight));
    }

    private void retained(byte[] key, byte[] value) {
        try {
            state.retained().found(RetainedChanges.read(key, value).version());
        } catch (UnreadableRecord fault) {
            damaged("the retained message of " + new String(key, StandardCharsets.UTF_8), fault);
            removals.delete(Family.RETAINED, key);
        }
    }

    private void damaged(String place, UnreadableRecord fault) {
        if (++damaged <= TOLD_MAX) {
            LOG.error(
                    getMarker("journal-record-lost"),
                    "In the journal, at {}: {}. It is lost.",
                    place,
                    fault.getMessage());
        }
    }
}
