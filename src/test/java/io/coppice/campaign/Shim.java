package io.coppice.campaign;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** The library of {@code src/campaign/shim.c}, which stands between a node and the system and does what a file tells it. */
final class Shim {
    private Shim() {}

    /** Why it cannot be built here; empty where it can. */
    static String hindrance() throws InterruptedException {
        return Shell.works("gcc", "--version") ? "" : "gcc is not installed";
    }

    static Path build(Path source, Path work) throws IOException, InterruptedException {
        Path library = work.resolve("shim.so");
        Shell.run(
                "gcc",
                "-O2",
                "-Wall",
                "-shared",
                "-fPIC",
                "-o",
                library.toString(),
                source.toString(),
                "-ldl",
                "-lpthread");
        return library;
    }

    /** What a process needs to have it, whose files below {@code data} it watches. */
    static Map<String, String> environment(Path library, Path data) {
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "SHIM_DATA",
                data.toString(),
                "SHIM_SHADOW",
                shadow(data).toString());
    }

    private static Path shadow(Path data) {
        return data.resolveSibling(data.getFileName() + ".shadow");
    }

    /**
     * Says what is to be wrong from now on, also with a process that runs.
     *
     * @param error 1 where writing fails
     * @param slowMillis what a sync takes longer
     * @param clockOffSeconds how far the time of day is off
     */
    static void order(Path data, int error, int slowMillis, int clockOffSeconds) throws IOException {
        Files.createDirectories(shadow(data));
        ByteBuffer words = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        words.putInt(error).putInt(slowMillis).putInt(clockOffSeconds).flip();
        // in place: the process has it in its memory
        try (FileChannel channel =
                FileChannel.open(shadow(data).resolve("orders"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(words, 0);
        }
    }

    /** Takes from the files of a process that is dead what it had not synced; answers how many bytes that were. */
    static long forget(Path data) throws IOException {
        return PowerCut.apply(data, shadow(data));
    }
}
