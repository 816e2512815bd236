package io.coppice.file;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.Objects;

/**
 * Writes a file anew, so that whoever reads it meanwhile, or after a loss of power at any moment, finds all of the old one or all of
 * the new one: the new one is written beside it, is on the disk before it takes the name, and has the name on the disk when this returns.
 * A new file can be read by its owner only.
 */
public final class WholeFile {
    private static final int BUFFER_BYTES = 1 << 16;

    /**
     * What is to be in a file.
     *
     * @param <F> why it may fail besides the disk
     */
    @FunctionalInterface
    public interface Content<F extends Exception> {
        /** Writes all of it, and does not close. */
        void to(OutputStream out) throws IOException, F;
    }

    /** Returns when a file or a directory is on the disk as it is now. */
    @FunctionalInterface
    interface Sync {
        void done(Path path) throws IOException;
    }

    private final Path path;
    private final boolean keepsRights;
    private final Sync sync;

    WholeFile(Path path, boolean keepsRights, Sync sync) {
        this.path = path.toAbsolutePath();
        this.keepsRights = keepsRights;
        this.sync = sync;
    }

    /**
     * Writes a file; only its owner can read it, whoever could before.
     *
     * @throws IOException if that cannot be; then the old file is as it was, unless the directory alone could not be brought to disk
     * @throws F if the content says so; then the old file is as it was
     */
    public static <F extends Exception> void write(Path path, Content<F> content) throws IOException, F {
        new WholeFile(path, false, WholeFile::sync).write(content);
    }

    /**
     * Writes a file of lines; where there is one already its owner, group and mode stay.
     *
     * @throws IOException as above
     */
    public static void rewrite(Path path, List<String> lines) throws IOException {
        new WholeFile(path, true, WholeFile::sync).write(lines(lines));
    }

    private static Content<RuntimeException> lines(List<String> lines) {
        return out -> {
            for (String line : lines) {
                out.write((line + '\n').getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    <F extends Exception> void write(Content<F> content) throws IOException, F {
        Path directory = Objects.requireNonNull(path.getParent());
        Path part = part(directory);
        try {
            try (OutputStream out = new BufferedOutputStream(
                    Channels.newOutputStream(FileChannel.open(part, StandardOpenOption.WRITE)), BUFFER_BYTES)) {
                content.to(out);
            }
            sync.done(part);
            if (keepsRights && Files.exists(path)) {
                keepRights(path, part);
            }
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) { // others open no directory
            sync.done(directory);
        }
    }

    private Path part(Path directory) throws IOException {
        try {
            return Files.createTempFile(directory, path.getFileName() + ".", ".part");
        } catch (NoSuchFileException missing) {
            throw new IOException("there is no directory " + directory, missing);
        }
    }

    private static void sync(Path path) throws IOException {
        StandardOpenOption access = Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, access)) {
            channel.force(true);
        }
    }

    private static void keepRights(Path from, Path to) throws IOException {
        PosixFileAttributeView old = Files.getFileAttributeView(from, PosixFileAttributeView.class);
        PosixFileAttributeView made = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (old == null || made == null) {
            return; // such rights are not known on this system
        }
        PosixFileAttributes wanted = old.readAttributes();
        PosixFileAttributes have = made.readAttributes();
        if (!wanted.group().equals(have.group())) {
            made.setGroup(wanted.group());
        }
        if (!wanted.owner().equals(have.owner())) {
            made.setOwner(wanted.owner());
        }
        made.setPermissions(wanted.permissions());
    }
}
