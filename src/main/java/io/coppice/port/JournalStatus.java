package io.coppice.port;

import java.util.List;

/** What a node's journal on disk tells of itself; counted since the node started, readable from any thread, a moment late. */
public interface JournalStatus {
    /** Microseconds up to which {@link #commits} counts, class by class; in the last one is what took longer. */
    List<Integer> COMMIT_MICROS_MAX = Times.MICROS_MAX.subList(1, Times.MICROS_MAX.size());

    /** Groups that were safe so long after their writing began; the classes are those of {@link #COMMIT_MICROS_MAX}. */
    long commits(int ofClass);

    /** Microseconds that all of them took together. */
    long commitMicros();

    /** For how long the group at hand has been being written, in milliseconds; 0 where there is none. */
    long writingMillis();

    /** Changes of sessions and retained messages that are safe. */
    long recordsWritten();

    /** Bytes that were logged for them. */
    long bytesWritten();

    /** Changes that are not answered yet. */
    long backlogRecords();

    /** What they weigh in memory, in bytes. */
    long backlogBytes();

    /** Writes that failed; after each nothing is stored until the journal is open again. */
    long failures();

    /** How often it was opened again after a failure. */
    long reopenings();

    /** Places that did not read and were left out. */
    long damagedPlaces();

    /** Whether nothing new is taken at the moment. */
    boolean refuses();

    /** Bytes of all files in the node's directory. May take milliseconds. */
    long sizeBytes();

    /** Bytes that are left on its disk, as of the last second. */
    long freeBytes();
}
