package io.coppice.port;

import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node of a cluster has on its disk: from its earlier lives, for the others to take what is newer than theirs, and
 * from this one, so that others can let go of what they had before. On any thread; answers come on threads of its own.
 */
public interface Archive {
    /** That of a node that keeps nothing. */
    Archive NONE = new Archive() {
        @Override
        public boolean isDurable() {
            return false;
        }

        @Override
        public List<Stored> sessions() {
            return List.of();
        }

        @Override
        public void ended(Consumer<@Nullable List<Stored>> then) {
            then.accept(List.of());
        }

        @Override
        public long aliveAt() {
            return 0;
        }

        @Override
        public Crew crew() {
            return Crew.NOBODY;
        }

        @Override
        public void crew(Crew crew) {}

        @Override
        public void records(String clientId, Consumer<@Nullable List<SessionRecord>> then) {
            then.accept(List.of());
        }

        @Override
        public void queue(String clientId, long after, long bytesMax, Consumer<@Nullable Part> then) {
            then.accept(new Part(List.of(), true));
        }

        @Override
        public void retained(Consumer<@Nullable List<RetainedStore.Kept>> then) {
            then.accept(List.of());
        }

        @Override
        public void discard(Consumer<Boolean> then) {
            then.accept(true);
        }

        @Override
        public void newer(Map<String, Long> asked, Consumer<Set<String>> then) {
            then.accept(Set.of());
        }

        @Override
        public void leftovers(int atMost, Consumer<Map<String, Long>> then) {
            then.accept(Map.of());
        }

        @Override
        public void forget(Map<String, Long> leftovers) {}
    };

    /**
     * A session as it was in an earlier life of the node.
     *
     * @param epoch of its home then
     */
    record Stored(String clientId, long epoch) {}

    /**
     * The nodes that had something between them.
     *
     * @param since milliseconds since 1970; of several the newest counts
     */
    record Crew(long since, Set<String> names) {
        public static final Crew NOBODY = new Crew(0, Set.of());
    }

    /** Whether what a node is told outlives its process. */
    default boolean isDurable() {
        return true;
    }

    /** Where else on its disk this node may keep something; null where it has none. */
    default @Nullable String directory() {
        return null;
    }

    /**
     * From now on what is kept here may be in another form; never an older one than before.
     *
     * @param version that all nodes read
     */
    default void writes(int version) {}

    /** The sessions of earlier lives. */
    List<Stored> sessions();

    /** @param then the sessions that have ended here lately, with the epochs of their last homes; null where they cannot be read */
    void ended(Consumer<@Nullable List<Stored>> then);

    /** When an earlier life of the node was there last, milliseconds since 1970; 0 where there was none. */
    long aliveAt();

    /** Who was there when an earlier life of the node was, as far as it knew. */
    Crew crew();

    /** Notes who is there. */
    void crew(Crew crew);

    /**
     * @param then the records whose replay makes a session, but for the messages of its queue, none where there is no session;
     *     null where they cannot be read
     */
    void records(String clientId, Consumer<@Nullable List<SessionRecord>> then);

    /**
     * A part of a queue.
     *
     * @param records messages in the order of their sequences, and behind one that was sent at once how it was
     * @param all whether there is no more behind it
     */
    record Part(List<SessionRecord> records, boolean all) {}

    /**
     * The messages of a session, in flight or not, part by part.
     *
     * @param after the sequence behind which they begin
     * @param bytesMax of weight, after which no more follow; at least one message comes where there is one
     * @param then null where they cannot be read
     */
    void queue(String clientId, long after, long bytesMax, Consumer<@Nullable Part> then);

    /** Room for what this node's memory need not hold; null where there is none. */
    default @Nullable Scratch scratch() {
        return null;
    }

    /** @param then what was retained, and what was cleared lately; null where it cannot be read */
    void retained(Consumer<@Nullable List<RetainedStore.Kept>> then);

    /**
     * Forgets everything: others have gone on without it for so long that nobody remembers any more what has ended.
     *
     * @param then false where that could not be
     */
    void discard(Consumer<Boolean> then);

    /**
     * Looks for sessions of which this disk has something newer.
     *
     * @param asked client identifiers, and the epochs that somebody else has
     * @param then those of a newer epoch here, or that have ended in that epoch or a newer one
     */
    void newer(Map<String, Long> asked, Consumer<Set<String>> then);

    /**
     * Sessions that are here still though their home is elsewhere by now, or may be, with their epochs; others with the next
     * call. They stay until {@link #forget}: the disk of the home has them later than it is the home.
     */
    void leftovers(int atMost, Consumer<Map<String, Long>> then);

    /** Forgets leftovers of which another disk has something newer. */
    void forget(Map<String, Long> leftovers);
}
