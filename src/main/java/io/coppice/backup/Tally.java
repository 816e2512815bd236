package io.coppice.backup;

/** Counts lines by their kind. */
final class Tally {
    private long retained;
    private long sessions;
    private long subscriptions;
    private long messages;
    private long inbound;
    private long seen;

    void add(Kind kind) {
        switch (kind) {
            case RETAINED -> retained++;
            case SESSION -> sessions++;
            case SUBSCRIPTION -> subscriptions++;
            case MESSAGE -> messages++;
            case INBOUND -> inbound++;
            case SEEN -> seen++;
            case HEADER, END, TRAILER -> {}
        }
    }

    BackupCounts counts() {
        return new BackupCounts(retained, sessions, subscriptions, messages, inbound, seen);
    }
}
