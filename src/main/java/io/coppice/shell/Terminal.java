package io.coppice.shell;

import java.io.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Whether a person sees what the process writes, or types what it reads. */
public final class Terminal {
    public static final int IN = 0;
    public static final int OUT = 1;
    public static final int ERR = 2;

    private Terminal() {}

    /** The console, where somebody types. */
    public static @Nullable Console console() {
        return is(IN) ? System.console() : null;
    }

    /** What is typed there after a prompt, and not shown, in UTF-8; null where there is nothing any more. */
    public static byte @Nullable [] secret(Console console, String prompt) {
        char[] typed = console.readPassword("%s", prompt);
        if (typed == null) {
            return null;
        }
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
        Arrays.fill(typed, ' ');
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        Arrays.fill(encoded.array(), (byte) 0);
        return bytes;
    }

    /** Java says it of both together only, and newer ones have a console in any case. */
    public static boolean is(int descriptor) {
        try {
            String open = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return open.startsWith("/dev/pts/") || open.startsWith("/dev/tty") || open.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException noLinux) {
            return System.console() != null;
        }
    }
}
