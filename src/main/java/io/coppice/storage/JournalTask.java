package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import java.util.List;
import java.util.function.Consumer;

/** Something to be done by the journal's writer, in the order in which it came. */
interface JournalTask {
    /** Changes that it brings. */
    default int records() {
        return 0;
    }

    /** Bytes of memory that they take. */
    default long weight() {
        return 0;
    }

    /** Adds it to the group; once more where that could not be written. */
    void add(JournalState state) throws JournalFault;

    /** The group is written, or is not and may be later; called once. */
    void done(boolean safe);

    /** What changes the journal, or looks at what the writer knows of it. */
    interface Change {
        void to(JournalState open) throws JournalFault;
    }

    /** Records of sessions, one turn of one loop. */
    static JournalTask append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        long weight = Backlog.weight(entries);
        return new JournalTask() {
            @Override
            public int records() {
                return entries.size();
            }

            @Override
            public long weight() {
                return weight;
            }

            @Override
            public void add(JournalState open) throws JournalFault {
                if (open.sessions().endChanged(entries)) {
                    open.write();
                }
                open.sessions().add(entries);
            }

            @Override
            public void done(boolean safe) {
                loop.execute(() -> then.accept(safe ? Outcome.SAFE : Outcome.LATE));
            }
        };
    }

    /**
     * A change of what is not a session.
     *
     * @param then told on the writer's thread whether it is safe
     */
    static JournalTask change(Change change, long weight, Consumer<Boolean> then) {
        return new JournalTask() {
            @Override
            public int records() {
                return 1;
            }

            @Override
            public long weight() {
                return weight;
            }

            @Override
            public void add(JournalState open) throws JournalFault {
                change.to(open);
            }

            @Override
            public void done(boolean safe) {
                then.accept(safe);
            }
        };
    }
}
