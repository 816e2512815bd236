package io.coppice.storage;

/** An open journal, and what its writer knows of it. Used by the writer, and before there is one by who opens it. */
class JournalState {
    private final Journal journal;
    private final Changes changes = new Changes();
    private final SessionChanges sessions;
    private final RetainedChanges retained;

    JournalState(Journal journal) {
        this.journal = journal;
        this.sessions = new SessionChanges(journal, changes);
        this.retained = new RetainedChanges(changes);
    }

    Journal journal() {
        return journal;
    }

    SessionChanges sessions() {
        return sessions;
    }

    RetainedChanges retained() {
        return retained;
    }

    /** Bytes that wait to be written. */
    int size() {
        return changes.size();
    }

    /** Writes what was added. */
    void write() throws JournalFault {
        if (!changes.isEmpty()) {
            journal.write(changes);
            changes.clear();
        }
        sessions.ended();
    }
}
