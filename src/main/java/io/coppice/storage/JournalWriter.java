package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.mqtt.Message;
import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes the journal. What all loops have for it when it is free again is written as one group, and
 * answered when that is safe; so the slower the disk, the larger the groups. After a fault nothing is answered as safe until
 * the journal could be opened anew; what came meanwhile is written then.
 */
final class JournalWriter {
    private static final Logger LOG = LoggerFactory.getLogger(JournalWriter.class);
    /** After so many bytes a group takes no more. */
    private static final int GROUP_BYTES_MAX = 4 << 20;

    /** For so long what comes is let gather, for each record of the group before. */
    private static final long GATHER_NANOS = 10_000;

    private static final long GATHER_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(2);

    /** Connections seem to end as much earlier than they did when the node was killed. */
    private static final long ALIVE_MILLIS = 5_000;

    private static final long CLOSE_SECONDS_MAX = 30;

    /**
     * How often it does what nobody asks for.
     *
     * @param lookMillis between two looks at the room that is left
     * @param standstillMillis a group that takes longer is not waited for by clients that would bring more: RocksDB waits for
     *     room without a word
     * @param reopenMillis between two tries to open the journal after a fault
     * @param reclaimMillis what was taken out is taken off a disk that is nearly full so often
     */
    record Pace(long lookMillis, long standstillMillis, long reopenMillis, long reclaimMillis) {
        static final Pace DEFAULT = new Pace(1_000, 5_000, 1_000, 5_000);

        long lookNanos() {
            return TimeUnit.MILLISECONDS.toNanos(lookMillis);
        }

        long reopenNanos() {
            return TimeUnit.MILLISECONDS.toNanos(reopenMillis);
        }
    }

    /** Opens the journal, or opens it anew. */
    interface Opening {
        JournalState open() throws JournalFault;
    }

    private final Pace pace;
    private final Opening opening;
    private final FreeSpace space;
    private final Backlog backlog;
    private final JournalMeters meters = new JournalMeters();
    private final Queue<JournalTask> queue = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::run, "coppice-journal");
    private final Thread watcher = new Thread(this::watch, "coppice-journal-watcher");
    private final ExecutorService readers =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "coppice-journal-reader"));
    private volatile boolean idle;
    private volatile boolean closing;
    /** Why it cannot be written; null where it can. */
    private volatile @Nullable String fault;
    /** Why nothing new should be written; null where it may be. */
    private volatile @Nullable String shortage;
    /** Since when the disk takes nothing; null where it does. */
    private volatile @Nullable String standstill;
    /** What is written is in this format, or a newer one. */
    private volatile byte format;
    /** The journal as long as it is open: it is closed on the thread that reads. */
    private volatile @Nullable JournalState written;

    // Of the writer alone.
    private @Nullable JournalState state;
    /** The next group is not begun before: most of what it would have to write may be done with by then. */
    private long gatherUntil;

    private long reopenAt;
    private long aliveAt;
    private long reclaimedAt;
    /** What could not be written, in its order: it is as soon as the journal is open again, before anything else. */
    private final Queue<JournalTask> owed = new ArrayDeque<>();

    JournalWriter(Pace pace, JournalState state, Opening opening, FreeSpace space, Backlog backlog) {
        this.pace = pace;
        this.state = state;
        this.written = state;
        this.opening = opening;
        this.space = space;
        this.backlog = backlog;
        thread.setUncaughtExceptionHandler(this::ended);
        thread.start();
        watcher.setDaemon(true);
        watcher.start();
    }

    /** See {@link SessionStore#refusal}. */
    @Nullable
    String refusal() {
        String why = fault;
        if (why == null) {
            why = standstill;
        }
        if (why == null) {
            why = shortage;
        }
        return why == null ? backlog.excess() : why;
    }

    /** See {@link SessionStore#isBroken}. */
    boolean isBroken() {
        return fault != null || standstill != null;
    }

    /** See {@link SessionStore#isCrowded}. */
    boolean isCrowded() {
        return backlog.isCrowded();
    }

    JournalMeters meters() {
        return meters;
    }

    // --- from any thread

    void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        submit(JournalTask.append(loop, entries, then));
    }

    /** As below, of something that weighs next to nothing. */
    void change(JournalTask.Change change, Consumer<Boolean> then) {
        change(change, Backlog.weight((Message) null), then);
    }

    /**
     * Runs a change of what is not a session.
     *
     * @param weight bytes of memory that it takes until it is safe
     * @param then told on the writer's thread whether it is safe
     */
    void change(JournalTask.Change change, long weight, Consumer<Boolean> then) {
        submit(JournalTask.change(change, weight, then));
    }

    /**
     * Reads on a thread of its own what was given to be written before.
     *
     * @param then told on that thread what was read; null where that could not be
     */
    <T> void read(Reading<T> reading, Consumer<@Nullable T> then) {
        submit(new JournalTask() {
            private @Nullable JournalState readable;

            @Override
            public void add(JournalState open) {
                readable = open;
            }

            @Override
            public void done(boolean safe) {
                JournalState from = readable;
                readers.execute(() -> then.accept(safe && from != null ? tried(reading, from) : null));
            }
        });
    }

    /**
     * Reads on the thread of its own what has been written already.
     *
     * @param then told on that thread what was read, null where that could not be; never once this was closed
     */
    <T> void readWritten(Reading<T> reading, Consumer<@Nullable T> then) {
        try {
            readers.execute(() -> {
                JournalState from = written;
                then.accept(from == null ? null : tried(reading, from));
            });
        } catch (RejectedExecutionException closed) {
            // nobody is left to whom it could matter
        }
    }

    /** What reads from the journal. */
    interface Reading<T> {
        T from(Journal journal) throws JournalFault;
    }

    private static <T> @Nullable T tried(Reading<T> reading, JournalState from) {
        try {
            return reading.from(from.journal());
        } catch (JournalFault e) {
            LOG.error(getMarker("journal-salvage-failed"), "{}", e.getMessage());
            return null;
        }
    }

    /** Has what comes from now on written in this format, see {@link FormatMark#raise}. */
    void raise(byte wanted) {
        format = wanted;
        change(open -> open.journal().format().raise(wanted), safe -> {});
    }

    private void submit(JournalTask task) {
        backlog.add(task.records(), task.weight());
        queue.add(task);
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    /** Writes what is there, and lets go of the journal. */
    void close() {
        closing = true;
        LockSupport.unpark(thread);
        LockSupport.unpark(watcher);
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS_MAX));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // --- on a thread that does not wait for the disk

    private void watch() {
        while (!closing) {
            LockSupport.parkNanos(this, pace.lookNanos());
            long nanos = meters.writingNanos();
            String now = nanos < TimeUnit.MILLISECONDS.toNanos(pace.standstillMillis())
                    ? null
                    : "the journal has not taken what is to be written for " + TimeUnit.NANOSECONDS.toSeconds(nanos)
                            + " s; " + space.left();
            if (now != null && standstill == null) {
                LOG.error(getMarker("journal-standstill"), "{}. Nothing new is stored.", now);
            } else if (now == null && standstill != null) {
                LOG.info(getMarker("journal-standstill-over"), "The journal takes what is to be written again.");
            }
            standstill = now;
            JournalState stuck = now == null ? null : written;
            if (stuck != null && stuck.journal().interrupt()) {
                LOG.error(getMarker("journal-reopened"), "It is given up and opened anew.");
            }
        }
    }

    // --- on the writer's thread

    private void run() {
        look();
        while (!closing || !queue.isEmpty()) {
            gather();
            JournalTask first = queue.poll();
            if (first == null) {
                idle = true;
                if (queue.isEmpty() && !closing) {
                    LockSupport.parkNanos(this, pace.lookNanos());
                }
                idle = false;
            } else {
                group(first);
            }
            look();
        }
        readers.shutdown();
        try {
            if (!readers.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn(
                        getMarker("journal-close-timeout"),
                        "The journal is still being read after {} s; it is not closed.",
                        CLOSE_SECONDS_MAX);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (state != null) {
            state.journal().close();
        }
    }

    /**
     * The more there was to do the longer what comes is let gather, since clients acknowledge meanwhile what they were sent:
     * that need not be written. Who publishes alone, or a few at a time, does not wait.
     */
    private void gather() {
        for (long left = gatherUntil - System.nanoTime();
                left > 0 && !closing;
                left = gatherUntil - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Whatever it was, nobody is left in the dark about it. */
    private void ended(Thread writer, Throwable cause) {
        fault = "the journal's writer has ended, and this node has to be started anew: " + cause;
        LOG.error(getMarker("journal-writer-ended"), "Nothing is stored any more", cause);
    }

    /** Also while nobody wants anything: it is not refused for longer than it has to be. */
    private void look() {
        String newest = space.shortage();
        if ((newest == null) != (shortage == null)) {
            LOG.warn(
                    getMarker("journal-refusal-changed"),
                    "{}",
                    newest == null ? "There is room for new messages again." : newest + ". Nothing new is stored.");
        }
        shortage = newest;
        backlog.look();
        JournalState open = opened();
        if (open != null) {
            meters.damaged(open.takeDamages());
            try {
                keepUp(open, System.currentTimeMillis());
            } catch (JournalFault e) {
                broken(open, e);
            }
        }
    }

    private void keepUp(JournalState open, long now) throws JournalFault {
        if (Math.abs(now - aliveAt) >= ALIVE_MILLIS) {
            aliveAt = now;
            open.alive(now);
            open.write();
        }
        if (Math.abs(now - reclaimedAt) >= pace.reclaimMillis()) {
            reclaimedAt = now;
            open.reclaim(shortage != null);
        }
    }

    private void group(JournalTask first) {
        long begun = System.nanoTime();
        meters.begin(begun);
        List<JournalTask> group = new ArrayList<>();
        JournalState open = opened();
        boolean safe = open != null;
        if (open != null) {
            long bytesBefore = open.written();
            try {
                for (JournalTask next = first; next != null; next = mayGrow(open) ? queue.poll() : null) {
                    group.add(next);
                    next.add(open);
                }
                open.write();
                long records = records(group);
                long ended = System.nanoTime();
                committed(ended - begun, records, open.written() - bytesBefore);
                gatherUntil = ended + Math.min(records * GATHER_NANOS, GATHER_NANOS_MAX);
            } catch (JournalFault e) {
                safe = false;
                broken(open, e);
            } catch (RuntimeException e) {
                safe = false;
                broken(open, new JournalFault("the journal's writer failed: " + e, e));
            }
        } else {
            group.add(first);
        }
        meters.end();
        for (JournalTask task : group) {
            if (!safe && task.records() > 0) {
                owed.add(task);
            } else {
                backlog.remove(task.records(), task.weight());
            }
            task.done(safe);
        }
    }

    private void committed(long nanos, long records, long bytes) {
        if (records > 0) { // or somebody has only read
            meters.committed(TimeUnit.NANOSECONDS.toMicros(nanos), records, bytes);
        }
    }

    private static long records(List<JournalTask> group) {
        long records = 0;
        for (JournalTask task : group) {
            records += task.records();
        }
        return records;
    }

    private static boolean mayGrow(JournalState open) {
        return open.size() < GROUP_BYTES_MAX;
    }

    private @Nullable JournalState opened() {
        if (state == null && System.nanoTime() - reopenAt >= 0) {
            try {
                JournalState open = opening.open();
                state = open;
                written = open;
                try {
                    open.journal().format().raise(format); // it may be a new one, after nothing of the old one reads
                    catchUp(open);
                    fault = null;
                    meters.reopened();
                    LOG.info(getMarker("journal-write-resumed"), "The journal can be written again.");
                } catch (JournalFault e) {
                    broken(open, e);
                }
            } catch (JournalFault e) {
                reopenAt = System.nanoTime() + pace.reopenNanos();
                fault = e.getMessage();
            }
        }
        return state;
    }

    private void catchUp(JournalState open) throws JournalFault {
        while (!owed.isEmpty()) {
            int added = 0;
            for (JournalTask task : owed) {
                task.add(open);
                added++;
                if (!mayGrow(open)) {
                    break;
                }
            }
            open.write();
            for (; added > 0; added--) {
                JournalTask written = owed.remove();
                backlog.remove(written.records(), written.weight());
            }
        }
    }

    /** What is on disk is what counts: it is read anew once the disk lets it be. */
    private void broken(JournalState open, JournalFault e) {
        if (fault == null) {
            LOG.error(
                    getMarker("journal-write-failed"),
                    "{}. Nothing at QoS 1 and 2 is acknowledged until it can be.",
                    e.getMessage());
        }
        fault = e.getMessage();
        meters.failed();
        meters.damaged(open.takeDamages());
        state = null;
        written = null;
        reopenAt = System.nanoTime() + pace.reopenNanos();
        // Whoever reads from it at the moment is let finish.
        readers.execute(open.journal()::close);
    }
}
