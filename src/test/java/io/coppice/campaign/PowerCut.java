package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a disk forgets when its power fails, as the standard of the system allows at worst: what was written to a file after
 * its last sync, and what was made, renamed or deleted in a directory after its last sync.
 */
final class PowerCut {
    private PowerCut() {}

    /** @param shadow what {@code shim.c} has noted. Answers how many bytes and names are gone. */
    static long apply(Path data, Path shadow) throws IOException {
        Path ops = shadow.resolve("ops");
        long gone = Files.exists(ops) ? undo(Files.readAllLines(ops, UTF_8), shadow) : 0;
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            gone += cut(file, shadow.resolve(Files.getAttribute(file, "unix:ino") + ".len"));
        }
        return gone;
    }

    private static long undo(List<String> lines, Path shadow) throws IOException {
        Set<String> synced = new HashSet<>();
        long gone = 0;
        for (int i = lines.size() - 1; i >= 0; i--) {
            String[] words = lines.get(i).split(" ");
            if (words[0].equals("D")) {
                synced.add(words[1]);
                continue;
            }
            Path path = Path.of(words[words.length - 1]);
            if (synced.contains(path.getParent().toString())) {
                continue;
            }
            gone++;
            switch (words[0]) {
                case "C" -> Files.deleteIfExists(path);
                case "R" -> {
                    Files.move(path, Path.of(words[2]));
                    restore(shadow, words[1], path);
                }
                default -> restore(shadow, words[1], path);
            }
        }
        return gone;
    }

    private static void restore(Path shadow, String number, Path path) throws IOException {
        if (!number.endsWith("--1")) {
            Files.move(shadow.resolve(number + ".bak"), path, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static long cut(Path file, Path noted) throws IOException {
        if (!Files.exists(noted)) {
            return 0; // neither made nor written by the process
        }
        long length = ByteBuffer.wrap(Files.readAllBytes(noted))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long gone = Math.max(0, channel.size() - length);
            channel.truncate(length);
            return gone;
        }
    }
}
