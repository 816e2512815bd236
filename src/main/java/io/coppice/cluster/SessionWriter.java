package io.coppice.cluster;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The writing side of one loop: splits its groups by client, and answers them in their order. Used on the loop alone. */
final class SessionWriter {
    /** One turn's records, until what became of each is known. */
    static final class Group {
        private final Consumer<Outcome> then;
        private final Set<String> fenced = new HashSet<>();
        private int open;
        private boolean failed;

        Group(Consumer<Outcome> then, int open) {
            this.then = then;
            this.open = open;
        }

        /** What became of one of its records. */
        void settled(String clientId, Stored stored) {
            open--;
            if (stored == Stored.FENCED) {
                fenced.add(clientId);
            } else if (stored != Stored.SAFE) {
                failed = true;
            }
        }

        private Outcome outcome() {
            return failed ? Outcome.FAILED : fenced.isEmpty() ? Outcome.SAFE : new Outcome(true, Set.copyOf(fenced));
        }
    }

    private final Loop loop;
    private final HazelcastSessionStore store;
    private final Deque<Group> groups = new ArrayDeque<>();
    private boolean answering;

    SessionWriter(Loop loop, HazelcastSessionStore store) {
        this.loop = loop;
        this.store = store;
    }

    Loop loop() {
        return loop;
    }

    void append(List<Entry> entries, Consumer<Outcome> then) {
        Group group = new Group(then, entries.size());
        groups.add(group);
        List<SessionStream> touched = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            SessionStream stream = store.stream(this, entry, backlog(entries, i));
            if (stream.add(group, entry.record())) {
                touched.add(stream);
            }
        }
        touched.forEach(SessionStream::send);
        answer();
    }

    /** What is not told of a session that is told anew from an entry on; null for nothing, and where none is. */
    private static SessionRecord.@Nullable Backlog backlog(List<Entry> entries, int from) {
        if (!(entries.get(from).record() instanceof SessionRecord.Ended)) {
            return null;
        }
        for (Entry entry : entries.subList(from + 1, entries.size())) {
            if (entry.clientId().equals(entries.get(from).clientId())) {
                if (entry.record() instanceof SessionRecord.Ended) {
                    return null;
                } else if (entry.record() instanceof SessionRecord.Backlog rest) {
                    return rest;
                }
            }
        }
        return null;
    }

    /** Answers the groups that are done, up to the first that is not. */
    void answer() {
        if (answering) {
            return; // an answer led to more records
        }
        answering = true;
        try {
            for (Group first = groups.peek(); first != null && first.open == 0; first = groups.peek()) {
                groups.remove();
                first.then.accept(first.outcome());
            }
        } finally {
            answering = false;
        }
    }
}
