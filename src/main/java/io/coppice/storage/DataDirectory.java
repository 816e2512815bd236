package io.coppice.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Where a node keeps what must outlive it; one process at a time has it. */
final class DataDirectory implements AutoCloseable {
    private static final String LOCK = "lock";
    private static final int PID_BYTES_MAX = 20;

    private final Path path;
    private final FileChannel channel;

    private DataDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Makes the directory, where there is none, and keeps others out until it is closed.
     *
     * @throws JournalFault where it cannot be made or written, or another process has it
     */
    static DataDirectory open(Path path) throws JournalFault {
        FileChannel channel = null;
        try {
            Files.createDirectories(path);
            channel = FileChannel.open(
                    path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                throw new JournalFault("node.data: " + path.toAbsolutePath() + " is in use by another process"
                        + owner(channel) + "; every node needs a directory of its own");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
                    0);
            return new DataDirectory(path, channel);
        } catch (IOException e) {
            close(channel);
            throw new JournalFault("node.data: " + path.toAbsolutePath() + " cannot be used: " + e, e);
        } catch (JournalFault e) {
            close(channel);
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            return null;
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(PID_BYTES_MAX);
        channel.read(pid, 0);
        String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
        return text.isEmpty() ? "" : " (" + text + ")";
    }

    private static void close(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException ignored) {
                // the fault that led here is what counts
            }
        }
    }

    Path path() {
        return path;
    }

    /** Lets others have it; what was opened in it must be closed by then. */
    @Override
    public void close() {
        close(channel);
    }
}
