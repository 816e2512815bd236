package io.coppice.access;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Writes files that hold secrets, and that a node may be about to read. */
final class SavedLines {
    private SavedLines() {}

    /**
     * Puts the new file in the place of the old one at once: who reads it meanwhile sees the one or the other. A new file can be
     * read by its owner only; one that was there keeps owner, group and mode.
     *
     * @throws IOException if that cannot be; then the old one is as it was
     */
    static void save(Path path, List<String> lines) throws IOException {
        Path directory = Objects.requireNonNull(path.toAbsolutePath().getParent());
        if (!Files.isDirectory(directory)) {
            throw new IOException("there is no directory " + directory);
        }
        Path part = Files.createTempFile(directory, path.getFileName() + ".", ".part");
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                String text = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
                ByteBuffer left = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (left.hasRemaining()) {
                    out.write(left);
                }
                out.force(true);
            }
            if (Files.exists(path)) {
                keepRights(path, part);
            }
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
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
