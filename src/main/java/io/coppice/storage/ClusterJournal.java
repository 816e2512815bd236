package io.coppice.storage;

import io.coppice.port.Archive;
import io.coppice.port.JournalStatus;
import io.coppice.port.RetainedStore;
import io.coppice.port.Scratch;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Everything that a node of a cluster keeps on its disk: the sessions that are at home on it, and all retained messages. */
public final class ClusterJournal implements Archive, AutoCloseable {
    private final DataDirectory directory;
    private final JournalWriter writer;
    private final JournalStatus status;
    private final Leftovers leftovers;
    private final List<Stored> sessions;
    private final long aliveAt;
    private final Crew crew;
    private final long retentionMillis;
    private final long queueMemoryMax;
    private final ScratchStore scratch;

    private ClusterJournal(
            DataDirectory directory,
            ScratchStore scratch,
            JournalWriter writer,
            JournalStatus status,
            Leftovers leftovers,
            Earlier earlier,
            long retentionMillis,
            long queueMemoryMax) {
        this.directory = directory;
        this.scratch = scratch;
        this.writer = writer;
        this.status = status;
        this.leftovers = leftovers;
        this.sessions = earlier.sessions();
        this.aliveAt = earlier.aliveAt();
        this.crew = earlier.crew();
        this.retentionMillis = retentionMillis;
        this.queueMemoryMax = queueMemoryMax;
    }

    /** What the journal has of earlier lives. */
    private record Earlier(List<Stored> sessions, long aliveAt, Crew crew) {
        static Earlier of(JournalState state) throws JournalFault {
            List<Stored> sessions = new ArrayList<>();
            state.sessions()
                    .sessions()
                    .forEach((clientId, session) -> sessions.add(new Stored(clientId, session.epoch)));
            return new Earlier(List.copyOf(sessions), state.aliveAt(), state.crew());
        }
    }

    /**
     * Opens what a node keeps.
     *
     * @param retentionMillis how long it remembers what has ended
     * @throws JournalFault where the disk is in the way, another process has the directory, or what is there does not read
     */
    public static ClusterJournal open(JournalStores.Settings settings, long retentionMillis) throws JournalFault {
        DataDirectory directory = DataDirectory.open(settings.directory());
        ScratchStore scratch = null;
        try {
            scratch = ScratchStore.open(settings.directory());
            Leftovers leftovers = new Leftovers();
            JournalOptions options = new JournalOptions(settings.sync(), Formats.OF_THIS_RELEASE);
            JournalState state =
                    JournalRecovery.open(settings.directory(), options, leftovers, (clientId, owner) -> {});
            Earlier earlier = Earlier.of(state);
            JournalWriter.Opening again = () -> JournalRecovery.reopen(settings.directory(), options, leftovers);
            FreeSpace space = new FreeSpace(directory, settings.freeMin());
            Backlog backlog = new Backlog(settings.backlogBytesMax());
            JournalWriter writer = new JournalWriter(JournalWriter.Pace.DEFAULT, state, again, space, backlog);
            JournalStatus status = new JournalReport(directory.path(), writer, backlog, space);
            return new ClusterJournal(
                    directory, scratch, writer, status, leftovers, earlier, retentionMillis, settings.queueMemoryMax());
        } catch (JournalFault e) {
            if (scratch != null) {
                scratch.close();
            }
            directory.close();
            throw e;
        }
    }

    /** What the node's sessions are stored in, over the store that all nodes share. */
    public SessionStore over(SessionStore shared) {
        return new JournaledSessionStore(shared, writer, queueMemoryMax);
    }

    /** What retained messages are stored in, over the store that all nodes share. */
    public RetainedStore over(RetainedStore shared) {
        return new JournaledRetainedStore(shared, writer);
    }

    /** What an operator wants to know of it. */
    public JournalStatus status() {
        return status;
    }

    // --- as others see it

    @Override
    public List<Stored> sessions() {
        return sessions;
    }

    @Override
    public void ended(Consumer<@Nullable List<Stored>> then) {
        writer.read(Tombstones::sessions, then);
    }

    @Override
    public long aliveAt() {
        return aliveAt;
    }

    @Override
    public Crew crew() {
        return crew;
    }

    @Override
    public void crew(Crew now) {
        writer.change(state -> state.crew(now), safe -> {});
    }

    @Override
    public void records(String clientId, Consumer<@Nullable List<SessionRecord>> then) {
        writer.read(journal -> new SessionReading(journal).withoutQueue(clientId), then);
    }

    @Override
    public void queue(String clientId, long after, long bytesMax, Consumer<@Nullable Part> then) {
        writer.readWritten(journal -> new SessionReading(journal).part(clientId, after, bytesMax), then);
    }

    @Override
    public void writes(int version) {
        writer.raise(Formats.of(version));
    }

    @Override
    public String directory() {
        return directory.path().toString();
    }

    @Override
    public Scratch scratch() {
        return scratch;
    }

    @Override
    public void retained(Consumer<@Nullable List<RetainedStore.Kept>> then) {
        writer.read(JournalRetainedStore::all, then);
    }

    @Override
    public void discard(Consumer<Boolean> then) {
        writer.change(
                state -> {
                    for (Stored stored : sessions) {
                        state.sessions().forget(stored.clientId(), stored.epoch());
                    }
                    state.retained().forgetAll();
                },
                then);
    }

    @Override
    public void newer(Map<String, Long> asked, Consumer<Set<String>> then) {
        Set<String> newer = new HashSet<>();
        writer.change(
                state -> {
                    for (Map.Entry<String, Long> each : asked.entrySet()) {
                        if (state.sessions().hasNewer(each.getKey(), each.getValue())) {
                            newer.add(each.getKey());
                        }
                    }
                },
                safe -> then.accept(safe ? newer : Set.of()));
    }

    @Override
    public void leftovers(int atMost, Consumer<Map<String, Long>> then) {
        Map<String, Long> some = new HashMap<>();
        writer.change(state -> some.putAll(leftovers.some(atMost)), safe -> then.accept(safe ? some : Map.of()));
    }

    @Override
    public void forget(Map<String, Long> confirmed) {
        writer.change(
                state -> {
                    state.write(); // what is taken out is looked for on disk
                    for (Map.Entry<String, Long> each : confirmed.entrySet()) {
                        state.sessions().forget(each.getKey(), each.getValue());
                    }
                },
                safe -> {});
    }

    /** Takes out what has ended so long ago that no other node brings an older part of it. */
    public void collect() {
        long before = System.currentTimeMillis() - retentionMillis;
        writer.read(journal -> Tombstones.old(journal, before), old -> {
            if (old != null && !old.isEmpty()) {
                writer.change(state -> old.remove(state), safe -> {});
            }
        });
    }

    /** Writes what is left, and lets others have the directory. */
    @Override
    public void close() {
        writer.close();
        scratch.close();
        directory.close();
    }
}
