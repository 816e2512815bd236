package io.coppice.storage;

import io.coppice.port.JournalStatus;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/** What the journal's writer counts. Written by the writer alone, without lock or fence; read from anywhere, a moment late. */
final class JournalMeters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final List<Integer> CLASSES = JournalStatus.COMMIT_MICROS_MAX;

    private static final int COMMITS = 0;
    private static final int COMMIT_MICROS = COMMITS + CLASSES.size() + 1;
    private static final int RECORDS = COMMIT_MICROS + 1;
    private static final int BYTES = RECORDS + 1;
    private static final int FAILURES = BYTES + 1;
    private static final int REOPENINGS = FAILURES + 1;
    private static final int DAMAGED = REOPENINGS + 1;
    private static final int SIZE = DAMAGED + 1;

    private final long[] cells = new long[SIZE];
    /** When the group at hand was begun, of the clock of {@link System#nanoTime}; 0 for none. */
    private volatile long begun;

    private void add(int cell, long amount) {
        CELL.setOpaque(cells, cell, cells[cell] + amount);
    }

    private long get(int cell) {
        return (long) CELL.getOpaque(cells, cell);
    }

    void begin(long now) {
        begun = now == 0 ? 1 : now;
    }

    /** The group at hand is safe, or never will be. */
    void end() {
        begun = 0;
    }

    void committed(long micros, long records, long bytes) {
        int found = 0;
        while (found < CLASSES.size() && micros > CLASSES.get(found)) {
            found++;
        }
        add(COMMITS + found, 1);
        add(COMMIT_MICROS, micros);
        add(RECORDS, records);
        add(BYTES, bytes);
    }

    void failed() {
        add(FAILURES, 1);
    }

    void reopened() {
        add(REOPENINGS, 1);
    }

    /** Places were found that do not read. */
    void damaged(int places) {
        add(DAMAGED, places);
    }

    long commits(int ofClass) {
        return get(COMMITS + ofClass);
    }

    long commitMicros() {
        return get(COMMIT_MICROS);
    }

    /** For how long the group at hand has been being written; 0 where there is none. */
    long writingNanos() {
        long since = begun;
        return since == 0 ? 0 : System.nanoTime() - since;
    }

    long records() {
        return get(RECORDS);
    }

    long bytes() {
        return get(BYTES);
    }

    long failures() {
        return get(FAILURES);
    }

    long reopenings() {
        return get(REOPENINGS);
    }

    long damaged() {
        return get(DAMAGED);
    }
}
