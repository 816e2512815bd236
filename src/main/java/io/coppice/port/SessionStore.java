package io.coppice.port;

import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where session records are kept so that they survive what the configuration says they survive. */
public interface SessionStore {
    /**
     * One record of one session.
     *
     * @param epoch of the home that writes; the store refuses one older than it has seen
     */
    record Entry(String clientId, long epoch, SessionRecord record) {}

    /**
     * What became of a group of records.
     *
     * @param safe false when nobody can say that they are stored, and nobody will: nothing that depends on them may be
     *     seen, and of their sessions the store may take nothing more in this epoch before an {@link SessionRecord.Ended},
     *     after which the session is told anew
     * @param fenced clients whose session has another home by now: of these nothing was stored and nothing will be,
     *     the records of all others are safe
     * @param kept of records that are not safe: they will be stored, before anything that comes later, and where a session
     *     can go to another node it finds them there now. So nothing that depends on them may be seen, but the session need
     *     not be told anew
     */
    record Outcome(boolean safe, Set<String> fenced, boolean kept) {
        public static final Outcome SAFE = new Outcome(true, Set.of());
        public static final Outcome FAILED = new Outcome(false, Set.of());
        public static final Outcome LATE = new Outcome(false, Set.of(), true);

        public Outcome(boolean safe, Set<String> fenced) {
            this(safe, fenced, false);
        }

        /** Whether the next home of a session finds the records, unless all nodes end at once. */
        public boolean isLoadable() {
            return safe || kept;
        }
    }

    /**
     * Stores records in order: one turn of one loop, as one group. What can be tried again is tried again before the
     * answer comes. What a group has of a session after its {@link SessionRecord.Ended} is stored together with that, or
     * not at all. Messages that a {@link SessionRecord.Backlog} behind it covers stay where they are.
     *
     * @param entries handed over; not touched by the caller again
     * @param then called once on the loop, possibly before this returns, for the groups of a loop in their order
     */
    void append(Loop loop, List<Entry> entries, Consumer<Outcome> then);

    /**
     * The records of a session, for its new home: from now on older epochs are refused.
     *
     * @param then called once on the loop: records whose replay makes the session, none where there is no session;
     *     null when the store cannot answer
     * @param outdated called instead when the store has seen a newer epoch: whoever claimed that has the session
     */
    void load(String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated);

    /** Takes a session part by part, on the loop that asked for it. Of the last three one is called, once. */
    interface Parts {
        /**
         * Takes some of the records.
         *
         * @param next to be run on the loop when more are wanted
         */
        void part(List<SessionRecord> records, Runnable next);

        /** The last of the records; none where there is no session. */
        void last(List<SessionRecord> records);

        /** The store cannot answer. */
        void failed();

        /** The store has seen a newer epoch. */
        void outdated();
    }

    /**
     * As {@link #load}, of a session that need not be in memory at once: the parts one after the other are the records whose
     * replay makes it. Messages of its queue come last, in the order of their sequences, and behind one that was sent comes how.
     */
    default void loadParts(String clientId, long epoch, Loop loop, Parts to) {
        load(
                clientId,
                epoch,
                loop,
                records -> {
                    if (records == null) {
                        to.failed();
                    } else {
                        to.last(records);
                    }
                },
                to::outdated);
    }

    /**
     * A part of a session's queue.
     *
     * @param all whether there is no more behind it
     */
    record Page(List<SessionRecord.Enqueued> messages, boolean all) {}

    /**
     * Messages of a session's queue that were told to be safe, in order; others may be among them. A store need not have
     * them in pieces: then {@link io.coppice.session.SessionLimits#queueMemoryMax} has to be without limit.
     *
     * @param after the sequence behind which they begin
     * @param bytesMax of weight, after which no more follow; at least one message comes where there is one
     * @param then called once on the loop, in a later turn; null when the store cannot answer now
     */
    default void page(String clientId, long after, long bytesMax, Loop loop, Consumer<@Nullable Page> then) {
        throw new UnsupportedOperationException("queues are held in memory whole");
    }

    /**
     * Why nothing new may be given to it at the moment, in words for an operator; null where it may. What is given
     * all the same it takes if it can. On any thread; costs nothing.
     */
    default @Nullable String refusal() {
        return null;
    }

    /**
     * Whether nothing at all can be stored at the moment, not even that a message is done with, which makes room. On any
     * thread; costs nothing.
     */
    default boolean isBroken() {
        return false;
    }

    /**
     * Whether so much waits to be stored that whoever brings more is to be slowed, long before it would be refused. On any
     * thread; costs nothing.
     */
    default boolean isCrowded() {
        return false;
    }

    /**
     * The session of an epoch has left for another node, and nothing more is written in that epoch: whatever is kept for
     * its writer may go.
     */
    default void left(String clientId, long epoch) {}
}
