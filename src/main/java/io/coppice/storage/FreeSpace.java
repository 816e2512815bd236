package io.coppice.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How much room there is on a disk, looked at from time to time. Used on one thread. */
final class FreeSpace {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DataDirectory directory;
    private final long min;
    private boolean looked;
    private long lookedAt;
    private @Nullable String shortage;

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

    private @Nullable String look() {
        try {
            long free = Files.getFileStore(directory.path()).getUsableSpace();
            return free >= min
                    ? null
                    : "the disk of node.data (" + directory.path().toAbsolutePath() + ") has " + free
                            + " bytes left, limits.disk-free-min is " + min;
        } catch (IOException e) {
            return "the disk of node.data (" + directory.path().toAbsolutePath() + ") cannot be looked at: " + e;
        }
    }
}
