package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.JournalStatus;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is asked of the journal from outside. */
final class JournalReport implements JournalStatus {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReport.class);
    /** Files are not counted more often than this. */
    private static final long COUNT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Path directory;
    private final JournalWriter writer;
    private final JournalMeters meters;
    private final Backlog backlog;
    private final FreeSpace space;
    private boolean counted;
    private long countedAt;
    private long size;

    JournalReport(Path directory, JournalWriter writer, Backlog backlog, FreeSpace space) {
        this.directory = directory;
        this.writer = writer;
        this.meters = writer.meters();
        this.backlog = backlog;
        this.space = space;
    }

    @Override
    public long commits(int ofClass) {
        return meters.commits(ofClass);
    }

    @Override
    public long commitMicros() {
        return meters.commitMicros();
    }

    @Override
    public long writingMillis() {
        return TimeUnit.NANOSECONDS.toMillis(meters.writingNanos());
    }

    @Override
    public long recordsWritten() {
        return meters.records();
    }

    @Override
    public long bytesWritten() {
        return meters.bytes();
    }

    @Override
    public long backlogRecords() {
        return backlog.records();
    }

    @Override
    public long backlogBytes() {
        return backlog.bytes();
    }

    @Override
    public long failures() {
        return meters.failures();
    }

    @Override
    public long reopenings() {
        return meters.reopenings();
    }

    @Override
    public long damagedPlaces() {
        return meters.damaged();
    }

    @Override
    public boolean refuses() {
        return writer.refusal() != null;
    }

    @Override
    public long freeBytes() {
        return space.free();
    }

    @Override
    public synchronized long sizeBytes() {
        long now = System.nanoTime();
        if (!counted || now - countedAt >= COUNT_NANOS) {
            counted = true;
            countedAt = now;
            size = count();
        }
        return size;
    }

    private long count() {
        long[] sum = new long[1];
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    sum[0] += attributes.size();
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE; // compaction takes files away meanwhile
                }

                @Override
                public FileVisitResult postVisitDirectory(Path place, @Nullable IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.warn(getMarker("journal-size-unknown"), "The size of {} is not known: {}", directory, e.toString());
        }
        return sum[0];
    }
}
