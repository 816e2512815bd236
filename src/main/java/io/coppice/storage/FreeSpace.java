package io.coppice.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How much room there is on a disk, looked at from time to time on one thread. */
final class FreeSpace {
    /** What is written meanwhile has to be far less than what is left free. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** So much of what is to be left free has to be there in addition before all is well again. */
    private static final int MARGIN = 16;

    private final DataDirectory directory;
    private final long min;
    private boolean looked;
    private long lookedAt;
    private @Nullable String shortage;
    private volatile long free;

    /** @param min bytes that are to be left */
    FreeSpace(DataDirectory directory, long min) {
        this.directory = directory;
        this.min = min;
    }

    /** What there is too little of, in words for an operator; null where there is enough. */
    @Nullable
    String shortage() {
        long now = System.nanoTime();
        if (!looked || now - lookedAt >= LOOK_NANOS) {
            looked = true;
            lookedAt = now;
            shortage = look();
        }
        return shortage;
    }

    /** Bytes that were left when it was looked at last. On any thread. */
    long free() {
        return free;
    }

    /** Looks on any thread. */
    String left() {
        try {
            return "the disk of node.data (" + directory.path().toAbsolutePath() + ") has " + usable() + " bytes left";
        } catch (IOException e) {
            return unknown(e);
        }
    }

    private long usable() throws IOException {
        return Files.getFileStore(directory.path()).getUsableSpace();
    }

    private String unknown(IOException e) {
        return "the disk of node.data (" + directory.path().toAbsolutePath() + ") cannot be looked at: " + e;
    }

    private @Nullable String look() {
        try {
            free = usable();
            long spare = shortage == null ? free : free - min / MARGIN;
            return spare >= min
                    ? null
                    : "the disk of node.data (" + directory.path().toAbsolutePath() + ") has " + free
                            + " bytes left, limits.disk-free-min is " + min;
        } catch (IOException e) {
            return unknown(e);
        }
    }
}
