package io.coppice.observe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Appends lines to a file, all of them or none, and begins a new one when it has grown: {@code name}, {@code name.1} before it,
 * and so on. A file that somebody else has moved away is begun anew too. Of one thread.
 */
final class AuditWriter implements AutoCloseable {
    private static final String OWNER_ONLY = "rw-------";
    /** Room for a few lines. */
    private static final int TRIED_BYTES = 4_096;

    private final Path path;
    private final long bytesMax;
    private final int files;
    private @Nullable FileChannel channel;
    private @Nullable Object key;
    private long size;

    /**
     * Writes nothing yet.
     *
     * @param bytesMax of one file, 0 for any size
     * @param files that are kept, this one included
     */
    AuditWriter(Path path, long bytesMax, int files) {
        this.path = path;
        this.bytesMax = bytesMax;
        this.files = files;
    }

    /**
     * Writes lines and has the disk say that it has them.
     *
     * @param lines without their ends
     * @throws IOException if that cannot be; then none of them is in the file, and the next call begins with opening it
     */
    void append(List<String> lines) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        FileChannel open = opened();
        if (bytesMax > 0 && size > 0 && size + bytes.remaining() > bytesMax) {
            rotate();
            open = opened();
        }
        write(open, bytes, true);
    }

    /**
     * Writes bytes behind what is there, and has the disk say that it has them.
     *
     * @param stays whether they are to stay there
     * @throws IOException if that cannot be; then the file is as it was, as far as that can be, and closed
     */
    private void write(FileChannel open, ByteBuffer bytes, boolean stays) throws IOException {
        try {
            int length = bytes.remaining();
            while (bytes.hasRemaining()) {
                open.write(bytes);
            }
            open.force(false);
            if (stays) {
                size += length;
            } else {
                open.truncate(size);
            }
        } catch (IOException fault) {
            try {
                open.truncate(size);
            } catch (IOException further) {
                fault.addSuppressed(further);
            }
            close();
            throw fault;
        }
    }

    /**
     * Opens the file if it is not open, or is no longer what has this name.
     *
     * @throws IOException if that cannot be
     */
    FileChannel opened() throws IOException {
        FileChannel open = channel;
        if (open != null && open.isOpen() && Objects.equals(key, key())) {
            return open;
        }
        close();
        open = FileChannel.open(
                path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND), rights());
        channel = open;
        key = key();
        size = open.size();
        if (size > 0 && !endsWithLine()) {
            // Of an earlier process that was killed while it wrote.
            size += open.write(ByteBuffer.wrap(new byte[] {'\n'}));
        }
        return open;
    }

    /**
     * Finds out whether lines could be appended, and leaves the file as it was: a full disk opens a file and has no room in it.
     *
     * @throws IOException if they could not
     */
    void tried() throws IOException {
        FileChannel open = opened();
        byte[] blank = new byte[TRIED_BYTES];
        Arrays.fill(blank, (byte) ' ');
        blank[TRIED_BYTES - 1] = '\n'; // a process that is killed here leaves a blank line and breaks none
        write(open, ByteBuffer.wrap(blank), false);
    }

    private boolean endsWithLine() throws IOException {
        try (FileChannel read = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            read.read(last, read.size() - 1);
            return last.get(0) == '\n';
        }
    }

    private void rotate() throws IOException {
        close();
        for (int number = files - 1; number > 0; number--) {
            Path from = number == 1 ? path : numbered(number - 1);
            try {
                Files.move(from, numbered(number), StandardCopyOption.REPLACE_EXISTING);
            } catch (NoSuchFileException notYet) {
                // there are not so many yet
            }
        }
        if (files == 1) {
            Files.deleteIfExists(path);
        }
    }

    private Path numbered(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    /** By what the system knows the file; null where it is gone, or the system knows no such thing. */
    private @Nullable Object key() {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException gone) {
            return null;
        }
    }

    private static FileAttribute<?>[] rights() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY))
                }
                : new FileAttribute<?>[0];
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException fault) {
            // what was written was forced
        }
        channel = null;
    }
}
