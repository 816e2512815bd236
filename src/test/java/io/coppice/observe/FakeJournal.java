package io.coppice.observe;

import io.coppice.port.JournalStatus;

/** A journal that tells what it is told to tell. */
final class FakeJournal implements JournalStatus {
    final long[] commits = new long[COMMIT_MICROS_MAX.size() + 1];
    long commitMicros;
    boolean refuses;

    @Override
    public long commits(int ofClass) {
        return commits[ofClass];
    }

    @Override
    public long commitMicros() {
        return commitMicros;
    }

    @Override
    public long recordsWritten() {
        return 61;
    }

    @Override
    public long bytesWritten() {
        return 62;
    }

    @Override
    public long failures() {
        return 63;
    }

    @Override
    public long reopenings() {
        return 64;
    }

    @Override
    public long damagedPlaces() {
        return 65;
    }

    @Override
    public long backlogRecords() {
        return 66;
    }

    @Override
    public long backlogBytes() {
        return 67;
    }

    @Override
    public long writingMillis() {
        return 68;
    }

    @Override
    public long sizeBytes() {
        return 69;
    }

    @Override
    public long freeBytes() {
        return 70;
    }

    @Override
    public boolean refuses() {
        return refuses;
    }
}
